// What was kept, as one picture file.
#include <invigil/error.hpp>
#include <invigil/identify.hpp>

#include <algorithm>
#include <span>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace invigil {

namespace {

constexpr int gap = 16;

cv::Mat view_of(const RgbPicture& p) {
  return {p.height, p.width, CV_8UC3, const_cast<std::uint8_t*>(p.rgb.data())};
}

}  // namespace

RgbPicture sheet_of(const Identified& identified) {
  const auto& face = identified.portrait;
  int wide = 0, high = -gap;
  for (const auto& d : identified.documents)
    wide = std::max(wide, d.still.width), high += d.still.height + gap;
  RgbPicture sheet{wide + (face.width > 0 ? gap + face.width : 0), std::max({0, high, face.height}), {}};
  sheet.rgb.resize(static_cast<std::size_t>(sheet.width) * static_cast<std::size_t>(sheet.height) * 3, 255);
  if (sheet.rgb.empty()) return {};
  cv::Mat all = view_of(sheet);
  int y = 0;
  for (const auto& d : identified.documents) {
    if (!d.still.rgb.empty()) view_of(d.still).copyTo(all(cv::Rect(0, y, d.still.width, d.still.height)));
    y += d.still.height + gap;
  }
  if (face.width > 0) view_of(face).copyTo(all(cv::Rect(wide + gap, 0, face.width, face.height)));
  return sheet;
}

void write_png(const RgbPicture& picture, ByteSink& out) {
  const auto size = static_cast<std::size_t>(std::max(0, picture.width)) *
                    static_cast<std::size_t>(std::max(0, picture.height)) * 3;
  if (size == 0 || picture.rgb.size() != size)
    throw Error(Errc::argument, "write_png", "there is no picture");
  cv::Mat bgr;
  cv::cvtColor(view_of(picture), bgr, cv::COLOR_RGB2BGR);
  std::vector<std::uint8_t> png;
  cv::imencode(".png", bgr, png);
  out.write(std::as_bytes(std::span{png}));
}

}  // namespace invigil
