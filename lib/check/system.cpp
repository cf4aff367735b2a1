// What the operating system tells, from /proc and /sys.
#include "check/measured.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>

#include <unistd.h>
#ifdef __linux__
#include <sys/timex.h>
#endif

namespace invigil::check {

namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& file) {
  std::ifstream in{file};
  std::string line;
  std::getline(in, line);
  return line;
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> all;
  std::error_code none;
  for (fs::directory_iterator at{folder, none}, end; !none && at != end; at.increment(none))
    all.push_back(at->path());
  std::sort(all.begin(), all.end());
  return all;
}

double ticks_to_seconds(double ticks) {
  static const auto rate = static_cast<double>(std::max(1L, ::sysconf(_SC_CLK_TCK)));
  return ticks / rate;
}

std::optional<int> as_number(const std::string& text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

/// "pid (name) state ... utime stime": the name may hold anything, so its end is looked for from behind.
std::optional<Process> parse_process(int id, const std::string& line) {
  const auto open = line.find('('), close = line.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  std::istringstream rest{line.substr(close + 1)};
  std::string skipped;
  for (int field = 3; field < 14; ++field) rest >> skipped;
  double user = 0, system = 0;
  if (!(rest >> user >> system)) return std::nullopt;
  return Process{id, line.substr(open + 1, close - open - 1), ticks_to_seconds(user + system)};
}

}  // namespace

std::optional<Processors> processors(const std::string& root) {
  std::istringstream line{first_line(root + "/proc/stat")};
  std::string name;
  line >> name;
  double all = 0, idle = 0, value = 0;
  for (int field = 0; field < 8 && line >> value; ++field) {  // guests are counted in user already
    all += value;
    if (field == 3 || field == 4) idle += value;  // idle, and waiting for disks
  }
  if (name != "cpu" || all <= 0) return std::nullopt;
  return Processors{ticks_to_seconds(all - idle), ticks_to_seconds(all)};
}

std::vector<Process> processes(const std::string& root) {
  std::vector<Process> all;
  for (const auto& entry : entries(root + "/proc")) {
    const auto id = as_number(entry.filename().string());
    if (!id || *id == ::getpid()) continue;
    if (auto process = parse_process(*id, first_line(entry / "stat"))) all.push_back(std::move(*process));
  }
  return all;
}

Power power(const std::string& root) {
  Power found;
  bool mains = false, discharging = false;
  for (const auto& supply : entries(root + "/sys/class/power_supply")) {
    const auto type = first_line(supply / "type");
    if (type == "Mains" || type == "USB") mains = mains || first_line(supply / "online") == "1";
    // Mice have batteries, too.
    if (type != "Battery" || first_line(supply / "scope") == "Device") continue;
    discharging = discharging || first_line(supply / "status") == "Discharging";
    if (const auto percent = as_number(first_line(supply / "capacity"))) found.charge = *percent / 100.0;
  }
  found.on_battery = found.charge && (discharging || !mains);
  return found;
}

Displays displays(const std::string& root) {
  Displays found;
  for (const auto& connector : entries(root + "/sys/class/drm"))
    found.connected += first_line(connector / "status") == "connected";
  const char* session = std::getenv("XDG_SESSION_TYPE");
  found.wayland = session && std::string_view{session} == "wayland";
  return found;
}

std::optional<bool> clock_is_kept() {
#ifdef __linux__
  timex asked{};
  const int state = ::adjtimex(&asked);
  if (state < 0) return std::nullopt;
  return state != TIME_ERROR && (asked.status & STA_UNSYNC) == 0;
#else
  return std::nullopt;
#endif
}

}  // namespace invigil::check
