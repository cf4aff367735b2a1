#include "behaviour/seen_twice.hpp"

#include <algorithm>
#include <chrono>

namespace invigil::behaviour {

namespace {

/// Looks further apart do not follow each other.
constexpr Duration follows_within = std::chrono::milliseconds{2500};

}  // namespace

RaiserOptions object_options(std::string what, std::string sentence, Duration longer_than) {
  RaiserOptions options;
  options.what = std::move(what);
  options.longer_than = longer_than;
  options.merge_within = std::chrono::seconds{5};
  options.because = [sentence = std::move(sentence)](const Sighting& seen) {
    return how_long(sentence, seen);
  };
  return options;
}

Evidence SeenTwice::decided(std::size_t at) const {
  const auto near = [&](std::size_t a, std::size_t b) {
    return looks_[b].time - looks_[a].time <= (b - a) * follows_within;
  };
  const auto seen = [&](std::size_t i) { return looks_[i].likely * looks_[i].quality > 0; };
  Evidence result = looks_[at];
  if (seen(at)) {
    for (std::size_t other = at >= 2 ? at - 2 : 0; other < std::min(at + 3, looks_.size()); ++other)
      if (other != at && seen(other) && near(std::min(at, other), std::max(at, other))) return result;
    result.likely = 0;
  } else if (at >= 1 && at + 1 < looks_.size() && seen(at - 1) && seen(at + 1) && near(at - 1, at + 1) &&
             result.quality > 0) {
    result.likely = std::min(looks_[at - 1].likely, looks_[at + 1].likely);
  }
  return result;
}

void SeenTwice::add(const Evidence& look, const Emit<Flag>& emit) {
  looks_.push_back(look);
  if (looks_.size() < undecided_ + 3) return;
  raiser_.add(decided(undecided_++), emit);
  if (undecided_ > 2) {
    looks_.pop_front();
    --undecided_;
  }
}

void SeenTwice::finish(const Emit<Flag>& emit) {
  for (; undecided_ < looks_.size(); ++undecided_) raiser_.add(decided(undecided_), emit);
  raiser_.finish(emit);
}

Timestamp SeenTwice::horizon(Timestamp seen) const {
  return raiser_.horizon(undecided_ < looks_.size() ? std::min(seen, looks_[undecided_].time) : seen);
}

}  // namespace invigil::behaviour
