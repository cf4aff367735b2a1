// What `shred` and `rewrap` share: where the changed recording goes.
#pragma once

#include "app.hpp"

#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace app {

struct Place {
  std::string output;
  bool in_place = false;
};

/// `-o OUT` or `--in-place`, exactly one of them.
inline void add_place(CLI::App& command, Place& place, const std::string& how_in_place) {
  auto* where = command.add_option_group("Where to", "One of these is needed");
  where->add_option("-o,--output", place.output, "A new recording; the old one stays as it is")
      ->type_name("OUT");
  where->add_flag("--in-place", place.in_place, how_in_place);
  where->require_option(1);
}

/// The exit status, after saying what was damaged or cut off before.
inline int finished(const std::string& input, const std::string& damage, std::uint64_t left_out) {
  if (!damage.empty()) warn(fmt::format("{} was damaged before: {}; that is carried over", input, damage));
  if (left_out > 0)
    warn(fmt::format("{} bytes at the end of {}, an incomplete member, were left out", left_out, input));
  return damage.empty() && left_out == 0 ? Exit::done : Exit::damaged;
}

}  // namespace app
