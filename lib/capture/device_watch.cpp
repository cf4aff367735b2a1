#include <invigil/capture.hpp>
#include <invigil/device_watch.hpp>

#include <algorithm>
#include <thread>
#include <tuple>
#include <utility>

#ifdef __linux__
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>
#endif

namespace invigil {

namespace {

using namespace std::chrono_literals;
using Wall = std::chrono::steady_clock;

constexpr auto slice = 100ms;     ///< How long it can take to notice that all is to end.
constexpr auto unasked = 2s;      ///< Between two looks at what announces nothing.
constexpr auto settling = 200ms;  ///< A device makes several nodes, and is not ready with the first.

/// The folders in which devices appear.
class Announcements {
 public:
#ifdef __linux__
  Announcements() : fd_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    for (const char* folder : {"/dev", "/dev/snd"})
      if (fd_ >= 0) ::inotify_add_watch(fd_, folder, IN_CREATE | IN_DELETE | IN_ATTRIB | IN_MOVED_TO);
  }
  ~Announcements() {
    if (fd_ >= 0) ::close(fd_);
  }
  /// Whether there was one within this time.
  [[nodiscard]] bool wait(std::chrono::milliseconds at_most) const {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(at_most.count())) <= 0) return false;
    alignas(inotify_event) char events[4096];
    while (::read(fd_, events, sizeof events) > 0) {
    }
    return true;
  }
#else
  Announcements() = default;
  [[nodiscard]] bool wait(std::chrono::milliseconds at_most) const {
    std::this_thread::sleep_for(at_most);
    return false;
  }
#endif
  Announcements(const Announcements&) = delete;
  Announcements& operator=(const Announcements&) = delete;

#ifdef __linux__
 private:
  int fd_;
#endif
};

bool same(const std::vector<Device>& a, const std::vector<Device>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Device& x, const Device& y) {
    return std::tie(x.kind, x.id, x.name, x.path, x.trouble) ==
           std::tie(y.kind, y.id, y.name, y.path, y.trouble);
  });
}

}  // namespace

struct DeviceWatch::Impl {
  Announcements announcements;  // before the first list, so that nothing comes between
  std::optional<std::vector<Device>> told;
  Wall::time_point asked{};
};

DeviceWatch::DeviceWatch() : impl_(std::make_unique<Impl>()) {}
DeviceWatch::~DeviceWatch() = default;
DeviceWatch::DeviceWatch(DeviceWatch&&) noexcept = default;
DeviceWatch& DeviceWatch::operator=(DeviceWatch&&) noexcept = default;

std::optional<std::vector<Device>> DeviceWatch::next(Duration at_most, const std::stop_token& stop) {
  auto& w = *impl_;
  const auto begin = Wall::now();
  for (bool announced = !w.told; !stop.stop_requested();) {
    if (announced || Wall::now() - w.asked >= unasked) {
      auto devices = list_devices();
      w.asked = Wall::now();
      if (!w.told || !same(devices, *w.told)) return w.told = std::move(devices);
    }
    if (Wall::now() - begin >= at_most) break;
    announced = w.announcements.wait(slice);
    if (announced) std::this_thread::sleep_for(settling);
  }
  return std::nullopt;
}

}  // namespace invigil
