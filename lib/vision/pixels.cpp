#include "vision/pixels.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>

#include <opencv2/core/utility.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgproc.hpp>

namespace invigil::vision {

namespace {

cv::Mat scaled(PlaneView plane, cv::Size size) {
  const cv::Mat from = view(plane);
  if (from.size() == size) return from;
  const bool shrinks = size.width <= from.cols && size.height <= from.rows;
  cv::Mat to;
  cv::resize(from, to, size, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  return to;
}

/// R = y*Y + r*V, G = y*Y - u*U - v*V, B = y*Y + b*U, on values without their offsets.
struct ToRgb {
  float luma_scale, luma_offset;
  float red_v, green_u, green_v, blue_u;
};

/// From the luma weights of ITU-R BT.601-7 and BT.709-6; limited range is 16-235 and 16-240.
ToRgb coefficients(ColorInfo color) {
  const bool hd = color.matrix == ColorMatrix::bt709;
  const bool full = color.range == ColorRange::full;
  const float kr = hd ? 0.2126F : 0.299F;
  const float kb = hd ? 0.0722F : 0.114F;
  const float kg = 1 - kr - kb;
  const float chroma = full ? 1.0F : 255.0F / 224.0F;
  return {.luma_scale = full ? 1.0F : 255.0F / 219.0F,
          .luma_offset = full ? 0.0F : 16.0F,
          .red_v = 2 * (1 - kr) * chroma,
          .green_u = 2 * (1 - kb) * kb / kg * chroma,
          .green_v = 2 * (1 - kr) * kr / kg * chroma,
          .blue_u = 2 * (1 - kb) * chroma};
}

/// `back`: from the patch's pixels to the picture's. Chroma lies between two pixels of luma each way.
cv::Mat warped(PlaneView plane, cv::Mat back, bool chroma, cv::Size size) {
  if (chroma) {
    back *= 0.5;
    back.col(2) -= 0.25;
  }
  cv::Mat to;
  cv::warpAffine(view(plane), to, back, size, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  return to;
}

float clamp_byte(float x) { return std::clamp(x, 0.0F, 255.0F); }

struct Rows {
  const std::uint8_t *y, *u, *v;
  float *blue, *green, *red;
};

void convert_row(const Rows& rows, int width, const ToRgb& to) {
  for (int x = 0; x < width; ++x) {
    const float y = (static_cast<float>(rows.y[x]) - to.luma_offset) * to.luma_scale;
    const float u = static_cast<float>(rows.u[x]) - 128.0F;
    const float v = static_cast<float>(rows.v[x]) - 128.0F;
    rows.blue[x] = clamp_byte(y + to.blue_u * u);
    rows.green[x] = clamp_byte(y - to.green_u * u - to.green_v * v);
    rows.red[x] = clamp_byte(y + to.red_v * v);
  }
}

}  // namespace

void prepare_opencv() {
  static std::once_flag once;
  std::call_once(once, [] {
    cv::setNumThreads(1);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  });
}

cv::Mat view(PlaneView plane) {
  return {plane.height, plane.width, CV_8UC1, const_cast<std::uint8_t*>(plane.data),
          static_cast<std::size_t>(plane.stride)};
}

cv::Size fit(const Image& image, int longest) {
  const double scale = static_cast<double>(longest) / std::max(image.width(), image.height());
  const auto side = [&](int length) { return std::max(1, static_cast<int>(std::lround(length * scale))); };
  return {side(image.width()), side(image.height())};
}

cv::Mat small_luma(const Image& image, cv::Size size) {
  const cv::Mat small = scaled(image.luma(), size);
  if (image.color().range == ColorRange::full) return small.clone();  // never a view of the caller's pixels
  cv::Mat stretched;
  small.convertTo(stretched, CV_8U, 255.0 / 219.0, -16.0 * 255.0 / 219.0);
  return stretched;
}

cv::Mat bgr_field(const Image& image, cv::Size content, cv::Size field) {
  const cv::Mat y = scaled(image.plane(0), content);
  const cv::Mat u = scaled(image.plane(1), content);
  const cv::Mat v = scaled(image.plane(2), content);
  const int shape[] = {1, 3, field.height, field.width};
  cv::Mat out(4, shape, CV_32F, cv::Scalar(0));
  const auto plane = [&](int c, int row) { return out.ptr<float>(0, c) + std::ptrdiff_t{row} * field.width; };
  const ToRgb to = coefficients(image.color());
  for (int row = 0; row < content.height; ++row)
    convert_row({y.ptr(row), u.ptr(row), v.ptr(row), plane(0, row), plane(1, row), plane(2, row)},
                content.width, to);
  return out;
}

cv::Mat rgb_patch(const Image& image, const cv::Mat& map, cv::Size size) {
  cv::Mat back;
  cv::invertAffineTransform(map, back);
  const cv::Mat y = warped(image.plane(0), back.clone(), false, size);
  const cv::Mat u = warped(image.plane(1), back.clone(), true, size);
  const cv::Mat v = warped(image.plane(2), back.clone(), true, size);
  const int shape[] = {1, 3, size.height, size.width};
  cv::Mat out(4, shape, CV_32F);
  const auto plane = [&](int c, int row) { return out.ptr<float>(0, c) + std::ptrdiff_t{row} * size.width; };
  const ToRgb to = coefficients(image.color());
  for (int row = 0; row < size.height; ++row)
    convert_row({y.ptr(row), u.ptr(row), v.ptr(row), plane(2, row), plane(1, row), plane(0, row)}, size.width,
                to);
  return out;
}

void normalise(cv::Mat& planes, const Normal& normal) {
  const auto pixels = static_cast<std::ptrdiff_t>(planes.total() / normal.mean.size());
  for (std::size_t c = 0; c < normal.mean.size(); ++c) {
    auto* plane = planes.ptr<float>(0, static_cast<int>(c));
    const float mean = normal.mean[c], scale = 1 / normal.deviation[c];
    std::transform(plane, plane + pixels, plane, [=](float x) { return (x - mean) * scale; });
  }
}

Image part_of(const Image& image, cv::Rect part) {
  const int x = part.x / 2, y = part.y / 2;
  const auto cut = [&](int index, int left, int top, int width, int height) {
    const PlaneView plane = image.plane(index);
    return PlaneView{plane.data + std::ptrdiff_t{top} * plane.stride + left, width, height, plane.stride};
  };
  const int width = std::max(1, part.width), height = std::max(1, part.height);
  const int half_width = (width + 1) / 2, half_height = (height + 1) / 2;
  return Image::wrap(cut(0, 2 * x, 2 * y, width, height), cut(1, x, y, half_width, half_height),
                     cut(2, x, y, half_width, half_height), image.color(), std::make_shared<Image>(image));
}

}  // namespace invigil::vision
