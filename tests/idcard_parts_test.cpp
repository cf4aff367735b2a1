// The parts of redaction: geometry, filling, flow, tracks, the delay line, views.
#include "drawn_document.hpp"
#include "idcard/background.hpp"
#include "idcard/delay_line.hpp"
#include "idcard/fill.hpp"
#include "idcard/motion.hpp"
#include "idcard/mrz_pyramid.hpp"
#include "idcard/suspicion.hpp"
#include "idcard/tracks.hpp"
#include "idcard/views.hpp"

#include <algorithm>
#include <chrono>
#include <random>

#include <doctest/doctest.h>

using namespace invigil;
using namespace invigil::idcard;
using namespace std::chrono_literals;

namespace {

Quad quad(std::initializer_list<Point> points) {
  Quad q{};
  std::copy(points.begin(), points.end(), q.begin());
  return q;
}

/// A picture in which no sample equals the fill.
Image busy(int width, int height) {
  Image image{width, height};
  for (int p = 0; p < 3; ++p) {
    const Plane plane = image.mutable_plane(p);
    for (int y = 0; y < plane.height; ++y)
      for (int x = 0; x < plane.width; ++x)
        plane.row(y)[x] = static_cast<std::uint8_t>(200 + (x * 7 + y * 3) % 50);
  }
  return image;
}

bool filled(const Image& image, int x, int y) {
  return image.luma().row(y)[x] == cover_luma && image.plane(1).row(y / 2)[x / 2] == cover_chroma &&
         image.plane(2).row(y / 2)[x / 2] == cover_chroma;
}

bool untouched(const Image& image, int x, int y) {
  return image.luma().row(y)[x] >= 200 && image.plane(1).row(y / 2)[x / 2] >= 200;
}

cv::Mat textured() {
  cv::Mat picture(360, 640, CV_8U);
  std::mt19937 random{5};
  for (int y = 0; y < 90; ++y)
    for (int x = 0; x < 160; ++x)
      picture(cv::Rect(4 * x, 4 * y, 4, 4)) = cv::Scalar(static_cast<double>(random() % 256));
  cv::GaussianBlur(picture, picture, cv::Size(), 1.5);
  return picture;
}

cv::Mat shifted(const cv::Mat& picture, double x, double y) {
  cv::Mat result;
  cv::warpAffine(picture, result, cv::Matx23d(1, 0, x, 0, 1, y), picture.size(), cv::INTER_LINEAR,
                 cv::BORDER_REFLECT);
  return result;
}

Held held(const cv::Mat& luma, double time) {
  return {RawFrame{Image{16, 16}, from_seconds(time), 0}, luma, {}};
}

}  // namespace

TEST_CASE("a quad is filled on all planes, outwards to whole 2 x 2 blocks, and nothing else is") {
  Image image = busy(64, 48);
  fill(image, quad({{11, 7}, {30.5F, 7}, {30.5F, 20.2F}, {11, 20.2F}}));
  for (int y = 0; y < 48; ++y)
    for (int x = 0; x < 64; ++x) {
      const bool in = x >= 10 && x < 32 && y >= 6 && y < 22;
      CHECK((in ? filled(image, x, y) : untouched(image, x, y)));
    }
}

TEST_CASE("every pixel that a turned quad touches is filled") {
  std::mt19937 random{1};
  const auto uniform = [&](float low, float high) {
    return std::uniform_real_distribution<float>{low, high}(random);
  };
  for (int round = 0; round < 200; ++round) {
    const int width = 33 + static_cast<int>(random() % 60), height = 21 + static_cast<int>(random() % 60);
    const cv::RotatedRect box({uniform(-20, 110), uniform(-20, 90)}, {uniform(0.5F, 70), uniform(0.5F, 50)},
                              uniform(0, 360));
    std::array<cv::Point2f, 4> corners;
    box.points(corners.data());
    const Quad q = quad_around({corners.begin(), corners.end()});
    Image image = busy(width, height);
    fill(image, q);
    const std::vector<cv::Point2f> outline(corners.begin(), corners.end());
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const cv::Point2f middle(static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F);
        const double inside = cv::pointPolygonTest(outline, middle, true);
        if (inside > 0) CHECK(filled(image, x, y));
        if (inside < -4) CHECK(untouched(image, x, y));  // snapping reaches no further than a block
      }
  }
}

