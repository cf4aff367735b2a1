// What may be shown of a document, from maps to quads.
#include "idcard/reveal.hpp"

#include "idcard/close_look.hpp"
#include "idcard/delay_line.hpp"
#include "idcard/fill.hpp"
#include "idcard/portrait_edges.hpp"

#include <cmath>

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

using namespace invigil;
using namespace invigil::idcard;
using namespace std::chrono_literals;

namespace {

constexpr float stride = 4;

/// Maps of a page whose axes are turned by `degrees`, as a perfect net would see it; lengths are map pixels.
struct DrawnMaps {
  Maps maps;
  cv::Matx23d pose;

  explicit DrawnMaps(double degrees) {
    pose = cv::getRotationMatrix2D(cv::Point2f(60, 50), -degrees, 1);
    for (auto* map : {&maps.card, &maps.zone, &maps.number, &maps.portrait})
      *map = cv::Mat(110, 130, CV_32F, cv::Scalar(0.02));
    draw(maps.card, {20, 20, 80, 56}, 0.95F);
    draw(maps.portrait, {25, 30, 20, 26}, 0.95F);
    draw(maps.number, {76, 24, 20, 4}, 0.9F);
    draw(maps.zone, {24, 62, 72, 10}, 0.95F);
  }
  Polygon place(const cv::Rect2f& r) const {
    Polygon corners = rectangle(r.x, r.y, r.width, r.height), result;
    cv::transform(corners, result, pose);
    return result;
  }
  void draw(cv::Mat& map, const cv::Rect2f& r, float value) const {
    std::vector<cv::Point> fixed;
    for (const auto& p : place(r)) fixed.emplace_back(cvRound((p.x - 0.5F) * 16), cvRound((p.y - 0.5F) * 16));
    cv::fillConvexPoly(map, fixed, cv::Scalar(static_cast<double>(value)), cv::LINE_8, 4);
  }
  /// The same in pixels of the picture.
  Polygon in_picture(const cv::Rect2f& r) const { return scaled(place(r), stride, stride); }
};

/// 255 where the quads cover.
cv::Mat covered(const std::vector<ConcealedQuad>& quads, cv::Size size) {
  Image image{size.width, size.height};
  const Plane y = image.mutable_plane(0);
  for (int row = 0; row < size.height; ++row) std::fill_n(y.row(row), size.width, std::uint8_t{255});
  for (const auto& quad : quads) fill(image, quad.points);
  cv::Mat mask(size, CV_8U);
  for (int row = 0; row < size.height; ++row)
    for (int x = 0; x < size.width; ++x)
      mask.at<std::uint8_t>(row, x) = image.luma().row(row)[x] == cover_luma ? 255 : 0;
  return mask;
}

double share(const cv::Mat& mask, const Polygon& place) {
  std::vector<cv::Point> fixed;
  for (const auto& p : place) fixed.emplace_back(cvRound((p.x - 0.5F) * 16), cvRound((p.y - 0.5F) * 16));
  cv::Mat inside = cv::Mat::zeros(mask.size(), CV_8U);
  cv::fillConvexPoly(inside, fixed, 255, cv::LINE_8, 4);
  return cv::countNonZero(inside & mask) / static_cast<double>(cv::countNonZero(inside));
}

const cv::Size picture{520, 440};

}  // namespace

TEST_CASE("the portrait is shown at any angle, the name field where it is known; nothing else is") {
  for (const double degrees : {0.0, 4.0, -17.0, 90.0, 133.0, 180.0}) {
    CAPTURE(degrees);
    const DrawnMaps drawn{degrees};
    auto reveal = reveal_in(drawn.maps, stride);
    REQUIRE(reveal);
    const Polygon page = drawn.in_picture({20, 20, 80, 56});
    CHECK(share(covered(quads_around(page, *reveal), picture), drawn.in_picture({50, 30, 24, 16})) == 1);
    reveal->name = drawn.in_picture({50, 30, 24, 16});
    const auto quads = quads_around(page, *reveal);
    const cv::Mat mask = covered(quads, picture);
    CHECK(share(mask, drawn.in_picture({25, 30, 20, 26})) < 0.12);
    CHECK(share(mask, drawn.in_picture({50, 30, 24, 16})) < 0.18);
    CHECK(share(mask, drawn.in_picture({76, 24, 20, 4})) == 1);
    CHECK(share(mask, drawn.in_picture({24, 62, 72, 10})) == 1);
    CHECK(share(mask, drawn.in_picture({80, 34, 18, 24})) == 1);
    CHECK(std::any_of(quads.begin(), quads.end(),
                      [](const ConcealedQuad& q) { return q.what == ConcealedField::mrz; }));
  }
}

