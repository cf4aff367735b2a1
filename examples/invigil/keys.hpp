// `-i FILE`, `-r RECIPIENT` and `--signer KEY`, the same in every subcommand that takes them.
#pragma once

#include "passphrase.hpp"

#include <invigil/crypto.hpp>
#include <invigil/error.hpp>
#include <invigil/io.hpp>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace app {

/// Of `--passphrase-file`. A process runs one subcommand, so that none of them has to carry this about.
inline std::string& passphrase_file() {
  static std::string file;
  return file;
}
inline void add_passphrase_file(CLI::App& command, const std::string& help) {
  command.add_option("--passphrase-file", passphrase_file(), help)->type_name("FILE");
}

/// `-i FILE`, repeatable, and `--passphrase-file FILE`.
inline CLI::Option* add_identities(CLI::App& command, std::vector<std::string>& files) {
  add_passphrase_file(
      command,
      "Holds the passphrase of protected private keys on its first line; without it, it is asked "
      "for on the terminal");
  return command.add_option("-i,--identity", files, "Private key: an age identity file; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

/// All keys of all files.
inline std::vector<invigil::Identity> load_identities(const std::vector<std::string>& files) {
  const auto ask = [](const std::filesystem::path& file) {
    if (!passphrase_file().empty()) return read_passphrase(passphrase_file());
    return ask_passphrase("Passphrase of " + file.string());
  };
  std::vector<invigil::Identity> all;
  for (const auto& file : files)
    for (auto& identity : invigil::Identity::load(file, ask)) all.push_back(std::move(identity));
  return all;
}

/// What `-r` and `-R` gave.
struct RecipientOptions {
  std::vector<std::string> texts;
  std::vector<std::string> files;
};

/// `-r RECIPIENT` and `-R FILE`, both repeatable.
inline void add_recipients(CLI::App& command, RecipientOptions& options) {
  command.add_option("-r,--recipient", options.texts, "Who can open it: an age public key; may be repeated")
      ->type_name("age1...")
      ->allow_extra_args(false);
  command
      .add_option("-R,--recipients-file", options.files, "A file of recipients, one a line; may be repeated")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

/// Throws `Error{argument}` naming what does not parse, and when there is none at all.
inline std::vector<invigil::Recipient> load_recipients(const RecipientOptions& options) {
  std::vector<invigil::Recipient> all;
  for (const auto& text : options.texts) all.push_back(invigil::Recipient::parse(text));
  for (const auto& file : options.files)
    for (auto& recipient : invigil::Recipient::load(file)) all.push_back(recipient);
  if (all.empty())
    throw invigil::Error(invigil::Errc::argument, "-r",
                         "no recipient; give one with -r age1... (make a key with \"invigil keygen\")");
  return all;
}

/// A small text file, e.g. a checkpoint.
inline std::string load_text(const std::string& path) {
  constexpr std::size_t largest = std::size_t{64} << 10;
  const auto file = invigil::open_file(path);
  std::string text(largest + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const std::size_t n = file->read(std::as_writable_bytes(std::span{text}).subspan(size));
    if (n == 0) break;
    size += n;
  }
  if (size > largest)
    throw invigil::Error(invigil::Errc::argument, path, "is larger than a checkpoint can be");
  text.resize(size);
  return text;
}

/// The key itself, or the file that `record --signer-out` wrote.
inline std::string load_signer(const std::string& text) {
  if (text.empty() || text.find('+') != std::string::npos) return text;
  const auto file = invigil::open_file(text);
  std::string key(1024, '\0');
  key.resize(file->read(std::as_writable_bytes(std::span{key})));
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r' || key.back() == ' ')) key.pop_back();
  if (key.empty()) throw invigil::Error(invigil::Errc::argument, text, "holds no verifier key");
  return key;
}

}  // namespace app