TEST_CASE("filling a picture leaves copies of it alone") {
  Image image = busy(32, 32);
  const Image copy = image;
  fill(image, quad({{0, 0}, {32, 0}, {32, 32}, {0, 32}}));
  CHECK(filled(image, 5, 5));
  CHECK(untouched(copy, 5, 5));
}

TEST_CASE("odd sizes, a single pixel and places far outside are no trouble") {
  for (const auto& [width, height] : {std::pair{1, 1}, {3, 1}, {1, 5}, {7, 9}}) {
    Image image = busy(width, height);
    fill(image, quad({{-1e6F, -1e6F}, {1e6F, -1e6F}, {1e6F, 1e6F}, {-1e6F, 1e6F}}));
    CHECK(filled(image, width - 1, height - 1));
    Image other = busy(width, height);
    fill(other, quad({{500, 500}, {600, 500}, {600, 600}, {500, 600}}));
    CHECK(untouched(other, width - 1, height - 1));
  }
}

TEST_CASE("RGB is filled at the same pixels") {
  Image image = busy(37, 23);
  std::vector<std::uint8_t> rgb(37 * 23 * 3, 255);
  const Quad q = quad({{5, 3}, {30, 9}, {28, 17}, {3, 11}});
  fill(image, q);
  fill_rgb(rgb.data(), 37, 23, 37 * 3, q);
  for (int y = 0; y < 23; ++y)
    for (int x = 0; x < 37; ++x) {
      const auto* pixel = &rgb[static_cast<std::size_t>((y * 37 + x) * 3)];
      CHECK((pixel[0] == cover_rgb) == (image.luma().row(y)[x] == cover_luma));
      CHECK((pixel[0] == cover_rgb || pixel[0] == 255));
      CHECK((pixel[0] == pixel[1] && pixel[1] == pixel[2]));
    }
}

TEST_CASE("growing moves every edge outwards by at least the given distance") {
  const Polygon triangle{{100, 100}, {180, 110}, {120, 170}};
  const Polygon larger = grown(triangle, 5);
  for (std::size_t k = 0; k < 3; ++k) {
    const auto edge = (triangle[k] + triangle[(k + 1) % 3]) / 2;
    CHECK(cv::pointPolygonTest(larger, edge, true) >= 4.99);
    CHECK(cv::pointPolygonTest(larger, triangle[k], true) >= 4.99);
  }
}

TEST_CASE("flow finds a shift, a turn and a zoom, and says so when it cannot") {
  const cv::Mat from = textured();
  const Polygon place = rectangle(200, 120, 160, 110);
  const auto shift = motion_of(place, from, shifted(from, 13.5, -8));
  REQUIRE(shift);
  CHECK(moved(place, *shift)[0].x == doctest::Approx(213.5).epsilon(0.01));
  CHECK(moved(place, *shift)[0].y == doctest::Approx(112).epsilon(0.01));

  cv::Mat turned;
  const cv::Matx23d turn = cv::getRotationMatrix2D(cv::Point2f(280, 175), 6, 1.05);
  cv::warpAffine(from, turned, turn, from.size(), cv::INTER_LINEAR, cv::BORDER_REFLECT);
  const auto motion = motion_of(place, from, turned);
  REQUIRE(motion);
  for (const auto& p : place) {
    const cv::Vec3d expected =
        cv::Matx33d(turn(0, 0), turn(0, 1), turn(0, 2), turn(1, 0), turn(1, 1), turn(1, 2), 0, 0, 1) *
        cv::Vec3d(p.x, p.y, 1);
    const auto found = moved({p}, *motion)[0];
    CHECK(std::hypot(found.x - expected[0], found.y - expected[1]) < 1.5);
  }
  CHECK_FALSE(motion_of(place, from, cv::Mat(360, 640, CV_8U, cv::Scalar(90))));
  CHECK_FALSE(motion_of(place, cv::Mat(360, 640, CV_8U, cv::Scalar(90)), from));
  CHECK_FALSE(motion_of(place, from, cv::Mat(180, 320, CV_8U, cv::Scalar(90))));
  CHECK_FALSE(motion_of(rectangle(-500, -500, 50, 50), from, from));
}