TEST_CASE("a number inside the portrait stays hidden") {
  DrawnMaps drawn{10};
  drawn.draw(drawn.maps.number, {38, 50, 16, 4}, 0.3F);  // over the portrait's corner
  const auto reveal = reveal_in(drawn.maps, stride);
  REQUIRE(reveal);
  const cv::Mat mask = covered(quads_around(drawn.in_picture({20, 20, 80, 56}), *reveal), picture);
  CHECK(share(mask, drawn.in_picture({38, 50, 16, 4})) == 1);
  CHECK(share(mask, drawn.in_picture({26, 31, 18, 15})) < 0.15);
}

TEST_CASE("a number that ends at the portrait is hidden on it for a character or so more") {
  DrawnMaps drawn{0};
  drawn.draw(drawn.maps.number, {45, 50, 20, 3}, 0.9F);
  const auto reveal = reveal_in(drawn.maps, stride);
  REQUIRE(reveal);
  const cv::Mat mask = covered(quads_around(drawn.in_picture({20, 20, 80, 56}), *reveal), picture);
  CHECK(share(mask, drawn.in_picture({40, 50, 5, 3})) == 1);
  CHECK(share(mask, drawn.in_picture({26, 31, 18, 17})) < 0.1);
  CHECK(share(mask, drawn.in_picture({26, 31, 10, 24})) < 0.1);
}

TEST_CASE("what is higher than a line hides of the portrait only what it stands on") {
  DrawnMaps drawn{0};
  drawn.draw(drawn.maps.number, {46, 30, 14, 26}, 0.9F);
  const auto reveal = reveal_in(drawn.maps, stride);
  REQUIRE(reveal);
  const cv::Mat mask = covered(quads_around(drawn.in_picture({20, 20, 80, 56}), *reveal), picture);
  CHECK(share(mask, drawn.in_picture({26, 31, 17, 24})) < 0.1);
}

TEST_CASE("a number in the name field is hidden, what only might be one is not") {
  DrawnMaps drawn{-20};
  drawn.draw(drawn.maps.number, {50, 30, 24, 4}, 0.4F);
  drawn.draw(drawn.maps.number, {50, 40, 24, 4}, 0.9F);
  auto reveal = reveal_in(drawn.maps, stride);
  REQUIRE(reveal);
  reveal->name = drawn.in_picture({48, 28, 28, 20});
  const cv::Mat mask = covered(quads_around(drawn.in_picture({20, 20, 80, 56}), *reveal), picture);
  CHECK(share(mask, drawn.in_picture({50, 30, 24, 4})) < 0.1);
  CHECK(share(mask, drawn.in_picture({50, 40, 24, 4})) == 1);
}

TEST_CASE("what is no document for sure, or no portrait, shows nothing") {
  DrawnMaps faint{0};
  faint.maps.card *= 0.6;
  CHECK_FALSE(reveal_in(faint.maps, stride));
  Maps empty;
  for (auto* map : {&empty.card, &empty.zone, &empty.number, &empty.portrait})
    *map = cv::Mat(20, 20, CV_32F, cv::Scalar(0));
  CHECK_FALSE(reveal_in(empty, stride));
  for (const cv::Rect2f wrong :
       {cv::Rect2f(22, 22, 76, 8), cv::Rect2f(22, 22, 76, 52)}) {  // too long, too large
    DrawnMaps drawn{0};
    drawn.maps.portrait = 0.02F;
    drawn.draw(drawn.maps.portrait, wrong, 0.95F);
    const auto reveal = reveal_in(drawn.maps, stride);
    REQUIRE(reveal);
    CHECK(reveal->portrait.empty());
    CHECK(agreed(*reveal, *reveal).value().portrait.empty());
  }
}

