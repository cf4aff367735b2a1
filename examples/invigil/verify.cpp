// Is this recording as it was written? Needs no private key.
#include "app.hpp"
#include "keys.hpp"

#include <invigil/verify.hpp>

#include <algorithm>
#include <memory>

#include <fmt/format.h>

namespace {

using namespace invigil;

struct Options {
  std::vector<std::string> inputs, signers, cosigners;
  std::string checkpoint;
};

VerifyOptions load(const Options& options) {
  VerifyOptions loaded;
  for (const auto& signer : options.signers) loaded.signers.push_back(app::load_signer(signer));
  for (const auto& cosigner : options.cosigners) loaded.cosigners.push_back(app::load_signer(cosigner));
  if (!options.checkpoint.empty()) loaded.newest_checkpoint = app::load_text(options.checkpoint);
  return loaded;
}

int tell(const app::Common& common, const std::string& name, const auto& result, bool good) {
  app::print(common.json ? to_json(result) + "\n" : fmt::format("{}: {}\n", name, result.message));
  return good ? app::Exit::done : app::Exit::damaged;
}

bool is_signed(const Verification& part) { return part.signer != SignerState::wrong; }

int run(const Options& options, const app::Common& common) {
  std::vector<std::unique_ptr<ByteSource>> files;
  std::vector<ByteSource*> parts;
  for (const auto& input : options.inputs) parts.push_back(files.emplace_back(open_file(input)).get());
  if (parts.size() == 1) {
    const auto result = verify(*parts.front(), load(options));
    return tell(common, options.inputs.front(), result,
                result.state == RecordingState::whole && is_signed(result));
  }
  const auto result = verify(parts, load(options));
  return tell(common, fmt::format("{}", fmt::join(options.inputs, " ")), result,
              result.state == RecordingState::whole &&
                  std::all_of(result.parts.begin(), result.parts.end(), is_signed));
}

app::Job add(CLI::App& command, const app::Common& common) {
  auto options = std::make_shared<Options>();
  command.add_option("REC", options->inputs, "A recording, or the parts of one session in order")
      ->required()
      ->type_name("FILE...");
  command
      .add_option(
          "--signer", options->signers,
          "The verifier key that record told (or the file of --signer-out): proves who wrote it; one for "
          "each part, in order")
      ->type_name("KEY|FILE")
      ->allow_extra_args(false);
  command
      .add_option("--cosigner", options->cosigners,
                  "The verifier key of a server that cosigned while it was recorded; may be repeated")
      ->type_name("KEY|FILE")
      ->allow_extra_args(false);
  command
      .add_option("--checkpoint", options->checkpoint,
                  "The newest checkpoint that is kept elsewhere: all that it signs must be there")
      ->type_name("FILE");
  app::teach(command,
             {{"verify exam.tar", "whole, unterminated (a crash) or damaged, and where"},
              {"verify exam.tar --signer exam.pub", "also: written by that very session"},
              {"verify exam.tar --cosigner server.pub --checkpoint newest.txt",
               "also: seen by that server while it grew, and nothing cut off since"},
              {"verify exam.tar exam-2.tar", "a session that went on in a second part after a crash"}});
  return [options, &common] { return run(*options, common); };
}

const app::Subcommand registered{50, "verify", "check that a recording is as it was written; needs no key",
                                 add};

}  // namespace
