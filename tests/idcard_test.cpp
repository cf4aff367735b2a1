// The redaction stage and `redact_still`, on drawn documents, on real specimens where they lie beside the
// project, and on footage without documents.
#include "drawn_document.hpp"
#include "idcard/fill.hpp"
#include "support.hpp"

#include <invigil/error.hpp>
#include <invigil/idcard.hpp>
#include <invigil/media.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <optional>
#include <set>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>

using namespace invigil;
using namespace invigil::test;
using namespace std::chrono_literals;

namespace {

using Field = std::vector<cv::Point2f>;

/// 255 where a frame is covered.
cv::Mat mask_of(const std::vector<ConcealedDocument>& documents, cv::Size size) {
  cv::Mat mask = cv::Mat::zeros(size, CV_8U);
  for (const auto& document : documents)
    for (const auto& quad : document.quads) {
      std::vector<cv::Point2f> outline;
      for (const auto& p : quad.points) outline.emplace_back(p.x, p.y);
      std::vector<cv::Point> fixed;
      for (const auto& p : outline)
        fixed.emplace_back(cvRound((p.x - 0.5F) * 16), cvRound((p.y - 0.5F) * 16));
      cv::fillConvexPoly(mask, fixed, 255, cv::LINE_8, 4);
    }
  return mask;
}

/// The share of a field, as far as it is in the picture, that is covered; 1 when it is outside.
double covered_share(const cv::Mat& mask, const Field& field) {
  std::vector<cv::Point> fixed;
  for (const auto& p : field) fixed.emplace_back(cvRound((p.x - 0.5F) * 16), cvRound((p.y - 0.5F) * 16));
  cv::Mat inside = cv::Mat::zeros(mask.size(), CV_8U);
  cv::fillConvexPoly(inside, fixed, 255, cv::LINE_8, 4);
  const int all = cv::countNonZero(inside);
  return all == 0 ? 1 : static_cast<double>(cv::countNonZero(inside & mask)) / all;
}

/// Whether every sample under the mask has the one colour; drawing the mask rounds by up to a pixel.
bool solid(const Image& image, cv::Mat mask) {
  cv::erode(mask, mask, cv::Mat());
  for (int y = 0; y < mask.rows; ++y)
    for (int x = 0; x < mask.cols; ++x)
      if (mask.at<std::uint8_t>(y, x) && (image.luma().row(y)[x] != idcard::cover_luma ||
                                          image.plane(1).row(y / 2)[x / 2] != idcard::cover_chroma ||
                                          image.plane(2).row(y / 2)[x / 2] != idcard::cover_chroma))
        return false;
  return true;
}

bool same_pixels(const Image& a, const Image& b) {
  for (int p = 0; p < 3; ++p)
    for (int y = 0; y < a.plane(p).height; ++y)
      if (!std::equal(a.plane(p).row(y), a.plane(p).row(y) + a.plane(p).width, b.plane(p).row(y)))
        return false;
  return true;
}

cv::Size size_of(const Image& image) { return {image.width(), image.height()}; }

/// Where the page is at frame k of the clip: it comes in from below, is held and turned, and leaves.
std::optional<cv::Matx33d> pose_at(int k) {
  if (k < 28 || k > 64) return std::nullopt;
  const double in = std::min(1.0, (k - 28) / 10.0), out = std::max(0.0, (k - 54) / 10.0);
  return page_pose(420 + 3.0 * (k % 5) + 900 * out, 1000 - 590 * in, 470, -8 + 0.5 * k);
}

struct Clip {
  std::vector<RawFrame> frames;
  std::vector<std::vector<Field>> fields;  ///< Of each frame.
};

Clip clip_with_page() {
  Clip clip;
  const cv::Mat room = drawn_room(1280, 720), page = drawn_page();
  for (int k = 0; k < 140; ++k) {
    cv::Mat picture = room.clone();
    clip.fields.emplace_back();
    if (const auto pose = pose_at(k)) {
      put_page(picture, page, *pose);
      clip.fields.back() = {in_picture(page_number, *pose), in_picture(page_zone, *pose)};
    }
    clip.frames.push_back(raw_frame(picture, static_cast<std::uint64_t>(k)));
  }
  return clip;
}

std::vector<RawFrame> rooms(int count, cv::Size size) {
  std::vector<RawFrame> frames;
  const cv::Mat room = drawn_room(size.width, size.height);
  for (int k = 0; k < count; ++k) frames.push_back(raw_frame(room, static_cast<std::uint64_t>(k)));
  return frames;
}

RedactedStill redact(const cv::Mat& bgr) {
  cv::Mat rgb;
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return redact_still(rgb.data, rgb.cols, rgb.rows, static_cast<std::ptrdiff_t>(rgb.step));
}

/// The share of the picture that is covered.
double covered_area(const cv::Mat& mask) {
  return cv::countNonZero(mask) / static_cast<double>(mask.total());
}

}  // namespace

