// Pictures that may show numbers: overwritten when they go.
#pragma once

#include "idcard/mrz_text.hpp"

#include <cstdint>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::identity {

/// A picture that is overwritten when it goes, so nothing may keep a reference to its pixels longer.
class Wiped {
 public:
  Wiped() = default;
  Wiped(cv::Mat picture) : picture_(std::move(picture)) {}
  Wiped(Wiped&& other) noexcept : picture_(std::exchange(other.picture_, {})) {}
  Wiped& operator=(Wiped&& other) noexcept {
    std::swap(picture_, other.picture_);
    return *this;
  }
  ~Wiped() {
    if (picture_.isContinuous()) idcard::wipe(picture_.data, picture_.total() * picture_.elemSize());
  }
  operator const cv::Mat&() const { return picture_; }
  const cv::Mat* operator->() const { return &picture_; }
  const cv::Mat& operator*() const { return picture_; }

 private:
  cv::Mat picture_;
};

/// The same for bytes that others allocated.
class WipedBytes {
 public:
  explicit WipedBytes(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
  WipedBytes(const WipedBytes&) = delete;
  WipedBytes& operator=(const WipedBytes&) = delete;
  ~WipedBytes() { idcard::wipe(bytes_.data(), bytes_.size()); }
  std::uint8_t* data() { return bytes_.data(); }

 private:
  std::vector<std::uint8_t> bytes_;
};

}  // namespace invigil::identity
