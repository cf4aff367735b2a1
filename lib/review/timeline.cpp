#include "review/timeline.hpp"

#include "review/html.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <string_view>

#include <fmt/format.h>

namespace invigil::review {

namespace {

constexpr int lane_height = 44, label_baseline = 16, bar_top = 22, bar_height = 14;
constexpr int axis_height = 26, sound_height = 34;

/// Draws lane under lane and remembers how far down it is.
class Drawing {
 public:
  explicit Drawing(const ReportModel& model)
      : model_(model), length_(std::max(seconds(model.duration), 1e-3)) {}

  std::string draw() {
    seen_lane();
    sound_lane();
    behaviour_lanes();
    milestone_lane();
    technical_lanes();
    const int lanes_end = y_;
    y_ += axis_height;
    return fmt::format(
        R"(<svg class="timeline" width="100%" height="{}" aria-labelledby="timeline-title"><title id="timeline-title">)"
        R"(Timeline of {}: {} flags to look at, {} notes on what could not be seen. The tables below say the same.</title>)"
        R"x(<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">)x"
        R"(<rect width="6" height="6" class="hatch-back"/><rect width="2" height="6" class="hatch-line"/></pattern></defs>)"
        "{}{}{}</svg>",
        y_, whole_clock(Timestamp{model_.duration}), model_.score.because.size(),
        model_.score.technical.size(), axis(lanes_end), gaps(lanes_end), lanes_);
  }

 private:
  [[nodiscard]] double percent(Timestamp t) const {
    return std::clamp(seconds(t) / length_ * 100, 0.0, 100.0);
  }

  /// A bar; so short a flag that it would vanish still gets three pixels, inside the picture.
  [[nodiscard]] std::string bar(Timestamp begin, Timestamp end, std::string_view css, int top,
                                int height) const {
    const double left = percent(begin), width = std::max(percent(end) - left, 0.0);
    return fmt::format(R"(<rect class="{}" x="{:.3f}%" y="{}" width="{:.3f}%" height="{}"/>)", css,
                       std::min(left, 99.6), top, std::max(width, 0.4), height);
  }

  void lane(std::string_view name, std::string_view content, int height = lane_height) {
    lanes_ += fmt::format(R"(<text class="lane-name" x="0" y="{}">{}</text>)", y_ + label_baseline, name);
    lanes_ += content;
    y_ += height;
  }

  [[nodiscard]] static std::string tip(const Flag& flag) {
    return fmt::format("<title>{} {}: {}</title>", escape(label(flag.what)), stretch(flag.begin, flag.end),
                       escape(flag.because));
  }

  void seen_lane() {
    if (model_.seen.empty()) return;
    static constexpr std::array css{"seen-nobody", "seen-one", "seen-several", "hatched"};
    static constexpr std::array words{"no face seen", "one face seen", "several faces seen",
                                      "picture not usable"};
    std::string content;
    for (const auto& run : model_.seen) {
      const auto kind = static_cast<std::size_t>(run.seen);
      content += fmt::format("<g><title>{}–{}: {}</title>{}</g>", clock(run.begin), clock(run.end),
                             words[kind], bar(run.begin, run.end, css[kind], y_ + bar_top, bar_height));
    }
    lane("Faces in the picture", content);
  }

  /// Level from -70 dBFS (nothing) to 0, as bars; darker where speech was heard.
  void sound_lane() {
    if (model_.sound.empty()) return;
    std::string quiet, speech;
    for (std::size_t i = 0; i < model_.sound.size(); ++i) {
      const auto& slice = model_.sound[i];
      if (!slice.measured) continue;
      const double height = std::clamp((slice.level + 70.0) / 70.0, 0.03, 1.0) * sound_height;
      (slice.speech ? speech : quiet) +=
          fmt::format("M{} {:.1f}h1v{:.1f}h-1z", i, sound_height - height, height);
    }
    const auto path = [](std::string_view css, const std::string& d) {
      return d.empty() ? d : fmt::format(R"(<path class="{}" d="{}"/>)", css, d);
    };
    const auto content = fmt::format(
        R"(<svg x="0" y="{}" width="100%" height="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">{}{}</svg>)",
        y_ + bar_top, sound_height, model_.sound.size(), sound_height, path("sound", quiet),
        path("speech", speech));
    lane("Sound level", content, lane_height + sound_height - bar_height);
  }

