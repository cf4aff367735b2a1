// invigil redact: conceals document numbers in a picture or a video.
#include "app.hpp"
#include "progress.hpp"

#include <invigil/idcard.hpp>
#include <invigil/media.hpp>
#include <invigil/media_writer.hpp>
#include <invigil/policy.hpp>
#include <invigil/session.hpp>
#include <invigil/still.hpp>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <string>
#include <utility>

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

/// `--regions`: a line per document and frame.
class Regions final : public Sink<Frame> {
 public:
  Regions(const std::string& path, const app::Common& common)
      : out_(path.empty() ? nullptr : app::open_output(path, common)) {}
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
      const Json line{{"t", second},
                      {"document", to_string(document.type)},
                      {"state", to_string(document.state)},
                      {"quads", std::move(quads)}};
      if (out_) app::write_text(*out_, line.dump() + "\n");
    }
  }
  void publish() {
    if (out_) out_->close();
  }
  [[nodiscard]] std::string name() const override { return "regions"; }
  std::atomic<std::uint64_t> frames{0}, concealed{0};
  std::atomic<std::int64_t> reached{0};

 private:
  std::unique_ptr<ByteSink> out_;
};

void redact_video(const Options& options, const app::Common& common, MediaFile& file, Regions& regions) {
  const auto info = file.info();
  MediaWriter writer{
      options.out,
      {.like = options.in, .start = info.start, .lossless = options.lossless, .overwrite = common.force}};
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
    const app::Progress progress{common, figures, options.out};
    session.run();
  }
  writer.close();
}

void redact_picture(const Options& options, const app::Common& common, Regions& regions) {
  const auto ending = std::filesystem::path{options.out}.extension().string();
  const auto out = app::open_output(options.out, common);
  const auto result = redact_still_file(options.in, *out, ending, redaction(options));
  out->close();
  regions.frames = 1;
  regions.write(result.concealed, 0.0);
  if (ending == ".jpg" || ending == ".jpeg")
    app::say(common, options.out + ": JPEG changes every pixel a little; choose .png to keep them exactly");
}

int run(const Options& options, const app::Common& common) {
  if (options.in == "-" || options.in.find("://") != std::string::npos)
    throw Error(Errc::argument, options.in, "redact reads a file: save it first");
  app::require_distinct(options.in, options.out);
  MediaFile file{options.in};
  if (!file.info().has_video)
    throw Error(Errc::unsupported, options.in, "holds no pictures, only sound: there is nothing to conceal");
  Regions regions{options.regions, common};
  if (file.info().still) {
    redact_picture(options, common, regions);
  } else {
    redact_video(options, common, file, regions);
  }
  regions.publish();
  if (common.json)
    app::print(
        Json{{"frames", regions.frames.load()}, {"frames_with_documents", regions.concealed.load()}}.dump() +
        "\n");
  else
    app::say(common, fmt::format("{}: {} {}, documents concealed in {}", options.out, regions.frames.load(),
                                 regions.frames == 1 ? "picture" : "pictures", regions.concealed.load()));
  return app::Exit::done;
}

app::Job add(CLI::App& command, const app::Common& common) {
  auto options = std::make_shared<Options>();
  command.add_option("IN", options->in, "A picture or a video")->required();
  command
      .add_option("OUT", options->out,
                  "The same with document numbers covered: .png keeps all other pixels of a picture exactly; "
                  ".mp4, .mov, .mkv or .webm for a video")
      ->required();
  command.add_option("--regions", options->regions, "Write what was covered here, a JSON object a line")
      ->type_name("R.jsonl");
  command.add_option("--policy", options->policy, "What to cover: its [redaction] table")
      ->type_name("P.toml");
  command.add_flag("--lossless", options->lossless,
                   "Keep every pixel of a video outside the covered places exactly (large)");
  app::teach(command, {{"redact photo.jpg photo.png", "a picture; every other pixel stays as it was"},
                       {"redact clip.mp4 clean.mp4 --regions r.jsonl", "a video; its sound is copied"}});
  return [options, &common] { return run(*options, common); };
}

const app::Subcommand registered{20, "redact", "conceal document numbers in a picture or a video", add};

}  // namespace
