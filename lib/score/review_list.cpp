#include <invigil/error.hpp>
#include <invigil/review_list.hpp>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace invigil {

namespace {

void check(const ReviewBudget& budget) {
  const auto fail = [](const char* what) { throw Error(Errc::argument, "review budget", what); };
  if (!(budget.minutes_per_hour > 0 && budget.minutes_per_hour <= 60))
    fail("minutes_per_hour must be above 0 and at most 60");
  if (budget.session < Duration::zero()) fail("session is negative; give its length, or 0 s");
  if (budget.longest_clip <= Duration::zero()) fail("longest_clip must be above 0 s");
}

Duration length_of(const Score& score) {
  Timestamp last{};
  for (const auto& one : score.because) last = std::max({last, one.flag.end, one.flag.evidence_end});
  for (const auto& flag : score.technical) last = std::max({last, flag.end, flag.evidence_end});
  return last.time_since_epoch();
}

std::vector<std::size_t> most_telling_first(const Score& score) {
  std::vector<std::size_t> order(score.because.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto key = [&](std::size_t i) {
      const auto& [flag, points] = score.because[i];
      return std::tuple{-points, -flag.confidence, flag.begin, i};
    };
    return key(a) < key(b);
  });
  return order;
}

/// What is watched already, without overlaps and in order.
class Watched {
 public:
  [[nodiscard]] Duration added_by(const ToReview& clip) const {
    Duration shared{};
    for (const auto& [begin, end] : spans_)
      shared += std::max(Duration::zero(), std::min(end, clip.end) - std::max(begin, clip.begin));
    return clip.end - clip.begin - shared;
  }
  void add(const ToReview& clip) {
    std::pair<Timestamp, Timestamp> sum{clip.begin, clip.end};
    const auto touches = [&](const auto& span) {
      return span.first <= sum.second && sum.first <= span.second;
    };
    for (auto span = std::find_if(spans_.begin(), spans_.end(), touches); span != spans_.end();
         span = std::find_if(spans_.begin(), spans_.end(), touches)) {
      sum = {std::min(sum.first, span->first), std::max(sum.second, span->second)};
      spans_.erase(span);
    }
    spans_.push_back(sum);
  }

 private:
  std::vector<std::pair<Timestamp, Timestamp>> spans_;
};

}  // namespace

std::vector<ToReview> review_list(const Score& score, const ReviewBudget& budget) {
  check(budget);
  const auto session = budget.session > Duration::zero() ? budget.session : length_of(score);
  Duration left = duration_from_seconds(seconds(session) * budget.minutes_per_hour / 60);
  std::vector<ToReview> list;
  Watched watched;
  for (const auto index : most_telling_first(score)) {
    const auto& flag = score.because[index].flag;
    const auto end = std::max(flag.evidence_end, flag.evidence_begin);
    const ToReview clip{index, flag.evidence_begin, std::min(end, flag.evidence_begin + budget.longest_clip)};
    const auto cost = watched.added_by(clip);
    if (cost > left) continue;
    left -= cost;
    watched.add(clip);
    list.push_back(clip);
  }
  return list;
}

}  // namespace invigil
