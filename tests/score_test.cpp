// Scores: additive to the last bit, the same every time, fair to honest candidates.
#include "base/known_flags.hpp"
#include "score/negative_binomial.hpp"
#include "support.hpp"

#include <invigil/error.hpp>
#include <invigil/review_list.hpp>
#include <invigil/score.hpp>

#include <algorithm>
#include <cmath>
#include <random>

namespace {

using namespace invigil;

Flag flag(std::string what, double begin, double duration, double confidence = 0.95,
          FlagKind kind = FlagKind::behaviour) {
  Flag f;
  f.what = std::move(what);
  f.kind = kind;
  f.begin = from_seconds(begin);
  f.end = from_seconds(begin + duration);
  f.confidence = confidence;
  f.evidence_begin = from_seconds(std::max(0.0, begin - 5));
  f.evidence_end = from_seconds(begin + duration + 5);
  return f;
}

Flag ended(double at) { return flag("ended", at, 0, 1, FlagKind::milestone); }

void check_sum(const Score& s) {
  double sum = 0;
  for (const auto& one : s.because) sum += one.points;
  CHECK(sum == s.value);
}

std::vector<Flag> random_flags(std::mt19937& random) {
  std::vector<Flag> flags;
  const auto known = known_flags();
  const auto uniform = [&](double least, double most) {
    return std::uniform_real_distribution<double>{least, most}(random);
  };
  const int n = static_cast<int>(uniform(0, 60));
  for (int i = 0; i < n; ++i) {
    const auto& one = known[random() % known.size()];
    flags.push_back(flag(std::string{one.name}, uniform(0, 7200), uniform(0, 120), uniform(0, 1), one.kind));
    flags.back().count = 1 + static_cast<int>(random() % 4);
  }
  return flags;
}

}  // namespace

TEST_CASE("the tail of the negative binomial is exact") {
  // Shape 1 is geometric: P[N >= n] = odds^n.
  const auto geometric = surprise_of_at_least(1, 0.25, 100);
  for (std::size_t n = 0; n < geometric.size(); ++n)
    CHECK(geometric[n] == doctest::Approx(-std::log(0.25) * static_cast<double>(n)).epsilon(1e-12));
  // Shape 3, odds 0.1: P[N >= 2] = 1 - 0.9^3 (1 + 3 * 0.1).
  CHECK(std::exp(-surprise_of_at_least(3, 0.1, 5)[2]) ==
        doctest::Approx(1 - std::pow(0.9, 3) * 1.3).epsilon(1e-12));
  CHECK(surprise_of_at_least(3, 0.1, 0) == std::vector<double>{0});
  // Far out in the tail nothing is lost, and nothing takes long.
  const auto far = surprise_of_at_least(1e5, 0.999, 200);
  CHECK(std::is_sorted(far.begin(), far.end()));
  CHECK(surprise_of_at_least(1, 1e-12, 200).back() == doctest::Approx(200 * std::log(1e12)));
}

TEST_CASE("nothing scores nothing") {
  CHECK(score({}).value == 0);
  CHECK(score({}).level == Level::low);
  CHECK(to_string(Level::medium) == "medium");
}

TEST_CASE("the value is the sum of its list to the last bit, whatever the order of the flags") {
  std::mt19937 random{20260612};
  for (int round = 0; round < 300; ++round) {
    auto flags = random_flags(random);
    const auto one = score(flags);
    check_sum(one);
    std::shuffle(flags.begin(), flags.end(), random);
    const auto two = score(flags);
    CHECK(one.value == two.value);
    REQUIRE(one.because.size() == two.because.size());
    CHECK(one.because.size() + one.technical.size() == flags.size());
    for (std::size_t i = 0; i < one.because.size(); ++i) {
      CHECK(one.because[i].flag == two.because[i].flag);
      CHECK(one.because[i].points == two.because[i].points);
      CHECK(one.because[i].points >= 0);
      if (i > 0) CHECK(one.because[i - 1].flag.begin <= one.because[i].flag.begin);
    }
  }
}

TEST_CASE("technical flags and milestones weigh nothing") {
  std::vector<Flag> flags;
  for (const auto& known : known_flags())
    if (known.kind != FlagKind::behaviour)
      for (int i = 0; i < 50; ++i) flags.push_back(flag(std::string{known.name}, 10 * i, 9, 1, known.kind));
  flags.push_back(flag("face_absent", 3, 600, 0.7, FlagKind::technical));
  const auto s = score(flags);
  CHECK(s.value == 0);
  CHECK(s.because.empty());
  CHECK(s.technical.size() == flags.size());
}

