// invigil redact: conceals document numbers in a picture, a video, or a folder of them.
#include "app.hpp"
#include "folder.hpp"
#include "progress.hpp"

#include <invigil/idcard.hpp>
#include <invigil/media.hpp>
#include <invigil/media_writer.hpp>
#include <invigil/policy.hpp>
#include <invigil/session.hpp>
#include <invigil/still.hpp>

#include <atomic>
#include <cmath>
#include <exception>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace {

using namespace invigil;
using Json = nlohmann::ordered_json;

struct Options {
  std::string in, out, regions, policy;
  bool lossless = false;
};

RedactIdCardOptions redaction(const Options& options) {
  const auto rule = options.policy.empty() ? CoverRule::numbers : load_policy(options.policy).cover;
  return {.cover = rule == CoverRule::numbers          ? Cover::numbers
                   : rule == CoverRule::whole_document ? Cover::whole_document
                                                       : Cover::all_but_portrait_and_name};
}

Json as_json(const ConcealedQuad& quad) {
  auto points = Json::array();
  const auto tenths = [](float x) { return std::round(static_cast<double>(x) * 10) / 10; };
  for (const auto& p : quad.points) points.push_back({tenths(p.x), tenths(p.y)});
  return {{"what", to_string(quad.what)}, {"points", std::move(points)}};
}

/// A file of the job.
struct Task {
  std::string in, out;
  std::string name;  ///< Below the folder that was given; empty when a file was.
};

/// `--regions`: a line per document and frame. Those of a folder's files are kept until their file is done,
/// so that none speaks of an output that is not there.
class Regions final : public Sink<Frame> {
 public:
  Regions(ByteSink* out, std::string file) : out_(out), file_(std::move(file)) {}
  void write(Frame frame) override {
    ++frames;
    reached = frame.time().time_since_epoch().count();
    write(frame.concealed(), seconds(frame.time()));
  }
  void write(const std::vector<ConcealedDocument>& documents, double second) {
    if (!documents.empty()) ++concealed;
    for (const auto& document : documents) {
      auto quads = Json::array();
      for (const auto& quad : document.quads) quads.push_back(as_json(quad));
      Json line;
      if (!file_.empty()) line["file"] = file_;
      line["t"] = second;
      line["document"] = to_string(document.type);
      line["state"] = to_string(document.state);
      line["quads"] = std::move(quads);
      if (document.late) line["late"] = true;
      late += document.late;
      if (out_) kept_ += line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    }
    if (file_.empty()) flush();
  }
  void flush() {
    if (out_ && !kept_.empty()) app::write_text(*out_, kept_);
    kept_.clear();
  }
  [[nodiscard]] std::string name() const override { return "regions"; }
  std::atomic<std::uint64_t> frames{0}, concealed{0}, late{0};
  std::atomic<std::int64_t> reached{0};

 private:
  ByteSink* out_;
  std::string file_, kept_;
};

void redact_video(const Task& task, const Options& options, const app::Common& common, MediaFile& file,
                  Regions& regions) {
  const auto info = file.info();
  MediaWriter writer{
      task.out,
      {.like = task.in, .start = info.start, .lossless = options.lossless, .overwrite = common.force}};
  Session session;
  const auto pictures = session.add(file.video()).via(RedactIdCard{redaction(options)});
  pictures.buffered({.capacity = 8}).to(writer.video());
  pictures.to(regions);
  const auto figures = [&] {
    app::Figures now;
    now.media = Duration{regions.reached.load()};
    now.length = info.duration;
    now.frames = regions.frames.load();
    return now;
  };
  {
    const app::Progress progress{common, figures, task.out};
    session.run();
  }
  writer.close();
}

void redact_picture(const Task& task, const Options& options, const app::Common& common, Regions& regions) {
  const auto ending = std::filesystem::path{task.out}.extension().string();
  const auto out = app::open_output(task.out, common);
  const auto result = redact_still_file(task.in, *out, ending, redaction(options));
  out->close();
  regions.frames = 1;
  regions.write(result.concealed, 0.0);
  if (ending == ".jpg" || ending == ".jpeg")
    app::say(common, task.out + ": JPEG changes every pixel a little; choose .png to keep them exactly");
}

