// Tesseract behind one door; absent in builds without it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <opencv2/core.hpp>

namespace invigil::identity {

/// Not for concurrent use. What was read is overwritten as soon as it was handed over; Tesseract's own copies
/// are released, not overwritten.
class Tesseract {
 public:
  /// language: a model's name. LANGUAGE.traineddata is looked for in $INVIGIL_MODELS,
  /// $INVIGIL_TEST_DATA/idcard/tessdata, $TESSDATA_PREFIX and where systems put it.
  explicit Tesseract(const std::string& language);
  ~Tesseract();
  [[nodiscard]] bool ready() const { return impl_ != nullptr; }

  using Take = std::function<void(std::string_view text, float confidence, const cv::Rect& box)>;
  /// luma: 8-bit, text level. Confidence is 0 to 100. Does nothing unless ready.
  void each_word(const cv::Mat& luma, const Take& take);
  void each_line(const cv::Mat& luma, const Take& take);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil::identity
