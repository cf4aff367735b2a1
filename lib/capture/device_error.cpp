#include "capture/device_error.hpp"

#include "media/av.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace invigil {

std::string_view to_string(DeviceTrouble trouble) noexcept {
  switch (trouble) {
    case DeviceTrouble::absent:
      return "absent";
    case DeviceTrouble::busy:
      return "busy";
    case DeviceTrouble::forbidden:
      return "forbidden";
    case DeviceTrouble::unsupported:
      return "unsupported";
    case DeviceTrouble::lost:
      return "lost";
    case DeviceTrouble::failed:
      return "failed";
  }
  return "unknown";
}

DeviceError::DeviceError(DeviceTrouble trouble, std::string where, std::string_view what)
    : Error(trouble == DeviceTrouble::unsupported ? Errc::unsupported : Errc::device, std::move(where), what),
      trouble_(trouble) {}

namespace capture {

namespace {

std::string forbidden(bool camera) {
#if defined(__APPLE__)
  return fmt::format("is forbidden; allow it under System Settings, Privacy & Security, {}",
                     camera ? "Camera" : "Microphone");
#elif defined(_WIN32)
  return fmt::format("is forbidden; allow it under Settings, Privacy & security, {}",
                     camera ? "Camera" : "Microphone");
#else
  return camera
             ? "is forbidden; add yourself to the group video (sudo usermod -aG video $USER) and log in again"
             : "is forbidden; add yourself to the group audio, or allow access in the system's settings";
#endif
}

std::string advice(const std::string& what, DeviceTrouble trouble, int error) {
  switch (trouble) {
    case DeviceTrouble::forbidden:
      return forbidden(what == "camera");
    case DeviceTrouble::busy:
      return "is in use by another program; close it (a browser tab, a video call) and try again";
    case DeviceTrouble::absent:
      return "is absent; plug it in, or choose one that `invigil devices` lists";
    case DeviceTrouble::unsupported:
      return "gives no format that can be handled here; use another one";
    default:
      break;
  }
  if (what == "screen") return "cannot be opened; is $DISPLAY right, and is this an X11 session?";
  if (error == ENOSPC) return "gets too little of the USB bus; plug it into another port, without a hub";
  return fmt::format("cannot be opened: {}; unplug it and plug it in again",
                     error < 0 ? media::error_text(error) : std::generic_category().message(error));
}

}  // namespace

DeviceTrouble trouble_of(int error) {
  switch (error) {
    case EACCES:
    case EPERM:
      return DeviceTrouble::forbidden;
    case EBUSY:
      return DeviceTrouble::busy;
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return DeviceTrouble::absent;
    case ENOTSUP:
      return DeviceTrouble::unsupported;
    default:
      return DeviceTrouble::failed;
  }
}

DeviceError device_error(const std::string& what, const std::string& device, int error) {
  // libav's errors are negated errnos or tags; those have no entry above.
  const int number = error < 0 && AVUNERROR(error) < 4096 ? AVUNERROR(error) : error;
  auto trouble = trouble_of(number);
  // A display is always "absent" to those who ask wrongly.
  if (what == "screen" && trouble == DeviceTrouble::absent) trouble = DeviceTrouble::failed;
  return {trouble, device.empty() ? what : fmt::format("{} {}", what, device), advice(what, trouble, number)};
}

}  // namespace capture
}  // namespace invigil
