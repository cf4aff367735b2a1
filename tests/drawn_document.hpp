// A made-up passport page in front of a made-up room: no real document may enter the project.
#pragma once

#include <invigil/frame.hpp>

#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace invigil::test {

/// Pixels a millimetre of the flat page; a TD3 page is 125 x 88 mm.
inline constexpr int page_scale = 10;
inline constexpr int page_width = 125 * page_scale, page_height = 88 * page_scale;

/// Where the numbers of the page are, in pixels of the page.
inline const cv::Rect page_number{820, 95, 330, 50};
inline const cv::Rect page_zone{55, 690, 1130, 140};

/// One line with a character every `pitch` pixels, as machine readable zones are.
inline void put_spaced(cv::Mat& page, const std::string& text, cv::Point at, double pitch) {
  for (std::size_t k = 0; k < text.size(); ++k)
    cv::putText(page, text.substr(k, 1), at + cv::Point(static_cast<int>(static_cast<double>(k) * pitch), 0),
                cv::FONT_HERSHEY_SIMPLEX, 1.15, cv::Scalar(25, 20, 20), 3, cv::LINE_AA);
}

/// The flat page, BGR.
inline cv::Mat drawn_page() {
  cv::Mat page(page_height, page_width, CV_8UC3, cv::Scalar(205, 215, 222));
  for (int k = -40; k < 100; ++k)  // line pattern of security paper
    cv::ellipse(page, cv::Point(300 + 9 * k, 400), cv::Size(420, 260), k, 0, 360, cv::Scalar(190, 196, 180),
                1, cv::LINE_AA);
  page(cv::Rect(0, 650, page_width, 230)) = cv::Scalar(228, 232, 235);
  page(cv::Rect(50, 180, 300, 390)) = cv::Scalar(190, 175, 160);  // portrait
  cv::ellipse(page, cv::Point(200, 590), cv::Size(140, 120), 0, 180, 360, cv::Scalar(90, 60, 50), -1,
              cv::LINE_AA);
  cv::ellipse(page, cv::Point(200, 350), cv::Size(85, 115), 0, 0, 360, cv::Scalar(150, 175, 215), -1,
              cv::LINE_AA);
  cv::ellipse(page, cv::Point(200, 275), cv::Size(90, 60), 0, 180, 360, cv::Scalar(30, 35, 50), -1,
              cv::LINE_AA);
  for (const int x : {165, 235})
    cv::circle(page, cv::Point(x, 345), 9, cv::Scalar(40, 40, 40), -1, cv::LINE_AA);
  cv::line(page, cv::Point(175, 415), cv::Point(225, 415), cv::Scalar(90, 90, 150), 5, cv::LINE_AA);
  const auto ink = cv::Scalar(60, 40, 30);
  cv::putText(page, "PASSPORT  KINGDOM OF UTOPIA", cv::Point(60, 75), cv::FONT_HERSHEY_DUPLEX, 1.2, ink, 2,
              cv::LINE_AA);
  cv::putText(page, "XK4902817", page_number.tl() + cv::Point(5, 40), cv::FONT_HERSHEY_SIMPLEX, 1.4, ink, 3,
              cv::LINE_AA);
  const char* rows[] = {"ERIKSDOTTER", "ANNA MARIA",  "UTOPIAN",    "12 AUG 1984",
                        "F   ZENITH",  "16 APR 2022", "15 APR 2032"};
  for (int k = 0; k < 7; ++k) {
    const int y = 195 + 62 * k;
    cv::putText(page, "Name / Nom", cv::Point(400, y), cv::FONT_HERSHEY_SIMPLEX, 0.5, ink, 1, cv::LINE_AA);
    cv::putText(page, rows[k], cv::Point(400, y + 32), cv::FONT_HERSHEY_SIMPLEX, 1.0, ink, 2, cv::LINE_AA);
  }
  put_spaced(page, "P<UTOERIKSDOTTER<<ANNA<MARIA<<<<<<<<<<<<<<<<", page_zone.tl() + cv::Point(4, 50), 25.4);
  put_spaced(page, "XK49028173UTO8408122F3204159ZE184226B<<<<<14", page_zone.tl() + cv::Point(4, 115), 25.4);
  return page;
}

