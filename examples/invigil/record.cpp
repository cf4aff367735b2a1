// invigil record: the main job. Capture, conceal, flag, encrypt.
#include "app.hpp"
#include "inputs.hpp"
#include "interrupt.hpp"
#include "keys.hpp"
#include "progress.hpp"

#include <invigil/invigil.hpp>

#include <algorithm>
#include <atomic>
#include <deque>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace {

using namespace invigil;

struct Options {
  std::string to;
  app::RecipientOptions recipients;
  app::InputOptions inputs;
  std::string policy, consent, signer_out, checkpoint_out, flags, resume;
  std::optional<Duration> limit;
};

/// The recording's file, made when the first byte is written: a run that fails before leaves no file behind,
/// and with --force does not empty the one that was there.
class WhenNeeded final : public ByteSink {
 public:
  WhenNeeded(std::string path, const app::Common& common) : path_(std::move(path)), common_(common) {}
  void write(std::span<const std::byte> bytes) override {
    if (!file_) file_ = open();
    file_->write(bytes);
  }
  void sync() override {
    if (file_) file_->sync();
  }
  [[nodiscard]] bool reserve(std::uint64_t bytes) override {
    if (file_) return file_->reserve(bytes);
    file_ = open();
    if (file_->reserve(bytes)) return true;
    file_.reset();
    if (path_ != "-") std::filesystem::remove(path_);  // it is ours, new and empty
    return false;
  }
  void close() override {
    if (file_) file_->close();
  }
  [[nodiscard]] std::string name() const override { return path_; }

 private:
  /// Not one that appears only when whole: a recording is valid at every moment.
  [[nodiscard]] std::unique_ptr<ByteSink> open() const {
    return path_ == "-" ? app::open_output(path_, common_) : create_file(path_, {.overwrite = common_.force});
  }
  std::string path_;
  const app::Common& common_;
  std::unique_ptr<ByteSink> file_;
};

/// Keeps the flags for the end and counts them for the progress line.
class FlagList final : public Sink<Flag> {
 public:
  /// `begin`: where in the session this run begins.
  explicit FlagList(Duration begin) : begin_(begin) {}
  void write(Flag flag) override {
    for (Timestamp* t : {&flag.begin, &flag.end, &flag.evidence_begin, &flag.evidence_end}) *t += begin_;
    flags.push_back(std::move(flag));
    ++count;
  }
  std::vector<Flag> flags;
  std::atomic<std::uint64_t> count{0};

 private:
  Duration begin_;
};

/// Counts documents that were in view before the first frame in which they are covered.
class LateDocuments final : public Sink<Frame> {
 public:
  void write(Frame frame) override {
    for (const auto& document : frame.concealed()) count += document.late;
  }
  std::atomic<std::uint64_t> count{0};
};

// Frames wait here while the disk syncs, so that the camera's thread does not. 1.4 MB each at 720p.
constexpr BufferOptions before_encoder{.capacity = 15, .when_full = WhenFull::block};

std::optional<EarlierPart> find_earlier_part(const Options& options) {
  if (options.resume.empty()) return std::nullopt;
  return earlier_part(*open_file(options.resume));
}

Stream<Frame> conceal(Session& session, std::unique_ptr<Source<RawFrame>> source, const Policy& policy) {
  const auto cover = policy.cover == CoverRule::numbers          ? Cover::numbers
                     : policy.cover == CoverRule::whole_document ? Cover::whole_document
                                                                 : Cover::all_but_portrait_and_name;
  return session.add(std::move(source)).via(RedactIdCard{{.cover = cover}});
}

/// The wires of one run, and what they end in.
class Run {
 public:
  Run(const Options& options, const app::Common& common)
      : options_(options),
        common_(common),
        policy_(options.policy.empty() ? Policy{} : load_policy(options.policy)),
        consent_(options.consent.empty() ? Consent{} : load_consent(options.consent)),
        resumes_(find_earlier_part(options)),
        flags_file_(options.flags.empty() ? nullptr : app::open_output(options.flags, common)),
        inputs_(app::open_inputs(options.inputs)),
        wires_(wire()),
        recording_(
            std::make_unique<WhenNeeded>(options.to, common), app::load_recipients(options.recipients),
            {.consent = consent_, .policy = policy_, .models = wires_.analysis.models, .resumes = resumes_}),
        flags_(resumes_ ? resumes_->begin.time_since_epoch() : Duration{}) {
    for (auto& [name, pictures] : wires_.pictures) {
      pictures.buffered(before_encoder).to(recording_.video(name));
      pictures.to(late_.emplace_back());
    }
    if (wires_.sound) wires_.sound->to(recording_.audio());
    if (wires_.events) wires_.events->to(recording_.events());
    wires_.analysis.flags.to(recording_.flags());
    wires_.analysis.flags.to(flags_);
    for (auto& source : inputs_.of_devices) {
      const auto told = session_.add(std::move(source));
      told.to(recording_.flags());
      told.to(flags_);
    }
    wires_.analysis.observations.to(recording_.observations());
  }