TEST_CASE("a nervous but honest candidate stays low") {
  std::vector<Flag> flags{ended(3600)};
  for (int i = 0; i < 12; ++i) flags.push_back(flag("head_away", 130.0 + 290 * i, 4));   // glances
  for (int i = 0; i < 10; ++i) flags.push_back(flag("gaze_away", 90.0 + 330 * i, 3.5));  // looks up to think
  flags.push_back(flag("speech", 700, 2));  // thinks aloud, twice
  flags.push_back(flag("speech", 2400, 3));
  flags.push_back(flag("face_absent", 1500, 6));  // picks up a pen
  flags.push_back(flag("focus_lost", 1800, 1));
  const auto s = score(flags);
  CHECK(s.level == Level::low);
  check_sum(s);
}

TEST_CASE("a nervous candidate stays low in a short exam, too, and with one visitor") {
  std::vector<Flag> flags{ended(300),
                          flag("speech", 60, 3),
                          flag("speech", 200, 3),
                          flag("gaze_away", 90, 4),
                          flag("head_away", 120, 3.5),
                          flag("gaze_away", 150, 3.5)};
  CHECK(score(flags).level == Level::low);
  flags.push_back(flag("multiple_faces", 240, 4, 0.9));  // a child looks in
  CHECK(score(flags).level != Level::high);
}

TEST_CASE("one absence in a short clip is worth a look, not an alarm") {
  const auto s = score({flag("face_absent", 10, 10)});
  CHECK(s.value > 0.5);
  CHECK(s.level == Level::low);
}

TEST_CASE("composed cheating reaches high") {
  SUBCASE("a phone for half a minute") {
    CHECK(score({ended(3600), flag("phone", 1200, 30, 0.95)}).level == Level::high);
  }
  SUBCASE("another person in the seat") {
    CHECK(score({ended(3600), flag("other_person", 1200, 300, 0.9)}).level == Level::high);
  }
  SUBCASE("a helper who comes, whispers, and a few pastes") {
    std::vector<Flag> flags{ended(3600)};
    for (int i = 0; i < 3; ++i) flags.push_back(flag("multiple_faces", 1800.0 + 60 * i, 20));
    for (int i = 0; i < 6; ++i) flags.push_back(flag("speech", 1805.0 + 30 * i, 5));
    for (int i = 0; i < 3; ++i) flags.push_back(flag("paste", 1850.0 + 60 * i, 0, 1));
    CHECK(score(flags).level == Level::high);
  }
  SUBCASE("a helper who comes twice and speaks, in a short exam with an absence") {
    const auto s = score({ended(108), flag("multiple_faces", 40, 8), flag("speech", 40, 7),
                          flag("face_absent", 58, 8), flag("multiple_faces", 86, 7), flag("speech", 86, 7)});
    CHECK(s.level == Level::high);
  }
  SUBCASE("away for ten minutes") {
    CHECK(score({ended(3600), flag("face_absent", 1200, 600)}).level == Level::high);
  }
}

TEST_CASE("one's own habit is no surprise, a burst is") {
  std::vector<Flag> habit{ended(3600)}, burst{ended(3600)};
  for (int i = 0; i < 20; ++i) {
    habit.push_back(flag("head_away", 100.0 + 170 * i, 4));
    burst.push_back(flag("head_away", 1000.0 + 12 * i, 4));
  }
  CHECK(score(habit).value < 1);
  CHECK(score(burst).value > 5 * score(habit).value + 5);
}

TEST_CASE("a policy mutes, weighs and widens") {
  const std::vector<Flag> flags{ended(3600), flag("phone", 1200, 30), flag("paste", 1300, 0),
                                flag("paste", 1310, 0), flag("face_absent", 1320, 5)};
  const auto before = score(flags);
  Policy policy;
  policy.accommodations = {{"phone", true, 1, "reads glucose from a phone"}};
  const auto muted = score(flags, policy);
  CHECK(muted.because.size() == before.because.size());
  CHECK(muted.because[0].points == 0);
  CHECK(muted.value < before.value);

  Policy heavy;
  heavy.flags["paste"].weight = 2;
  heavy.flags["face_absent"].longer_than = std::chrono::seconds{8};
  const auto weighed = score(flags, heavy);
  CHECK(weighed.because[1].points == 2 * before.because[1].points);
  CHECK(weighed.because[3].points == 0);

  Policy strict;
  strict.medium = 0.1;
  strict.high = 0.2;
  CHECK(score(flags, strict).level == Level::high);
}

