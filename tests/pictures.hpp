// Pictures and clips from files, as frames for stages.
#pragma once

#include <invigil/frame.hpp>
#include <invigil/idcard.hpp>
#include <invigil/media.hpp>

#include <filesystem>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace invigil::test {

inline Frame frame_of(Image image, Timestamp time = {}, std::uint64_t index = 0) {
  KeepUnredacted keep;
  std::vector<Frame> out;
  keep.process(RawFrame{std::move(image), time, index}, [&](Frame f) { out.push_back(std::move(f)); });
  return out.at(0);
}

inline Image still(const std::filesystem::path& path) {
  const auto frame = MediaFile{path.string()}.video()->read({});
  REQUIRE(frame);
  return frame->image;
}

inline std::vector<Frame> frames_of(const std::filesystem::path& path, Duration until) {
  const auto source = MediaFile{path.string()}.video();
  std::vector<Frame> frames;
  while (auto raw = source->read({})) {
    if (raw->time >= Timestamp{until}) break;
    frames.push_back(frame_of(std::move(raw->image), raw->time, raw->index));
  }
  return frames;
}

}  // namespace invigil::test
