#include "idcard/fill.hpp"

#include <invigil/error.hpp>
#include <invigil/still.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace invigil {

namespace {

constexpr std::size_t largest_file = std::size_t{512} << 20;
constexpr int largest_side = 16384;

struct Format {
  std::string_view ending;
  std::vector<int> parameters;
};

/// WebP above quality 100 is lossless.
Format format_of(std::string_view ending, const std::string& where) {
  std::string lower{ending};
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (lower == ".png") return {".png", {}};
  if (lower == ".tif" || lower == ".tiff") return {".tiff", {}};
  if (lower == ".bmp") return {".bmp", {}};
  if (lower == ".webp") return {".webp", {cv::IMWRITE_WEBP_QUALITY, 101}};
  if (lower == ".jpg" || lower == ".jpeg") return {".jpg", {cv::IMWRITE_JPEG_QUALITY, 100}};
  throw Error(Errc::unsupported, where,
              fmt::format("a picture is written as .png, .jpg, .tiff, .bmp or .webp, not as \"{}\"", ending));
}

std::vector<std::uint8_t> read_file(const std::filesystem::path& path) {
  const auto file = open_file(path);
  std::vector<std::uint8_t> bytes;
  std::array<std::byte, 64 * 1024> buffer{};
  while (const auto n = file->read(buffer)) {
    if (bytes.size() + n > largest_file)
      throw Error(Errc::unsupported, path.string(), "is larger than 512 MiB");
    const auto* data = reinterpret_cast<const std::uint8_t*>(buffer.data());
    bytes.insert(bytes.end(), data, data + n);
  }
  return bytes;
}

/// As stored where there is transparency, else turned as the camera says.
cv::Mat decode(const std::vector<std::uint8_t>& bytes, const std::string& name) {
  try {
    cv::Mat stored = cv::imdecode(bytes, cv::IMREAD_UNCHANGED);
    if (stored.empty()) throw Error(Errc::bad_header, name, "is no picture that can be read, or is damaged");
    const bool known = stored.depth() == CV_8U || stored.depth() == CV_16U;
    if (!known) throw Error(Errc::unsupported, name, "has samples of neither 8 nor 16 bits");
    if (stored.cols > largest_side || stored.rows > largest_side)
      throw Error(Errc::unsupported, name,
                  fmt::format("{}x{} is larger than 16384 pixels", stored.cols, stored.rows));
    if (stored.channels() == 4) return stored;
    return cv::imdecode(bytes, cv::IMREAD_ANYCOLOR | cv::IMREAD_ANYDEPTH);
  } catch (const cv::Exception& e) {
    throw Error(Errc::bad_header, name, "cannot be decoded: " + e.err);
  }
}

cv::Mat as_rgb(const cv::Mat& picture) {
  cv::Mat eight, rgb;
  picture.convertTo(eight, CV_8U, picture.depth() == CV_16U ? 1.0 / 257 : 1.0);
  const int channels = eight.channels();
  cv::cvtColor(eight, rgb,
               channels == 1   ? cv::COLOR_GRAY2RGB
               : channels == 4 ? cv::COLOR_BGRA2RGB
                               : cv::COLOR_BGR2RGB);
  return rgb;
}

/// Covers in the picture itself, whatever its depth, what `concealed` says.
void cover(cv::Mat& picture, const std::vector<ConcealedDocument>& concealed) {
  cv::Mat drawn(picture.size(), CV_8UC3, cv::Scalar::all(0)), mask;
  for (const auto& document : concealed)
    for (const auto& quad : document.quads)
      idcard::fill_rgb(drawn.data, drawn.cols, drawn.rows, static_cast<std::ptrdiff_t>(drawn.step),
                       quad.points);
  cv::extractChannel(drawn, mask, 0);
  const bool wide = picture.depth() == CV_16U;
  const double value = idcard::cover_rgb * (wide ? 257.0 : 1.0);
  picture.setTo(cv::Scalar(value, value, value, wide ? 65535 : 255), mask);
}

}  // namespace

ConcealedStill redact_still_file(const std::filesystem::path& in, ByteSink& out, std::string_view ending,
                                 RedactIdCardOptions options) {
  const auto format = format_of(ending, out.name());
  cv::Mat picture = decode(read_file(in), in.string());
  const cv::Mat rgb = as_rgb(picture);
  auto result = redact_still(rgb.data, rgb.cols, rgb.rows, static_cast<std::ptrdiff_t>(rgb.step), options);
  cover(picture, result.concealed);
  std::vector<std::uint8_t> encoded;
  try {
    cv::imencode(std::string{format.ending}, picture, encoded, format.parameters);
  } catch (const cv::Exception& e) {
    throw Error(Errc::unsupported, out.name(), "cannot be encoded: " + e.err);
  }
  out.write(std::as_bytes(std::span{encoded}));
  return {picture.cols, picture.rows, std::move(result.concealed)};
}

}  // namespace invigil
