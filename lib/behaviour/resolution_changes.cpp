#include "behaviour/resolution_changes.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace invigil::behaviour {

namespace {

// As of other flags: raiser.hpp.
constexpr Duration merge_within = std::chrono::seconds{2}, longest_merged = std::chrono::seconds{60};
constexpr Duration evidence_margin = std::chrono::seconds{5};

bool smaller(PictureSize a, PictureSize b) {
  const auto key = [](PictureSize s) { return std::pair{std::int64_t{s.width} * s.height, s.width}; };
  return key(a) < key(b);
}

std::string text_of(PictureSize size) { return fmt::format("{}x{}", size.width, size.height); }

std::string sentence(int count, PictureSize smallest, PictureSize largest) {
  const auto sizes = fmt::format("between {} and {}", text_of(smallest), text_of(largest));
  return count == 1 ? fmt::format("the size of the picture changed {}", sizes)
                    : fmt::format("the size of the picture changed {} times, {}", count, sizes);
}

}  // namespace

void ResolutionChanges::add(const PictureHealth& picture, const Emit<Flag>& emit) {
  if (!first_) first_ = picture.time;
  last_ = picture.time;
  if (picture.resized > 0) take(picture, emit);
  if (picture.width > 0) size_ = {picture.width, picture.height};
  if (held_ && picture.time - held_->end >= evidence_margin) release(picture.time, emit);
}

void ResolutionChanges::take(const PictureHealth& picture, const Emit<Flag>& emit) {
  const PictureSize now{picture.width, picture.height};
  const bool joins =
      held_ && picture.time - held_->end <= merge_within && picture.time - held_->begin <= longest_merged;
  if (!joins) {
    if (held_) release(picture.time, emit);
    const auto before = size_.width > 0 ? size_ : now;
    held_ = Held{picture.time, picture.time, 0, before, before};
  }
  held_->end = picture.time;
  held_->count += picture.resized;
  held_->smallest = std::min(held_->smallest, now, smaller);
  held_->largest = std::max(held_->largest, now, smaller);
}

void ResolutionChanges::finish(const Emit<Flag>& emit) {
  if (held_) release(last_, emit);
}

void ResolutionChanges::release(Timestamp session_end, const Emit<Flag>& emit) {
  Flag flag;
  flag.what = "resolution_changed";
  flag.kind = FlagKind::technical;
  flag.begin = held_->begin;
  flag.end = held_->end;
  flag.because = sentence(held_->count, held_->smallest, held_->largest);
  flag.evidence_begin = std::max(std::min(*first_, flag.begin), flag.begin - evidence_margin);
  flag.evidence_end = std::max(flag.end, std::min(session_end, flag.end + evidence_margin));
  flag.count = held_->count;
  held_.reset();
  emit(std::move(flag));
}

Timestamp ResolutionChanges::horizon(Timestamp seen) const {
  return held_ ? std::min(seen, held_->end) : seen;
}

}  // namespace invigil::behaviour
