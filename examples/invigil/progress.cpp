#include "progress.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace app {

std::string human_bytes(std::uint64_t bytes) {
  static constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < units.size()) value /= 1000, ++unit;
  return fmt::format("{:.{}f} {}", value, unit == 0 || value >= 99.5 ? 0 : 1, units[unit]);
}

std::string human_time(invigil::Duration time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time).count();
  const auto total = whole < 0 ? -whole : whole;
  return fmt::format("{}{}:{:02}:{:02}", whole < 0 ? "-" : "", total / 3600, total / 60 % 60, total % 60);
}

std::string progress_line(const Figures& f, double fps, std::optional<std::uint64_t> free_bytes) {
  std::string line = human_time(f.media);
  if (f.length) line += " of " + human_time(*f.length);
  if (fps >= 0) line += fmt::format(" · {:.1f} fps", fps);
  if (f.dropped) line += fmt::format(" · {} dropped", *f.dropped);
  if (f.dropped_late.value_or(0) > 0) line += fmt::format(" · {} not analysed", *f.dropped_late);
  if (f.flags) line += fmt::format(" · {} {}", *f.flags, *f.flags == 1 ? "flag" : "flags");
  if (f.bytes) line += " · " + human_bytes(*f.bytes);
  if (free_bytes) line += fmt::format(" · {} free", human_bytes(*free_bytes));
  return line;
}

namespace {

std::optional<std::uint64_t> free_space(const std::filesystem::path& disk) {
  if (disk.empty()) return std::nullopt;
  std::error_code error;
  auto space = std::filesystem::space(disk, error);
  if (error) space = std::filesystem::space(disk.has_parent_path() ? disk.parent_path() : ".", error);
  if (error) return std::nullopt;
  return space.available;
}

std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/// As much of UTF-8 `text` as fits: a longer line would wrap and could not be rewritten.
std::string fit(const std::string& text, std::size_t columns) {
  std::size_t shown = 0, at = 0;
  for (; at < text.size(); ++at) {
    const bool starts_character = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
    if (starts_character && ++shown >= columns) break;
  }
  return text.substr(0, at);
}

void draw(const std::string& line) {
  fmt::print(stderr, "\r{}\033[K", fit(line, terminal_columns()));
  std::fflush(stderr);
}

}  // namespace

Progress::Progress(const Common& common, std::function<Figures()> figures, std::filesystem::path disk)
    : figures_(std::move(figures)), disk_(std::move(disk)) {
  if (common.quiet || ::isatty(STDERR_FILENO) == 0) return;
  thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Progress::run(const std::stop_token& stop) {
  using std::chrono::steady_clock;
  std::mutex mutex;
  std::condition_variable_any wake;
  auto since = steady_clock::now();
  std::uint64_t frames_before = 0;
  double fps = -1;
  for (bool last = false; !last;) {
    std::unique_lock lock{mutex};
    wake.wait_for(lock, stop, std::chrono::milliseconds{500}, [] { return false; });
    last = stop.stop_requested();
    const Figures now = figures_();
    const auto elapsed = std::chrono::duration<double>(steady_clock::now() - since).count();
    if (now.frames && elapsed > 0.4) {
      fps = static_cast<double>(*now.frames - std::min(frames_before, *now.frames)) / elapsed;
      frames_before = *now.frames;
      since = steady_clock::now();
    }
    draw(progress_line(now, fps, free_space(disk_)));
  }
  fmt::print(stderr, "\n");
}

}  // namespace app