TEST_CASE("names that are not known score nothing but are kept") {
  const auto s = score({flag("made_up", 1, 100)});
  CHECK(s.value == 0);
  CHECK(s.because.size() == 1);
}

TEST_CASE("absurdly many flags take bounded time") {
  std::vector<Flag> flags;
  for (int i = 0; i < 100000; ++i) flags.push_back(flag(i % 2 ? "paste" : "focus_lost", i * 0.01, 0, 1));
  const auto s = score(flags);
  CHECK(s.because.size() == flags.size());
  CHECK(std::isfinite(s.value));
  Flag odd = flag("phone", 0, 1e9, 1);
  odd.count = 1 << 30;
  CHECK(std::isfinite(score({odd, flag("paste", -1e9, 2e9, 1)}).value));
}

TEST_CASE("the more a cohort is alike, the more telling is what is unusual in it") {
  std::vector<Flag> flags;  // five in a session of one window
  for (int i = 0; i < 5; ++i) flags.push_back(flag("focus_lost", 20 + 20 * i, 1));
  double last = 0;
  for (const double shape : {0.2, 1.0, 20.0}) {
    Policy policy;
    policy.flags["focus_lost"].shape = shape;
    const double window = 1.0 / 12;  // hours; per_hour is 1
    const double surprise = surprise_of_at_least(shape, window / (shape + window), 5)[5];
    const double value = score(flags, policy).value;
    CHECK(value == doctest::Approx(0.95 * (surprise - 1)).epsilon(1e-9));
    CHECK(value > last);
    last = value;
  }
  Policy same;
  same.flags["focus_lost"].shape = 1;
  CHECK(score(flags, same).value == score(flags).value);
}

namespace {

Duration watched(const std::vector<ToReview>& list) {
  std::vector<std::pair<Timestamp, Timestamp>> spans;
  for (const auto& clip : list) spans.emplace_back(clip.begin, clip.end);
  std::sort(spans.begin(), spans.end());
  Duration all{};
  Timestamp reached{};
  for (const auto& [begin, end] : spans) {
    all += std::max(Duration::zero(), end - std::max(begin, reached));
    reached = std::max(reached, end);
  }
  return all;
}

}  // namespace

TEST_CASE("a review list keeps to its budget and begins with what tells most") {
  std::mt19937 random{7};
  for (int round = 0; round < 100; ++round) {
    const auto result = score(random_flags(random));
    for (const double minutes : {0.5, 6.0, 60.0}) {
      const auto list = review_list(result, {.minutes_per_hour = minutes, .session = std::chrono::hours{2}});
      CHECK(seconds(watched(list)) <= 2 * 60 * minutes + 1e-6);
      for (std::size_t i = 1; i < list.size(); ++i)
        CHECK(result.because[list[i - 1].index].points >= result.because[list[i].index].points);
      for (const auto& clip : list) CHECK(clip.end - clip.begin <= std::chrono::minutes{1});
    }
  }
}

TEST_CASE("overlapping clips are watched once, and what does not fit makes room for what does") {
  // An hour and 24 s: a phone (12 s), a visitor within its clip, an absence of five minutes, a word much
  // later.
  const auto result = score({flag("phone", 100, 2), flag("multiple_faces", 101, 2),
                             flag("face_absent", 1000, 300), flag("speech", 3000, 1), ended(3600)});
  const auto list = review_list(result, {.minutes_per_hour = 0.4, .session = std::chrono::hours{1}});
  REQUIRE(list.size() == 3);
  CHECK(result.because[list[0].index].flag.what == "phone");
  CHECK(std::none_of(list.begin(), list.end(), [&](const auto& clip) {
    return result.because[clip.index].flag.what == "face_absent";
  }));
  CHECK(review_list(result, {.minutes_per_hour = 60}).size() == 4);
  CHECK(review_list(score({})).empty());
  CHECK_THROWS_AS((void)review_list(result, {.minutes_per_hour = 0}), Error);
  CHECK_THROWS_AS((void)review_list(result, {.minutes_per_hour = 61}), Error);
  CHECK_THROWS_AS((void)review_list(result, {.session = std::chrono::seconds{-1}}), Error);
  CHECK_THROWS_AS((void)review_list(result, {.longest_clip = Duration::zero()}), Error);
}
