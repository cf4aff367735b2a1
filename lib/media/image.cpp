// Planar pictures on pooled memory.
#include "media/color.hpp"

#include <invigil/error.hpp>
#include <invigil/image.hpp>

#include <cstring>
#include <mutex>
#include <new>
#include <utility>

#include <fmt/format.h>

namespace invigil {

namespace {

constexpr std::size_t alignment = 64;  // a cache line, and what AVX-512 loads want

std::ptrdiff_t padded(int width) {
  return (width + std::ptrdiff_t{alignment} - 1) / std::ptrdiff_t{alignment} * std::ptrdiff_t{alignment};
}

struct AlignedDelete {
  void operator()(std::uint8_t* p) const { ::operator delete[](p, std::align_val_t{alignment}); }
};
using Buffer = std::unique_ptr<std::uint8_t[], AlignedDelete>;

/// Keeps freed buffers of the last size: a session allocates the same size at every frame, and fresh pages
/// from the kernel cost more than the picture's copy.
class Pool : public std::enable_shared_from_this<Pool> {
 public:
  std::shared_ptr<std::uint8_t> take(std::size_t size) {
    Buffer buffer = reuse(size);
    if (!buffer) buffer.reset(new (std::align_val_t{alignment}) std::uint8_t[size]);
    auto* p = buffer.release();
    return {p, [pool = shared_from_this(), size](std::uint8_t* q) { pool->give_back(Buffer{q}, size); }};
  }

 private:
  static constexpr std::size_t keep = 8;
  Buffer reuse(std::size_t size) {
    const std::lock_guard lock{mutex_};
    if (size != size_ || free_.empty()) return nullptr;
    Buffer buffer = std::move(free_.back());
    free_.pop_back();
    return buffer;
  }
  void give_back(Buffer buffer, std::size_t size) {
    const std::lock_guard lock{mutex_};
    if (size != size_) {
      free_.clear();
      size_ = size;
    }
    if (free_.size() < keep) free_.push_back(std::move(buffer));
  }
  std::mutex mutex_;
  std::size_t size_ = 0;
  std::vector<Buffer> free_;
};

Pool& pool() {
  static const auto instance = std::make_shared<Pool>();
  return *instance;
}

void copy_plane(PlaneView from, const Plane& to) {
  for (int y = 0; y < from.height; ++y)
    std::memcpy(to.row(y), from.row(y), static_cast<std::size_t>(from.width));
}

void fill_plane(const Plane& to, int value) {
  std::memset(to.data, value, static_cast<std::size_t>(to.stride) * static_cast<std::size_t>(to.height));
}

/// The views are const so that reading never detaches; a picture that owns its buffer may write through them.
Plane writable(PlaneView v) { return {const_cast<std::uint8_t*>(v.data), v.width, v.height, v.stride}; }

}  // namespace

Image::Image(int width, int height, ColorInfo color) : color_(color) {
  if (width < 1 || height < 1 || width > 16384 || height > 16384)
    throw Error(Errc::argument, "Image", fmt::format("{}x{} is outside 1x1 to 16384x16384", width, height));
  const int half_width = (width + 1) / 2, half_height = (height + 1) / 2;
  const std::ptrdiff_t stride = padded(width), half_stride = padded(half_width);
  const auto y_size = static_cast<std::size_t>(stride * height);
  const auto c_size = static_cast<std::size_t>(half_stride * half_height);
  auto buffer = pool().take(y_size + 2 * c_size);
  auto* p = buffer.get();
  owner_ = std::move(buffer);
  y_ = {p, width, height, stride};
  u_ = {p + y_size, half_width, half_height, half_stride};
  v_ = {p + y_size + c_size, half_width, half_height, half_stride};
  fill_plane(writable(y_), color.range == ColorRange::full ? 0 : 16);
  fill_plane(writable(u_), 128);
  fill_plane(writable(v_), 128);
}

Image Image::wrap(PlaneView y, PlaneView u, PlaneView v, ColorInfo color, std::shared_ptr<const void> owner) {
  const bool fits = y.data && u.data && v.data && y.width > 0 && y.height > 0 &&
                    u.width == (y.width + 1) / 2 && u.height == (y.height + 1) / 2 && v.width == u.width &&
                    v.height == u.height;
  if (!fits) throw Error(Errc::argument, "Image::wrap", "the planes are not those of a 4:2:0 picture");
  Image image;
  image.owner_ = std::move(owner);
  image.y_ = y;
  image.u_ = u;
  image.v_ = v;
  image.color_ = color;
  image.wrapped_ = true;
  return image;
}

PlaneView Image::plane(int index) const {
  switch (index) {
    case 0:
      return y_;
    case 1:
      return u_;
    case 2:
      return v_;
    default:
      throw Error(Errc::argument, "Image::plane", "the index is 0, 1 or 2");
  }
}

Plane Image::mutable_plane(int index) {
  const PlaneView wanted = plane(index);
  if (!wanted.data) throw Error(Errc::argument, "Image::mutable_plane", "the picture is empty");
  if (wrapped_ || owner_.use_count() > 1)
    detach();
  else  // counting once more orders our writes behind the reads of the thread that let go last
      [[maybe_unused]]
    const auto counted = owner_;
  return writable(plane(index));
}

void Image::detach() {
  Image own{width(), height(), color_};
  for (int i = 0; i < 3; ++i) copy_plane(plane(i), writable(own.plane(i)));
  own.source_ = source_;
  *this = std::move(own);
}

Image Image::from_rgb(const std::uint8_t* rgb, int width, int height, std::ptrdiff_t stride) {
  Image image{width, height};
  if (!rgb || stride < std::ptrdiff_t{width} * 3)
    throw Error(Errc::argument, "Image::from_rgb",
                fmt::format("rows of {} bytes cannot hold {} pixels of RGB", rgb ? stride : 0, width));
  media::rgb_to_yuv(rgb, stride, image);
  return image;
}

std::vector<std::uint8_t> Image::to_rgb() const {
  if (empty()) return {};
  std::vector<std::uint8_t> rgb(static_cast<std::size_t>(width()) * static_cast<std::size_t>(height()) * 3);
  media::yuv_to_rgb(*this, rgb.data());
  return rgb;
}

}  // namespace invigil
