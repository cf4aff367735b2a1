// Faces and the health of pictures, on real pictures and on made ones.
#include "environment.hpp"
#include "pictures.hpp"
#include "support.hpp"
#include "vision/concealed_share.hpp"
#include "vision/faces.hpp"
#include "vision/model_store.hpp"
#include "vision/picture_measure.hpp"

#include <invigil/behaviour.hpp>
#include <invigil/concealed.hpp>
#include <invigil/error.hpp>
#include <invigil/idcard.hpp>
#include <invigil/media.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <random>

#include <nlohmann/json.hpp>

namespace {

using namespace invigil;
using test::frame_of;
using test::frames_of;
using test::still;
using namespace std::chrono_literals;

std::vector<std::byte> read_all(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  const auto bytes = std::as_bytes(std::span{text});
  return {bytes.begin(), bytes.end()};
}

/// Luma by a rule, no colour.
template <class Rule>
Image grey(int width, int height, Rule rule) {
  Image image{width, height, {ColorRange::full, ColorMatrix::bt601}};
  const auto y = image.mutable_plane(0);
  for (int r = 0; r < height; ++r)
    for (int c = 0; c < width; ++c)
      y.row(r)[c] = static_cast<std::uint8_t>(std::clamp(std::lround(rule(c, r)), 0L, 255L));
  return image;
}

/// The same on every machine: the standard fixes the engine's numbers, not those of its distributions.
class Noise {
 public:
  explicit Noise(double amplitude) : amplitude_(amplitude) {}
  double operator()() {
    double sum = 0;
    for (int i = 0; i < 4; ++i) sum += static_cast<double>(engine_()) / 4294967295.0 - 0.5;
    return amplitude_ * sum;
  }

 private:
  std::mt19937 engine_{7};
  double amplitude_;
};

PictureState state_of(const Image& image) { return vision::judge(vision::measure(image)); }

struct Labelled {
  std::filesystem::path file;
  int faces;
};

std::vector<Labelled> labelled_images(const std::filesystem::path& data) {
  std::ifstream in{data / "behaviour" / "labels.json"};
  std::vector<Labelled> all;
  for (const auto& entry : nlohmann::json::parse(in)) {
    const std::string file = entry.at("file");
    if (file.starts_with("images/") && entry.at("label").contains("faces"))
      all.push_back({data / "behaviour" / file, entry.at("label").at("faces")});
  }
  return all;
}

struct Counts {
  int images = 0, right = 0, faces = 0, found = 0, false_faces = 0;
  [[nodiscard]] double accuracy() const { return static_cast<double>(right) / images; }
  [[nodiscard]] double recall() const { return static_cast<double>(found) / faces; }
};

/// Right means none, one or several, as labelled.
Counts count_faces(const std::vector<Labelled>& images) {
  Counts counts;
  for (const auto& [file, faces] : images) {
    FindFaces find;
    const auto seen = run_stage(find, {frame_of(still(file))});
    REQUIRE(seen.size() == 1);
    const int n = static_cast<int>(seen[0].faces.size());
    ++counts.images;
    counts.right += std::min(n, 2) == std::min(faces, 2);
    counts.faces += faces;
    counts.found += std::min(n, faces);
    counts.false_faces += std::max(0, n - faces);
    if (n != faces) MESSAGE(file.filename().string(), ": ", n, " faces found, ", faces, " labelled");
  }
  MESSAGE(counts.images, " images: count right ", counts.accuracy(), ", recall ", counts.recall(),
          ", false faces ", counts.false_faces);
  return counts;
}

std::string written(const std::vector<Faces>& all) {
  std::string text;
  for (const auto& faces : all)
    text +=
        to_json(PictureObservation{.time = faces.time, .faces = faces, .objects = {}, .picture = {}}) + "\n";
  return text;
}

}  // namespace

TEST_CASE("YuNet counts faces right") {
  const auto data = test::test_data("counting faces");
  const auto folder = test::models("counting faces");
  if (!data || !folder) return;
  const test::Environment models{"INVIGIL_MODELS", folder->string()};
  CHECK(FindFaces{}.detector() == "yunet-2023mar");
  const auto counts = count_faces(labelled_images(*data));
  CHECK(counts.accuracy() >= 0.98);
  CHECK(counts.recall() >= 0.98);
  CHECK(counts.false_faces * 100 <= counts.images);
}

