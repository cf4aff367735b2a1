// One line about a running job, rewritten in place.
#pragma once

#include "app.hpp"

#include <invigil/time.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace app {

/// What a job can tell while it runs; what is absent is left out of the line.
struct Figures {
  invigil::Duration media{};                ///< How far the media is.
  std::optional<invigil::Duration> length;  ///< Of the whole, where known.
  std::optional<std::uint64_t> frames;
  std::optional<std::uint64_t> dropped;
  std::optional<std::uint64_t> flags;
  std::optional<std::uint64_t> bytes;         ///< Written so far.
  std::optional<std::uint64_t> dropped_late;  ///< Pictures that the analysis left out.
};

/// Shows `figures()` twice a second on standard error, if that is a terminal and `--quiet` was not given.
/// `figures` is called from a thread of its own; destroy this before anything that it looks at.
class Progress {
 public:
  /// `disk`: a file or folder on the disk that is written to; its free space is shown.
  Progress(const Common& common, std::function<Figures()> figures, std::filesystem::path disk = {});
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  void run(const std::stop_token& stop);
  std::function<Figures()> figures_;
  std::filesystem::path disk_;
  std::jthread thread_;
};

/// The line itself: "0:01:05 of 1:30:00 · 30.0 fps · 0 dropped · 2 flags · 5.1 MB · 41 GB free". `fps` < 0 is
/// left out.
std::string progress_line(const Figures& figures, double fps, std::optional<std::uint64_t> free_bytes);
/// "512 B", "1.4 MB", ...
std::string human_bytes(std::uint64_t bytes);
/// "0:01:05".
std::string human_time(invigil::Duration time);

}  // namespace app
