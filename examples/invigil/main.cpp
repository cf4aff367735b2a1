// The command-line app: picks the subcommand, and turns errors into one line and an exit status.
#include <fmt/format.h>

#include <invigil/version.hpp>

#include <cstdio>
#include <exception>

#include "app.hpp"

namespace app {

int exit_status(const invigil::Error& error) {
  switch (error.code()) {
    case invigil::Errc::argument: return Exit::usage;
    case invigil::Errc::tampered:
    case invigil::Errc::truncated: return Exit::damaged;
    case invigil::Errc::no_identity: return Exit::no_key;
    case invigil::Errc::device: return Exit::no_device;
    default: return Exit::failed;
  }
}

}  // namespace app

int main(int argc, char** argv) {
  CLI::App root{"Online exam proctoring: record, conceal, flag, encrypt, review", "invigil"};
  root.require_subcommand(1);
  app::Common common;
  app::Job job;
  constexpr app::AddSubcommand subcommands[] = {nullptr};
  for (const auto add : subcommands)
    if (add) add(root, common, job);
  try {
    root.parse(argc, argv);
    return job ? job() : app::Exit::usage;
  } catch (const CLI::ParseError& e) {
    const int status = root.exit(e);
    return status == 0 ? app::Exit::done : app::Exit::usage;
  } catch (const invigil::Error& e) {
    fmt::print(stderr, "invigil: {}\n", e.what());
    return app::exit_status(e);
  } catch (const std::exception& e) {
    fmt::print(stderr, "invigil: {}\n", e.what());
    return app::Exit::failed;
  }
}
