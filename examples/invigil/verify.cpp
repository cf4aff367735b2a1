// Is this recording as it was written? Needs no private key.
#include "app.hpp"
#include "keys.hpp"

#include <invigil/playback.hpp>

#include <cstdio>

#include <fmt/format.h>

namespace {

struct Options {
  std::string input, signer;
};

int run(const Options& options, const app::Common& common) {
  const auto recording = invigil::open_file(options.input);
  const auto result = invigil::verify(*recording, app::load_signer(options.signer));
  app::print(common.json ? invigil::to_json(result) + "\n"
                         : fmt::format("{}: {}\n", options.input, result.message));
  const bool good =
      result.state == invigil::RecordingState::whole && result.signer != invigil::SignerState::wrong;
  return good ? app::Exit::done : app::Exit::damaged;
}

app::Job add(CLI::App& command, const app::Common& common) {
  auto options = std::make_shared<Options>();
  command.add_option("REC", options->input, "A recording")->required()->type_name("FILE");
  command
      .add_option("--signer", options->signer,
                  "The verifier key that record told (or the file of --signer-out): proves who wrote it")
      ->type_name("KEY|FILE");
  app::teach(command, {{"verify exam.tar", "whole, unterminated (a crash) or damaged, and where"},
                       {"verify exam.tar --signer exam.pub", "also: written by that very session"}});
  return [options, &common] { return run(*options, common); };
}

const app::Subcommand registered{50, "verify", "check that a recording is as it was written; needs no key",
                                 add};

}  // namespace
