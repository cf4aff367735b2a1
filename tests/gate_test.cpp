// How closely pictures are looked at: rarely while nothing happens, at once when something does.
#include "behaviour/gate.hpp"

#include "behaviour/see_pictures.hpp"
#include "environment.hpp"
#include "pictures.hpp"
#include "support.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include <opencv2/core.hpp>

namespace {

using namespace invigil;
using namespace std::chrono_literals;
using behaviour::Attention;

/// What a gate is shown at a time.
struct Moment {
  int luma = 120;  ///< Within the face.
  bool called = false;
  std::size_t faces = 1;
  PictureState state = PictureState::ok;
};

/// The times at which a gate opens, of five pictures a second.
std::vector<double> opened(double duration, const std::function<Moment(double)>& at) {
  behaviour::Gate gate;
  const Image image{1280, 720};
  std::vector<double> times;
  for (int i = 0; i < duration * 5; ++i) {
    const double t = i / 5.0;
    const auto moment = at(t);
    vision::PictureMeasure picture;
    picture.thumbnail = cv::Mat(90, 160, CV_8U, cv::Scalar(moment.luma));
    PictureHealth health;
    health.time = from_seconds(t);
    health.state = moment.state;
    if (!gate.open(picture, health, moment.called)) continue;
    times.push_back(t);
    PictureObservation seen;
    seen.time = health.time;
    for (std::size_t n = 0; n < moment.faces; ++n)
      seen.faces.faces.push_back({{500, 200, 280, 320}, 0.95F, HeadPose{}});
    gate.saw(seen, image);
  }
  return times;
}

std::ptrdiff_t within(const std::vector<double>& times, double begin, double end) {
  return std::ranges::count_if(times, [&](double t) { return t >= begin - 1e-9 && t < end - 1e-9; });
}

Speech speech_at(double t, float probability) {
  return {.time = from_seconds(t), .probability = probability};
}

}  // namespace

TEST_CASE("a candidate who sits still is looked at twice a second after three, five times before") {
  const auto times = opened(30, [](double) { return Moment{}; });
  CHECK(within(times, 0, 3) == 15);
  CHECK(within(times, 10, 30) == 40);
}

TEST_CASE("what moves is looked at in the picture in which it moves, and closely for three seconds") {
  const auto times = opened(30, [](double t) { return Moment{.luma = t < 15.2 ? 120 : 160}; });
  CHECK(within(times, 10, 15) == 10);
  CHECK(within(times, 15.2, 15.4) == 1);
  CHECK(within(times, 15.2, 18.2) == 15);
  CHECK(within(times, 20, 30) == 20);
}

TEST_CASE("while there is anything to look at nothing is left out") {
  CHECK(within(opened(20, [](double) { return Moment{.faces = 0}; }), 5, 20) == 75);
  CHECK(within(opened(20, [](double) { return Moment{.faces = 2}; }), 5, 20) == 75);
  CHECK(within(opened(20, [](double) { return Moment{.state = PictureState::dark}; }), 5, 20) == 75);
}

TEST_CASE("who calls is looked at, at once and for three seconds more") {
  const auto times = opened(30, [](double t) { return Moment{.called = t >= 15 && t < 16}; });
  CHECK(within(times, 10, 15) == 10);
  CHECK(within(times, 15, 19) == 20);
  CHECK(within(times, 20, 30) == 20);
}

TEST_CASE("speech and events call for attention, for a second; silence does not") {
  const auto attention = std::make_shared<Attention>();
  CHECK_FALSE(attention->called(from_seconds(0)));
  behaviour::CallAttention<Speech> hear{attention};
  CHECK(run_stage(hear, {speech_at(1, 0.2F), speech_at(2, -1)}).size() == 2);
  CHECK_FALSE(attention->called(from_seconds(2)));
  CHECK(run_stage(hear, {speech_at(3, 0.7F), speech_at(3.2, 0.1F)}).size() == 2);
  CHECK(attention->called(from_seconds(3.5)));
  CHECK_FALSE(attention->called(from_seconds(4.1)));
  behaviour::CallAttention<PlatformEvent> told{attention};
  CHECK(run_stage(told, {{from_seconds(9), "focus_lost", {}}, {from_seconds(8), "copy", {}}}).size() == 2);
  CHECK(attention->called(from_seconds(9.9)));  // what comes late does not turn back the clock
}

TEST_CASE("the whole look at pictures follows: a still face is looked at less, and at once when called") {
  const auto data = test::test_data("a real face");
  const auto nets = test::models("a real face");
  if (!data || !nets) return;
  const test::Environment with{"INVIGIL_MODELS", nets->string()};
  const auto face = test::still(*data / "behaviour" / "images" / "FaceLandmarkBa__Test1.jpg");
  const auto attention = std::make_shared<Attention>();
  behaviour::SeePictures see{{.attention = attention}};
  std::vector<double> times;
  const Emit<PictureObservation> emit = [&](const PictureObservation& seen) {
    times.push_back(seconds(seen.time));
  };
  std::uint32_t noise = 1;
  for (int i = 0; i < 100; ++i) {
    auto image = face;
    auto luma = image.mutable_plane(0);
    for (int y = 0; y < luma.height; ++y)
      for (int x = 0; x < luma.width; ++x) {
        noise = noise * 1664525U + 1013904223U;
        luma.row(y)[x] =
            static_cast<std::uint8_t>(std::clamp(luma.row(y)[x] + int(noise >> 29U) - 4, 0, 255));
      }
    if (i == 60) attention->call(from_seconds(12));
    see.process(test::frame_of(image, from_seconds(i / 5.0)), emit);
  }
  CHECK(within(times, 8, 12) == 8);
  CHECK(within(times, 12, 15) == 15);
}