TEST_CASE("a map becomes places: weak ones are named, small ones and faint ones are not") {
  cv::Mat map(90, 160, CV_32F, cv::Scalar(0.05));
  map(cv::Rect(20, 10, 30, 20)) = 0.9F;
  map(cv::Rect(100, 50, 20, 10)) = 0.6F;
  map(cv::Rect(60, 70, 20, 10)) = 0.35F;
  map(cv::Rect(150, 5, 2, 2)) = 0.99F;
  const auto sights = sights_in(map);
  REQUIRE(sights.size() == 2);
  CHECK(sights[0].sure());
  CHECK_FALSE(sights[1].sure());
  const cv::Rect box = cv::boundingRect(sights[0].place);
  CHECK(box.x < 80);
  CHECK(box.x > 50);
  CHECK(box.br().x > 200);
  CHECK(box.br().x < 230);
}

TEST_CASE("a place is the hull of the looks of the last half second") {
  Tracks tracks{500ms};
  const auto at = [](int ms) { return Timestamp{std::chrono::milliseconds{ms}}; };
  const auto sight = [](float x, float width) { return Sight{rectangle(x, 50, width, 60), 0.9F}; };
  CHECK(tracks.observe({sight(100, 100)}, at(0)).size() == 1);
  CHECK(tracks.observe({sight(100, 50)}, at(100)).empty());  // smaller: still covered wholly
  REQUIRE(tracks.covered(at(100)).size() == 1);
  CHECK(area(tracks.covered(at(100))[0].place) >= 100 * 60);
  CHECK(tracks.observe({sight(100, 150)}, at(200)).size() == 1);  // larger: news
  CHECK(area(tracks.covered(at(200))[0].place) >= 150 * 60);
  CHECK(tracks.covered(at(200))[0].state == ConcealState::found);
  CHECK(tracks.covered(at(233))[0].state == ConcealState::tracked);
  CHECK(tracks.observe({sight(100, 140)}, at(750)).empty());
  tracks.expire(at(750), {640, 360});
  CHECK(area(tracks.covered(at(750))[0].place) < 145 * 66);  // the large look is too old
}

TEST_CASE("weak sights keep a track alive but make none; two documents stay two") {
  Tracks tracks{500ms};
  const auto at = [](int ms) { return Timestamp{std::chrono::milliseconds{ms}}; };
  CHECK(tracks.observe({Sight{rectangle(10, 10, 50, 50), 0.5F}}, at(0)).empty());
  CHECK(tracks.empty());
  CHECK(
      tracks.observe({Sight{rectangle(10, 10, 50, 50), 0.9F}, Sight{rectangle(300, 10, 50, 50), 0.9F}}, at(0))
          .size() == 2);
  CHECK(tracks.covered(at(0)).size() == 2);
  CHECK(tracks.observe({Sight{rectangle(12, 10, 50, 50), 0.5F}}, at(400)).empty());
  tracks.expire(at(600), {640, 360});
  CHECK(tracks.covered(at(600)).size() == 1);
  tracks.expire(at(1000), {640, 360});
  CHECK(tracks.empty());
}