  int go();

 private:
  struct Wires {
    std::vector<std::pair<std::string, Stream<Frame>>> pictures;
    std::optional<Stream<AudioBlock>> sound;
    std::optional<Stream<PlatformEvent>> events;
    Analysis analysis;
  };
  Wires wire();
  void announce();
  std::exception_ptr run_session(app::OnInterrupt& interrupt);
  std::exception_ptr commit(std::exception_ptr failure);
  void flag_dropped();
  void flag_untold();
  [[nodiscard]] app::Figures figures() const;
  [[nodiscard]] std::uint64_t dropped() const;
  [[nodiscard]] std::uint64_t late() const;
  void write_flags(const Score& judged);
  void write_checkpoint();
  void report(const Score& judged);

  const Options& options_;
  const app::Common& common_;
  Policy policy_;
  Consent consent_;
  std::optional<EarlierPart> resumes_;
  // Opened first: that it cannot be written must be known before the exam, not after it.
  std::unique_ptr<ByteSink> flags_file_;
  app::Inputs inputs_;
  Session session_;
  Wires wires_;
  Recording recording_;
  FlagList flags_;
  std::deque<LateDocuments> late_;  ///< One a camera or screen.
};

Run::Wires Run::wire() {
  std::vector<std::pair<std::string, Stream<Frame>>> pictures;
  for (auto& [name, source] : inputs_.pictures)
    pictures.emplace_back(name, conceal(session_, std::move(source), policy_));
  std::optional<Stream<AudioBlock>> sound;
  if (inputs_.sound) sound = session_.add(std::move(inputs_.sound));
  std::optional<Stream<PlatformEvent>> events;
  if (inputs_.events) events = session_.add(std::move(inputs_.events));
  // Flags come from the first camera. A screen shows no candidate.
  const bool camera = !pictures.empty() && pictures.front().first != "screen";
  auto seen = camera ? std::optional{pictures.front().second} : std::nullopt;
  auto analysis = analyse(session_, seen, sound, events,
                          {.policy = policy_, .drop_when_late = inputs_.live, .consent = consent_});
  return {std::move(pictures), std::move(sound), std::move(events), std::move(analysis)};
}

/// The signer's key, before anything else happens: whoever runs the exam registers it at the start.
void Run::announce() {
  if (!options_.signer_out.empty()) {
    const auto out = app::open_output(options_.signer_out, common_);
    app::write_text(*out, recording_.signer() + "\n");
    out->close();
  }
  if (options_.to == "-") {
    app::say(common_, "signer " + recording_.signer());
  } else if (common_.json) {
    app::print(nlohmann::ordered_json{{"signer", recording_.signer()}}.dump() + "\n");
  } else {
    app::print(recording_.signer() + "\n");
  }
  for (const auto& [what, detector] : wires_.analysis.models)
    app::say(common_, fmt::format("{}: {}", what, detector));
}