TEST_CASE("one frame out for every frame in, in order, with the same times") {
  for (const Duration look_back : {Duration{0}, Duration{500ms}, Duration{5s}}) {
    RedactIdCard stage{{.look_back = look_back}};
    std::vector<Frame> out;
    const Emit<Frame> emit = [&](Frame f) { out.push_back(std::move(f)); };
    auto frames = rooms(40, {320, 180});
    for (std::size_t k = 0; k < frames.size(); ++k) {
      const Timestamp now = frames[k].time;
      stage.process(frames[k], emit);
      for (const auto& f : out) CHECK(f.time() <= stage.horizon(now));
      if (k + 1 < frames.size()) CHECK(stage.horizon(now) == now - look_back);
    }
    stage.finish(emit);
    REQUIRE(out.size() == frames.size());
    for (std::size_t k = 0; k < out.size(); ++k) {
      CHECK(out[k].time() == frames[k].time);
      CHECK(out[k].index() == frames[k].index);
      CHECK_FALSE(out[k].unredacted());
    }
  }
}

TEST_CASE("options out of range are refused with their name") {
  CHECK_THROWS_WITH_AS((RedactIdCard{{.look_back = -1s}}), doctest::Contains("look_back"), Error);
  CHECK_THROWS_WITH_AS((RedactIdCard{{.look_back = 6s}}), doctest::Contains("look_back"), Error);
  CHECK_THROWS_WITH_AS((RedactIdCard{{.hold = 61s}}), doctest::Contains("hold"), Error);
  CHECK_THROWS_WITH_AS((RedactIdCard{{.every = 0}}), doctest::Contains("every"), Error);
}

TEST_CASE("a page that is shown is covered in every frame, from the first, with one colour") {
  const Clip clip = clip_with_page();
  RedactIdCard stage;
  const auto out = run_stage(stage, clip.frames);
  REQUIRE(out.size() == clip.frames.size());
  std::set<ConcealState> states;
  for (std::size_t k = 0; k < out.size(); ++k) {
    const cv::Mat mask = mask_of(out[k].concealed(), size_of(out[k].image()));
    CAPTURE(k);
    CHECK(solid(out[k].image(), mask));
    for (const auto& field : clip.fields[k]) CHECK(covered_share(mask, field) >= 0.98);
    for (const auto& document : out[k].concealed()) states.insert(document.state);
  }
  CHECK(states.contains(ConcealState::found));
  CHECK(states.contains(ConcealState::tracked));
  CHECK(states.contains(ConcealState::look_back));
  CHECK(out.front().concealed().empty());
  CHECK(out.back().concealed().empty());  // long gone
}

TEST_CASE("of a page that reaches beyond the picture nothing is left free") {
  const cv::Mat room = drawn_room(1280, 720), page = drawn_page();
  std::vector<RawFrame> frames;
  for (int k = 0; k < 60; ++k) {
    cv::Mat picture = room.clone();
    if (k >= 25) put_page(picture, page, page_pose(620 + 2.0 * (k % 3), 380, 1500, -3));
    frames.push_back(raw_frame(picture, static_cast<std::uint64_t>(k)));
  }
  RedactIdCard stage;
  const auto out = run_stage(stage, frames);
  REQUIRE(out.size() == frames.size());
  for (std::size_t k = 25; k < out.size(); ++k) {
    CAPTURE(k);
    CHECK(covered_area(mask_of(out[k].concealed(), size_of(out[k].image()))) > 0.99);
  }
}

TEST_CASE("a page that vanishes at once stays covered for the hold, and not much longer") {
  auto frames = clip_with_page().frames;
  frames.resize(50);
  for (const auto& frame : rooms(90, {1280, 720})) {
    frames.push_back(frame);
    frames.back().index = frames.size() - 1;
    frames.back().time = from_seconds(static_cast<double>(frames.size() - 1) / 30);
  }
  RedactIdCard stage;
  const auto out = run_stage(stage, frames);
  for (std::size_t k = 50; k < 62; ++k) CHECK_FALSE(out[k].concealed().empty());
  CHECK(out.back().concealed().empty());
}