TEST_CASE("a ragged sight is a document where the picture changed, until a better one tells where that is") {
  const auto at = [](int ms) { return Timestamp{std::chrono::milliseconds{ms}}; };
  Sight ragged{rectangle(10, 10, 200, 100), 0.9F, 0.1F};
  Tracks still{500ms, 2};
  for (const int ms : {0, 100, 200}) CHECK(still.observe({ragged}, at(ms)).empty());
  CHECK(still.empty());
  ragged.fresh = true;
  Tracks tracks{500ms, 2};
  CHECK(tracks.observe({ragged}, at(0)).empty());
  CHECK(tracks.observe({ragged}, at(100)).size() == 1);
  CHECK(tracks.covered(at(100)).size() == 1);
  (void)tracks.observe({Sight{rectangle(10, 10, 200, 100), 0.9F}}, at(200));
  const float known = area(tracks.covered(at(200))[0].place);
  ragged.place = rectangle(10, 10, 300, 200);
  CHECK(tracks.observe({ragged}, at(300)).empty());
  CHECK(area(tracks.covered(at(300))[0].place) == doctest::Approx(known));
}

TEST_CASE("a sight from afar says how large a known document is, and nothing else") {
  const auto at = [](int ms) { return Timestamp{std::chrono::milliseconds{ms}}; };
  Sight afar{rectangle(0, 0, 600, 350), 0.9F};
  afar.more = true;
  Tracks tracks{500ms, 1};
  CHECK(tracks.observe({afar}, at(0)).empty());
  CHECK(tracks.empty());
  (void)tracks.observe({Sight{rectangle(10, 10, 100, 100), 0.9F}}, at(100));
  CHECK(tracks.observe({afar}, at(200)).size() == 1);
  CHECK(area(tracks.covered(at(200))[0].place) > 600 * 350 - 1);
  Tracks two{500ms, 1};  // which of them it is nobody knows
  (void)two.observe({Sight{rectangle(10, 10, 100, 100), 0.9F}, Sight{rectangle(300, 10, 100, 100), 0.9F}},
                    at(0));
  CHECK(two.observe({afar}, at(100)).empty());
  CHECK(two.covered(at(100)).size() == 2);
}

TEST_CASE(
    "what was put before the camera is new for some seconds; what was there from the beginning never is") {
  const cv::Mat room(360, 640, CV_8U, cv::Scalar(90));
  cv::Mat with_card = room.clone();
  with_card(cv::Rect(200, 100, 160, 100)) = cv::Scalar(180);
  const Polygon card = rectangle(200, 100, 160, 100);
  Background background;
  Timestamp now{};
  const auto watch = [&](const cv::Mat& picture, double seconds) {
    for (const Timestamp end = now + from_seconds(seconds).time_since_epoch(); now < end; now += 33ms)
      background.saw(picture, now);
  };
  watch(with_card, 0.1);
  CHECK_FALSE(background.is_new(card));  // nothing is known yet
  watch(with_card, 2);
  CHECK_FALSE(background.is_new(card));
  watch(room, 20);
  CHECK_FALSE(background.is_new(card));
  watch(with_card, 0.1);
  CHECK(background.is_new(card));
  CHECK_FALSE(background.is_new(rectangle(400, 100, 160, 100)));
  watch(with_card, 20);
  CHECK_FALSE(background.is_new(card));
  watch(cv::Mat(180, 320, CV_8U, cv::Scalar(10)), 0.1);  // another size begins anew
  CHECK_FALSE(background.is_new(rectangle(100, 50, 80, 50)));
}

TEST_CASE("edges of the picture that a place reaches") {
  const cv::Size picture(640, 360);
  CHECK(edges_reached({}, picture) == 0);
  CHECK(edges_reached(rectangle(100, 100, 200, 100), picture) == 0);
  CHECK(edges_reached(rectangle(-50, 100, 200, 100), picture) == 1);
  CHECK(edges_reached(rectangle(5, 5, 630, 300), picture) == 3);
  CHECK(edges_reached(rectangle(-10, -10, 900, 900), picture) == 4);
}

TEST_CASE("print of every pitch is looked for at one size of the picture at least") {
  for (float pitch = 3; pitch < 60; pitch *= 1.03F) {
    CAPTURE(pitch);
    const auto levels = levels_for(pitch, pitch);
    CHECK(levels.first <= levels.last);
    const double there =
        static_cast<double>(pitch) / std::pow(std::sqrt(2.0), static_cast<double>(levels.first));
    CHECK(there >= 2.9);
    CHECK(there <= 5.3);
  }
  CHECK(levels_for(4, 30).last > levels_for(4, 10).last);
}

