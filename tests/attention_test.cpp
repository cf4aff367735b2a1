// Which part of a picture is looked at in detail.
#include "idcard/attention.hpp"

#include "idcard/net.hpp"
#include "idcard/watch.hpp"

#include <doctest/doctest.h>
#include <opencv2/imgproc.hpp>

using namespace invigil;
using namespace invigil::idcard;
using namespace std::chrono_literals;

namespace {

const cv::Size camera{1280, 720};

cv::Mat room() { return {360, 640, CV_8U, cv::Scalar(90)}; }

/// With a card of the least legible size; x, y: in pixels of the camera.
cv::Mat with_card(int x, int y) {
  cv::Mat picture = room();
  picture(cv::Rect(x / 2, y / 2, 50, 32)) = cv::Scalar(140);
  return picture;
}

Timestamp at(int ms) { return Timestamp{std::chrono::milliseconds{ms}}; }

}  // namespace

TEST_CASE("nothing is looked at in detail until something changes, then only where it did, and once") {
  Attention attention;
  attention.begin(fine_tiles_of(camera), 150ms, camera, room());
  CHECK_FALSE(attention.next(room(), {}, at(0)));
  cv::Mat noisy = room();
  cv::randn(noisy, 90, 8);
  CHECK_FALSE(attention.next(noisy, {}, at(0)));
  for (const int x : {0, 500, 600, 1170})
    for (const int y : {0, 300, 640}) {
      CAPTURE(x);
      CAPTURE(y);
      attention.begin(fine_tiles_of(camera), 150ms, camera, room());
      const auto view = attention.next(with_card(x, y), {}, at(0));
      REQUIRE(view);
      const cv::Rect card = cv::Rect(x, y, 100, 64) & cv::Rect(cv::Point(), camera);
      CHECK((view->part & card) == card);
      CHECK(view->zoom == 0.75);
      attention.saw(false, at(0));
      CHECK_FALSE(attention.next(with_card(x, y), {}, at(1000)));
      const Polygon known = rectangle(static_cast<float>(x) / 2, static_cast<float>(y) / 2, 50, 32);
      CHECK_FALSE(attention.next(room(), {known}, at(1000)));
      CHECK(attention.next(room(), {}, at(1000)));  // it is taken away
    }
}

TEST_CASE(
    "what was seen surely is looked at again at once, then at every third of a second until it is gone") {
  Attention attention;
  attention.begin(fine_tiles_of(camera), 150ms, camera, room());
  const cv::Mat picture = with_card(100, 100);
  const auto first = attention.next(picture, {}, at(0));
  REQUIRE(first);
  attention.saw(true, at(0));
  const auto second = attention.next(picture, {}, at(33));
  REQUIRE(second);
  CHECK(second->part == first->part);
  attention.saw(true, at(33));
  CHECK_FALSE(attention.next(picture, {}, at(300)));
  REQUIRE(attention.next(picture, {}, at(400)));
  attention.saw(false, at(400));
  CHECK_FALSE(attention.next(picture, {}, at(2000)));
}

TEST_CASE("where much changes every part has its turn") {
  Attention attention;
  attention.begin(fine_tiles_of(camera), 150ms, camera, room());
  std::vector<cv::Rect> seen;
  for (int k = 0; k < 8; ++k) {
    const cv::Mat flicker(360, 640, CV_8U, cv::Scalar(60 + 20 * k));
    const auto view = attention.next(flicker, {}, at(1000 + 150 * k));
    REQUIRE(view);
    seen.push_back(view->part);
    attention.saw(false, at(1000 + 150 * k));
    CHECK_FALSE(attention.next(room(), {}, at(1075 + 150 * k)));  // a pause
  }
  for (const auto& tile : fine_tiles_of(camera)) CHECK(std::count(seen.begin(), seen.end(), tile.part) == 2);
}

TEST_CASE("where much changes, what was seen surely is not lost for it") {
  Attention attention;
  attention.begin(fine_tiles_of(camera), 300ms, camera, room());
  const auto document = attention.next(with_card(100, 100), {}, at(1000));
  REQUIRE(document);
  attention.saw(true, at(1000));
  int last = 1000, longest = 0;
  for (int ms = 1033; ms < 6000; ms += 33) {
    const cv::Mat flicker(360, 640, CV_8U, cv::Scalar(60 + ms / 33 % 3 * 60));
    const auto view = attention.next(flicker, {}, at(ms));
    if (!view) continue;
    const bool here = view->part == document->part;
    if (here) {
      longest = std::max(longest, ms - last);
      last = ms;
    }
    attention.saw(here, at(ms));
  }
  CHECK(last > 5000);
  CHECK(longest < 1000);  // a document that is followed is held so long
}

TEST_CASE(
    "a slow source has several looks at one picture, but the second look at a document is at the next") {
  Attention attention;
  attention.begin(fine_tiles_of(camera), 150ms, camera, room());
  CHECK_FALSE(attention.next(room(), {}, at(1000)));
  const cv::Mat bright(360, 640, CV_8U, cv::Scalar(150));
  int looks = 0;
  while (attention.next(bright, {}, at(1300))) {
    attention.saw(true, at(1300));
    REQUIRE(++looks < 10);
  }
  CHECK(looks == 3);  // one from the start, two for 0.3 s
}

TEST_CASE(
    "fine views overlap by more than a small document, leave no gap, and are for pictures that the net sees "
    "reduced") {
  CHECK(fine_tiles_of({640, 480}).empty());
  CHECK(fine_tiles_of({1, 1}).empty());
  for (const cv::Size size :
       {cv::Size(1280, 720), cv::Size(720, 1280), cv::Size(1920, 1080), cv::Size(3840, 2160)}) {
    cv::Mat covered = cv::Mat::zeros(size, CV_8U);
    for (const auto& view : fine_tiles_of(size)) {
      REQUIRE((view.part & cv::Rect(cv::Point(), size)) == view.part);
      CHECK(std::max(view.part.width, view.part.height) * view.zoom <= net_side + 1);
      covered(view.part) = 255;
    }
    CHECK(cv::countNonZero(covered) == size.area());
  }
}

TEST_CASE("a picture that stands still is looked at less often, but at least three times a second") {
  const auto looks = [](Pace pace, bool moves) {
    Watch watch{pace};
    int count = 0;
    for (int k = 0; k < 90; ++k) {
      const cv::Mat whole = moves ? with_card(40 + 12 * k, 200) : with_card(40, 200);
      cv::Mat luma;
      cv::resize(whole, luma, camera);
      (void)watch.look(luma, whole, at(1000 * k / 30), false, true);
      if (!watch.idle()) ++count;
    }
    return count;
  };
  constexpr int first = 1, small = 11;  // every eighth picture is looked at small, whatever happens
  CHECK(looks({.longest_rest = 1h}, false) == first + small);
  const int still = looks({}, false);
  CHECK(still >= first + 9);
  CHECK(still <= first + small + 10);
  CHECK(looks({}, true) >= first + 22);
}

TEST_CASE("what appears in a picture that stood still is looked at within three pictures") {
  Watch watch{Pace{}};
  const auto look = [&](const cv::Mat& whole, int k) {
    cv::Mat luma;
    cv::resize(whole, luma, camera);
    (void)watch.look(luma, whole, at(1000 * k / 30), false, true);
    return !watch.idle();
  };
  for (int k = 0; k < 60; ++k) (void)look(room(), k);
  bool looked = false;
  for (int k = 60; k < 64; ++k) looked = look(with_card(300, 200), k) || looked;
  CHECK(looked);
}
