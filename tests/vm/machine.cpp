#include "machine.hpp"

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <alsa/asoundlib.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace invigil::vm {

namespace {

void tell(const std::string& file, const std::string& text) {
  std::ofstream out{file};
  if (!(out << text << std::flush)) throw std::runtime_error("cannot write " + text + " to " + file);
}

}  // namespace

void unbind(const std::string& driver, const std::string& device) {
  tell("/sys/bus/platform/drivers/" + driver + "/unbind", device);
}
void bind(const std::string& driver, const std::string& device) {
  tell("/sys/bus/platform/drivers/" + driver + "/bind", device);
}

void take_cameras_away() { unbind("vivid", "vivid.0"); }
void bring_cameras_back() { bind("vivid", "vivid.0"); }

void bring_cameras_back(int first, int second) {
  const auto load =
      "modprobe -r vivid && modprobe vivid n_devs=2 node_types=0x1,0x1 num_inputs=1,1 input_types=0,0 " +
      ("vid_cap_nr=" + std::to_string(first) + "," + std::to_string(second));
  if (std::system(load.c_str()) != 0) throw std::runtime_error("cannot load vivid anew");
}

void renew_cameras() {
  if (std::filesystem::exists("/sys/bus/platform/drivers/vivid/vivid.0")) take_cameras_away();
  bring_cameras_back();
}

std::string Vivid::id() const { return "vivid @ platform:vivid-00" + std::to_string(number_); }

std::string Vivid::node() const {
  std::error_code none;
  for (const auto& entry :
       std::filesystem::directory_iterator("/sys/bus/platform/devices/vivid.0/video4linux", none)) {
    const auto path = "/dev/" + entry.path().filename().string();
    v4l2_capability about{};
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (fd < 0) continue;
    const bool known = ::ioctl(fd, VIDIOC_QUERYCAP, &about) == 0;
    ::close(fd);
    if (known && id().ends_with(reinterpret_cast<const char*>(about.bus_info))) return path;
  }
  return {};
}

bool Vivid::open_here() const {
  std::error_code gone;
  for (const auto& fd : std::filesystem::directory_iterator("/proc/self/fd"))
    if (std::filesystem::read_symlink(fd.path(), gone) == node() && !gone) return true;
  return false;
}

void Vivid::set(std::uint32_t control, int value) const {
  const int fd = ::open(node().c_str(), O_RDWR | O_CLOEXEC);
  v4l2_control wanted{control, value};
  const bool failed = fd < 0 || ::ioctl(fd, VIDIOC_S_CTRL, &wanted) < 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (failed) throw std::runtime_error(id() + " takes no control: " + std::strerror(error));
}

Other::Other(const std::string& node) : fd_(::open(node.c_str(), O_RDWR | O_CLOEXEC)) {
  if (fd_ < 0) throw std::runtime_error("cannot open " + node);
}
Other::~Other() { ::close(fd_); }

void Other::take() const {
  v4l2_requestbuffers request{};
  request.count = 2;
  request.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  request.memory = V4L2_MEMORY_MMAP;
  if (::ioctl(fd_, VIDIOC_REQBUFS, &request) < 0) throw std::runtime_error("cannot take a camera");
}

void shift_rate(double ppm) {
  snd_ctl_t* card = nullptr;
  snd_ctl_elem_value_t* value = nullptr;
  snd_ctl_elem_value_alloca(&value);
  snd_ctl_elem_value_set_interface(value, SND_CTL_ELEM_IFACE_PCM);
  snd_ctl_elem_value_set_name(value, "PCM Rate Shift 100000");
  // The clock is that of the cable's end which is set: both, whichever is opened first.
  bool done = snd_ctl_open(&card, "hw:Loopback", 0) == 0;
  for (unsigned device = 0; done && device < 2; ++device) {
    snd_ctl_elem_value_set_device(value, device);
    snd_ctl_elem_value_set_integer(value, 0, std::lround(100'000 * (1 + ppm * 1e-6)));
    done = snd_ctl_elem_write(card, value) >= 0;
  }
  if (card) snd_ctl_close(card);
  if (!done) throw std::runtime_error("cannot shift the rate of snd-aloop");
}

}  // namespace invigil::vm
