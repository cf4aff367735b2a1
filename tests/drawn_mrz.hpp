// Machine readable zones drawn with an own stroke font, and passport pages with one.
#pragma once

#include "drawn_document.hpp"

#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace invigil::test {

/// Strokes of a character as OCR-B has it: points are a digit for x (0 to 6) and one for y (0 to 9, down).
inline std::string_view strokes_of(char c) {
  static const std::map<char, std::string_view> all{
      {'A', "09 30 69,16 56"},
      {'B', "00 09 49 58 67 66 55 44 04,00 40 51 53 44"},
      {'C', "61 50 30 11 03 06 18 39 59 68"},
      {'D', "00 09 39 58 66 63 51 30 00"},
      {'E', "60 00 09 69,04 54"},
      {'F', "60 00 09,04 54"},
      {'G', "61 50 20 11 03 06 18 29 59 68 65 35"},
      {'H', "00 09,60 69,04 64"},
      {'I', "10 50,30 39,19 59"},
      {'J', "50 56 48 39 19 08"},
      {'K', "00 09,60 05,24 69"},
      {'L', "00 09 69"},
      {'M', "09 00 35 60 69"},
      {'N', "09 00 69 60"},
      {'O', "30 11 03 06 18 39 58 66 63 51 30"},
      {'P', "09 00 40 51 62 63 54 45 05"},
      {'Q', "30 11 03 06 18 39 58 66 63 51 30,36 69"},
      {'R', "09 00 40 51 62 63 54 44 04,34 69"},
      {'S', "61 50 20 11 12 23 45 56 67 58 49 19 08"},
      {'T', "00 60,30 39"},
      {'U', "00 06 18 29 49 58 66 60"},
      {'V', "00 39 60"},
      {'W', "00 19 33 59 60"},
      {'X', "00 69,60 09"},
      {'Y', "00 34 60,34 39"},
      {'Z', "00 60 09 69"},
      {'0', "30 20 11 13 16 18 29 49 58 56 53 51 40 30"},
      {'1', "12 30 39,19 59"},
      {'2', "02 11 20 40 51 62 63 54 09 69"},
      {'3', "00 60 34 44 55 66 67 58 49 19 08"},
      {'4', "40 06 66,44 49"},
      {'5', "60 10 04 44 55 66 67 58 49 19 08"},
      {'6', "50 13 06 07 18 29 49 58 67 66 55 44 24 06"},
      {'7', "00 60 42 35 29"},
      {'8', "30 20 11 12 13 24 44 53 52 51 40 30,24 15 06 07 18 29 49 58 67 66 55 44"},
      {'9', "19 56 63 62 51 40 20 11 02 03 14 25 45 63"},
      {'<', "61 15 68"}};
  return all.at(c);
}

/// Draws the lines: the middle of the first line's first character at x, y, characters `pitch` apart, lines
/// `spacing` pitches apart. Everything in pixels.
inline void put_zone(cv::Mat& picture, const std::vector<std::string>& lines, double x, double y,
                     double pitch, double spacing = 2.5, const cv::Scalar& ink = {25, 20, 20}) {
  const double unit = pitch / 10.5;  // characters are 0.57 wide and 0.86 high, strokes 0.13 thick
  const int thick = std::max(1, cvRound(pitch * 0.13));
  for (std::size_t l = 0; l < lines.size(); ++l)
    for (std::size_t k = 0; k < lines[l].size(); ++k) {
      const cv::Point2d middle(x + static_cast<double>(k) * pitch,
                               y + static_cast<double>(l) * spacing * pitch);
      std::istringstream strokes{std::string{strokes_of(lines[l][k])}};
      for (std::string stroke; std::getline(strokes, stroke, ',');) {
        std::vector<cv::Point> points;
        std::istringstream pairs{stroke};
        for (std::string p; pairs >> p;)
          points.emplace_back(cvRound((middle.x + (p[0] - '3') * unit) * 16),
                              cvRound((middle.y + (p[1] - '0' - 4.5) * unit) * 16));
        cv::polylines(picture, points, false, ink, thick, cv::LINE_AA, 4);
      }
    }
}

/// ICAO 9303-4, appendix B.
inline const std::vector<std::string> utopia_passport{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
                                                      "L898902C36UTO7408122F1204159ZE184226B<<<<<10"};
/// ICAO 9303-5, appendix B.
inline const std::vector<std::string> utopia_card{
    "I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"};
/// ICAO 9303-6, appendix B.
inline const std::vector<std::string> utopia_td2{"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<",
                                                 "D231458907UTO7408122F1204159<<<<<<<6"};

/// Where on a passport's page, in millimetres, the middle of the first character is.
inline constexpr double zone_x = 7.27, zone_y = 72.25, zone_pitch = 2.54;

/// `drawn_page` with a zone that can be read.
inline cv::Mat drawn_passport(const std::vector<std::string>& lines = utopia_passport) {
  cv::Mat page = drawn_page();
  page(page_zone) = cv::Scalar(228, 232, 235);
  put_zone(page, lines, zone_x * page_scale, zone_y * page_scale, zone_pitch * page_scale);
  return page;
}

}  // namespace invigil::test
