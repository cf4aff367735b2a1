// From a recording to the page.
#include "review/page.hpp"
#include "review/stills.hpp"
#include "review/summary.hpp"

#include <invigil/error.hpp>
#include <invigil/review.hpp>

#include <fmt/format.h>

namespace invigil {

namespace {

/// The middle of each flag, inside the recording.
std::vector<Timestamp> middles(const Score& score, Duration duration) {
  std::vector<Timestamp> times;
  for (const auto& [flag, points] : score.because)
    times.push_back(std::clamp(flag.begin + (flag.end - flag.begin) / 2, Timestamp{}, Timestamp{duration}));
  return times;
}

/// The recording's pictures, or nothing when it has none.
std::unique_ptr<Source<Frame>> pictures(const Playback& recording) {
  try {
    return recording.video();
  } catch (const Error& e) {
    if (e.code() == Errc::unsupported) return nullptr;
    throw;
  }
}

/// Stills as far as the pictures can be read: a page about a damaged recording is still a page.
std::vector<std::vector<std::byte>> stills(const Playback& recording, const std::vector<Timestamp>& times,
                                           int width) {
  const auto source = times.empty() ? nullptr : pictures(recording);
  if (!source) return {};
  return review::stills(*source, times, width);
}

}  // namespace

std::string render_report(const Playback& recording, const Verification& verification,
                          const ReportOptions& options) {
  if (options.still_width < 64 || options.still_width > 1920)
    throw Error(Errc::argument, "still_width", fmt::format("{} is not in 64 to 1920", options.still_width));
  review::ReportModel model;
  model.title = options.title;
  model.duration = recording.duration();
  model.verification = verification;
  model.damage = recording.damage();
  model.unredacted = recording.unredacted();
  model.consent = recording.consent();
  model.policy =
      options.policy ? *options.policy : parse_policy(recording.policy_text(), "the recorded policy");
  model.other_policy = options.policy.has_value();
  model.models = recording.models();
  model.score = score(recording.flags(), model.policy);
  model.stills = stills(recording, middles(model.score, model.duration), options.still_width);
  auto summary = review::summarise(recording.observations(), model.duration);
  model.seen = std::move(summary.seen);
  model.sound = std::move(summary.sound);
  return review::page(model);
}

}  // namespace invigil
