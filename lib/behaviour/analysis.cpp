// The graph of all detectors and flags.
//
//   video -> buffered -> see pictures -+-> flag pictures -+
//                 looks closer <-------|------- evidence  +-> flags
//   audio -> buffered -> find speech --|-+-> flag sound ---+
//                                      +-+-> observations |
//   events -> flag events --------------------------------+
#include "behaviour/see_pictures.hpp"
#include "behaviour/start_flags.hpp"

#include <invigil/analysis.hpp>
#include <invigil/behaviour.hpp>
#include <invigil/flag_events.hpp>
#include <invigil/flag_pictures.hpp>
#include <invigil/flag_sound.hpp>
#include <invigil/models.hpp>

#include <string_view>
#include <utility>
#include <vector>

namespace invigil {

namespace {

/// A picture or a block of sound, as one kind of item.
template <class T>
class Observe final : public Stage<T, Observation> {
 public:
  void process(T seen, const Emit<Observation>& emit) override { emit(Observation{std::move(seen)}); }
  [[nodiscard]] std::string name() const override { return "observe"; }
};

/// Flags pictures, and calls for a closer look at those that follow while there is evidence.
class FlagAndCall final : public Stage<PictureObservation, Flag> {
 public:
  FlagAndCall(const Policy& policy, std::shared_ptr<behaviour::Attention> attention)
      : flags_(policy), attention_(std::move(attention)) {}
  void process(PictureObservation seen, const Emit<Flag>& emit) override {
    const auto time = seen.time;
    flags_.process(std::move(seen), emit);
    if (flags_.evidence() > worth_a_look) attention_->call(time);
  }
  void finish(const Emit<Flag>& emit) override { flags_.finish(emit); }
  [[nodiscard]] Timestamp horizon(Timestamp seen) const override { return flags_.horizon(seen); }
  [[nodiscard]] std::string name() const override { return flags_.name(); }

 private:
  static constexpr double worth_a_look = 0.3;
  FlagPictures flags_;
  std::shared_ptr<behaviour::Attention> attention_;
};

// Frames wait as pixels (1.4 MB at 720p), sound is small: a second of it outlasts any hiccup. Live, only two
// frames wait, so that detectors which are behind are given the newest.
constexpr std::size_t waiting_frames = 4;
constexpr std::size_t waiting_live_frames = detail::Freshness::short_queue;
constexpr std::size_t waiting_blocks = 64;

BufferOptions frame_buffer(const AnalysisOptions& options) {
  if (options.drop_when_late) return {.capacity = waiting_live_frames, .when_full = WhenFull::drop_oldest};
  return {.capacity = waiting_frames};
}
BufferOptions block_buffer(const AnalysisOptions& options) {
  return {.capacity = waiting_blocks,
          .when_full = options.drop_when_late ? WhenFull::drop_oldest : WhenFull::block};
}

/// The detector's name, with the digest of its model where it has one.
std::string with_digest(const std::string& detector) {
  for (const auto& model : list_models())
    if (model.name == detector && !model.path.empty()) return detector + " sha256:" + model.sha256;
  return detector;
}

class Builder {
 public:
  Builder(Session& session, const AnalysisOptions& options)
      : options_(options),
        flags_(session.add(Feed<Flag>{behaviour::flags_at_start(options)})),
        observations_(session.add(Feed<Observation>{{}})) {}

  void video(const Stream<Frame>& frames) {
    behaviour::SeePictures stage{{.confidence = options_.policy.face_confidence,
                                  .portrait = options_.portrait,
                                  .attention = attention_}};
    for (const auto& [what, detector] : stage.detectors()) models_[what] = with_digest(detector);
    const auto seen = frames.buffered(frame_buffer(options_)).via(std::move(stage));
    observations_ = observations_.merge(seen.via(Observe<PictureObservation>{}));
    flags_ = flags_.merge(seen.via(FlagAndCall{options_.policy, attention_}));
  }
  void audio(const Stream<AudioBlock>& blocks) {
    FindSpeech stage;
    models_["speech"] = with_digest(stage.detector());
    models_["voices"] = "none";  // README.md says why
    const auto heard = attended(blocks.buffered(block_buffer(options_)).via(std::move(stage)));
    observations_ = observations_.merge(heard.via(Observe<Speech>{}));
    flags_ = flags_.merge(heard.via(FlagSound{options_.policy}));
  }
  void events(const Stream<PlatformEvent>& events) {
    flags_ = flags_.merge(attended(events).via(FlagEvents{options_.policy}));
  }
  [[nodiscard]] Analysis finish() const { return {flags_, observations_, models_}; }

 private:
  /// Sound and events have live pictures looked at closely.
  template <class T>
  [[nodiscard]] Stream<T> attended(const Stream<T>& items) const {
    return options_.drop_when_late ? items.via(behaviour::CallAttention<T>{attention_}) : items;
  }

  const AnalysisOptions& options_;
  std::shared_ptr<behaviour::Attention> attention_ = std::make_shared<behaviour::Attention>();
  Stream<Flag> flags_;
  Stream<Observation> observations_;
  std::map<std::string, std::string> models_;
};

}  // namespace

std::vector<Flag> behaviour::flags_at_start(const AnalysisOptions& options) {
  if (!options.consent || options.consent->given || !options.policy.of("consent_missing").enabled) return {};
  Flag flag;
  flag.what = "consent_missing";
  flag.kind = FlagKind::technical;
  flag.because = "no consent was given to this recording";
  return {flag};
}

Analysis analyse(Session& session, std::optional<Stream<Frame>> video,
                 std::optional<Stream<AudioBlock>> audio, std::optional<Stream<PlatformEvent>> events,
                 const AnalysisOptions& options) {
  Builder builder{session, options};
  if (video) builder.video(*video);
  if (audio) builder.audio(*audio);
  if (events) builder.events(*events);
  return builder.finish();
}

}  // namespace invigil
