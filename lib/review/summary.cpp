#include "review/summary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

namespace invigil::review {

namespace {

using nlohmann::json;

/// Pictures further apart than this do not vouch for what is between them.
constexpr auto longest_hold = std::chrono::seconds{2};

Seen seen_in(const json& picture) {
  const auto health = picture.find("picture");
  if (health != picture.end() && health->is_object() && health->value("state", "ok") != "ok")
    return Seen::not_visible;
  const std::size_t faces = picture.at("faces").size();
  return faces == 0 ? Seen::nobody : faces == 1 ? Seen::one : Seen::several;
}

class Summariser {
 public:
  Summariser(Duration session, std::size_t slices) : length_(std::max(seconds(session), 1e-3)) {
    out_.sound.resize(slices);
  }

  void add(const json& line) {
    const double t = line.at("t").get<double>();
    if (!std::isfinite(t) || t < 0 || t > length_ + 1) return;
    if (line.contains("faces")) add_picture(from_seconds(t), seen_in(line));
    if (line.contains("level")) add_sound(t, line);
  }

  Summary take() {
    const auto end = from_seconds(length_);
    if (!out_.seen.empty()) out_.seen.back().end = std::min(out_.seen.back().end + longest_hold, end);
    if (!any_sound_) out_.sound.clear();
    return std::move(out_);
  }

 private:
  void add_picture(Timestamp t, Seen seen) {
    auto& runs = out_.seen;
    if (!runs.empty()) {
      runs.back().end = std::max(runs.back().end, std::min(t, runs.back().end + longest_hold));
      if (runs.back().seen == seen && t - runs.back().end <= Duration{}) return;
    }
    runs.push_back({t, t, seen});
  }

  void add_sound(double t, const json& line) {
    const auto last = out_.sound.size() - 1;
    auto& slice =
        out_.sound[std::min(static_cast<std::size_t>(t / length_ * static_cast<double>(last + 1)), last)];
    slice.level = std::max(slice.level, line.at("level").get<float>());
    slice.speech = slice.speech || line.value("speech", -1.0) >= 0.5;
    slice.measured = any_sound_ = true;
  }

  double length_;
  Summary out_;
  bool any_sound_ = false;
};

}  // namespace

Summary summarise(std::string_view observations, Duration session, std::size_t most_slices) {
  const auto slices =
      std::clamp<std::size_t>(std::size_t(std::max(seconds(session), 0.0) * 8), 1, most_slices);
  Summariser summariser{session, slices};
  while (!observations.empty()) {
    const auto end = std::min(observations.find('\n'), observations.size());
    const json line = json::parse(observations.substr(0, end), nullptr, false);
    observations.remove_prefix(std::min(end + 1, observations.size()));
    if (!line.is_object()) continue;
    try {
      summariser.add(line);
    } catch (const json::exception&) {
      continue;  // a field of another type
    }
  }
  return summariser.take();
}

}  // namespace invigil::review
