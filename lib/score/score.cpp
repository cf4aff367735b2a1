// The score: hard events, and the stretch of the session that is most unusual. README.md has the formulas.
#include "base/known_flags.hpp"
#include "score/negative_binomial.hpp"

#include <invigil/score.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <map>
#include <tuple>

namespace invigil {

namespace {

using namespace std::chrono_literals;

constexpr Duration window = 5min;
/// A long stretch counts as several short ones: one more for each of these.
constexpr Duration soft_unit = 15s;
constexpr Duration hard_unit = 5s;
constexpr int most_looks = 5;
constexpr double most_certain = 0.99;
/// Beyond this many in one window nothing becomes clearer.
constexpr int most_units = 200;
/// More windows than these are sampled: a bound on time for absurd inputs, far above any session.
constexpr std::size_t most_windows = 2000;

double hours(Duration d) { return seconds(d) / 3600; }

bool earlier(const Flag& a, const Flag& b) {
  const auto key = [](const Flag& f) {
    return std::tie(f.begin, f.end, f.what, f.kind, f.confidence, f.count, f.because, f.evidence_begin,
                    f.evidence_end);
  };
  return key(a) < key(b);
}

int units(const Flag& flag, Duration unit) {
  const auto more = std::max<Duration::rep>(0, (flag.end - flag.begin) / unit);
  return static_cast<int>(std::clamp<Duration::rep>(std::max(1, flag.count) + more, 1, most_units));
}

double hard_points(const Flag& flag, const FlagPolicy& policy) {
  const double certainty = std::min(most_certain, policy.weight * flag.confidence);
  return -std::log1p(-certainty) * std::min(most_looks, units(flag, hard_unit));
}

/// The flags of one name that can score, in order.
struct Channel {
  struct Item {
    std::size_t index;  ///< In `Score::because`.
    Timestamp begin;
    int units;
    double worth;  ///< Weight times confidence.
  };
  double per_hour = 1;
  double shape = 1;  ///< Of the prior.
  std::vector<Item> items;
  long total = 0;  ///< Units.
};

struct Span {
  Timestamp begin, end;
};

/// What a window is held against.
struct Exposure {
  Duration inside, outside;
  double threshold;
};

using Points = std::vector<std::pair<std::size_t, double>>;

/// What each flag of the channel inside `span` adds to the window's surprise above the threshold.
void add_points(const Channel& channel, const Span& span, const Exposure& exposure, Points& points) {
  const auto before = [](const Channel::Item& item, Timestamp t) { return item.begin < t; };
  const auto first = std::lower_bound(channel.items.begin(), channel.items.end(), span.begin, before);
  const auto last = std::lower_bound(first, channel.items.end(), span.end, before);
  if (first == last) return;
  long inside = 0;
  for (auto item = first; item != last; ++item) inside += item->units;
  const double shape = channel.shape + static_cast<double>(channel.total - inside);
  const double rate = channel.shape / channel.per_hour + hours(exposure.outside);
  const double length = std::max(hours(exposure.inside), 1e-9);
  const int most = static_cast<int>(std::min<long>(inside, most_units));
  const auto surprise = surprise_of_at_least(shape, length / (rate + length), most);
  const auto excess = [&](long n) {
    return std::max(0.0, surprise[static_cast<std::size_t>(std::min<long>(n, most))] - exposure.threshold);
  };
  long n = 0;
  for (auto item = first; item != last && n < most; ++item) {
    points.emplace_back(item->index, item->worth * (excess(n + item->units) - excess(n)));
    n += item->units;
  }
}

class Scan {
 public:
  Scan(const std::map<std::string, Channel>& channels, Duration session)
      : channels_(channels), session_(std::max(session, Duration::zero())) {}

  /// The points of the most unusual window, or of the session as a whole if that is more unusual still.
  Points most_unusual() {
    consider({Timestamp::min(), Timestamp::max()}, {std::max(session_, window), Duration::zero(), 1});
    if (session_ <= window) return std::move(best_);
    // The largest of many windows is large by chance: the threshold grows with how many were looked at.
    const double looked_at = seconds(session_) / seconds(window);
    const auto starts = window_starts();
    const std::size_t step = 1 + starts.size() / most_windows;
    for (std::size_t i = 0; i < starts.size(); i += step)
      consider({starts[i], starts[i] + window}, {window, session_ - window, 1 + std::log(looked_at)});
    return std::move(best_);
  }

 private:
  [[nodiscard]] std::vector<Timestamp> window_starts() const {
    std::vector<Timestamp> starts;
    for (const auto& [name, channel] : channels_)
      for (const auto& item : channel.items) starts.push_back(item.begin);
    std::sort(starts.begin(), starts.end());
    starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
    return starts;
  }
  void consider(const Span& span, const Exposure& exposure) {
    Points points;
    double sum = 0;
    for (const auto& [name, channel] : channels_) add_points(channel, span, exposure, points);
    for (const auto& [index, value] : points) sum += value;
    if (sum <= best_sum_) return;
    best_sum_ = sum;
    best_ = std::move(points);
  }

  const std::map<std::string, Channel>& channels_;
  Duration session_;
  double best_sum_ = 0;
  Points best_;
};

Level level_of(double value, const Policy& policy) {
  return value >= policy.high ? Level::high : value >= policy.medium ? Level::medium : Level::low;
}

/// Whether this policy would have raised the flag at all. A moment has no length that could be too short.
bool counts(const Flag& flag, const FlagPolicy& policy) {
  const Duration length = flag.end - flag.begin;
  return policy.enabled && (length <= Duration::zero() || length >= policy.longer_than);
}

void give_points(Score& score, const Policy& policy, Duration session) {
  std::map<std::string, Channel> channels;
  for (std::size_t i = 0; i < score.because.size(); ++i) {
    auto& [flag, points] = score.because[i];
    const auto how = policy.of(flag.what);
    const auto* known = known_flag(flag.what);
    if (!known || !counts(flag, how)) continue;
    if (known->hard) {
      points = hard_points(flag, how);
      continue;
    }
    auto& channel = channels[flag.what];
    channel.per_hour = std::clamp(how.per_hour, 1e-3, 1e3);
    channel.shape = std::clamp(how.shape, 1e-2, 1e3);
    channel.items.push_back({i, flag.begin, times_counted(flag), how.weight * flag.confidence});
    channel.total += channel.items.back().units;
  }
  for (const auto& [index, value] : Scan{channels, session}.most_unusual())
    score.because[index].points = value;
}

}  // namespace

std::string_view to_string(Level level) noexcept {
  switch (level) {
    case Level::low:
      return "low";
    case Level::medium:
      return "medium";
    case Level::high:
      return "high";
  }
  return "unknown";
}

int times_counted(const Flag& flag) { return units(flag, soft_unit); }

Score score(std::vector<Flag> flags, const Policy& policy) {
  std::sort(flags.begin(), flags.end(), earlier);
  Score result;
  Duration session{};
  for (auto& flag : flags) {
    session = std::max({session, flag.end.time_since_epoch(), flag.evidence_end.time_since_epoch()});
    if (flag.kind == FlagKind::behaviour)
      result.because.push_back({std::move(flag), 0});
    else
      result.technical.push_back(std::move(flag));
  }
  give_points(result, policy, session);
  for (const auto& one : result.because) result.value += one.points;
  result.level = level_of(result.value, policy);
  return result;
}

}  // namespace invigil
