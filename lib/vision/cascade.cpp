// The fallback: the frontal-face cascade that every Debian OpenCV brings along in `opencv-data`.
//
// It finds fewer faces than YuNet, and fewer still of dark skin (19 of 26 against 26 of 26), so that what it
// does not see must never be held against anybody: see `FindFaces`.
#include "vision/faces.hpp"
#include "vision/pixels.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>

namespace invigil::vision {

namespace {

namespace fs = std::filesystem;

constexpr std::array scales_of_cascade = {480, 640};

std::vector<fs::path> folders() {
  std::vector<fs::path> all;
  if (const char* set = std::getenv("INVIGIL_CASCADES"); set && *set) return {fs::path{set}};
  for (const char* prefix : {"/usr/share", "/usr/local/share", "/opt/homebrew/share", "/opt/local/share"})
    for (const char* name : {"opencv4", "OpenCV", "opencv"})
      all.push_back(fs::path{prefix} / name / "haarcascades");
  return all;
}

fs::path find_cascade() {
  std::error_code ignored;
  for (const auto& folder : folders())
    for (const char* name : {"haarcascade_frontalface_alt2.xml", "haarcascade_frontalface_default.xml"})
      if (const auto file = folder / name; fs::is_regular_file(file, ignored)) return file;
  return {};
}

/// A cascade has no probability, but the number of windows around a face that agree. Five make 0.8, the usual
/// bound: fewer show faces where there are none, more lose a candidate who looks aside.
float confidence_of(int windows) {
  return static_cast<float>(windows) / (static_cast<float>(windows) + 1.25F);
}

/// No face at a desk is smaller than a twentieth of the picture.
constexpr int smallest_share = 20;
constexpr double step = 1.1;
constexpr int fewest_windows = 3;

class Cascade final : public FaceDetector {
 public:
  explicit Cascade(cv::CascadeClassifier classifier) : classifier_(std::move(classifier)) {}

  std::vector<FoundFace> detect(const Image& image, int longest, float confidence) override {
    const cv::Size size = fit(image, longest);
    cv::Mat luma = small_luma(image, size);
    cv::equalizeHist(luma, luma);
    std::vector<cv::Rect> boxes;
    std::vector<int> windows;
    const int smallest = longest / smallest_share;
    classifier_.detectMultiScale(luma, boxes, windows, step, fewest_windows, 0, cv::Size{smallest, smallest});
    const float scale = static_cast<float>(image.width()) / static_cast<float>(size.width);
    std::vector<FoundFace> faces;
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      const cv::Rect2f box = cv::Rect2f{boxes[i]};
      if (const float c = confidence_of(windows[i]); c >= confidence)
        faces.push_back(
            {.box = {box.x * scale, box.y * scale, box.width * scale, box.height * scale}, .confidence = c});
    }
    return without_doubles(std::move(faces));
  }
  std::span<const int> scales() const override { return scales_of_cascade; }
  std::string name() const override { return "cascade (fallback)"; }
  float trust() const override { return fallback_quality; }
  float doubt() const override { return 1; }
  Duration patience() const override { return std::chrono::milliseconds{350}; }

 private:
  cv::CascadeClassifier classifier_;
};

}  // namespace

std::unique_ptr<FaceDetector> make_cascade() {
  prepare_opencv();
  const auto file = find_cascade();
  if (file.empty()) return nullptr;
  try {
    cv::CascadeClassifier classifier;
    if (!classifier.load(file.string())) return nullptr;
    return std::make_unique<Cascade>(std::move(classifier));
  } catch (const cv::Exception&) {  // a damaged file is no cascade
    return nullptr;
  }
}

}  // namespace invigil::vision
