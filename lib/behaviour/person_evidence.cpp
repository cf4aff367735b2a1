#include "behaviour/person_evidence.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace invigil::behaviour {

namespace {

constexpr Duration holds_for = std::chrono::seconds{6};
/// On 300 pairs of public pictures this cosine tells same from other; there either is as likely.
constexpr double even = 0.40, steepness = 15;

constexpr Duration one_lag_for = std::chrono::seconds{1}, compared = std::chrono::seconds{2};
constexpr float one_lag_s = 0.25F;  // 0.2 s, and rounding
constexpr double measured = 0.95;

}  // namespace

RaiserOptions other_person_options(Duration longer_than) {
  RaiserOptions options;
  options.what = "other_person";
  options.longer_than = longer_than;
  options.because = [](const Sighting& seen) {
    return how_long("the face was unlike the candidate's", seen);
  };
  return options;
}

Evidence OtherPerson::look(const PictureObservation& seen, bool alone, double quality) {
  if (!alone || quality <= 0) {
    similarity_.reset();
    return {seen.time, 0, 0};
  }
  if (seen.likeness) {
    similarity_ = double{*seen.likeness};
    compared_ = seen.time;
  }
  if (!similarity_ || seen.time - compared_ > holds_for) return {seen.time, 0, 0};
  return {seen.time, 1 / (1 + std::exp(steepness * (*similarity_ - even))), quality};
}

RaiserOptions camera_loop_options(Duration longer_than) {
  RaiserOptions options;
  options.what = "camera_loop";
  options.longer_than = longer_than;
  options.because = [](const Sighting& seen) {
    return how_long("the picture repeated exactly what it had shown before,", seen);
  };
  return options;
}

Evidence Loop::look(const PictureHealth& picture) {
  const bool same = picture.repeats > is_loop;
  if (!same || !since_ || std::abs(picture.repeats_after - lag_) > one_lag_s) since_.reset();
  if (same && !since_) {
    since_ = picture.time;
    lag_ = picture.repeats_after;
  }
  if (!since_ || picture.time - *since_ < one_lag_for) return {picture.time, 0, 1, {}};
  const auto begin = std::min(*since_ - compared, picture.time - duration_from_seconds(picture.repeats_for));
  return {picture.time, measured, 1, std::max(begin, Timestamp{})};
}

}  // namespace invigil::behaviour