TEST_CASE("beside a document that is known, a likely place is another; alone, or where one is, it is none") {
  Tracks tracks{500ms, 2};
  const auto at = [](int ms) { return Timestamp{std::chrono::milliseconds{ms}}; };
  const Sight first{rectangle(10, 10, 50, 50), 0.9F}, second{rectangle(300, 10, 50, 50), 0.7F};
  CHECK(tracks.observe({second}, at(0)).empty());
  CHECK(tracks.unconfirmed().empty());
  (void)tracks.observe({first, second}, at(0));
  (void)tracks.observe({first, second}, at(33));
  CHECK(tracks.covered(at(33)).size() == 1);
  CHECK(tracks.observe({first, second}, at(100)).size() == 1);
  CHECK(tracks.covered(at(100)).size() == 2);
  const float before = area(tracks.covered(at(100))[0].place);
  (void)tracks.observe({Sight{rectangle(10, 10, 90, 90), 0.7F}}, at(133));
  CHECK(area(tracks.covered(at(133))[0].place) == doctest::Approx(before));
}

TEST_CASE("where one look is not enough, the second covers, backwards as well") {
  Tracks tracks{500ms, 2};
  const auto at = [](int ms) { return Timestamp{std::chrono::milliseconds{ms}}; };
  CHECK(tracks.observe({Sight{rectangle(10, 10, 50, 50), 0.9F}}, at(0)).empty());
  CHECK(tracks.covered(at(0)).empty());
  CHECK(tracks.unconfirmed().size() == 1);
  CHECK(tracks.observe({Sight{rectangle(12, 10, 50, 50), 0.9F}}, at(33)).size() == 1);
  CHECK(tracks.covered(at(33)).size() == 1);
  CHECK(tracks.unconfirmed().empty());
}

TEST_CASE("more of a known document: what is new is covered backwards, and whose it is is told") {
  Tracks tracks{500ms, 2};
  const auto at = [](int ms) { return Timestamp{std::chrono::milliseconds{ms}}; };
  const Sight first{rectangle(100, 50, 100, 60), 0.9F}, larger{rectangle(100, 50, 150, 60), 0.9F};
  const Sight other{rectangle(400, 50, 100, 60), 0.9F};
  (void)tracks.observe({first}, at(0));
  const auto found = tracks.observe({first}, at(33));
  REQUIRE(found.size() == 1);
  CHECK(found[0].track == -1);
  CHECK_FALSE(found[0].alone);
  const auto news = tracks.observe({first, larger}, at(66));  // two views of the same picture
  REQUIRE(news.size() == 1);
  CHECK(area(news[0].place) == doctest::Approx(150 * 60));
  CHECK(news[0].track == tracks.covered(at(66))[0].track);
  CHECK(news[0].alone);
  const auto beside = tracks.observe({Sight{rectangle(100, 50, 220, 60), 0.9F}, other}, at(100));
  REQUIRE(beside.size() == 1);
  CHECK(beside[0].track == news[0].track);
  CHECK_FALSE(beside[0].alone);
}

