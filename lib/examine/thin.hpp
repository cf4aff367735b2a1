// Which pictures of a file are worth concealing, when it is only looked at.
#pragma once

#include "behaviour/sampler.hpp"

#include <invigil/frame.hpp>
#include <invigil/stream.hpp>

#include <optional>
#include <string>
#include <utility>

namespace invigil::examine_detail {

/// Passes on the pictures that the analysis takes, by the same grid of time, since nothing else sees them and
/// redaction costs more a picture than decoding; and every picture that changes its size.
class Thin final : public Stage<RawFrame, RawFrame> {
 public:
  void process(RawFrame frame, const Emit<RawFrame>& emit) override {
    const auto size = frame.image.source_size();
    const bool resized = last_ && *last_ != size;
    last_ = size;
    if (sampler_.take(frame.time) || resized) emit(std::move(frame));
  }
  [[nodiscard]] std::string name() const override { return "thin"; }

 private:
  behaviour::Sampler sampler_{behaviour::looks_a_second};
  std::optional<PictureSize> last_;
};

}  // namespace invigil::examine_detail
