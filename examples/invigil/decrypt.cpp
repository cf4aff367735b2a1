// From a recording to a standard media file, without encoding again.
#include "app.hpp"
#include "keys.hpp"

#include <invigil/playback.hpp>

#include <filesystem>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace {

struct Options {
  std::vector<std::string> inputs, identities;
  std::string output;
  std::optional<invigil::Timestamp> from, to;
};

/// The name promises a kind of file; the recording decides which it is.
void check_extension(const std::string& output, const std::string& container) {
  const std::string extension = std::filesystem::path(output).extension().string();
  const std::string fitting = container == "mp4" ? ".mp4" : ".mkv";
  const bool known = extension == ".mp4" || extension == ".mkv" || extension == ".webm";
  const bool fits = extension == fitting || (extension == ".webm" && container == "matroska");
  if (known && !fits)
    throw invigil::Error(invigil::Errc::argument, output,
                         fmt::format("this recording holds {}; name it {}", container, fitting));
}

int run(const Options& options, const app::Common& common) {
  const auto identities = app::load_identities(options.identities);
  std::vector<std::unique_ptr<invigil::ByteSource>> parts;
  for (const auto& input : options.inputs) {
    app::require_distinct(input, options.output);
    parts.push_back(invigil::open_file(input));
  }
  const invigil::Playback recording{std::move(parts), identities};
  check_extension(options.output, recording.container());
  const auto out = app::open_output(options.output, common);
  recording.write_media(*out, options.from, options.to);
  out->close();
  // A part is checked as far as it was read; to check the rest is to read it, which `verify` does.
  const bool part = options.from || options.to;
  const std::string damage = part ? recording.damage_so_far() : recording.damage();
  if (damage.empty()) return app::Exit::done;
  app::warn(fmt::format("{}; the authentic part is in {}", damage, options.output));
  return app::Exit::damaged;
}

app::Job add(CLI::App& command, const app::Common& common) {
  auto options = std::make_shared<Options>();
  command.add_option("REC", options->inputs, "A recording, or the parts of one session in order")
      ->required()
      ->type_name("FILE...");
  app::add_identities(command, options->identities)->required();
  command.add_option("-o,--output", options->output, "Where to: OUT.mp4, OUT.mkv or - for standard output")
      ->required()
      ->type_name("OUT");
  app::add_time(command, "--from", options->from, "Begin at the keyframe before this time");
  app::add_time(command, "--to", options->to, "End with the segment that reaches this time");
  app::teach(command, {{"decrypt exam.tar -i staff.key -o exam.mp4", "the whole recording"},
                       {"decrypt exam.tar -i staff.key -o part.mp4 --from 12m --to 13m",
                        "one minute of it; only that is read and checked"},
                       {"decrypt exam.tar -i staff.key -o - | ffplay -", "watch without a file"}});
  return [options, &common] { return run(*options, common); };
}

const app::Subcommand registered{60, "decrypt", "turn a recording into a standard media file", add};

}  // namespace
