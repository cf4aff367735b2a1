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

bool begins(const std::vector<std::uint8_t>& bytes, std::string_view magic) {
  return bytes.size() >= magic.size() &&
         std::equal(magic.begin(), magic.end(), bytes.begin(),
                    [](char a, auto b) { return static_cast<std::uint8_t>(a) == b; });
}

bool is_jpeg(const std::vector<std::uint8_t>& bytes) { return begins(bytes, "\xFF\xD8"); }

bool is_tiff(const std::vector<std::uint8_t>& bytes) {
  using namespace std::string_view_literals;
  return begins(bytes, "II*\0"sv) || begins(bytes, "MM\0*"sv) || begins(bytes, "II+\0"sv) ||
         begins(bytes, "MM\0+"sv);
}

/// Whether a JPEG's first scan ends with the marker that ends the picture: decoders fill up what is missing
/// with grey, without a word. Thumbnails, which end with it too, come before the scan.
bool is_whole_jpeg(const std::vector<std::uint8_t>& bytes) {
  constexpr std::uint8_t start_of_scan = 0xDA, end_of_image = 0xD9;
  std::size_t at = 2;
  while (at + 4 <= bytes.size() && bytes[at] == 0xFF && bytes[at + 1] != start_of_scan) {
    const bool bare = bytes[at + 1] == 0xFF;  // a filling byte
    at += bare ? 1U : 2U + (static_cast<std::size_t>(bytes[at + 2]) << 8U) + bytes[at + 3];
  }
  for (; at + 1 < bytes.size(); ++at)
    if (bytes[at] == 0xFF && bytes[at + 1] == end_of_image) return true;
  return false;
}

/// What only one page or no page of would be read. The first page alone would pass for the whole.
void refuse_unreadable(const std::vector<std::uint8_t>& bytes, const std::filesystem::path& path) {
  const std::string name = path.string();
  if (begins(bytes, "GIF8"))
    throw Error(Errc::unsupported, name,
                "a GIF is not read as a picture: save it as PNG, or redact it to .mp4");
  if (is_jpeg(bytes) && !is_whole_jpeg(bytes))
    throw Error(Errc::truncated, name, "the JPEG ends before it should; nothing was written");
  if (!is_tiff(bytes)) return;
  const std::size_t pages = cv::imcount(name, cv::IMREAD_UNCHANGED);
  if (pages > 1)
    throw Error(
        Errc::unsupported, name,
        fmt::format("holds {} pages, of which one alone would be written: save each as a file", pages));
}

/// The turn k of eight that a camera may ask for: transposed or not, flipped along either axis or both.
cv::Mat turned(const cv::Mat& picture, int k) {
  cv::Mat transposed = picture, result;
  if (k & 1) {
    transposed = cv::Mat();
    cv::transpose(picture, transposed);
  }
  const int axes = k >> 1;  // 1: upside down, 2: mirrored, 3: both
  if (axes == 0) return transposed;
  cv::flip(transposed, result, axes == 1 ? 0 : axes == 2 ? 1 : -1);
  return result;
}

bool same(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

/// OpenCV turns pictures as the camera says, but not those with transparency: this turns them as it turns
/// their colours.
cv::Mat upright(const cv::Mat& stored, const std::vector<std::uint8_t>& bytes) {
  constexpr int colour = cv::IMREAD_COLOR;
  const cv::Mat to = cv::imdecode(bytes, colour),
                from = cv::imdecode(bytes, colour | cv::IMREAD_IGNORE_ORIENTATION);
  if (from.size() != stored.size()) return stored;
  for (int k = 0; k < 8; ++k)
    if (same(turned(from, k), to)) return turned(stored, k);
  return stored;
}

/// Turned as the camera says, with all its samples. (Palettes and CMYK become RGB.)
cv::Mat decode(const std::vector<std::uint8_t>& bytes, const std::filesystem::path& path) {
  const std::string name = path.string();
  try {
    refuse_unreadable(bytes, path);
    constexpr int as_turned = cv::IMREAD_ANYCOLOR | cv::IMREAD_ANYDEPTH;
    cv::Mat picture = cv::imdecode(bytes, is_jpeg(bytes) ? as_turned : cv::IMREAD_UNCHANGED);
    if (picture.empty()) throw Error(Errc::bad_header, name, "is no picture that can be read, or is damaged");
    const bool known = picture.depth() == CV_8U || picture.depth() == CV_16U;
    if (!known) throw Error(Errc::unsupported, name, "has samples of neither 8 nor 16 bits");
    if (picture.cols > largest_side || picture.rows > largest_side)
      throw Error(Errc::unsupported, name,
                  fmt::format("{}x{} is larger than 16384 pixels", picture.cols, picture.rows));
    if (picture.channels() == 4) return upright(picture, bytes);
    if (is_jpeg(bytes)) return picture;
    picture.release();
    return cv::imdecode(bytes, as_turned);
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
  if (concealed.empty()) return;
  cv::Mat drawn(picture.size(), CV_8UC3, cv::Scalar::all(0)), mask;
  for (const auto& document : concealed)
    for (const auto& quad : document.quads)
      idcard::fill_rgb(drawn.data, drawn.cols, drawn.rows, static_cast<std::ptrdiff_t>(drawn.step),
                       quad.points);
  cv::extractChannel(drawn, mask, 0);
  drawn.release();
  const bool wide = picture.depth() == CV_16U;
  const double value = idcard::cover_rgb * (wide ? 257.0 : 1.0);
  picture.setTo(cv::Scalar(value, value, value, wide ? 65535 : 255), mask);
}

/// The places to cover. Nothing of the picture's copies outlives it.
std::vector<ConcealedDocument> places_in(const cv::Mat& picture, const RedactIdCardOptions& options) {
  const cv::Mat rgb = as_rgb(picture);
  return redact_still(rgb.data, rgb.cols, rgb.rows, static_cast<std::ptrdiff_t>(rgb.step), options).concealed;
}

}  // namespace

ConcealedStill redact_still_file(const std::filesystem::path& in, ByteSink& out, std::string_view ending,
                                 RedactIdCardOptions options) {
  const auto format = format_of(ending, out.name());
  cv::Mat picture = decode(read_file(in), in);
  auto concealed = places_in(picture, options);
  cover(picture, concealed);
  std::vector<std::uint8_t> encoded;
  try {
    cv::imencode(std::string{format.ending}, picture, encoded, format.parameters);
  } catch (const cv::Exception& e) {
    throw Error(Errc::unsupported, out.name(), "cannot be encoded: " + e.err);
  }
  out.write(std::as_bytes(std::span{encoded}));
  return {picture.cols, picture.rows, std::move(concealed)};
}

}  // namespace invigil