TEST_CASE("without the model the cascade stands in, and says so") {
  const auto data = test::test_data("the cascade");
  if (!data) return;
  const test::NoModels no_models;
  if (!vision::make_cascade()) {
    MESSAGE("skipped: OpenCV's cascades are not installed");
    return;
  }
  FindFaces find;
  CHECK(find.detector() == "cascade (fallback)");
  const auto seen =
      run_stage(find, {frame_of(still(*data / "behaviour/images/dlib__Tom_Cruise_avp_2014_4.jpg"))});
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].faces.size() == 1);
  CHECK(seen[0].quality <= fallback_quality);
  CHECK(count_faces(labelled_images(*data)).accuracy() >= 0.85);
}

TEST_CASE("without any detector nothing is seen, and its word is worth nothing") {
  const test::NoModels no_models;
  const test::Environment no_cascades{"INVIGIL_CASCADES", "/nonexistent"};
  FindFaces find;
  CHECK(find.detector() == "none");
  const auto seen = run_stage(find, {frame_of(grey(320, 240, [](int x, int y) { return x ^ y; }))});
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].faces.empty());
  CHECK(seen[0].quality == 0);
}

TEST_CASE("a model with another digest is refused, by name and with what to do") {
  const test::TemporaryFolder folder;
  std::ofstream{folder / "face_detection_yunet_2023mar.onnx"} << "not the model";
  const test::Environment models{"INVIGIL_MODELS", folder.path().string()};
  try {
    FindFaces find;
    FAIL("accepted");
  } catch (const Error& e) {
    CHECK(e.code() == Errc::model);
    CHECK(std::string{e.what()}.find("face_detection_yunet_2023mar.onnx") != std::string::npos);
    CHECK(std::string{e.what()}.find("fetch it again") != std::string::npos);
  }
}

TEST_CASE("damaged and foreign files are no YuNet") {
  const auto folder = test::models("damaged models");
  if (!folder) return;
  const auto refused = [](std::span<const std::byte> bytes) {
    try {
      (void)vision::make_yunet(bytes);
      return false;
    } catch (const Error& e) {
      return e.code() == Errc::model;
    }
  };
  const auto whole = read_all(*folder / "face_detection_yunet_2023mar.onnx");
  CHECK(vision::make_yunet(whole)->name() == "yunet-2023mar");
  CHECK(refused({}));
  for (const std::size_t size : {std::size_t{1}, std::size_t{100}, whole.size() / 2, whole.size() - 1})
    CHECK(refused(std::span{whole}.first(size)));
  CHECK(refused(read_all(*folder / "mobilefacenet_foamliu_cv46.onnx")));
  CHECK(refused(read_all(*folder / "silero_vad_16k_op15.onnx")));
  std::mt19937 random{1};
  std::vector<std::byte> bytes(4096);
  std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
  CHECK(refused(bytes));
}

TEST_CASE("a video is looked at five times a second, the same way every time") {
  const auto data = test::test_data("faces in a video");
  const auto folder = test::models("faces in a video");
  if (!data || !folder) return;
  const test::Environment models{"INVIGIL_MODELS", folder->string()};
  const auto frames = frames_of(*data / "behaviour/videos/ProctoringAI__center_left_center.mp4", 6s);
  FindFaces first, second;
  const auto seen = run_stage(first, frames);
  CHECK(seen.size() == 30);
  CHECK(std::ranges::all_of(seen, [](const Faces& f) { return f.faces.size() == 1 && f.quality > 0.9F; }));
  CHECK(written(seen) == written(run_stage(second, frames)));
}

TEST_CASE("an empty room has no face and no defect") {
  const auto data = test::test_data("an empty room");
  const auto folder = test::models("an empty room");
  if (!data || !folder) return;
  const test::Environment models{"INVIGIL_MODELS", folder->string()};
  for (const char* file : {"samplevideos__people-detection.gif", "samplevideos__bottle-detection.mp4"}) {
    const auto frames = frames_of(*data / "behaviour/videos" / file, 10s);
    FindFaces find;
    CheckPicture check;
    for (const auto& faces : run_stage(find, frames)) CHECK(faces.faces.empty());
    for (const auto& health : run_stage(check, frames)) CHECK(health.state != PictureState::covered);
  }
}

TEST_CASE("pictures of any size pass") {
  const auto folder = test::models("sizes");
  const test::Environment models{"INVIGIL_MODELS", folder ? folder->string() : ""};
  for (const auto& [width, height] :
       {std::pair{1, 1}, {1, 4096}, {4096, 1}, {2, 2}, {33, 31}, {7680, 4320}}) {
    const auto frame = frame_of(grey(width, height, [](int x, int y) { return (x * 7 + y * 13) % 256; }));
    FindFaces find;
    CheckPicture check;
    CHECK(run_stage(find, {frame}).size() == 1);
    CHECK(run_stage(check, {frame}).size() == 1);
  }
  FindFaces find;
  CheckPicture check;
  CHECK(run_stage(find, {frame_of(Image{})}).empty());
  CHECK(run_stage(check, {frame_of(Image{})}).empty());
}

