// A made-up statement of registration, with where its numbers are.
#pragma once

#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace invigil::test {

/// Pixels a millimetre of the flat page; A4 is 210 x 297 mm.
inline constexpr int sheet_scale = 8;

struct DrawnStatement {
  cv::Mat page;                   ///< BGR.
  std::vector<cv::Rect> numbers;  ///< All that holds a digit or is a code, in pixels of the page.
  cv::Rect name, heading;
};

inline DrawnStatement drawn_statement(const std::string& student = "2719384") {
  DrawnStatement drawn{
      cv::Mat(297 * sheet_scale, 210 * sheet_scale, CV_8UC3, cv::Scalar(246, 248, 250)), {}, {}, {}};
  const auto put = [&](const std::string& text, int x, int y, double size = 1.1) {
    const cv::Point at(x * sheet_scale, y * sheet_scale);
    const int thick = size > 1.5 ? 4 : 2;
    int below = 0;
    const auto extent = cv::getTextSize(text, cv::FONT_HERSHEY_COMPLEX, size, thick, &below);
    cv::putText(drawn.page, text, at, cv::FONT_HERSHEY_COMPLEX, size, cv::Scalar(40, 25, 20), thick,
                cv::LINE_AA);
    return cv::Rect(at.x, at.y - extent.height, extent.width, extent.height);
  };
  const auto number = [&](const std::string& text, int x, int y) {
    drawn.numbers.push_back(put(text, x, y));
  };
  drawn.heading = put("University of Utopia", 25, 30, 2.0);
  put("Statement of Registration", 25, 55, 1.7);
  const char* rows[][2] = {{"Surname", "Eriksson"},    {"Given names", "Anna Maria"},
                           {"Nationality", "Utopian"}, {"Programme", "Computer Science"},
                           {"Faculty", "Mathematics"}, {"Form", "Full-time"}};
  for (int k = 0; k < 6; ++k) {
    put(rows[k][0], 25, 80 + 10 * k);
    const auto value = put(rows[k][1], 90, 80 + 10 * k);
    if (k == 0) drawn.name = value;
  }
  put("Student number", 25, 140);
  number(student, 90, 140);
  put("Date of birth", 25, 150);
  number("12-08-1974", 90, 150);
  put("Academic year", 25, 160);
  number("2025 - 2026", 90, 160);
  put("The person named above is registered as a student", 25, 180);
  put("of this university, under the number", 25, 190);
  number(student, 130, 190);
  put("On behalf of the Executive Board", 25, 215);
  const cv::Rect code(150 * sheet_scale, 230 * sheet_scale, 30 * sheet_scale, 30 * sheet_scale);
  cv::RNG random(7);
  for (int y = 0; y < 25; ++y)
    for (int x = 0; x < 25; ++x)
      cv::rectangle(drawn.page, cv::Rect(code.x + x * code.width / 25, code.y + y * code.height / 25, 10, 10),
                    cv::Scalar::all(random.uniform(0, 2) * 255), -1);
  drawn.numbers.push_back(code);
  return drawn;
}

/// From page to picture: `high` pixels high, turned by `degrees` about its centre at x, y.
inline cv::Matx33d sheet_pose(double x, double y, double high, double degrees) {
  const double s = high / (297 * sheet_scale), a = degrees * CV_PI / 180, c = std::cos(a) * s,
               d = std::sin(a) * s;
  const double cx = 105 * sheet_scale, cy = 148.5 * sheet_scale;
  return {c, -d, x - c * cx + d * cy, d, c, y - d * cx - c * cy, 0, 0, 1};
}

}  // namespace invigil::test
