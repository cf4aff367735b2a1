// invigil keygen: a key pair, as age-keygen writes it.
#include "app.hpp"
#include "keys.hpp"

#include <invigil/armor.hpp>
#include <invigil/passphrase.hpp>

#include <memory>

#include <fmt/format.h>

namespace {

struct Options {
  std::string output = "-";
  bool protect = false;
};

invigil::Passphrase new_passphrase() {
  if (!app::passphrase_file().empty()) return app::read_passphrase(app::passphrase_file());
  auto passphrase = app::ask_passphrase("New passphrase");
  if (app::ask_passphrase("The same again").secret_text() != passphrase.secret_text())
    throw invigil::Error(invigil::Errc::argument, "passphrase", "was not the same twice; nothing is written");
  return passphrase;
}

/// Armored where it is protected, so that a key is a text file in any case.
std::unique_ptr<invigil::ByteSink> open_key_file(const Options& options, const app::Common& common) {
  if (!options.protect && app::passphrase_file().empty()) return app::open_output(options.output, common);
  const auto passphrase = new_passphrase();
  return invigil::encrypt(invigil::armor(app::open_output(options.output, common)), passphrase);
}

int run(const Options& options, const app::Common& common) {
  const auto identity = invigil::Identity::generate();
  const auto recipient = identity.recipient().to_string();
  const auto file = open_key_file(options, common);
  app::write_text(*file, fmt::format("# public key: {}\n{}\n", recipient, identity.secret_text()));
  file->close();
  if (options.output == "-") {
    app::say(common, "Public key: " + recipient);
  } else {
    app::print(common.json ? fmt::format("{{\"recipient\":\"{}\"}}\n", recipient) : recipient + "\n");
  }
  return app::Exit::done;
}

app::Job add(CLI::App& command, const app::Common& common) {
  const auto options = std::make_shared<Options>();
  command
      .add_option("-o,--output", options->output,
                  "Where the private key goes, readable by its owner only; without it standard output")
      ->type_name("FILE");
  command.add_flag("--passphrase", options->protect,
                   "Protect the private key with a passphrase, asked for twice");
  app::add_passphrase_file(command, "Protect the private key with the first line of this file");
  app::teach(command,
             {{"keygen -o staff.key", "a key for those who review; prints what a client is given"},
              {"keygen --passphrase -o staff.key", "the same, of no use to whoever steals the file"}});
  return [options, &common] { return run(*options, common); };
}

const app::Subcommand registered{100, "keygen", "make a key pair: the private key stays with staff", add};

}  // namespace