TEST_CASE("two looks show what both show and hide what either hides") {
  const DrawnMaps drawn{5};
  const auto first = reveal_in(drawn.maps, stride);
  REQUIRE(first);
  const Reveal shifted = moved(*first, {1, 0, 6, 0, 1, 0, 0, 0, 1});
  const auto both = agreed(*first, shifted);
  REQUIRE(both);
  CHECK(area(both->portrait) < area(first->portrait));
  CHECK(shared_area(both->portrait, first->portrait) >= 0.99F * area(both->portrait));
  CHECK(shared_area(both->portrait, shifted.portrait) >= 0.99F * area(both->portrait));
  CHECK(both->hidden.size() == 2 * first->hidden.size());
}

TEST_CASE("looks that disagree on the angle or on the portrait show nothing") {
  const DrawnMaps drawn{5};
  const auto first = reveal_in(drawn.maps, stride);
  REQUIRE(first);
  const auto turned =
      cv::Matx33d(std::cos(0.25), -std::sin(0.25), 0, std::sin(0.25), std::cos(0.25), 0, 0, 0, 1);
  CHECK_FALSE(agreed(*first, moved(*first, turned)));
  CHECK(agreed(*first, moved(*first, {1, 0, 60, 0, 1, 0, 0, 0, 1})).value().portrait.empty());
  const auto quarter = cv::Matx33d(0, -1, 0, 1, 0, 0, 0, 0, 1);
  Reveal renamed = *first;
  renamed.axes = Axes{{-first->axes.x().y, first->axes.x().x}};
  CHECK(agreed(*first, renamed));                                          // the same axes by another name
  CHECK(agreed(*first, moved(*first, quarter)).value().portrait.empty());  // another place
}

TEST_CASE("doubt closes the windows of everything that waits") {
  DelayLine line{10s};
  const DrawnMaps drawn{0};
  const auto reveal = reveal_in(drawn.maps, stride);
  REQUIRE(reveal);
  const Polygon page = drawn.in_picture({20, 20, 80, 56});
  for (int k = 0; k < 3; ++k)
    line.push({RawFrame{Image{16, 16}, from_seconds(k), 0},
               cv::Mat(picture, CV_8U),
               {{page, ConcealState::tracked, reveal}, {rectangle(0, 0, 5, 5), ConcealState::held, reveal}}});
  line.close_windows(page);
  while (const auto held = line.take()) {
    CHECK_FALSE(held->covered[0].reveal);
    CHECK(held->covered[1].reveal);
  }
}

TEST_CASE("what a second look allows opens backwards, as far as the document was followed, and stays open") {
  DelayLine line{10s};
  const DrawnMaps drawn{0};
  const auto reveal = reveal_in(drawn.maps, stride);
  REQUIRE(reveal);
  const Polygon page = drawn.in_picture({20, 20, 80, 56});
  const cv::Matx33d step(1, 0, 3, 0, 1, 0, 0, 0, 1);  // it moves 3 pixels to the right a picture
  for (int k = 0; k < 6; ++k) {
    Covered covered{page, ConcealState::tracked};
    covered.track = 7;
    if (k != 2) covered.motion = step;  // it was lost between the pictures 1 and 2
    line.push({RawFrame{Image{16, 16}, from_seconds(k), 0}, cv::Mat(picture, CV_8U), {covered}});
  }
  line.confirm(7, *reveal, step, from_seconds(4));
  line.close_windows(page);
  for (int k = 0; k < 6; ++k) {
    CAPTURE(k);
    const auto held = line.take();
    REQUIRE(held);
    const auto& shown = held->covered[0].reveal;
    REQUIRE(shown.has_value() == (k >= 2));
    if (!shown) continue;
    CHECK(shown->outline.empty() == (k < 4));
    CHECK(shown->portrait[0].x == doctest::Approx(reveal->portrait[0].x - 3.0F * static_cast<float>(6 - k)));
  }
}

TEST_CASE("with an outline only the document is covered, without one all of the place") {
  const DrawnMaps drawn{12};
  auto reveal = reveal_in(drawn.maps, stride);
  REQUIRE(reveal);
  const Polygon page = drawn.in_picture({20, 20, 80, 56}), around = grown(page, 60);
  CHECK(share(covered(quads_around(around, *reveal), picture), drawn.in_picture({20, 58, 80, 18})) == 1);
  CHECK(cv::countNonZero(covered(quads_around(around, *reveal), picture)) < 1.3 * area(page));
  reveal->outline.clear();
  CHECK(share(covered(quads_around(around, *reveal), picture), drawn.in_picture({10, 70, 90, 12})) == 1);
}

