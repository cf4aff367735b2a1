// The command-line app: picks the subcommand, and turns errors into one line and an exit status.
#include "app.hpp"

#include <invigil/models.hpp>
#include <invigil/version.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <list>
#include <numeric>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace {

struct Chosen {
  CLI::App* command = nullptr;
  app::Common common;
  app::Job job;
};

std::string version_text() {
  const auto build = invigil::build_info();
  auto text = fmt::format("invigil {}\nFFmpeg {} ({})\nOpenCV {}\nOpenSSL {}\nModels:", build.version,
                          build.ffmpeg, build.ffmpeg_licence, build.opencv, build.openssl);
  for (const auto& model : invigil::list_models())
    text += fmt::format("\n  {:<16} {}", model.name, model.path.empty() ? "not found" : model.path.string());
  return text;
}

void add_common(CLI::App& command, app::Common& common) {
  command.add_flag("-q,--quiet", common.quiet, "No progress and no messages but errors");
  command.add_flag("--json", common.json, "Machine-readable results");
  command.add_flag("--force", common.force, "Replace outputs that exist");
}

void add_subcommands(CLI::App& root, std::list<Chosen>& all) {
  for (const auto& known : app::subcommands()) {
    auto& entry = all.emplace_back();
    entry.command = root.add_subcommand(known.name, known.summary);
    entry.job = known.add(*entry.command, entry.common);
    add_common(*entry.command, entry.common);
  }
}

/// The subcommand that the words asked for, for messages.
std::string program(const CLI::App& root) {
  const auto parsed = root.get_subcommands();
  return parsed.empty() ? "invigil" : fmt::format("invigil {}", parsed.front()->get_name());
}

/// How many letters must change to turn one word into the other (Levenshtein 1966).
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const auto above = row[j + 1];
      row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (from[i] == to[j] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row.back();
}

/// "; did you mean record" for a misspelt subcommand, else nothing.
std::string suggestion(const CLI::App& root, std::string_view word) {
  for (const auto* known : root.get_subcommands([](const CLI::App*) { return true; }))
    if (distance(word, known->get_name()) <= 2) return "; did you mean " + known->get_name();
  return {};
}

/// The first word, when it is no subcommand: CLI11 would only say that something was not expected.
std::string unknown_subcommand(const CLI::App& root) {
  const auto words = root.remaining();
  if (words.empty() || words.front().starts_with("-") || !root.get_subcommands().empty()) return {};
  return fmt::format("\"{}\" is no subcommand{}", words.front(), suggestion(root, words.front()));
}

int wrong_usage(const CLI::App& root, std::string message) {
  while (!message.empty() && message.back() == '\n') message.pop_back();
  for (auto& c : message)
    if (c == '\n') c = ' ';
  fmt::print(stderr, "{0}: {1}; see {0} --help\n", program(root), message);
  return app::Exit::usage;
}

int run(int argc, char** argv) {
  CLI::App root{"Online exam proctoring: record, conceal, flag, encrypt, review.", "invigil"};
  root.require_subcommand(0, 1);
  root.set_version_flag("--version", version_text, "Version, licence of FFmpeg, models found");
  root.footer("Each has its own help with examples: invigil record --help");
  root.get_formatter()->column_width(34);
  std::list<Chosen> all;  // options point into the entries: they must not move
  add_subcommands(root, all);
  try {
    root.parse(argc, argv);
  } catch (const CLI::Success& e) {
    root.exit(e);
    app::print("");  // tells when standard output is full or closed
    if (!std::cout.flush()) throw invigil::Error(invigil::Errc::io, "standard output", "cannot be written");
    return app::Exit::done;
  } catch (const CLI::ParseError& e) {
    const auto unknown = unknown_subcommand(root);
    return wrong_usage(root, unknown.empty() ? e.what() : unknown);
  }
  for (const auto& entry : all)
    if (entry.command->parsed()) return entry.job();
  fmt::print(stderr, "{}", root.help());
  return app::Exit::usage;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE,
              SIG_IGN);  // a reader that leaves must not kill a recording; writing then fails, and says so
  try {
    return run(argc, argv);
  } catch (const invigil::Error& e) {
    fmt::print(stderr, "invigil: {}\n", e.what());
    return app::exit_status(e);
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "invigil: out of memory\n");
    return app::Exit::failed;
  } catch (const std::exception& e) {
    fmt::print(stderr, "invigil: {}\n", e.what());
    return app::Exit::failed;
  }
}