TEST_CASE("look-back leaves open what is known of the document, but for its outline") {
  DelayLine line{10s};
  const Polygon place = rectangle(100, 50, 150, 60), portrait = rectangle(110, 60, 30, 40);
  Reveal reveal;
  reveal.portrait = portrait;
  reveal.outline = rectangle(100, 50, 100, 60);
  const cv::Mat blank(360, 640, CV_8U, cv::Scalar(80));
  for (int k = 0; k < 2; ++k) {
    Held waits = held(blank, k);
    Covered known{reveal.outline, ConcealState::tracked};
    known.track = 7;
    if (k == 0) known.reveal = reveal;
    known.motion = cv::Matx33d::eye();
    waits.covered.push_back(known);
    line.push(std::move(waits));
  }
  SUBCASE("of another document nothing is known") {
    line.carry_back({place, place, 8}, blank);
    CHECK_FALSE(line.take()->covered.at(1).reveal);
  }
  SUBCASE("doubt closes it") {
    line.carry_back({place, place, 7}, blank);
    line.close_windows(place);
    CHECK_FALSE(line.take()->covered.at(1).reveal);
  }
  SUBCASE("what a later look allows opens it") {
    line.carry_back({place, place, 7}, blank);
    line.confirm(7, reveal, cv::Matx33d::eye(), from_seconds(0));
    for (int k = 0; k < 2; ++k) {
      const auto waited = line.take();
      REQUIRE(waited);
      REQUIRE(waited->covered.size() == 2);
      CHECK_FALSE(waited->covered[0].reveal.value().outline.empty());
      const Covered& more = waited->covered[1];
      CHECK(more.state == ConcealState::look_back);
      CHECK(shared_area(more.place, place) >= 0.99F * area(place));
      CHECK(area(more.reveal.value().portrait) == doctest::Approx(30 * 40));
      CHECK(more.reveal.value().outline.empty());
    }
  }
}

TEST_CASE("a track that cannot be followed stays, grows and is held") {
  Tracks tracks{500ms};
  const cv::Mat picture = textured(), nothing(360, 640, CV_8U, cv::Scalar(100));
  const auto at = [](int ms) { return Timestamp{std::chrono::milliseconds{ms}}; };
  (void)tracks.observe({Sight{rectangle(200, 100, 100, 80), 0.9F}}, at(0));
  const float before = area(tracks.covered(at(0))[0].place);
  tracks.advance(picture, shifted(picture, 5, 5));
  CHECK_FALSE(tracks.any_lost());
  CHECK(tracks.covered(at(33))[0].state == ConcealState::tracked);
  tracks.advance(picture, nothing);
  CHECK(tracks.any_lost());
  CHECK(tracks.covered(at(66))[0].state == ConcealState::held);
  CHECK(area(tracks.covered(at(66))[0].place) > before);
  tracks.expire(at(500), {640, 360});
  CHECK(tracks.covered(at(500)).size() == 1);
  tracks.expire(at(501), {640, 360});
  CHECK(tracks.empty());
}

TEST_CASE("a track scales with the picture when its size changes") {
  Tracks tracks{500ms};
  (void)tracks.observe({Sight{rectangle(100, 100, 100, 80), 0.9F}}, Timestamp{});
  tracks.advance(cv::Mat(360, 640, CV_8U, cv::Scalar(0)), cv::Mat(640, 360, CV_8U, cv::Scalar(0)));
  const auto box = cv::boundingRect(tracks.covered(Timestamp{})[0].place);
  CHECK(std::abs(box.x - 100 * 360 / 640) < 6);
  CHECK(std::abs(box.y - 100 * 640 / 360) < 6);
}

TEST_CASE("the delay line gives frames in order, once they have waited") {
  DelayLine line{100ms};
  for (int k = 0; k < 10; ++k) line.push(held(textured(), k * 0.04));
  std::vector<double> out;
  while (auto h = line.due(from_seconds(0.36))) out.push_back(seconds(h->frame.time));
  REQUIRE(out.size() == 7);
  for (std::size_t k = 0; k < out.size(); ++k)
    CHECK(out[k] == doctest::Approx(0.04 * static_cast<double>(k)));
  CHECK(line.size() == 3);
  CHECK(line.take());
  CHECK(line.size() == 2);
}

TEST_CASE("a delay line does not grow without bound when time stands still") {
  DelayLine line{500ms};
  const cv::Mat luma(8, 8, CV_8U, cv::Scalar(0));
  std::size_t out = 0;
  for (int k = 0; k < 500; ++k) {
    line.push(held(luma, 1));
    while (line.due(from_seconds(1))) ++out;
  }
  CHECK(line.size() <= 61);
  CHECK(out == 500 - line.size());
}

