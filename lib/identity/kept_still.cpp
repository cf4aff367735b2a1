#include "identity/kept_still.hpp"

#include "idcard/fill.hpp"

#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

namespace invigil::identity {

namespace {

/// On TD3 pages nothing but names stands in 38 to 73 mm by 12 to 32 mm: on 30 passports no number touched it.
const cv::Rect2d passport_name{38, 12, 35, 20};
constexpr double above_zone = 24.5;  // millimetres from the lower edge, where ICAO 9303-4 lets the zone begin

cv::Rect2d portrait_window(const Box& face) {
  const double w = static_cast<double>(face.width), h = static_cast<double>(face.height);
  return {static_cast<double>(face.x) - 0.3 * w, static_cast<double>(face.y) - 0.4 * h, 1.6 * w, 1.7 * h};
}

std::vector<cv::Rect> windows_of(const DocumentView& view) {
  std::vector<cv::Rect> windows;
  cv::Rect2d open(0, 0, view.straight.cols, view.straight.rows);
  if (view.zone) open.height = (view.size.height - above_zone) * view.scale;
  const auto add = [&](const cv::Rect2d& r) {
    const cv::Rect2d part = r & open;
    const cv::Rect window(cvCeil(part.x), cvCeil(part.y), cvFloor(part.width) - 1, cvFloor(part.height) - 1);
    if (window.width > 4 && window.height > 4) windows.push_back(window);
  };
  if (view.portrait) add(portrait_window(view.portrait->box));
  if (view.zone && view.zone->format == idcard::MrzFormat::td3) {
    const double s = view.scale;
    add({passport_name.x * s, passport_name.y * s, passport_name.width * s, passport_name.height * s});
  }
  return windows;
}

}  // namespace

RgbPicture picture_of(const cv::Mat& rgb) {
  const cv::Mat whole = rgb.isContinuous() ? rgb : rgb.clone();
  return {whole.cols, whole.rows, {whole.datastart, whole.datastart + whole.total() * whole.elemSize()}};
}

IdentifiedDocument kept(const DocumentView& view, SecondLook& look) {
  cv::Mat still(view.straight.size(), CV_8UC3, cv::Scalar::all(idcard::cover_rgb));
  for (const auto& window : windows_of(view)) {
    view.straight(window).copyTo(still(window));
    cv::Mat alone(still.size(), CV_8UC3, cv::Scalar::all(idcard::cover_rgb));
    view.straight(window).copyTo(alone(window));
    if (look.sees_number(alone)) still(window).setTo(cv::Scalar::all(idcard::cover_rgb));
  }
  IdentifiedDocument document;
  if (look.sees_number(still)) still.setTo(cv::Scalar::all(idcard::cover_rgb));
  document.numbers_concealed = true;  // what the second look saw is covered by now
  if (view.zone) {
    document.type = view.zone->type;
    document.mrz_checks_passed = view.zone->checks_passed;
    document.mrz_checks = view.zone->checks;
  }
  document.still = picture_of(still);
  return document;
}

}  // namespace invigil::identity