/// A room with a drawn candidate, a shelf and a screen, BGR.
inline cv::Mat drawn_room(int width, int height) {
  cv::Mat room(720, 1280, CV_8UC3, cv::Scalar(170, 165, 150));
  for (int y = 0; y < 720; ++y) room.row(y) -= cv::Scalar::all(y / 12);
  cv::rectangle(room, cv::Rect(0, 560, 1280, 160), cv::Scalar(70, 95, 130), -1);
  for (int k = 0; k < 12; ++k)
    cv::rectangle(room, cv::Rect(930 + 26 * k, 90 + 7 * (k % 3), 22, 140),
                  cv::Scalar(40 + 15 * k, 160 - 9 * k, 90 + 8 * k), -1);
  cv::ellipse(room, cv::Point(600, 700), cv::Size(260, 240), 0, 180, 360, cv::Scalar(110, 60, 40), -1,
              cv::LINE_AA);
  cv::ellipse(room, cv::Point(600, 330), cv::Size(95, 125), 0, 0, 360, cv::Scalar(140, 170, 210), -1,
              cv::LINE_AA);
  cv::ellipse(room, cv::Point(600, 250), cv::Size(102, 75), 0, 180, 360, cv::Scalar(25, 35, 60), -1,
              cv::LINE_AA);
  for (const int x : {565, 635})
    cv::circle(room, cv::Point(x, 325), 8, cv::Scalar(30, 30, 30), -1, cv::LINE_AA);
  cv::line(room, cv::Point(575, 400), cv::Point(625, 400), cv::Scalar(80, 80, 150), 5, cv::LINE_AA);
  cv::GaussianBlur(room, room, cv::Size(), 1.2);
  cv::Mat sized;
  cv::resize(room, sized, cv::Size(width, height), 0, 0, cv::INTER_AREA);
  return sized;
}

/// From page to picture: `wide` pixels wide, turned by `degrees` about its centre at x, y.
inline cv::Matx33d page_pose(double x, double y, double wide, double degrees) {
  const double s = wide / page_width, a = degrees * CV_PI / 180, c = std::cos(a) * s, d = std::sin(a) * s;
  const double cx = page_width / 2.0, cy = page_height / 2.0;
  return {c, -d, x - c * cx + d * cy, d, c, y - d * cx - c * cy, 0, 0, 1};
}

inline void put_page(cv::Mat& picture, const cv::Mat& page, const cv::Matx33d& pose) {
  cv::Mat small = page;
  cv::Matx33d p = pose;
  while (std::hypot(p(0, 0), p(1, 0)) < 0.5) {  // shrink first: warping alone would skip pixels
    cv::Mat half;
    cv::resize(small, half, cv::Size(), 0.5, 0.5, cv::INTER_AREA);
    small = half;
    p = p * cv::Matx33d(2, 0, 0, 0, 2, 0, 0, 0, 1);
  }
  cv::warpPerspective(small, picture, p, picture.size(), cv::INTER_LINEAR, cv::BORDER_TRANSPARENT);
}

/// The four corners of a rectangle of the page in the picture.
inline std::vector<cv::Point2f> in_picture(const cv::Rect& field, const cv::Matx33d& pose) {
  const cv::Rect2f r(field);
  const std::vector<cv::Point2f> corners{r.tl(), {r.x + r.width, r.y}, r.br(), {r.x, r.y + r.height}};
  std::vector<cv::Point2f> result;
  cv::perspectiveTransform(corners, result, pose);
  return result;
}

inline RawFrame raw_frame(const cv::Mat& bgr, std::uint64_t index, double rate = 30) {
  cv::Mat rgb;
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return {Image::from_rgb(rgb.data, rgb.cols, rgb.rows, static_cast<std::ptrdiff_t>(rgb.step)),
          from_seconds(static_cast<double>(index) / rate), index};
}

}  // namespace invigil::test
