#include "app.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <fmt/format.h>

namespace app {

int exit_status(const invigil::Error& error) {
  switch (error.code()) {
    case invigil::Errc::argument:
      return Exit::usage;
    case invigil::Errc::tampered:
    case invigil::Errc::truncated:
      return Exit::damaged;
    case invigil::Errc::no_identity:
      return Exit::no_key;
    case invigil::Errc::device:
      return Exit::no_device;
    default:
      return Exit::failed;
  }
}

std::vector<Subcommand>& subcommands() {
  static std::vector<Subcommand> all;  // in a function: it must exist before any file registers itself
  return all;
}

Subcommand::Subcommand(int rank_, const char* name_, const char* summary_, Add add_)
    : rank(rank_), name(name_), summary(summary_), add(add_) {
  auto& all = subcommands();
  const auto later = [&](const Subcommand& other) { return other.rank > rank; };
  all.insert(std::find_if(all.begin(), all.end(), later), *this);
}

void teach(CLI::App& command, std::initializer_list<Example> examples) {
  std::string text = "Examples:\n";
  for (const auto& [line, what] : examples) text += fmt::format("  # {}\n  invigil {}\n", what, line);
  text +=
      "\nExit status: 0 done, 1 failed, 2 wrong usage, 3 input damaged (what was authentic is delivered),\n"
      "4 no key fits, 5 a device is missing or was lost.";
  command.footer(text);
}

namespace {

constexpr double longest_duration = 366.0 * 24 * 3600;

[[noreturn]] void bad_duration(const std::string& text) {
  throw CLI::ValidationError(
      fmt::format("\"{:.40}\" is no duration; write 90m, 10s, 1h30m or seconds, at most a year", text));
}

double unit_seconds(char unit) {
  switch (unit) {
    case 'h':
      return 3600;
    case 'm':
      return 60;
    case 's':
      return 1;
    default:
      return 0;
  }
}

/// Digits with at most one point, from `at` on; moves `at` behind them.
double parse_number(const std::string& text, std::size_t& at) {
  const auto end = std::min(text.find_first_not_of("0123456789.", at), text.size());
  const std::string digits = text.substr(at, end - at);
  if (digits.find_first_of("0123456789") == std::string::npos ||
      std::count(digits.begin(), digits.end(), '.') > 1)
    bad_duration(text);
  at = end;
  return std::stod(digits);
}

}  // namespace

invigil::Duration parse_duration(const std::string& text) {
  double total = 0, last_unit = 1e9;
  std::size_t at = 0;
  do {
    const double number = text.size() > 40 ? HUGE_VAL : parse_number(text, at);
    const bool bare = at == text.size() && last_unit > 1e8;
    const double unit = bare ? 1 : at < text.size() ? unit_seconds(text[at++]) : 0;
    if (unit == 0 || unit >= last_unit) bad_duration(text);
    total += number * unit;
    if (!(total <= longest_duration)) bad_duration(text);
    last_unit = unit;
  } while (at < text.size());
  return invigil::duration_from_seconds(total);
}

namespace {

/// The same, naming the option in the message.
invigil::Duration parse_duration_of(const std::string& option, const std::string& text) {
  try {
    return parse_duration(text);
  } catch (const CLI::ValidationError& e) {
    throw CLI::ValidationError(option, e.what());
  }
}

}  // namespace

CLI::Option* add_duration(CLI::App& command, const std::string& name, std::optional<invigil::Duration>& value,
                          const std::string& help) {
  const auto set = [&value, name](const std::string& text) { value = parse_duration_of(name, text); };
  return command.add_option_function<std::string>(name, set, help)->type_name("DURATION");
}

CLI::Option* add_time(CLI::App& command, const std::string& name, std::optional<invigil::Timestamp>& value,
                      const std::string& help) {
  const auto set = [&value, name](const std::string& text) {
    value = invigil::Timestamp{parse_duration_of(name, text)};
  };
  return command.add_option_function<std::string>(name, set, help)->type_name("TIME");
}

namespace {

void write_to_stdout(const void* data, std::size_t size) {
  if (std::fwrite(data, 1, size, stdout) != size || std::fflush(stdout) != 0)
    throw invigil::Error(invigil::Errc::io, "standard output", std::strerror(errno));
}

class StandardOutput final : public invigil::ByteSink {
 public:
  void write(std::span<const std::byte> bytes) override { write_to_stdout(bytes.data(), bytes.size()); }
  [[nodiscard]] std::string name() const override { return "standard output"; }
};

}  // namespace

std::unique_ptr<invigil::ByteSink> open_output(const std::string& path, const Common& common) {
  if (path == "-") return std::make_unique<StandardOutput>();
  return invigil::create_file_atomically(path, {.overwrite = common.force});
}

void require_distinct(const std::string& input, const std::string& output) {
  std::error_code ignored;
  if (input == "-" || output == "-" || !std::filesystem::equivalent(input, output, ignored)) return;
  throw invigil::Error(invigil::Errc::argument, output, "is the input itself; choose another output");
}

void write_text(invigil::ByteSink& out, std::string_view text) {
  out.write(std::as_bytes(std::span{text.data(), text.size()}));
}

void print(std::string_view text) { write_to_stdout(text.data(), text.size()); }

void say(const Common& common, std::string_view message) {
  if (!common.quiet) fmt::print(stderr, "{}\n", message);
}

void warn(std::string_view message) { fmt::print(stderr, "invigil: warning: {}\n", message); }

}  // namespace app
