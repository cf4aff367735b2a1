#include "input.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace app {

using invigil::Errc;
using invigil::Error;

namespace {

constexpr std::size_t largest_list = std::size_t{64} << 20;

std::string read_all(const std::string& path) {
  const auto file = invigil::open_file(path);
  std::string text;
  std::array<char, 1 << 16> buffer{};
  while (const auto n = file->read(std::as_writable_bytes(std::span{buffer}))) {
    text.append(buffer.data(), n);
    if (text.size() > largest_list) throw Error(Errc::bad_header, path, "is too large for a list of flags");
  }
  return text;
}

}  // namespace

bool is_recording(const std::string& path) {
  if (path == "-" || path.find("://") != std::string::npos) return false;
  const auto file = invigil::open_file(path);
  if (!file->size()) return false;  // a pipe: what is read from it would be gone
  std::array<char, 512> header{};
  std::size_t filled = 0;
  while (filled < header.size()) {
    const auto n = file->read(std::as_writable_bytes(std::span{header}).subspan(filled));
    if (n == 0) break;
    filled += n;
  }
  return std::string_view{header.data() + 257, 5} == "ustar";
}

invigil::Playback open_recording(const std::string& path, const std::vector<std::string>& identity_files) {
  if (identity_files.empty())
    throw Error(Errc::no_identity, path, "is encrypted; give the key that opens it with -i FILE");
  return {invigil::open_file(path), load_identities(identity_files)};
}

invigil::Policy choose_policy(const std::string& policy_file,
                              const std::optional<invigil::Playback>& recording) {
  if (!policy_file.empty()) return invigil::load_policy(policy_file);
  if (recording && !recording->policy_text().empty())
    return invigil::parse_policy(recording->policy_text(), "the recording's policy");
  return {};
}

bool is_observations(const std::string& path) { return path.ends_with(".jsonl"); }

invigil::EventLog load_events(const std::string& path) {
  if (path.empty()) return {};
  auto log = invigil::read_event_log(path);
  for (const auto& bad : log.bad) warn(bad + "; the line is left out");
  if (log.bad_lines > log.bad.size())
    warn(fmt::format("{}: {} lines are left out in all", path, log.bad_lines));
  return log;
}

std::vector<invigil::Flag> load_flags(const std::string& path) {
  const auto text = read_all(path);
  std::vector<invigil::Flag> flags;
  std::string_view rest = text;
  for (int number = 1; !rest.empty(); ++number) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    flags.push_back(invigil::parse_flag(line, fmt::format("{}:{}", path, number)));
  }
  return flags;
}

}  // namespace app