TEST_CASE("the same input gives the same output, bit for bit") {
  const Clip clip = clip_with_page();
  RedactIdCard first, second;
  const auto a = run_stage(first, clip.frames), b = run_stage(second, clip.frames);
  REQUIRE(a.size() == b.size());
  for (std::size_t k = 0; k < a.size(); ++k) {
    CHECK(same_pixels(a[k].image(), b[k].image()));
    CHECK(a[k].concealed().size() == b[k].concealed().size());
  }
}

TEST_CASE("the input's pixels are not changed") {
  const Clip clip = clip_with_page();
  const auto before = clip.frames[45].image.to_rgb();
  RedactIdCard stage;
  const auto out = run_stage(stage, clip.frames);
  CHECK(clip.frames[45].image.to_rgb() == before);
  CHECK(out[45].image().to_rgb() != before);
}

TEST_CASE("a room with a candidate and no document is left alone") {
  RedactIdCard stage;
  for (const auto& frame : run_stage(stage, rooms(40, {1280, 720}))) CHECK(frame.concealed().empty());
}

TEST_CASE("any size, also when it changes in mid-stream; portrait pictures; a single pixel") {
  std::vector<RawFrame> frames;
  for (const cv::Size size : {cv::Size(1280, 720), cv::Size(1, 1), cv::Size(720, 1280), cv::Size(3, 7),
                              cv::Size(1920, 1080), cv::Size(641, 361)})
    for (auto frame : rooms(6, size)) {
      frame.index = frames.size();
      frame.time = from_seconds(static_cast<double>(frames.size()) / 30);
      frames.push_back(frame);
    }
  RedactIdCard stage;
  const auto out = run_stage(stage, frames);
  REQUIRE(out.size() == frames.size());
  for (std::size_t k = 0; k < out.size(); ++k) CHECK(size_of(out[k].image()) == size_of(frames[k].image));
  RedactIdCard other;
  CHECK_THROWS_AS(other.process(RawFrame{}, [](const Frame&) {}), Error);
}

TEST_CASE("KeepUnredacted keeps, and says so") {
  KeepUnredacted keep;
  auto frames = clip_with_page().frames;
  const auto out = run_stage(keep, frames);
  REQUIRE(out.size() == frames.size());
  CHECK(out[45].unredacted());
  CHECK(same_pixels(out[45].image(), frames[45].image));
}

TEST_CASE("a still keeps every pixel outside the covered places, and none inside") {
  const cv::Mat page = drawn_page();
  struct Held {
    cv::Size size;  // of the picture
    double wide, degrees;
  };
  for (const Held& held : {Held{{1280, 720}, 460.0, 5.0}, Held{{640, 480}, 330.0, -20.0},
                           Held{{1081, 1921}, 700.0, 90.0}, Held{{3000, 2000}, 1500.0, 180.0}}) {
    const cv::Size size = held.size;
    cv::Mat picture = drawn_room(size.width, size.height);
    const auto pose = page_pose(size.width * 0.5, size.height * 0.55, held.wide, held.degrees);
    put_page(picture, page, pose);
    const RedactedStill still = redact(picture);
    CAPTURE(size.width);
    REQUIRE_FALSE(still.concealed.empty());
    const cv::Mat mask = mask_of(still.concealed, size);
    for (const auto& field : {page_number, page_zone})
      CHECK(covered_share(mask, in_picture(field, pose)) >= 0.98);
    cv::Mat rgb, near, well_inside;
    cv::cvtColor(picture, rgb, cv::COLOR_BGR2RGB);
    cv::dilate(mask, near, cv::Mat(), cv::Point(-1, -1), 3);
    cv::erode(mask, well_inside, cv::Mat());
    std::size_t changed_outside = 0, kept_inside = 0;
    for (int y = 0; y < size.height; ++y)
      for (int x = 0; x < size.width; ++x) {
        const auto* now = &still.rgb[static_cast<std::size_t>(y * size.width + x) * 3];
        const auto& was = rgb.at<cv::Vec3b>(y, x);
        if (!near.at<std::uint8_t>(y, x))
          changed_outside += now[0] != was[0] || now[1] != was[1] || now[2] != was[2];
        if (well_inside.at<std::uint8_t>(y, x))
          kept_inside +=
              now[0] != idcard::cover_rgb || now[1] != idcard::cover_rgb || now[2] != idcard::cover_rgb;
      }
    CHECK(changed_outside == 0);
    CHECK(kept_inside == 0);
  }
}