TEST_CASE("look-back follows the place into earlier pictures, and covers it there") {
  DelayLine line{10s};
  const cv::Mat newest = textured();
  for (int k = 10; k >= 1; --k) line.push(held(shifted(newest, -6.0 * k, 2.0 * k), 1 - 0.033 * k));
  const Polygon place = rectangle(300, 150, 100, 70);
  line.carry_back({place, place}, newest);
  for (int k = 10; k >= 1; --k) {
    const auto h = line.take();
    REQUIRE(h);
    REQUIRE(h->covered.size() == 1);
    CHECK(h->covered[0].state == ConcealState::look_back);
    Polygon there = place;
    for (auto& p : there) p += cv::Point2f(-6.0F * static_cast<float>(k), 2.0F * static_cast<float>(k));
    CHECK(shared_area(h->covered[0].place, there) >= 0.99F * area(there));
    CHECK(area(h->covered[0].place) < 2 * area(there));
  }
}

TEST_CASE("look-back covers on the spot where flow fails, and stops where the place is covered already") {
  DelayLine line{10s};
  const cv::Mat blank(360, 640, CV_8U, cv::Scalar(80));
  const Polygon place = rectangle(300, 150, 100, 70);
  for (int k = 0; k < 5; ++k) line.push(held(blank, 0.033 * k));
  line.carry_back({place, place}, blank);
  line.carry_back({place, place}, blank);
  for (int k = 0; k < 5; ++k) {
    const auto h = line.take();
    REQUIRE(h);
    CHECK(h->covered.size() == 1);
    CHECK(shared_area(h->covered[0].place, place) >= 0.99F * area(place));
  }
}

TEST_CASE("a place that the oldest waiting picture shows as well, after others have left, is late") {
  const cv::Mat newest = textured();
  const Polygon place = rectangle(300, 150, 100, 70);
  for (const bool let_go : {false, true})
    for (const bool shown : {false, true}) {
      DelayLine line{100ms};
      line.push(held(newest, -1));
      if (let_go) CHECK(line.take());
      for (int k = 3; k >= 1; --k) {
        cv::Mat earlier = shifted(newest, -4.0 * k, 0);
        if (!shown) earlier(cv::Rect(200, 100, 300, 200)) = cv::Scalar(90);
        line.push(held(earlier, 1 - 0.033 * k));
      }
      line.carry_back({place, place}, newest);
      bool late = false;
      while (const auto h = line.take())
        for (const auto& covered : h->covered) late = late || covered.late;
      CHECK(late == (let_go && shown));
    }
}

TEST_CASE("a look that saw more than all later ones is kept for two seconds") {
  Tracks tracks{500ms};
  const auto at = [](int ms) { return Timestamp{std::chrono::milliseconds{ms}}; };
  const auto sight = [](float width) { return Sight{rectangle(100, 50, width, 60), 0.9F}; };
  (void)tracks.observe({sight(200)}, at(0));
  for (int ms = 100; ms <= 1900; ms += 100) {
    (void)tracks.observe({sight(80)}, at(ms));  // a hand over more than half of it
    tracks.expire(at(ms), {640, 360});
    CHECK(area(tracks.covered(at(ms))[0].place) >= 200 * 60);
  }
  (void)tracks.observe({sight(80)}, at(2100));
  tracks.expire(at(2100), {640, 360});
  CHECK(area(tracks.covered(at(2100))[0].place) < 100 * 80);
}

TEST_CASE("a look that was carried elsewhere gives way to one that is as large") {
  Tracks tracks{500ms};
  const auto at = [](int ms) { return Timestamp{std::chrono::milliseconds{ms}}; };
  (void)tracks.observe({Sight{rectangle(100, 50, 100, 60), 0.9F}}, at(0));
  (void)tracks.observe({Sight{rectangle(170, 50, 100, 60), 0.9F}}, at(100));
  REQUIRE(tracks.covered(at(100)).size() == 1);
  CHECK(area(tracks.covered(at(100))[0].place) < 1.3F * 100 * 60);
  (void)tracks.observe({Sight{rectangle(210, 50, 50, 60), 0.9F}}, at(200));  // half of it: the whole stays
  CHECK(area(tracks.covered(at(200))[0].place) >= 100 * 60);
}

TEST_CASE("views: small pictures whole, large ones also in tiles that overlap and leave no gap") {
  CHECK(tiles_of({1280, 720}).empty());
  CHECK(tiles_of({1, 1}).empty());
  for (const cv::Size size : {cv::Size(1920, 1080), cv::Size(3840, 2160), cv::Size(1080, 1920),
                              cv::Size(7680, 4320), cv::Size(16384, 40)}) {
    cv::Mat seen_part = cv::Mat::zeros(size, CV_8U);
    for (const auto& view : tiles_of(size)) {
      REQUIRE((view.part & cv::Rect(cv::Point(), size)) == view.part);
      seen_part(view.part) = 255;
    }
    CHECK(cv::countNonZero(seen_part) == size.area());
  }
  CHECK(tiles_of({3840, 2160}).size() <= 9);
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(300, 200), cv::Size(1280, 720), cv::Size(8000, 12000)})
    for (const auto& view : all_views(size)) {
      CHECK(view.zoom <= 1);
      CHECK_FALSE(seen(cv::Mat(size, CV_8U, cv::Scalar(0)), view).empty());
    }
}

TEST_CASE("the outline of two close looks holds only while looks at the whole see nothing beyond it") {
  Tracks tracks{500ms};
  const auto at = [](int ms) { return Timestamp{std::chrono::milliseconds{ms}}; };
  const auto sight = [](float width) { return Sight{rectangle(100, 50, width, 80), 0.9F}; };
  for (const int ms : {0, 100, 200}) (void)tracks.observe({sight(140)}, at(ms));
  Reveal look;
  look.outline = rectangle(102, 52, 136, 76);
  for (const int ms : {210, 400}) {
    Track* due = tracks.due_for_a_close_look(at(ms));
    REQUIRE(due);
    due->look_closely(look, at(ms));
  }
  REQUIRE(tracks.covered(at(400))[0].reveal);
  const float outline = area(tracks.covered(at(400))[0].reveal->outline);
  CHECK(outline >= 136 * 76);
  CHECK(outline < 140 * 80);
  CHECK(tracks.observe({sight(140)}, at(410)).empty());
  CHECK(tracks.covered(at(410))[0].reveal);
  CHECK(tracks.observe({sight(200)}, at(420)).size() == 1);  // something beyond: all of it is covered again
  CHECK_FALSE(tracks.covered(at(420))[0].reveal);
}

TEST_CASE("an outline that close looks drew too narrow is widened to what looks at the whole saw") {
  Tracks tracks{500ms};
  const auto at = [](int ms) { return Timestamp{std::chrono::milliseconds{ms}}; };
  const Polygon seen = rectangle(100, 50, 140, 80);
  for (const int ms : {0, 100, 200}) (void)tracks.observe({Sight{seen, 0.9F}}, at(ms));
  Reveal look;
  look.outline = rectangle(102, 52, 136, 70);  // without the lowest line
  for (const int ms : {210, 400}) tracks.due_for_a_close_look(at(ms))->look_closely(look, at(ms));
  (void)tracks.observe({Sight{seen, 0.9F}}, at(410));
  REQUIRE(tracks.covered(at(410))[0].reveal);
  const auto box = cv::boundingRect(tracks.covered(at(410))[0].reveal->outline);
  CHECK(box.br().y >= 125);
  CHECK(box.br().y < 132);
}

TEST_CASE("the motion of a document that is tilted is found") {
  const cv::Mat from = textured();
  const cv::Matx23d tilt(0.9, 0.06, 30, 0.02, 1.04, -8);
  cv::Mat to;
  cv::warpAffine(from, to, tilt, from.size());
  const Polygon place = rectangle(250, 120, 140, 90);
  const auto motion = motion_of(place, from, to);
  REQUIRE(motion);
  Polygon there;
  cv::transform(place, there, tilt);
  const Polygon found = moved(place, *motion);
  for (std::size_t k = 0; k < 4; ++k) CHECK(cv::norm(found[k] - there[k]) < 1.5);
}