/// What ended the session before its time, if anything did.
std::exception_ptr Run::run_session(app::OnInterrupt& interrupt) {
  const app::Progress progress{common_, [this] { return figures(); }, options_.to};
  try {
    if (interrupt.interrupted()) return nullptr;
    if (options_.limit) {
      session_.run_for(*options_.limit);
    } else {
      session_.run();
    }
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

int Run::go() {
  app::OnInterrupt interrupt{[this] { session_.stop(); }};
  announce();
  auto failure = run_session(interrupt);
  // A device that was lost ends the exam, not the evidence: what is there is committed first.
  failure = commit(failure);
  const auto judged = score(flags_.flags, policy_);
  try {
    write_flags(judged);
  } catch (const Error&) {
    if (!failure) throw;  // else the first failure is told, which may well be the reason for this one
  }
  report(judged);
  if (failure) std::rethrow_exception(failure);
  return app::Exit::done;
}

/// A recording that failed throws its own first error: that comes before what followed from it.
std::exception_ptr Run::commit(std::exception_ptr failure) {
  try {
    flag_dropped();
    flag_untold();
    recording_.close();
    write_checkpoint();
  } catch (...) {
    return std::current_exception();
  }
  return failure;
}

std::uint64_t Run::dropped() const {
  std::uint64_t all = 0;
  for (const auto& wire : session_.statistics()) all += wire.dropped;
  return all;
}

/// Says that the analysis did not see everything that was recorded.
void Run::flag_dropped() {
  const auto count = dropped();
  if (count == 0) return;
  Flag flag;
  flag.what = "frames_dropped";
  flag.kind = FlagKind::technical;
  flag.end = flag.evidence_end = Timestamp{figures().media};
  flag.because = fmt::format("{} items were recorded but not analysed: the computer was too slow", count);
  recording_.flags().write(flag);
  flags_.write(flag);
}

/// Says that not all that the exam page told could be read.
void Run::flag_untold() {
  if (!inputs_.told || !policy_.of("gap").enabled) return;
  const auto gap = gap_of(*inputs_.told);
  if (!gap) return;
  recording_.flags().write(*gap);
  flags_.write(*gap);
}

app::Figures Run::figures() const {
  const auto recorded = recording_.statistics();
  return {.media = recorded.media - (resumes_ ? resumes_->begin.time_since_epoch() : Duration{}),
          .length = options_.limit ? options_.limit : inputs_.duration,
          .frames = recorded.frames,
          .dropped = recorded.lost,
          .flags = flags_.count.load(),
          .bytes = recorded.bytes,
          .dropped_late = inputs_.live ? std::optional{dropped()} : std::nullopt};
}

void Run::write_checkpoint() {
  if (options_.checkpoint_out.empty()) return;
  const auto out = app::open_output(options_.checkpoint_out, common_);
  app::write_text(*out, recording_.checkpoint());
  out->close();
}

void Run::write_flags(const Score& judged) {
  if (!flags_file_) return;
  std::vector<Contribution> all = judged.because;
  for (const auto& flag : judged.technical) all.push_back({flag, 0});
  std::stable_sort(all.begin(), all.end(), [](const Contribution& a, const Contribution& b) {
    return std::tie(a.flag.begin, a.flag.end, a.flag.what) < std::tie(b.flag.begin, b.flag.end, b.flag.what);
  });
  for (const auto& [flag, points] : all) app::write_text(*flags_file_, to_json(flag, points) + "\n");
  flags_file_->close();
}

std::uint64_t Run::late() const {
  std::uint64_t all = 0;
  for (const auto& pictures : late_) all += pictures.count;
  return all;
}

void Run::report(const Score& judged) {
  const auto recorded = recording_.statistics();
  if (common_.json && options_.to != "-") {
    app::print(nlohmann::ordered_json{{"recording", options_.to},
                                      {"media_s", seconds(recorded.media)},
                                      {"frames", recorded.frames},
                                      {"lost", recorded.lost},
                                      {"segments", recorded.segments},
                                      {"bytes", recorded.bytes},
                                      {"flags", flags_.flags.size()},
                                      {"documents_late", late()},
                                      {"score", judged.value},
                                      {"level", to_string(judged.level)},
                                      {"models", wires_.analysis.models}}
                   .dump() +
               "\n");
    return;
  }
  app::say(common_, fmt::format("{}: {} of media, {} frames, {} segments, {}; {} flags, score {:.1f} ({})",
                                options_.to, app::human_time(recorded.media), recorded.frames,
                                recorded.segments, app::human_bytes(recorded.bytes), flags_.flags.size(),
                                judged.value, to_string(judged.level)));
  if (const auto count = late(); count > 0)
    app::say(common_,
             fmt::format("{}: {} may have been visible before the first frame in which {} covered: staff "
                         "should look at the frames before",
                         options_.to, count == 1 ? "a document" : fmt::format("{} documents", count),
                         count == 1 ? "it is" : "they are"));
}

int run(const Options& options, const app::Common& common) {
  for (const auto& input :
       {options.inputs.input, options.inputs.events, options.policy, options.consent, options.resume})
    if (!input.empty()) app::require_distinct(input, options.to);
  return Run{options, common}.go();
}

app::Job add(CLI::App& command, const app::Common& common) {
  auto options = std::make_shared<Options>();
  command.add_option("--to", options->to, "The recording, a tar file; valid at every moment")
      ->required()
      ->type_name("OUT");
  app::add_recipients(command, options->recipients);
  app::add_inputs(command, options->inputs);
  command.add_option("--policy", options->policy, "What to flag and how it weighs")->type_name("P.toml");
  command.add_option("--consent", options->consent, "What the candidate agreed to")->type_name("C.json");
  command.add_option("--signer-out", options->signer_out, "Also write the signer's public key to this file")
      ->type_name("FILE");
  command
      .add_option(
          "--checkpoint-out", options->checkpoint_out,
          "Write the last signed checkpoint to this file, to be kept elsewhere for verify --checkpoint")
      ->type_name("FILE");
  command
      .add_option(
          "--resume", options->resume,
          "The part of this session that ended in a crash: times go on from there, and verify takes both")
      ->type_name("EARLIER.tar");
  command.add_option("--flags", options->flags, "Write the flags here at the end, one JSON object a line")
      ->type_name("F.jsonl");
  app::add_duration(command, "--for", options->limit, "Stop after this much media");
  app::teach(command,
             {{"record --to exam.tar -r age1... --for 90m", "camera and microphone, for an hour and a half"},
              {"record --to r.tar -r age1... --input exam.mp4 --flags f.jsonl", "a file, as fast as it goes"},
              {"record --to r.tar -R staff.txt --screen default --consent c.json", "with the screen"},
              {"record --to exam-2.tar --resume exam.tar -r age1...", "on after a crash, in a second part"}});
  return [options, &common] { return run(*options, common); };
}

const app::Subcommand registered{10, "record", "capture, conceal, flag, encrypt: the main job", add};

}  // namespace