  /// Names in order of first appearance.
  template <class Flags>
  [[nodiscard]] static std::vector<std::string> names(const Flags& flags) {
    std::vector<std::string> all;
    for (const Flag& flag : flags)
      if (std::find(all.begin(), all.end(), flag.what) == all.end()) all.push_back(flag.what);
    return all;
  }

  void behaviour_lanes() {
    std::vector<Flag> flags;
    for (const auto& part : model_.score.because) flags.push_back(part.flag);
    for (const auto& name : names(flags)) {
      std::string content;
      for (std::size_t i = 0; i < flags.size(); ++i)
        if (flags[i].what == name)
          content += fmt::format(R"(<a href="#flag-{}">{}{}</a>)", i + 1, tip(flags[i]),
                                 bar(flags[i].begin, flags[i].end, "behaviour", y_ + bar_top, bar_height));
      lane(escape(label(name)), content);
    }
  }

  [[nodiscard]] std::vector<Flag> of_kind(FlagKind kind) const {
    std::vector<Flag> flags;
    std::copy_if(model_.score.technical.begin(), model_.score.technical.end(), std::back_inserter(flags),
                 [&](const Flag& flag) { return flag.kind == kind; });
    return flags;
  }

  void milestone_lane() {
    const auto flags = of_kind(FlagKind::milestone);
    if (flags.empty()) return;
    std::string content;
    for (const auto& flag : flags)
      content += fmt::format(R"(<g>{}<circle class="milestone" cx="{:.3f}%" cy="{}" r="6"/></g>)", tip(flag),
                             std::clamp(percent(flag.begin), 0.8, 99.2), y_ + bar_top + bar_height / 2);
    lane("Steps of the exam", content);
  }

  void technical_lanes() {
    const auto flags = of_kind(FlagKind::technical);
    for (const auto& name : names(flags)) {
      std::string content;
      for (const auto& flag : flags)
        if (flag.what == name)
          content += fmt::format("<g>{}{}</g>", tip(flag),
                                 bar(flag.begin, flag.end, "hatched", y_ + bar_top, bar_height));
      lane(escape(label(name)) + " (technical)", content);
    }
  }

  [[nodiscard]] std::string gaps(int bottom) const {
    std::string out;
    for (const auto& [begin, end] : model_.verification.gaps)
      out += fmt::format("<g><title>Nothing was recorded {}–{}</title>{}</g>", clock(begin), clock(end),
                         bar(begin, end, "gap", 0, bottom));
    return out;
  }

  /// At most five labels, at round times: they fit a phone.
  [[nodiscard]] double tick_step() const {
    for (const double step : {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 14400})
      if (length_ / step <= 4.6) return step;
    return std::ceil(length_ / 6 / 86400) * 86400;
  }

  [[nodiscard]] std::string axis(int bottom) const {
    std::string out = fmt::format(R"(<line class="axis" x1="0" x2="100%" y1="{0}" y2="{0}"/>)", bottom);
    const double step = tick_step();
    for (double t = 0; t <= length_; t += step) {
      const double x = t / length_ * 100;
      const char* anchor = x < 2 ? "start" : x > 95 ? "end" : "middle";
      out += fmt::format(
          R"(<line class="grid" x1="{0:.3f}%" x2="{0:.3f}%" y1="0" y2="{1}"/><text class="tick" x="{0:.3f}%" y="{2}" text-anchor="{3}">{4}</text>)",
          x, bottom + 4, bottom + 19, anchor, whole_clock(from_seconds(t)));
    }
    return out;
  }

  const ReportModel& model_;
  double length_;
  int y_ = 0;
  std::string lanes_;
};

}  // namespace

std::string timeline(const ReportModel& model) { return Drawing{model}.draw(); }

}  // namespace invigil::review
