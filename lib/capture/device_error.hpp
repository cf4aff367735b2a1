// The errors of devices, in words that say what to do.
#pragma once

#include <invigil/device.hpp>

#include <string>

namespace invigil::capture {

/// What an errno of opening a device means.
[[nodiscard]] DeviceTrouble trouble_of(int error);
/// `what`: "camera", "microphone" or "screen". `error`: an errno; negative is libav's.
[[nodiscard]] DeviceError device_error(const std::string& what, const std::string& device, int error);

}  // namespace invigil::capture
