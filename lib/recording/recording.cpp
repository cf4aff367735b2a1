#include "base/json.hpp"
#include "recording/recording_impl.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <concepts>
#include <utility>

#include <fmt/format.h>

namespace invigil {

namespace {

using recording::MemberKind;

template <class T>
void check_range(const char* what, T value, T least, T most, const char* unit) {
  if (!(value >= least && value <= most))
    throw Error(Errc::argument, "RecordingOptions",
                fmt::format("{} must be within {} to {}{}", what, least, most, unit));
}

RecordingOptions checked(RecordingOptions options) {
  check_range("segment", seconds(options.segment), 0.1, 10.0, " seconds");
  check_range("keyframe_every", seconds(options.keyframe_every), 0.1, 60.0, " seconds");
  check_range("quality", options.quality, 18, 35, "");
  check_range("audio_bitrate", options.audio_bitrate, 6000, 510'000, " bits a second");
  if (options.policy.consent == ConsentRule::required && !options.consent.given)
    throw Error(
        Errc::policy, "consent",
        "the policy requires a consent and none is given; ask for it first, or set consent = \"asked\"");
  check_range("witness_every", seconds(options.witness_every), 1.0, 3600.0, " seconds");
  check_range("witness_deadline", seconds(options.witness_deadline), 0.1, 600.0, " seconds");
  if (options.resumes &&
      (options.resumes->end < Timestamp{} || options.resumes->begin < options.resumes->end))
    throw Error(Errc::argument, "resumes", "a part cannot begin before the end of the one that it continues");
  options.video_codec = media::checked_video_codec(options.video_codec);
  return options;
}

Flag consent_missing() {
  Flag flag;
  flag.what = "consent_missing";
  flag.kind = FlagKind::technical;
  flag.because = "no consent was given to this recording";
  return flag;
}

void shift(Flag& f, Duration by) {
  for (Timestamp* t : {&f.begin, &f.end, &f.evidence_begin, &f.evidence_end}) *t += by;
}
void shift(PlatformEvent& e, Duration by) { e.time += by; }
void shift(Speech& s, Duration by) { s.time += by; }
void shift(PictureObservation& o, Duration by) {
  o.time += by;
  o.faces.time += by;
  o.picture.time += by;
}
void shift(Observation& o, Duration by) {
  std::visit([by](auto& x) { shift(x, by); }, o);
}

std::pair<Timestamp, Timestamp> stretch(const Flag& f) { return {f.begin, f.end}; }
std::pair<Timestamp, Timestamp> stretch(const PlatformEvent& e) { return {e.time, e.time + e.duration}; }
std::pair<Timestamp, Timestamp> stretch(const Observation& o) { return {media_time(o), media_time(o)}; }

std::string policy_line(const RecordingOptions& options, bool unredacted) {
  json::Object line;
  line["policy_toml"] = options.policy.to_toml();
  line["models"] = options.models;
  line["unredacted"] = unredacted;
  return json::line(line);
}

}  // namespace

class Recording::Impl::VideoSink final : public Sink<Frame> {
 public:
  VideoSink(Impl& owner, Track& track) : owner_(owner), track_(track) {}
  void write(Frame frame) override {
    const std::lock_guard own{track_.lock};
    owner_.guarded([&] {
      const auto& image = frame.image();
      owner_.open_video(track_, image.width(), image.height(), image.color());
      owner_.note_frame(track_, frame);
      std::vector<media::Packet> packets;
      track_.video->encode(image, owner_.in_session(frame.time()),
                           [&](media::Packet p) { packets.push_back(std::move(p)); });
      owner_.take(track_, std::move(packets));
    });
  }
  void close() override {
    const std::lock_guard own{track_.lock};
    owner_.guarded([&] { owner_.end(track_); });
  }
  [[nodiscard]] std::string name() const override { return "recording, " + track_.name; }

 private:
  Impl& owner_;
  Track& track_;
};

class Recording::Impl::AudioSink final : public Sink<AudioBlock> {
 public:
  AudioSink(Impl& owner, Track& track) : owner_(owner), track_(track) {}
  void write(AudioBlock block) override {
    const std::lock_guard own{track_.lock};
    owner_.guarded([&] {
      if (block.size() == 0) return;
      block = owner_.in_session(std::move(block));
      owner_.open_audio(track_, block.channels());
      owner_.note_sound(track_, block);
      std::vector<media::Packet> packets;
      track_.audio->encode(block, [&](media::Packet p) { packets.push_back(std::move(p)); });
      owner_.take(track_, std::move(packets));
    });
  }
  void close() override {
    const std::lock_guard own{track_.lock};
    owner_.guarded([&] { owner_.end(track_); });
  }
  [[nodiscard]] std::string name() const override { return "recording, " + track_.name; }

 private:
  Impl& owner_;
  Track& track_;
};

template <class T>
class Recording::Impl::LogSink final : public Sink<T> {
 public:
  LogSink(Impl& owner, MemberKind kind, const char* name) : owner_(owner), kind_(kind), name_(name) {}
  void write(T item) override {
    owner_.guarded([&] {
      if (written_already(item)) return;
      shift(item, owner_.in_session(Timestamp{}).time_since_epoch());
      const auto [begin, end] = stretch(item);
      auto line = to_json(item);
      const std::lock_guard lock{owner_.state};
      owner_.write_log(kind_, std::move(line), begin, end);
    });
  }
  [[nodiscard]] std::string name() const override { return name_; }

 private:
  /// The recording itself says from the beginning that there is no consent.
  [[nodiscard]] bool written_already(const T& item) const {
    if constexpr (std::same_as<T, Flag>)
      return item.what == "consent_missing" && !owner_.options.consent.given;
    return false;
  }
  Impl& owner_;
  MemberKind kind_;
  std::string name_;
};

Recording::Impl::Impl(std::unique_ptr<ByteSink> destination, std::vector<Recipient> recipients,
                      RecordingOptions wanted)
    : options(checked(std::move(wanted))),
      archive(std::move(destination), std::move(recipients)),
      segmenter({.length = options.segment, .keyframe_every = options.keyframe_every}),
      flags(std::make_unique<LogSink<Flag>>(*this, MemberKind::flag, "recording, flags")),
      events(std::make_unique<LogSink<PlatformEvent>>(*this, MemberKind::event, "recording, events")),
      observations(
          std::make_unique<LogSink<Observation>>(*this, MemberKind::observation, "recording, observations")) {
  begin_part();
  const Timestamp begin = in_session(Timestamp{});
  log.add(MemberKind::consent, to_json(options.consent), begin, begin);
  log.add(MemberKind::policy, policy_line(options, false), begin, begin);
  if (!options.consent.given) {
    auto missing = consent_missing();
    shift(missing, begin.time_since_epoch());
    log.add(MemberKind::flag, to_json(missing), begin, begin);
  }
  flush_log();
  // Asked from the next flush on: the signer must be registered with it first.
  if (options.witness) witness.emplace(options.witness, options.witness_every, options.witness_deadline);
}

Recording::Impl::~Impl() = default;

void Recording::Impl::check_usable() const {
  if (failure) std::rethrow_exception(failure);
  if (closed) throw Error(Errc::closed, "Recording", "is closed");
}

Recording::Impl::Track& Recording::Impl::track(const std::string& name, bool pictures) {
  const std::lock_guard lock{state};
  for (auto& have : tracks)
    if (have->name == name && have->pictures == pictures) return *have;
  check_usable();
  if (first_packet)
    throw Error(Errc::closed, "Recording", "a track must be asked for before the first frame of any track");
  auto added = std::make_unique<Track>();
  added->reached = in_session(Timestamp{});
  added->name = name;
  added->pictures = pictures;
  added->number = pictures ? segmenter.add_pictures() : segmenter.add_sound();
  if (pictures) {
    added->frames = std::make_unique<VideoSink>(*this, *added);
  } else {
    added->sound = std::make_unique<AudioSink>(*this, *added);
  }
  tracks.push_back(std::move(added));
  return *tracks.back();
}

/// What a frame tells beside its picture: that it was not redacted, and what is missing before it.
void Recording::Impl::note_frame(Track& track, const Frame& frame) {
  const Timestamp time = in_session(frame.time());
  const std::lock_guard lock{state};
  ++counted.frames;
  if (frame.unredacted() && !unredacted) {
    unredacted = true;
    write_log(MemberKind::policy, policy_line(options, true), time, time);
  }
  if (track.last_index && frame.index() > *track.last_index + 1) {
    if (track.lost == 0) track.lost_begin = track.reached;
    track.lost += frame.index() - *track.last_index - 1;
    counted.lost += frame.index() - *track.last_index - 1;
    track.lost_end = time;
  } else {
    note_hole(track, time);
  }
  if (track.last_index) track.step = time - track.reached;
  track.last_index = frame.index();
  track.reached = std::max(track.reached, time);
}

void Recording::Impl::note_sound(Track& track, const AudioBlock& block) {
  const std::lock_guard lock{state};
  note_hole(track, block.time());
  track.reached = std::max(track.reached, block.time() + block.duration());
}

Recording::Recording(std::unique_ptr<ByteSink> destination, std::vector<Recipient> recipients,
                     RecordingOptions options)
    : impl_(std::make_unique<Impl>(std::move(destination), std::move(recipients), std::move(options))) {}
Recording::~Recording() = default;
Recording::Recording(Recording&&) noexcept = default;
Recording& Recording::operator=(Recording&&) noexcept = default;

Sink<Frame>& Recording::video() { return video("camera"); }
Sink<Frame>& Recording::video(const std::string& track) { return *impl_->track(track, true).frames; }
Sink<AudioBlock>& Recording::audio() { return *impl_->track("sound", false).sound; }
Sink<Flag>& Recording::flags() { return *impl_->flags; }
Sink<PlatformEvent>& Recording::events() { return *impl_->events; }
Sink<Observation>& Recording::observations() { return *impl_->observations; }

void Recording::gap(Timestamp begin, Timestamp end, const std::string& why) {
  if (end < begin) throw Error(Errc::argument, "Recording::gap", "it ends before it begins");
  impl_->guarded([&] {
    const std::lock_guard lock{impl_->state};
    impl_->write_gap(impl_->in_session(begin), impl_->in_session(end), why);
  });
}

std::string Recording::checkpoint() const {
  const std::lock_guard lock{impl_->state};
  return impl_->archive.checkpoint();
}
std::string Recording::signer() const { return impl_->archive.signer(); }

RecordingStatistics Recording::statistics() const {
  const std::lock_guard lock{impl_->state};
  auto now = impl_->counted;
  now.bytes = impl_->archive.bytes();
  return now;
}

void Recording::close() {
  {
    const std::lock_guard lock{impl_->state};
    if (impl_->closed && !impl_->failure) return;
  }
  impl_->guarded([&] { impl_->commit(); });
  impl_->ask_last();
}

}  // namespace invigil
