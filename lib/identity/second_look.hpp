// Looks for numbers in a still that is about to be kept.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::identity {

/// The reader of single characters in lib/idcard, and Tesseract with an OCR-B model where this build has it
/// and ocrb.traineddata is found.
class SecondLook {
 public:
  SecondLook();
  ~SecondLook();
  /// Where at least four digits stand in a row, groups of them counted as one. rgb: 8-bit.
  [[nodiscard]] std::vector<cv::Rect> numbers(const cv::Mat& rgb);
  [[nodiscard]] bool sees_number(const cv::Mat& rgb) { return !numbers(rgb).empty(); }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::string name_;
};

}  // namespace invigil::identity
