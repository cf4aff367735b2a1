// Looks for numbers in a still that is about to be kept.
#pragma once

#include <memory>
#include <string>

#include <opencv2/core.hpp>

namespace invigil::identity {

/// Tesseract with an OCR-B model, where this build has it and ocrb.traineddata lies in $INVIGIL_MODELS or in
/// $INVIGIL_TEST_DATA/idcard/tessdata; else the reader of single characters in lib/idcard.
class SecondLook {
 public:
  SecondLook();
  ~SecondLook();
  /// Whether at least four digits stand in a row of four to 44 characters somewhere. rgb: 8-bit.
  [[nodiscard]] bool sees_number(const cv::Mat& rgb);
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  std::string name_;
};

}  // namespace invigil::identity
