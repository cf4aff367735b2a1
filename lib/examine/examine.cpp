#include "examine/thin.hpp"
#include "examine/track.hpp"
#include "idcard/for_detectors.hpp"

#include <invigil/analysis.hpp>
#include <invigil/examine.hpp>

#include <optional>
#include <utility>

namespace invigil {

namespace {

using examine_detail::Track;
using examine_detail::TrackSource;

Cover cover_of(CoverRule rule) {
  switch (rule) {
    case CoverRule::numbers:
      return Cover::numbers;
    case CoverRule::all_but_portrait_and_name:
      return Cover::all_but_portrait_and_name;
    case CoverRule::whole_document:
      return Cover::whole_document;
  }
  return Cover::whole_document;
}

/// The wires of one input, and what is collected from them.
struct Examiner {
  Track video_track, audio_track;
  Collect<Flag> flags;
  Collect<Observation> observations;
  Session session;  // what it names stands above, and outlives it
  std::optional<Stream<Frame>> video;
  std::optional<Stream<AudioBlock>> audio;

  template <class T>
  auto add(std::unique_ptr<Source<T>> source, Track& track) {
    return session.add(
        std::unique_ptr<Source<T>>{std::make_unique<TrackSource<T>>(std::move(source), track)});
  }

  Examination run(std::vector<PlatformEvent> events, const AnalysisOptions& options) {
    std::optional<Stream<PlatformEvent>> told;
    if (!events.empty()) told = session.add(Feed<PlatformEvent>{std::move(events)});
    const auto analysis = analyse(session, video, audio, told, options);
    analysis.flags.to(flags);
    analysis.observations.to(observations);
    session.run();
    return result(analysis.models);
  }

 private:
  Examination result(const std::map<std::string, std::string>& models) {
    const auto& damage = video_track.damage ? video_track.damage : audio_track.damage;
    if (damage && !video_track.first && !audio_track.first) throw Error(*damage);
    Examination all;
    all.flags = std::move(flags.items);
    all.observations = std::move(observations.items);
    all.video = video_track.length();
    all.audio = audio_track.length();
    all.models = models;
    if (damage) all.damage = damage->what();
    return all;
  }
};

}  // namespace

Examination examine(MediaFile& file, std::vector<PlatformEvent> events, const Policy& policy) {
  Examiner examiner;
  if (file.info().has_video)
    examiner.video = examiner.add(file.video(), examiner.video_track)
                         .via(examine_detail::Thin{})
                         .via(idcard::for_detectors(cover_of(policy.cover)));
  if (file.info().has_audio) examiner.audio = examiner.add(file.audio(), examiner.audio_track);
  return examiner.run(std::move(events), {.policy = policy});
}

Examination examine(const Playback& recording, std::vector<PlatformEvent> events, const Policy& policy) {
  Examiner examiner;
  if (auto video = recording.video()) examiner.video = examiner.add(std::move(video), examiner.video_track);
  if (auto audio = recording.audio()) examiner.audio = examiner.add(std::move(audio), examiner.audio_track);
  auto all = examiner.run(events.empty() ? recording.events() : std::move(events),
                          {.policy = policy, .consent = recording.consent()});
  for (const auto& [begin, end] : recording.gaps()) all.gaps += end - begin;
  if (all.damage.empty()) all.damage = recording.damage();
  return all;
}

}  // namespace invigil