TEST_CASE("stills of odd sizes, and what is no picture") {
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(1, 300), cv::Size(5, 3)})
    CHECK(redact(cv::Mat(size, CV_8UC3, cv::Scalar(90, 120, 200))).concealed.empty());
  const std::uint8_t pixel[3] = {1, 2, 3};
  CHECK_THROWS_AS((void)redact_still(nullptr, 1, 1, 3), Error);
  CHECK_THROWS_AS((void)redact_still(pixel, 0, 1, 3), Error);
  CHECK_THROWS_AS((void)redact_still(pixel, 1, 1, 2), Error);
  CHECK_THROWS_AS((void)redact_still(pixel, 16385, 1, 3 * 16385), Error);
}

TEST_CASE("numbers of real specimens held into the room are covered") {
  const auto data = test_data("recall on real specimens");
  if (!data) return;
  std::ifstream file(*data / "idcard" / "labels.json");
  int fields = 0, covered = 0;
  for (const auto& entry : nlohmann::json::parse(file)) {
    const cv::Mat document = cv::imread((*data / "idcard" / entry.at("file").get<std::string>()).string());
    if (document.empty() || entry.at("fields").empty()) continue;
    for (const double wide : {330.0, 480.0, 640.0}) {
      cv::Mat picture = drawn_room(1280, 720);
      const double scale = wide / std::max(document.cols, document.rows);
      const double angle = wide * 0.07 - 30, c = std::cos(angle * CV_PI / 180) * scale,
                   s = std::sin(angle * CV_PI / 180) * scale;
      const double cx = document.cols / 2.0, cy = document.rows / 2.0;
      const cv::Matx33d pose(c, -s, 640 - c * cx + s * cy, s, c, 400 - s * cx - c * cy, 0, 0, 1);
      put_page(picture, document, pose);
      const cv::Mat mask = mask_of(redact(picture).concealed, picture.size());
      for (const auto& field : entry.at("fields")) {
        const auto& box = field.at(1);
        Field corners;
        if (box.at(0).is_array()) {
          for (const auto& p : box) corners.emplace_back(p.at(0).get<float>(), p.at(1).get<float>());
        } else {
          const float x0 = box.at(0), y0 = box.at(1), x1 = box.at(2), y1 = box.at(3);
          corners = {{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}};
        }
        for (auto& p : corners)
          p = {p.x * static_cast<float>(document.cols), p.y * static_cast<float>(document.rows)};
        cv::perspectiveTransform(corners, corners, pose);
        ++fields;
        covered += covered_share(mask, corners) >= 0.98;
      }
    }
  }
  REQUIRE(fields > 0);
  MESSAGE("covered fields of real specimens: " << covered << " of " << fields);
  CHECK(covered >= 0.98 * fields);
}

TEST_CASE("footage without documents: at most 5 % of area and time is covered") {
  const auto data = test_data("over-redaction on real scenes");
  if (!data) return;
  double stills = 0;
  int pictures = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*data / "behaviour" / "images")) {
    const cv::Mat picture = cv::imread(entry.path().string());
    if (picture.empty()) continue;
    ++pictures;
    stills += covered_area(mask_of(redact(picture).concealed, picture.size()));
  }
  double film = 0, frames = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*data / "behaviour" / "videos")) {
    MediaFile file{entry.path().string()};
    const auto video = file.video();
    RedactIdCard stage;
    const Emit<Frame> count = [&](const Frame& frame) {
      film += covered_area(mask_of(frame.concealed(), size_of(frame.image())));
      ++frames;
    };
    for (int k = 0; k < 150; ++k) {
      auto picture = video->read({});
      if (!picture) break;
      stage.process(std::move(*picture), count);
    }
    stage.finish(count);
  }
  REQUIRE(pictures > 0);
  REQUIRE(frames > 0);
  MESSAGE("covered without a document: stills " << stills / pictures << ", films " << film / frames);
  CHECK(stills / pictures <= 0.02);
  CHECK(film / frames <= 0.05);
}
