#include "capture/v4l2.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <map>
#include <tuple>

bool invigil::capture::seems_virtual(std::string_view driver, std::string_view name) {
  // Drivers whose pictures come from a program, and how such programs call their cameras.
  constexpr std::array<std::string_view, 14> signs{
      "loopback", "akvcam",   "vivid",       "obs virtual", "obs-camera", "manycam", "virtual",
      "dummy",    "droidcam", "snap camera", "xsplit",      "splitcam",   "e2esoft", "pipewire"};
  const auto holds = [](std::string_view text, std::string_view sign) {
    const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
    return std::search(text.begin(), text.end(), sign.begin(), sign.end(), same) != text.end();
  };
  return std::any_of(signs.begin(), signs.end(),
                     [&](std::string_view sign) { return holds(driver, sign) || holds(name, sign); });
}

const invigil::capture::CameraFormat* invigil::capture::choose_format(
    const std::vector<CameraFormat>& formats, int width, int height, double rate) {
  const auto cost = [&](const CameraFormat& f) {
    const int size = std::abs(f.width - width) + std::abs(f.height - height);
    // Too slow is worse than too fast: frames can be left out, not made up.
    const double pace = f.rate < rate ? (rate - f.rate) * 4 : f.rate - rate;
    // USB has no room for large raw pictures, and small ones cost less raw.
    const bool large = f.width * f.height > 640 * 480;
    const int taste = f.name == "h264" ? 2 : (f.name == "mjpeg") == large ? 0 : 1;
    return std::tuple{size, std::lround(pace), taste};
  };
  const auto best = std::min_element(formats.begin(), formats.end(),
                                     [&](const auto& a, const auto& b) { return cost(a) < cost(b); });
  return best == formats.end() ? nullptr : &*best;
}

void invigil::capture::number_equals(std::vector<CameraDevice>& cameras) {
  std::map<std::string, int> seen;
  for (auto& camera : cameras)
    if (const int n = ++seen[camera.id]; n > 1) camera.id += " #" + std::to_string(n);
}

#ifndef __linux__

std::vector<invigil::capture::CameraDevice> invigil::capture::find_cameras() { return {}; }

#else

#include <cerrno>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace invigil::capture {

namespace {

/// An open node that is only asked what it is.
class Node {
 public:
  explicit Node(const std::string& path) : fd_(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)) {}
  ~Node() {
    if (fd_ >= 0) ::close(fd_);
  }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  [[nodiscard]] bool open() const { return fd_ >= 0; }
  template <class T>
  bool ask(unsigned long request, T& about) const {
    int r;
    do r = ::ioctl(fd_, request, &about);
    while (r < 0 && errno == EINTR);
    return r == 0;
  }

 private:
  int fd_;
};

const char* format_name(std::uint32_t fourcc) {
  switch (fourcc) {
    case V4L2_PIX_FMT_MJPEG:
    case V4L2_PIX_FMT_JPEG:
      return "mjpeg";
    case V4L2_PIX_FMT_YUYV:
      return "yuyv422";
    case V4L2_PIX_FMT_UYVY:
      return "uyvy422";
    case V4L2_PIX_FMT_NV12:
      return "nv12";
    case V4L2_PIX_FMT_YUV420:
      return "yuv420p";
    case V4L2_PIX_FMT_H264:
      return "h264";
    default:
      return nullptr;
  }
}

// A driver that never says "no more" must not hold us up.
constexpr std::uint32_t most_entries = 256;

template <class Interval>
void add_rates(const Node& node, Interval interval, const CameraFormat& like,
               std::vector<CameraFormat>& formats) {
  const auto add = [&](const v4l2_fract& period) {
    if (period.numerator == 0 || period.denominator == 0) return;
    auto format = like;
    format.rate = double(period.denominator) / period.numerator;
    formats.push_back(format);
  };
  for (interval.index = 0; interval.index < most_entries && node.ask(VIDIOC_ENUM_FRAMEINTERVALS, interval);
       ++interval.index) {
    if (interval.type == V4L2_FRMIVAL_TYPE_DISCRETE) {
      add(interval.discrete);
    } else {
      add(interval.stepwise.min);
      return;
    }
  }
}

void add_sizes(const Node& node, std::uint32_t fourcc, const char* name, std::vector<CameraFormat>& formats) {
  const auto add = [&](std::uint32_t width, std::uint32_t height) {
    v4l2_frmivalenum interval{};
    interval.pixel_format = fourcc;
    interval.width = width;
    interval.height = height;
    add_rates(node, interval, {name, static_cast<int>(width), static_cast<int>(height), 0, fourcc}, formats);
  };
  v4l2_frmsizeenum size{};
  size.pixel_format = fourcc;
  for (size.index = 0; size.index < most_entries && node.ask(VIDIOC_ENUM_FRAMESIZES, size); ++size.index) {
    if (size.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
      add(size.discrete.width, size.discrete.height);
      continue;
    }
    for (const auto& [w, h] : {std::pair{640U, 480U}, std::pair{1280U, 720U}, std::pair{1920U, 1080U}})
      if (w >= size.stepwise.min_width && w <= size.stepwise.max_width && h >= size.stepwise.min_height &&
          h <= size.stepwise.max_height)
        add(w, h);
    return;
  }
}

/// None when the node does not capture pictures.
std::optional<CameraDevice> look_at(const std::string& path) {
  CameraDevice device{.node = path, .card = path, .bus = {}, .driver = {}, .id = path, .formats = {}};
  const Node node{path};
  if (!node.open()) {
    device.error = errno;
    return device.error == ENOENT || device.error == ENXIO ? std::nullopt : std::optional{device};
  }
  v4l2_capability capability{};
  if (!node.ask(VIDIOC_QUERYCAP, capability)) return std::nullopt;
  const auto can =
      capability.capabilities & V4L2_CAP_DEVICE_CAPS ? capability.device_caps : capability.capabilities;
  if (!(can & V4L2_CAP_VIDEO_CAPTURE)) return std::nullopt;
  device.card = reinterpret_cast<const char*>(capability.card);
  device.bus = reinterpret_cast<const char*>(capability.bus_info);
  device.driver = reinterpret_cast<const char*>(capability.driver);
  device.id = fmt::format("{} @ {}", device.card, device.bus);
  v4l2_fmtdesc format{};
  format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  for (; format.index < most_entries && node.ask(VIDIOC_ENUM_FMT, format); ++format.index)
    if (const char* name = format_name(format.pixelformat))
      add_sizes(node, format.pixelformat, name, device.formats);
  return device;
}

}  // namespace

std::vector<CameraDevice> find_cameras() {
  std::vector<CameraDevice> cameras;
  for (int i = 0; i < 64; ++i) {
    const std::string path = "/dev/video" + std::to_string(i);
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) continue;
    if (auto camera = look_at(path)) cameras.push_back(std::move(*camera));
  }
  number_equals(cameras);
  return cameras;
}

}  // namespace invigil::capture

#endif
