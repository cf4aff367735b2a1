// A camera that is read, while a case does things to it.
#pragma once

#include "case.hpp"

#include <invigil/capture.hpp>

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace invigil::vm {

struct Seen {
  double time = 0, age = 0;  ///< Seconds; the age when it was read.
  std::uint64_t index = 0;
  int width = 0, height = 0;
};

/// What is left of a camera that was read to its end.
struct Watch {
  std::vector<Seen> seen;
  CaptureStatistics counted;
  std::vector<Flag> flags;
  std::optional<DeviceTrouble> trouble;
  double stopped_after = 0;  ///< Seconds from asking to having closed it.

  [[nodiscard]] std::vector<double> steps() const;
  [[nodiscard]] std::vector<double> ages() const;
  [[nodiscard]] const Flag* flag(const std::string& what) const;
};

/// The value below which this share of all lies; 0 of none.
[[nodiscard]] double quantile(std::vector<double> values, double share);

class Watched {
 public:
  /// `pause`: slept after every picture.
  explicit Watched(const CameraOptions& options, std::chrono::milliseconds pause = {});
  ~Watched();
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  /// Whether so many more pictures come within so many seconds.
  [[nodiscard]] bool more(std::size_t pictures, double limit = 10);
  /// Seconds until the camera is known to be away, or to be there again; none after `limit`.
  [[nodiscard]] std::optional<double> until_present(bool present, double limit = 10) const;
  [[nodiscard]] CaptureStatistics counted() const { return monitor_->statistics(); }
  /// Stops and closes it.
  [[nodiscard]] Watch end();

 private:
  void read(const std::stop_token& stop);

  std::unique_ptr<Camera> camera_;
  std::shared_ptr<const CaptureMonitor> monitor_;
  std::unique_ptr<Source<Flag>> flags_;
  const std::chrono::milliseconds pause_;
  std::mutex mutex_;
  Watch watch_;
  std::jthread reader_;
};

}  // namespace invigil::vm
