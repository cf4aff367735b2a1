// A camera by the kernel's own interface: memory-mapped buffers, poll with a timeout.
#include "capture/v4l2.hpp"

#ifndef INVIGIL_WITH_V4L2

std::unique_ptr<invigil::capture::CameraPort> invigil::capture::v4l2_port(const CameraDevice&, int, int,
                                                                          double) {
  return nullptr;
}

#else

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace invigil::capture {

namespace {

/// Enough that the driver always has one to fill; every further one would only let pictures grow old.
constexpr std::uint32_t wanted_buffers = 4;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

template <class T>
int ask(int fd, unsigned long request, T& about) {
  int r;
  do r = ::ioctl(fd, request, &about);
  while (r < 0 && errno == EINTR);
  return r < 0 ? errno : 0;
}

struct Known {
  const char* name;
  std::uint32_t fourcc;
  StreamFormat::Coding coding;
  AVPixelFormat pixels;
};
constexpr Known known[] = {
    {"mjpeg", V4L2_PIX_FMT_MJPEG, StreamFormat::Coding::mjpeg, AV_PIX_FMT_NONE},
    {"mjpeg", V4L2_PIX_FMT_JPEG, StreamFormat::Coding::mjpeg, AV_PIX_FMT_NONE},
    {"h264", V4L2_PIX_FMT_H264, StreamFormat::Coding::h264, AV_PIX_FMT_NONE},
    {"yuyv422", V4L2_PIX_FMT_YUYV, StreamFormat::Coding::raw, AV_PIX_FMT_YUYV422},
    {"uyvy422", V4L2_PIX_FMT_UYVY, StreamFormat::Coding::raw, AV_PIX_FMT_UYVY422},
    {"nv12", V4L2_PIX_FMT_NV12, StreamFormat::Coding::raw, AV_PIX_FMT_NV12},
    {"yuv420p", V4L2_PIX_FMT_YUV420, StreamFormat::Coding::raw, AV_PIX_FMT_YUV420P},
};

/// A buffer of the driver's, mapped.
class Mapping {
 public:
  Mapping(int fd, const v4l2_buffer& buffer)
      : size_(buffer.length),
        at_(::mmap(nullptr, buffer.length, PROT_READ, MAP_SHARED, fd, buffer.m.offset)) {}
  ~Mapping() {
    if (mapped()) ::munmap(at_, size_);
  }
  Mapping(Mapping&& other) noexcept : size_(other.size_), at_(std::exchange(other.at_, MAP_FAILED)) {}
  Mapping& operator=(Mapping&&) = delete;
  [[nodiscard]] bool mapped() const { return at_ != MAP_FAILED; }
  [[nodiscard]] std::span<const std::uint8_t> first(std::size_t bytes) const {
    return {static_cast<const std::uint8_t*>(at_), std::min(bytes, size_)};
  }

 private:
  std::size_t size_;
  void* at_;
};

v4l2_buffer buffer_of(std::uint32_t index) {
  v4l2_buffer buffer{};
  buffer.index = index;
  buffer.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  buffer.memory = V4L2_MEMORY_MMAP;
  return buffer;
}

class V4l2Node final : public VideoNode {
 public:
  explicit V4l2Node(Descriptor fd) : fd_(std::move(fd)) {}
  ~V4l2Node() override { static_cast<void>(stop()); }
  /// Only once, before anything else.
  [[nodiscard]] int set_up(const CameraFormat* wanted);

  [[nodiscard]] const StreamFormat& format() const override { return format_; }
  [[nodiscard]] int start() override;
  [[nodiscard]] int stop() override;
  [[nodiscard]] Event wait(std::chrono::milliseconds at_most) override;
  [[nodiscard]] int take(Filled& filled) override;
  [[nodiscard]] int give_back(const Filled& filled) override;

 private:
  [[nodiscard]] int set_format(const CameraFormat* wanted);
  void set_rate(double rate);
  [[nodiscard]] int map_buffers();

  Descriptor fd_;
  StreamFormat format_;
  std::vector<Mapping> buffers_;
};

int V4l2Node::set_up(const CameraFormat* wanted) {
  if (const int error = set_format(wanted)) return error;
  if (wanted) set_rate(wanted->rate);
  v4l2_streamparm parameters{};
  parameters.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  const auto& period = parameters.parm.capture.timeperframe;
  if (ask(fd_.get(), VIDIOC_G_PARM, parameters) == 0 && period.numerator > 0)
    format_.rate = double(period.denominator) / period.numerator;
  return map_buffers();
}

int V4l2Node::set_format(const CameraFormat* wanted) {
  v4l2_format format{};
  format.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  if (const int error = ask(fd_.get(), VIDIOC_G_FMT, format)) return error;
  auto& picture = format.fmt.pix;
  if (wanted) {
    // As the driver lists it, since two codes have one name.
    picture.pixelformat = wanted->fourcc;
    picture.width = static_cast<std::uint32_t>(wanted->width);
    picture.height = static_cast<std::uint32_t>(wanted->height);
    picture.field = V4L2_FIELD_ANY;
    picture.bytesperline = 0;
    if (const int error = ask(fd_.get(), VIDIOC_S_FMT, format)) return error;
  }
  const auto* found = std::find_if(std::begin(known), std::end(known),
                                   [&](const Known& k) { return k.fourcc == picture.pixelformat; });
  if (found == std::end(known)) return ENOTSUP;
  format_ = {
      .coding = found->coding,
      .pixels = found->pixels,
      .width = static_cast<int>(picture.width),
      .height = static_cast<int>(picture.height),
      .stride = static_cast<int>(picture.bytesperline),
      .full_range =
          picture.quantization == V4L2_QUANTIZATION_FULL_RANGE ||
          (picture.quantization == V4L2_QUANTIZATION_DEFAULT && picture.colorspace == V4L2_COLORSPACE_JPEG),
      .bt709 = picture.ycbcr_enc == V4L2_YCBCR_ENC_709 ||
               (picture.ycbcr_enc == V4L2_YCBCR_ENC_DEFAULT && picture.colorspace == V4L2_COLORSPACE_REC709)};
  return 0;
}

/// What the driver makes of it is read back by whoever wants to know.
void V4l2Node::set_rate(double rate) {
  v4l2_streamparm parameters{};
  parameters.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  if (rate <= 0) return;
  parameters.parm.capture.timeperframe = {1000, static_cast<std::uint32_t>(std::lround(rate * 1000))};
  static_cast<void>(ask(fd_.get(), VIDIOC_S_PARM, parameters));
}

int V4l2Node::map_buffers() {
  v4l2_requestbuffers request{};
  request.count = wanted_buffers;
  request.type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  request.memory = V4L2_MEMORY_MMAP;
  if (const int error = ask(fd_.get(), VIDIOC_REQBUFS, request)) return error;
  for (std::uint32_t i = 0; i < request.count; ++i) {
    auto buffer = buffer_of(i);
    if (const int error = ask(fd_.get(), VIDIOC_QUERYBUF, buffer)) return error;
    buffers_.emplace_back(fd_.get(), buffer);
    if (!buffers_.back().mapped()) return errno;
  }
  return buffers_.empty() ? ENOMEM : 0;
}

int V4l2Node::start() {
  for (std::uint32_t i = 0; i < buffers_.size(); ++i) {
    auto buffer = buffer_of(i);
    if (const int error = ask(fd_.get(), VIDIOC_QBUF, buffer)) return error;
  }
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  return ask(fd_.get(), VIDIOC_STREAMON, type);
}

int V4l2Node::stop() {
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;  // takes all buffers back from the driver, too
  return ask(fd_.get(), VIDIOC_STREAMOFF, type);
}

VideoNode::Event V4l2Node::wait(std::chrono::milliseconds at_most) {
  pollfd waiting{fd_.get(), POLLIN, 0};
  const int r = ::poll(&waiting, 1, static_cast<int>(at_most.count()));
  if (r < 0 && errno != EINTR) return Event::gone;
  if (r <= 0) return Event::nothing;
  // First: a camera that is gone may say that it can be read as well.
  if (waiting.revents & (POLLERR | POLLHUP | POLLNVAL)) return Event::gone;
  return waiting.revents & POLLIN ? Event::frame : Event::nothing;
}

int V4l2Node::take(Filled& filled) {
  auto buffer = buffer_of(0);
  if (const int error = ask(fd_.get(), VIDIOC_DQBUF, buffer)) return error;
  if (buffer.index >= buffers_.size()) return EINVAL;
  filled = {.index = buffer.index,
            .bytes = buffers_[buffer.index].first(buffer.bytesused),
            .stamp = std::chrono::seconds{buffer.timestamp.tv_sec} +
                     std::chrono::microseconds{buffer.timestamp.tv_usec},
            .sequence = buffer.sequence,
            .damaged = (buffer.flags & V4L2_BUF_FLAG_ERROR) != 0};
  return 0;
}

int V4l2Node::give_back(const Filled& filled) {
  auto buffer = buffer_of(filled.index);
  return ask(fd_.get(), VIDIOC_QBUF, buffer);
}

class V4l2Port final : public CameraPort {
 public:
  V4l2Port(CameraDevice camera, int width, int height, double rate)
      : id_(camera.id),
        node_(std::move(camera.node)),
        width_(width),
        height_(height),
        rate_(rate),
        changes_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
    if (changes_.get() >= 0)
      ::inotify_add_watch(changes_.get(), "/dev", IN_CREATE | IN_DELETE | IN_ATTRIB | IN_MOVED_TO);
  }

  std::unique_ptr<VideoNode> open(int& error) override {
    const auto cameras = find_cameras();
    const auto camera = std::find_if(cameras.begin(), cameras.end(),
                                     [&](const CameraDevice& c) { return c.id == id_ || c.node == id_; });
    error = camera == cameras.end() ? ENODEV : camera->error;
    if (error) return nullptr;
    node_ = camera->node;
    Descriptor fd{::open(node_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC)};
    if (fd.get() < 0) {
      error = errno;
      return nullptr;
    }
    auto node = std::make_unique<V4l2Node>(std::move(fd));
    error = node->set_up(choose_format(camera->formats, width_, height_, rate_));
    return error ? nullptr : std::move(node);
  }

  bool await_change(std::chrono::milliseconds at_most) override {
    pollfd waiting{changes_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(at_most.count())) <= 0) return false;
    alignas(inotify_event) char events[4096];
    while (::read(changes_.get(), events, sizeof events) > 0) {
    }
    return true;
  }

  [[nodiscard]] std::string name() const override { return id_; }

 private:
  std::string id_, node_;
  int width_, height_;
  double rate_;
  Descriptor changes_;
};

}  // namespace

std::unique_ptr<CameraPort> v4l2_port(const CameraDevice& camera, int width, int height, double rate) {
  return std::make_unique<V4l2Port>(camera, width, height, rate);
}

}  // namespace invigil::capture
#endif
