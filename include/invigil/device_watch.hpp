// Devices that come and go.
#pragma once

#include <invigil/device.hpp>
#include <invigil/export.hpp>
#include <invigil/time.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

namespace invigil {

/// Tells when the list of devices changes: for a page that lets a candidate choose, and notices what is
/// plugged in. On Linux cameras and sound cards are noticed at once, what a sound server offers, and all
/// elsewhere, within two seconds. Not thread-safe.
class INVIGIL_API DeviceWatch {
 public:
  DeviceWatch();
  ~DeviceWatch();
  DeviceWatch(DeviceWatch&&) noexcept;
  DeviceWatch& operator=(DeviceWatch&&) noexcept;

  /// The list as `list_devices()` gives it, as soon as it differs from what was told last; the first time at
  /// once. Nothing after `at_most`, or when asked to stop; takes about a second longer where asking does.
  [[nodiscard]] std::optional<std::vector<Device>> next(Duration at_most, const std::stop_token& stop = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil
