// Media made for tests with the ffmpeg program, and readers that note what comes.
#pragma once

#include "tool.hpp"

#include <invigil/error.hpp>
#include <invigil/media.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace invigil::test {

/// Runs ffmpeg; `arguments` without the program's name.
inline void ffmpeg(const std::string& arguments) {
  const auto result = run_tool("ffmpeg -nostdin -v error -y " + arguments + " 2>&1");
  REQUIRE_MESSAGE(result.status == 0, arguments, "\n", result.output);
}

/// What a source gave before it ended, and what it ended with.
struct Outcome {
  std::vector<RawFrame> frames;
  std::vector<AudioBlock> blocks;
  std::optional<Error> video_error, audio_error;

  [[nodiscard]] std::size_t samples() const {
    std::size_t n = 0;
    for (const auto& block : blocks) n += block.size();
    return n;
  }
  /// The error of whichever reader ended last.
  [[nodiscard]] const Error* error() const {
    return video_error ? &*video_error : audio_error ? &*audio_error : nullptr;
  }
};

inline void read_video(Source<RawFrame>& source, Outcome& outcome, bool keep_pixels) {
  try {
    while (auto frame = source.read({})) {
      if (!keep_pixels && !outcome.frames.empty()) frame->image = Image{};
      outcome.frames.push_back(std::move(*frame));
    }
  } catch (const Error& e) {
    outcome.video_error = e;
  }
}

inline void read_audio(Source<AudioBlock>& source, Outcome& outcome) {
  try {
    while (auto block = source.read({})) outcome.blocks.push_back(std::move(*block));
  } catch (const Error& e) {
    outcome.audio_error = e;
  }
}

/// Reads both kinds at once, as a session does.
inline Outcome read_all(MediaFile& file, bool keep_pixels = false) {
  Outcome outcome;
  std::unique_ptr<Source<RawFrame>> video;
  std::unique_ptr<Source<AudioBlock>> audio;
  if (file.info().has_video) video = file.video();
  if (file.info().has_audio) audio = file.audio();
  std::jthread other;
  if (audio) other = std::jthread([&] { read_audio(*audio, outcome); });
  if (video) read_video(*video, outcome, keep_pixels);
  return outcome;
}
inline Outcome read_all(const std::filesystem::path& path, bool keep_pixels = false) {
  MediaFile file{path.string()};
  return read_all(file, keep_pixels);
}

/// The error that opening or reading ends with; the test fails when there is none.
inline Error error_of(const std::string& input, MediaOptions options = {}) {
  try {
    MediaFile file{input, options};
    const auto outcome = read_all(file);
    if (outcome.error()) return *outcome.error();
  } catch (const Error& e) {
    return e;
  }
  FAIL("no error from ", input);
  return {Errc::argument, "", ""};
}

inline std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}
inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream{path, std::ios::binary} << bytes;
}

inline bool strictly_rising(const std::vector<RawFrame>& frames) {
  for (std::size_t i = 1; i < frames.size(); ++i)
    if (frames[i].time <= frames[i - 1].time) return false;
  return true;
}

}  // namespace invigil::test