TEST_CASE("a window follows a document that is tilted: its axes need not stay square") {
  const DrawnMaps drawn{0};
  const auto reveal = reveal_in(drawn.maps, stride);
  REQUIRE(reveal);
  const cv::Matx33d tilt(0.8, 0.25, 20, 0, 1, 0, 0, 0, 1);
  const Reveal tilted = moved(*reveal, tilt);
  const cv::Mat mask = covered(quads_around({}, tilted), picture);
  CHECK(share(mask, moved(drawn.in_picture({25, 30, 20, 26}), tilt)) < 0.12);
  CHECK(share(mask, moved(drawn.in_picture({76, 24, 20, 4}), tilt)) == 1);
  CHECK(share(mask, moved(drawn.in_picture({24, 62, 72, 10}), tilt)) == 1);
}

TEST_CASE("the quads leave no gap: all of the place is covered but the windows") {
  const DrawnMaps drawn{23};
  const auto reveal = reveal_in(drawn.maps, stride);
  REQUIRE(reveal);
  const Polygon page = drawn.in_picture({20, 20, 80, 56});
  const cv::Mat mask = covered(quads_around(page, *reveal), picture);
  cv::Mat open = cv::Mat::zeros(picture, CV_8U), inside = open.clone();
  const auto draw = [](cv::Mat& to, const Polygon& p) {
    std::vector<cv::Point> fixed;
    for (const auto& q : p) fixed.emplace_back(cvRound((q.x - 0.5F) * 16), cvRound((q.y - 0.5F) * 16));
    cv::fillConvexPoly(to, fixed, 255, cv::LINE_8, 4);
  };
  draw(inside, page);
  draw(open, reveal->portrait);
  cv::dilate(open, open, cv::Mat());
  CHECK(cv::countNonZero(inside & ~open & ~mask) == 0);
}

TEST_CASE("of a document that is small in the picture no portrait is shown, though its outline is known") {
  const DrawnMaps drawn{10};  // 224 pixels broad where the net sees it, and as long as a page is
  for (const auto& [zoom, shown] : {std::pair{1.0F, true}, {1.2F, false}}) {
    const auto reveal = reveal_in(drawn.maps, stride, zoom);
    REQUIRE(reveal.has_value());
    CHECK(reveal->portrait.empty() != shown);
    CHECK_FALSE(reveal->outline.empty());
  }
}

TEST_CASE("print beside a photograph ends what is shown of it; an empty margin does not") {
  constexpr float band = 14;
  const cv::Rect photo(70, 60, 90, 120);
  for (const bool printed : {false, true})
    for (const double degrees : {0.0, 2.0}) {
      CAPTURE(printed);
      CAPTURE(degrees);
      cv::Mat luma(260, 260, CV_8U, cv::Scalar(200));
      for (int y = 0; y < photo.height; ++y)  // a face: no straight lines
        for (int x = 0; x < photo.width; ++x)
          luma.at<std::uint8_t>(photo.y + y, photo.x + x) =
              static_cast<std::uint8_t>(90 + 40 * std::sin(0.09 * x) * std::cos(0.07 * y));
      if (printed)
        for (int y = photo.y; y < photo.br().y; y += 9)  // up along its left edge
          cv::rectangle(luma, cv::Rect(photo.x - 15, y, 7, 5), cv::Scalar(40), 2);
      cv::GaussianBlur(luma, luma, cv::Size(), 0.8);
      cv::warpAffine(luma, luma, cv::getRotationMatrix2D(cv::Point2f(115, 120), degrees, 1), luma.size(),
                     cv::INTER_LINEAR, cv::BORDER_REPLICATE);
      const cv::Rect2f there = photo, seen(there.x - 3, there.y - 1, there.width + 4, there.height + 2);
      const cv::Rect2f shown = photograph(luma, Axes{}, seen, band);
      if (printed) {
        CHECK(shown.x >= there.x - 3);
        CHECK(shown.x <= there.x + 5);
      } else {
        CHECK(shown.x == doctest::Approx(seen.x - band).epsilon(0.02));
      }
      CHECK(shown.br().x == doctest::Approx(seen.br().x + band).epsilon(0.02));
    }
}
