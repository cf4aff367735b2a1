// The stage: looks, follows, holds back, covers.
#include "idcard/close_look.hpp"
#include "idcard/delay_line.hpp"
#include "idcard/fill.hpp"
#include "idcard/for_detectors.hpp"
#include "idcard/net.hpp"
#include "idcard/tracks.hpp"
#include "idcard/views.hpp"
#include "idcard/watch.hpp"

#include <invigil/error.hpp>
#include <invigil/idcard.hpp>

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace invigil {

namespace {

using namespace idcard;

void check(const RedactIdCardOptions& options) {
  using namespace std::chrono_literals;
  if (options.look_back < 0s || options.look_back > 5s)
    throw Error(Errc::argument, "RedactIdCardOptions::look_back",
                fmt::format("{} s is outside 0 to 5 s", seconds(options.look_back)));
  if (options.hold < 0s || options.hold > 60s)
    throw Error(Errc::argument, "RedactIdCardOptions::hold",
                fmt::format("{} s is outside 0 to 60 s", seconds(options.hold)));
  if (options.every < 1 || options.every > 30)
    throw Error(Errc::argument, "RedactIdCardOptions::every",
                fmt::format("{} is outside 1 to 30", options.every));
}

/// Two sure looks confirm a document; with a shorter look-back the first must do.
constexpr Duration confirmation = std::chrono::milliseconds{300};

/// The picture's luma without a copy; only read.
cv::Mat luma_of(const Image& image) {
  const PlaneView y = image.luma();
  return {y.height, y.width, CV_8U, const_cast<std::uint8_t*>(y.data), static_cast<std::size_t>(y.stride)};
}

// Note [documents that fill the picture]
// A document that is held so near reaches beyond what was seen of it, and beyond the picture: what it leaves
// free is a strip along the edges, with the ends of its lines on it.
/// Whether it fills so much of the picture, and reaches so many of its edges, that all of that is covered.
bool fills(const Polygon& place, cv::Size picture) {
  constexpr float share = 0.6F;
  constexpr int edges = 3;
  const auto width = static_cast<float>(picture.width), height = static_cast<float>(picture.height);
  return edges_reached(place, picture) >= edges &&
         shared_area(place, rectangle(0, 0, width, height)) >= share * width * height;
}

std::vector<ConcealedQuad> quads_of(const Covered& covered, cv::Size picture, Cover cover) {
  const bool outlined = covered.reveal && !covered.reveal->outline.empty();
  if (fills(outlined ? hull(covered.reveal->outline) : covered.place, picture))
    return {{ConcealedField::whole, quad_around(rectangle(0, 0, static_cast<float>(picture.width),
                                                          static_cast<float>(picture.height)))}};
  if (!covered.reveal || cover == Cover::whole_document)
    return {{ConcealedField::whole, quad_around(covered.place)}};
  return quads_around(covered.place, *covered.reveal);
}

/// Covers places, given in pixels of what the net sees, and says which quads of the picture they became.
std::shared_ptr<const std::vector<ConcealedDocument>> conceal(Held& held, Cover cover) {
  if (held.covered.empty()) return nullptr;
  const float x = static_cast<float>(held.frame.image.width()) / static_cast<float>(held.luma.cols);
  const float y = static_cast<float>(held.frame.image.height()) / static_cast<float>(held.luma.rows);
  auto documents = std::make_shared<std::vector<ConcealedDocument>>();
  for (const auto& covered : held.covered) {
    auto quads = quads_of(covered, held.luma.size(), cover);
    for (auto& quad : quads) {
      for (auto& p : quad.points) p = {p.x * x, p.y * y};
      fill(held.frame.image, quad.points);
    }
    documents->push_back({covered.type, covered.state, std::move(quads), covered.late});
  }
  return documents;
}

}  // namespace

struct RedactIdCard::Impl {
  Impl(const RedactIdCardOptions& o, const Pace& pace)
      : options(o), line(o.look_back), tracks(o.hold, o.look_back >= confirmation ? 2 : 1), watch(pace) {}

  /// What the net makes of the picture, before it may leave.
  void examine(RawFrame frame) {
    const cv::Mat luma = luma_of(frame.image);
    cv::Mat whole = seen(luma, whole_view(luma.size(), net_side));
    if (whole.data == luma.data) whole = luma.clone();  // outlives the frame, which is painted
    tracks.advance(previous, whole);
    for (const auto& place : tracks.in_doubt()) line.close_windows(place);
    const bool busy =
        options.cover != Cover::whole_document && tracks.due_for_a_close_look(frame.time) != nullptr;
    const auto sights = watch.look(luma, whole, frame.time, tracks.any_lost(), busy, tracks.well_seen());
    for (const auto& news : tracks.observe(sights, frame.time)) line.carry_back(news, whole);
    tracks.expire(frame.time, whole.size());
    if (options.cover != Cover::whole_document) look_closely(luma, whole.size(), frame.time);
    previous = whole;
    const Timestamp time = frame.time;
    line.push({std::move(frame), std::move(whole), tracks.covered(time)});
  }

  /// At one document, where this picture was not looked at otherwise.
  void look_closely(const cv::Mat& luma, cv::Size whole, Timestamp now) {
    Track* track = watch.idle() ? tracks.due_for_a_close_look(now) : nullptr;
    if (!track) return;
    track->look_closely(close_look(watch.net(), luma, track->place(), whole), now);
    if (const auto reveal = track->reveal(now))
      line.confirm(track->id(), *reveal, track->motion(), track->revealed_since().value_or(now));
    else
      line.close_windows(track->place());
  }

  RedactIdCardOptions options;
  DelayLine line;
  Tracks tracks;
  Watch watch;
  cv::Mat previous;
};

RedactIdCard::RedactIdCard(RedactIdCardOptions options) {
  check(options);
  impl_ = std::make_unique<Impl>(options, Pace{.every = options.every});
}
RedactIdCard::RedactIdCard(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RedactIdCard::~RedactIdCard() = default;
RedactIdCard::RedactIdCard(RedactIdCard&&) noexcept = default;
RedactIdCard& RedactIdCard::operator=(RedactIdCard&&) noexcept = default;

void RedactIdCard::process(RawFrame frame, const Emit<Frame>& emit) {
  const Timestamp now = frame.time;
  if (frame.image.empty()) throw Error(Errc::argument, "RedactIdCard", "a frame has no picture");
  impl_->examine(std::move(frame));
  while (auto held = impl_->line.due(now)) {
    auto documents = conceal(*held, impl_->options.cover);
    emit(Frame{std::move(held->frame), std::move(documents), false});
  }
}

void RedactIdCard::finish(const Emit<Frame>& emit) {
  for (const auto& place : impl_->tracks.unconfirmed()) impl_->line.carry_back(place, impl_->previous);
  while (auto held = impl_->line.take()) {
    auto documents = conceal(*held, impl_->options.cover);
    emit(Frame{std::move(held->frame), std::move(documents), false});
  }
}

Timestamp RedactIdCard::horizon(Timestamp seen) const { return seen - impl_->options.look_back; }

RedactIdCard idcard::for_detectors(Cover cover) {
  using namespace std::chrono_literals;
  // Two looks make a document, so the look-back takes in two of them; hold and rest likewise.
  const Pace pace{.every = 2, .longest_gap = 390ms, .longest_rest = 790ms, .thorough = false};
  const RedactIdCardOptions options{.cover = cover, .look_back = 1s, .hold = 1s};
  return RedactIdCard{std::make_unique<RedactIdCard::Impl>(options, pace)};
}

void KeepUnredacted::process(RawFrame frame, const Emit<Frame>& emit) {
  emit(Frame{std::move(frame), nullptr, true});
}

}  // namespace invigil
