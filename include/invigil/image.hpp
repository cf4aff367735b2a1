// Pictures as cameras give them and encoders take them: 8-bit YUV 4:2:0.
#pragma once

#include <invigil/export.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace invigil {

/// A read-only view of one plane. Row y starts at `data + y * stride`; `stride` is in bytes.
struct PlaneView {
  const std::uint8_t* data = nullptr;
  int width = 0;
  int height = 0;
  std::ptrdiff_t stride = 0;
  [[nodiscard]] const std::uint8_t* row(int y) const { return data + y * stride; }
};

/// The same, writable.
struct Plane {
  std::uint8_t* data = nullptr;
  int width = 0;
  int height = 0;
  std::ptrdiff_t stride = 0;
  [[nodiscard]] std::uint8_t* row(int y) const { return data + y * stride; }
  operator PlaneView() const { return {data, width, height, stride}; }
};

/// How Y, U and V relate to light. MJPEG cameras give `full`, most others `limited`.
enum class ColorRange : std::uint8_t { limited, full };
enum class ColorMatrix : std::uint8_t { bt601, bt709 };
struct ColorInfo {
  ColorRange range = ColorRange::limited;
  ColorMatrix matrix = ColorMatrix::bt601;
  bool operator==(const ColorInfo&) const = default;
};

/// Pixels.
struct PictureSize {
  int width = 0;
  int height = 0;
  bool operator==(const PictureSize&) const = default;
};

/// A picture of three planes: Y (width x height), U and V ((width+1)/2 x (height+1)/2). Copies share the
/// pixels; writing through `mutable_plane` first copies them if anyone else holds them. Buffers come from a
/// pool.
class INVIGIL_API Image {
 public:
  /// No picture: 0 x 0.
  Image() = default;
  /// Pixels are black. Throws `Error{argument}` unless 1 <= width, height <= 16384.
  Image(int width, int height, ColorInfo color = {});
  /// Views pixels that `owner` keeps alive and that nobody changes. Writing copies them.
  static Image wrap(PlaneView y, PlaneView u, PlaneView v, ColorInfo color,
                    std::shared_ptr<const void> owner);
  /// From packed 8-bit RGB, `stride` bytes a row. Limited range, BT.601.
  static Image from_rgb(const std::uint8_t* rgb, int width, int height, std::ptrdiff_t stride);
  /// Packed 8-bit RGB, height * width * 3 bytes, without row padding.
  [[nodiscard]] std::vector<std::uint8_t> to_rgb() const;

  [[nodiscard]] int width() const { return y_.width; }
  [[nodiscard]] int height() const { return y_.height; }
  [[nodiscard]] bool empty() const { return y_.data == nullptr; }
  [[nodiscard]] ColorInfo color() const { return color_; }
  /// What its source gave, upright, before it was scaled to the size of the first of its stream; its own size
  /// where it was not scaled.
  [[nodiscard]] PictureSize source_size() const {
    return source_.width > 0 ? source_ : PictureSize{width(), height()};
  }
  void set_source_size(PictureSize size) { source_ = size; }
  /// The Y plane, without a copy.
  [[nodiscard]] PlaneView luma() const { return y_; }
  /// 0 = Y, 1 = U, 2 = V.
  [[nodiscard]] PlaneView plane(int index) const;
  /// A writable plane; copies the picture first when it is shared or wrapped.
  [[nodiscard]] Plane mutable_plane(int index);
  /// Whether both are the same memory.
  [[nodiscard]] bool shares_pixels_with(const Image& other) const {
    return y_.data && y_.data == other.y_.data;
  }

 private:
  void detach();
  std::shared_ptr<const void> owner_;
  PlaneView y_, u_, v_;
  ColorInfo color_;
  PictureSize source_;
  bool wrapped_ = false;
};

}  // namespace invigil