TEST_CASE("options out of range are refused") {
  CHECK_THROWS_AS(FindFaces({.rate = -1}), Error);
  CHECK_THROWS_AS(FindFaces({.rate = std::nan("")}), Error);
  CHECK_THROWS_AS(FindFaces({.confidence = 1.5}), Error);
  CHECK_THROWS_AS(CheckPicture({.rate = -1}), Error);
}

TEST_CASE("dark is told from covered, and doubt counts as dark") {
  Noise sensor{3}, gain{12};
  CHECK(state_of(grey(1280, 720, [](int, int) { return 0; })) == PictureState::covered);
  CHECK(state_of(grey(1280, 720, [&](int, int) { return 2 + sensor() * 0.3; })) == PictureState::covered);
  CHECK(state_of(grey(1280, 720, [&](int x, int) { return 60 + x / 60.0 + sensor(); })) ==
        PictureState::covered);
  CHECK(state_of(grey(1280, 720, [&](int x, int y) { return 120 + (x + y) / 20.0 + sensor(); })) ==
        PictureState::covered);  // a finger against the light: bright on one side, and nothing in focus
  CHECK(state_of(grey(1280, 720, [&](int, int) { return 12 + 3 * gain(); })) == PictureState::dark);
  CHECK(state_of(grey(1280, 720, [&](int x, int y) {
          return (std::hypot(x - 640, y - 500) < 150 ? 40 : 4) + sensor();  // lit by the screen
        })) == PictureState::dark);
  CHECK(state_of(grey(1280, 720, [&](int x, int y) { return 40 + (x / 80 + y / 80) % 2 * 60 + sensor(); })) ==
        PictureState::ok);
}

TEST_CASE("light is measured alike in both ranges") {
  const auto full = grey(320, 180, [](int x, int) { return x * 255.0 / 319; });
  Image limited{320, 180, {ColorRange::limited, ColorMatrix::bt601}};
  const auto y = limited.mutable_plane(0);
  for (int r = 0; r < 180; ++r)
    for (int c = 0; c < 320; ++c)
      y.row(r)[c] = static_cast<std::uint8_t>(std::lround(16 + full.luma().row(r)[c] * 219.0 / 255));
  CHECK(vision::measure(full).mean == doctest::Approx(vision::measure(limited).mean).epsilon(0.01));
}

TEST_CASE("real pictures are neither dark nor covered") {
  const auto data = test::test_data("real pictures");
  if (!data) return;
  for (const auto& image : labelled_images(*data)) {
    CAPTURE(image.file.string());
    CHECK(state_of(still(image.file)) == PictureState::ok);
  }
}

TEST_CASE("a frozen picture is told after two seconds, a noisy one never") {
  const auto scene = [](int x, int y) { return 60 + (x / 40 + y / 40) % 2 * 80; };
  const Image same = grey(640, 360, scene);
  Noise sensor{12};
  std::vector<Frame> frozen, live;
  for (int i = 0; i < 20; ++i) {
    const Timestamp time{i * 200ms};
    frozen.push_back(frame_of(same, time));
    live.push_back(frame_of(grey(640, 360, [&](int x, int y) { return scene(x, y) + sensor(); }), time));
  }
  CheckPicture first, second;
  for (const auto& health : run_stage(first, frozen))
    CHECK(health.state == (health.time < Timestamp{2s} ? PictureState::ok : PictureState::frozen));
  for (const auto& health : run_stage(second, live)) CHECK(health.state == PictureState::ok);
}

TEST_CASE("a frozen picture that an encoder improves, and begins anew at keyframes, is one frozen picture") {
  const auto scene = [](int x, int y) { return 60 + (x / 40 + y / 40) % 2 * 80; };
  /// A share of its blocks of 4x4 pixels is brighter by one grey level, others each time.
  const auto touched_up = [&](double share, int time) {
    return grey(640, 360, [&, share, time](int x, int y) {
      const auto block = static_cast<unsigned>(x / 4 * 7919 + y / 4 * 104729 + time * 15485863) * 2654435761U;
      return scene(x, y) + (block >> 8 < share * 0xFFFFFF ? 1 : 0);
    });
  };
  const Image same = grey(640, 360, scene);
  std::vector<Frame> frames, restless;
  for (int i = 0; i < 60; ++i) {
    const Timestamp time{i * 200ms};
    const double share = i < 3 ? 0.4 - 0.15 * i : i % 20 == 0 ? 0.25 : 0;
    frames.push_back(frame_of(share > 0 ? touched_up(share, i) : same, time));
    restless.push_back(
        frame_of(touched_up(0.3, i), time));  // a change of 0.4 every time: not the same picture
  }
  CheckPicture first, second;
  for (const auto& health : run_stage(first, frames)) {
    CAPTURE(health.time.time_since_epoch() / 200ms);
    CAPTURE(health.change);
    CHECK(health.state == (health.time < Timestamp{2s} ? PictureState::ok : PictureState::frozen));
  }
  for (const auto& health : run_stage(second, restless)) CHECK(health.state == PictureState::ok);
}