/// One file; what was done to it.
Json redact_file(const Task& task, const Options& options, const app::Common& common, ByteSink* lines) {
  Regions regions{lines, task.name};
  auto file = std::make_unique<MediaFile>(task.in);
  if (!file->info().has_video)
    throw Error(Errc::unsupported, task.in, "holds no pictures, only sound: there is nothing to conceal");
  const int left_out = file->info().videos - 1;
  if (file->info().still) {
    file.reset();  // a picture of 100 megapixels need not be held twice
    redact_picture(task, options, common, regions);
  } else {
    redact_video(task, options, common, *file, regions);
  }
  regions.flush();
  if (left_out > 0)
    app::say(common, fmt::format("{}: holds {} more video {}, left out of {}", task.in, left_out,
                                 left_out == 1 ? "track" : "tracks", task.out));
  if (!common.json)
    app::say(common, fmt::format("{}: {} {}, documents concealed in {}", task.out, regions.frames.load(),
                                 regions.frames == 1 ? "picture" : "pictures", regions.concealed.load()));
  if (regions.late > 0)
    app::say(common, fmt::format("{}: {} may have been visible before the first frame in which they are "
                                 "covered: look at the frames before",
                                 task.out, regions.late == 1 ? "a document" : "documents"));
  return {{"frames", regions.frames.load()},
          {"frames_with_documents", regions.concealed.load()},
          {"documents_late", regions.late.load()}};
}

/// The name of a file's redacted version: its own where it can be written so, else with an ending added.
std::filesystem::path result_name(const app::FolderEntry& entry) {
  static const std::set<std::string> writable = {".png",  ".jpg", ".jpeg", ".tif", ".tiff", ".bmp",
                                                 ".webp", ".mp4", ".m4v",  ".mov", ".mkv",  ".webm"};
  auto ending = entry.path.extension().string();
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (writable.contains(ending)) return entry.path;
  auto name = entry.path;
  return name += entry.video ? ".mkv" : ending == ".gif" || ending == ".apng" ? ".mp4" : ".png";
}

/// Folders that were made for outputs; those that got none are removed again.
class MadeFolders {
 public:
  ~MadeFolders() {
    std::error_code ignored;
    for (auto it = made_.rbegin(); it != made_.rend(); ++it) std::filesystem::remove(*it, ignored);
  }
  MadeFolders() = default;
  MadeFolders(const MadeFolders&) = delete;
  MadeFolders& operator=(const MadeFolders&) = delete;
  void make(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> missing;
    for (auto at = folder; !at.empty() && !std::filesystem::exists(at); at = at.parent_path())
      missing.push_back(at);
    for (auto it = missing.rbegin(); it != missing.rend(); ++it) {
      std::error_code error;
      std::filesystem::create_directory(*it, error);
      if (error) throw Error(Errc::io, it->string(), error.message());
      made_.push_back(*it);
    }
  }

 private:
  std::vector<std::filesystem::path> made_;
};

/// All files of a folder. One that fails is said, leaves nothing, and does not stop the others.
struct FolderRun {
  const Options& options;
  const app::Common& common;
  ByteSink* lines;
  Json files = Json::array();
  std::size_t failed = 0;
  std::string first_failure = {};
  std::set<std::filesystem::path> results = {};

  void fail(const std::string& why) {
    if (failed++ == 0) first_failure = why;
    app::say(common, why);
  }
  void one(const app::FolderEntry& entry, MadeFolders& made) {
    const std::filesystem::path in{options.in}, out{options.out};
    const auto name = entry.path.string(), result = (out / result_name(entry)).string();
    Json line{{"file", name}};
    try {
      if (!results.insert(result).second)
        throw Error(Errc::argument, (in / entry.path).string(),
                    "would be written over another file's result, " + result);
      made.make(std::filesystem::path{result}.parent_path());
      line.update(redact_file({(in / entry.path).string(), result, name}, options, common, lines));
    } catch (const std::exception& e) {
      fail(e.what());
      line["error"] = e.what();
    }
    files.push_back(std::move(line));
  }
};

