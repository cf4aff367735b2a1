// One track of an input that may be damaged: how much of it was read, and what ended it.
#pragma once

#include <invigil/error.hpp>
#include <invigil/stream.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace invigil::examine_detail {

/// What became of a track. Read it after the session has run.
struct Track {
  std::optional<Timestamp> first;
  Timestamp end{};  ///< Of the last item.
  Duration step{};  ///< Between the last two pictures.
  std::optional<Error> damage;
  [[nodiscard]] Duration length() const { return first ? end - *first : Duration::zero(); }
};

/// Damage in the middle ends only its own track, so that what the other holds is read to its end whatever the
/// threads do: the same damaged file gives the same result.
template <class T>
class TrackSource final : public Source<T> {
 public:
  TrackSource(std::unique_ptr<Source<T>> source, Track& track) : source_(std::move(source)), track_(track) {}

  std::optional<T> read(std::stop_token stop) override {
    if (track_.damage) return std::nullopt;
    try {
      auto item = source_->read(stop);
      if (item) note(*item);
      return item;
    } catch (const Error& e) {
      if (!is_damage(e.code())) throw;
      track_.damage = e;
      return std::nullopt;
    }
  }
  [[nodiscard]] bool live() const override { return source_->live(); }
  [[nodiscard]] std::string name() const override { return source_->name(); }

 private:
  static bool is_damage(Errc code) {
    return code == Errc::truncated || code == Errc::bad_header || code == Errc::tampered;
  }
  void note(const T& item) {
    const Timestamp time = media_time(item);
    if constexpr (requires { item.duration(); }) {
      track_.end = std::max(track_.end, time + item.duration());
    } else {
      // A picture is shown until the next: the last one for as long as the one before.
      if (track_.first) track_.step = time - last_;
      track_.end = std::max(track_.end, time + track_.step);
      last_ = time;
    }
    if (!track_.first) track_.first = time;
  }

  std::unique_ptr<Source<T>> source_;
  Track& track_;
  Timestamp last_{};
};

}  // namespace invigil::examine_detail