TEST_CASE("a picture that stays the same keeps its faces, and what comes in is seen at once") {
  const auto data = test::test_data("gating");
  const auto folder = test::models("gating");
  if (!data || !folder) return;
  const test::Environment models{"INVIGIL_MODELS", folder->string()};
  const Image face = still(*data / "behaviour/images/dlib__Tom_Cruise_avp_2014_4.jpg");
  const Image empty =
      grey(face.width(), face.height(), [](int x, int y) { return 60 + (x / 40 + y / 40) % 2 * 80; });
  std::vector<Frame> frames;
  for (int i = 0; i < 40; ++i) frames.push_back(frame_of(i / 10 % 2 ? face : empty, Timestamp{i * 200ms}));
  FindFaces find;
  const auto seen = run_stage(find, frames);
  REQUIRE(seen.size() == frames.size());
  for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i].faces.size() == i / 10 % 2);
}

TEST_CASE("a face that our own redaction may hide is no absence") {
  const auto plain = [](std::uint8_t luma) {
    Image image{640, 360};
    for (int plane = 0; plane < 3; ++plane) {
      const auto to = image.mutable_plane(plane);
      for (int y = 0; y < to.height; ++y)
        for (int x = 0; x < to.width; ++x)
          to.row(y)[x] =
              plane ? concealed_chroma : static_cast<std::uint8_t>(luma + (x / 40 + y / 40) % 2 * 60);
    }
    return image;
  };
  const auto cover = [](Image& image, int width, int height) {
    const auto to = image.mutable_plane(0);
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) to.row(y)[x] = concealed_luma;
  };
  Image room = plain(100);
  CHECK(vision::concealed_share(room) == 0.0);
  cover(room, 320, 180);
  CHECK(vision::concealed_share(room) == doctest::Approx(0.25).epsilon(0.1));
  CHECK(vision::concealed_share(room, {100, 50, 64, 64}) == 1);
  CHECK(vision::concealed_share(room, {400, 200, 64, 64}) == 0);
  CHECK(vision::concealed_share(room, {-50, -50, 20, 20}) == 0);

  const auto quality_of = [](const Image& image) {
    KeepUnredacted keep;
    FindFaces find{{.rate = 0}};
    const auto faces = run_stage(find, run_stage(keep, {RawFrame{.image = image, .time = {}, .index = 0}}));
    REQUIRE(faces.size() == 1);
    CHECK(faces[0].faces.empty());
    return faces[0].quality;
  };
  CHECK(quality_of(plain(100)) > 0);
  CHECK(quality_of(room) == 0);
}

TEST_CASE("a face is a portrait where concealment surrounds it, told from pixels alone") {
  const auto with = [](std::initializer_list<cv::Rect> concealed) {
    cv::Mat yuv(720, 1280, CV_8U, cv::Scalar(140));
    for (const auto& place : concealed) yuv(place) = concealed_luma;
    Image image{1280, 720};
    for (int p = 0; p < 3; ++p) {
      const Plane plane = image.mutable_plane(p);
      for (int row = 0; row < plane.height; ++row)
        for (int x = 0; x < plane.width; ++x)
          plane.row(row)[x] = p ? concealed_chroma : yuv.at<std::uint8_t>(row, x);
    }
    return image;
  };
  const auto says = [](const Image& image) {
    return vision::is_portrait_in_document(image, 400, 300, 60, 80);  // the face
  };
  CHECK_FALSE(says(with({})));
  CHECK(says(with({{300, 200, 60, 300}, {500, 200, 400, 300}, {300, 200, 600, 60}, {300, 430, 600, 70}})));
  CHECK_FALSE(says(with({{300, 420, 400, 200}})));                        // a document held below a face
  CHECK_FALSE(says(with({{300, 420, 400, 200}, {500, 200, 300, 300}})));  // and another beside it
  Image tiny{8, 8};
  CHECK_FALSE(vision::is_portrait_in_document(tiny, 1, 1, 4, 4));
}