/// Returns what failed, or nothing.
std::string redact_folder(const Options& options, const app::Common& common, ByteSink* lines) {
  if (app::overlap(options.in, options.out))
    throw Error(Errc::argument, options.out,
                "is the input folder, lies within it or holds it; choose another");
  std::error_code ignored;
  if (std::filesystem::exists(options.out) && !std::filesystem::is_directory(options.out, ignored))
    throw Error(Errc::io, options.out, "is no folder, and the input is one");
  const auto folder = app::list_folder(options.in);
  for (const auto& what : folder.skipped) app::say(common, what + ": skipped");
  if (folder.media.empty() && folder.failed.empty())
    throw Error(Errc::unsupported, options.in, "holds no file with the ending of a picture or a video");
  FolderRun run{options, common, lines};
  {
    MadeFolders made;
    for (const auto& what : folder.failed) run.fail(what);
    for (const auto& entry : folder.media) run.one(entry, made);
  }
  if (common.json)
    app::print(Json{{"files", run.files}, {"failed", run.failed}, {"skipped", folder.skipped}}.dump(
                   -1, ' ', false, Json::error_handler_t::replace) +
               "\n");
  else
    app::say(common, fmt::format("{}: {} redacted, {} failed, {} skipped", options.out,
                                 folder.media.size() + folder.failed.size() - run.failed, run.failed,
                                 folder.skipped.size()));
  if (run.failed == 0) return {};
  return fmt::format("{} of {} could not be redacted and left nothing in {}; the first: {}", run.failed,
                     folder.media.size() + folder.failed.size(), options.out, run.first_failure);
}

int run(const Options& options, const app::Common& common) {
  if (options.in == "-" || options.in.find("://") != std::string::npos)
    throw Error(Errc::argument, options.in, "redact reads a file: save it first");
  app::require_distinct(options.in, options.out);
  const auto lines = options.regions.empty() ? nullptr : app::open_output(options.regions, common);
  std::string failed;
  if (std::filesystem::is_directory(options.in)) {
    failed = redact_folder(options, common, lines.get());
  } else {
    const auto done = redact_file({options.in, options.out, {}}, options, common, lines.get());
    if (common.json) app::print(done.dump() + "\n");
  }
  if (lines) lines->close();
  if (!failed.empty()) throw Error(Errc::io, options.in, failed);
  return app::Exit::done;
}

app::Job add(CLI::App& command, const app::Common& common) {
  auto options = std::make_shared<Options>();
  command.add_option("IN", options->in, "A picture, a video, or a folder of them, with all folders in it")
      ->required();
  command
      .add_option("OUT", options->out,
                  "The same with document numbers covered: .png keeps all other pixels of a picture exactly; "
                  ".mp4, .mov, .mkv or .webm for a video; a folder for a folder")
      ->required();
  command
      .add_option("--regions", options->regions,
                  "Write what was covered here, a JSON object a line; of a folder with the file's name")
      ->type_name("R.jsonl");
  command.add_option("--policy", options->policy, "What to cover: its [redaction] table")
      ->type_name("P.toml");
  command.add_flag("--lossless", options->lossless,
                   "Keep every pixel of a video outside the covered places exactly (large)");
  app::teach(command, {{"redact photo.jpg photo.png", "a picture; every other pixel stays as it was"},
                       {"redact clip.mp4 clean.mp4 --regions r.jsonl", "a video; its sound is copied"},
                       {"redact exams/ clean/", "all pictures and videos; what fails is said and left out"}});
  return [options, &common] { return run(*options, common); };
}

const app::Subcommand registered{20, "redact", "conceal document numbers in pictures and videos", add};

}  // namespace
