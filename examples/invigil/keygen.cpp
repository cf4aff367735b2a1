// invigil keygen: a key pair, as age-keygen writes it.
#include "app.hpp"

#include <invigil/crypto.hpp>

#include <memory>

#include <fmt/format.h>

namespace {

struct Options {
  std::string output = "-";
};

int run(const Options& options, const app::Common& common) {
  const auto identity = invigil::Identity::generate();
  const auto recipient = identity.recipient().to_string();
  const auto file = app::open_output(options.output, common);
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
  app::teach(command, {{"keygen -o staff.key", "a key for those who review; prints what a client is given"}});
  return [options, &common] { return run(*options, common); };
}

const app::Subcommand registered{100, "keygen", "make a key pair: the private key stays with staff", add};

}  // namespace
