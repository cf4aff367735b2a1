// The command-line app: picks the subcommand, and turns errors into one line and an exit status.
#include "app.hpp"

#include <invigil/version.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <list>

#include <fmt/format.h>

namespace {

struct Chosen {
  CLI::App* command = nullptr;
  app::Common common;
  app::Job job;
};

std::string version_text() {
  const auto build = invigil::build_info();
  return fmt::format("invigil {}\nFFmpeg {} ({})\nOpenCV {}\nOpenSSL {}", build.version, build.ffmpeg,
                     build.ffmpeg_licence, build.opencv, build.openssl);
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
    return wrong_usage(root, e.what());
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
