// The cost of redaction, a 720p frame: of an empty room, and with a page in view. Checks what is covered
// first.
#include "../tests/drawn_mrz.hpp"
#include "idcard/mrz_reader.hpp"

#include <invigil/idcard.hpp>

#include <stdexcept>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using namespace invigil;

std::vector<RawFrame> frames_of(bool with_page, cv::Size size) {
  const cv::Mat room = test::drawn_room(size.width, size.height), page = test::drawn_page();
  std::vector<RawFrame> frames;
  for (int k = 0; k < 30; ++k) {
    cv::Mat picture = room.clone();
    const double sway = 3.0 * (k < 15 ? k : 30 - k);
    if (with_page)
      test::put_page(
          picture, page,
          test::page_pose(size.width * 0.4 + sway, size.height * 0.6, size.width * 0.37, sway / 5));
    frames.push_back(test::raw_frame(picture, static_cast<std::uint64_t>(k)));
  }
  return frames;
}

void check(const std::vector<RawFrame>& frames, bool with_page) {
  RedactIdCard stage;
  for (const auto& frame : run_stage(stage, frames))
    if (frame.concealed().empty() == with_page) throw std::runtime_error("redaction gives a wrong answer");
}

void redact(benchmark::State& state, bool with_page, cv::Size size) {
  const auto frames = frames_of(with_page, size);
  check(frames, with_page);
  RedactIdCard stage;
  std::int64_t taken = 0;
  for (auto _ : state) {
    RawFrame frame = frames[static_cast<std::size_t>(taken % 30)];
    frame.index = static_cast<std::uint64_t>(taken);
    frame.time = from_seconds(static_cast<double>(taken++) / 30);
    stage.process(std::move(frame), [](const Frame& f) { benchmark::DoNotOptimize(f.image().luma().data); });
  }
}

/// A look at one of the sizes of the picture, as the stage takes them in turn: 7 a second.
void look_for_zone(benchmark::State& state, bool with_page) {
  cv::Mat picture = test::drawn_room(1280, 720), luma;
  if (with_page) test::put_page(picture, test::drawn_passport(), test::page_pose(640, 360, 640, 5));
  cv::cvtColor(picture, luma, cv::COLOR_BGR2GRAY);
  idcard::MrzReader reader;
  const auto sight = reader.read(luma);
  if ((sight && sight->sure()) != with_page) throw std::runtime_error("the zone is not read as it should be");
  const auto levels = idcard::levels_of(luma.size());
  std::size_t level = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(reader.read(luma, nullptr, {level % levels, level % levels}));
    ++level;
  }
}

BENCHMARK_CAPTURE(look_for_zone, room_720p, false)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->MinTime(2);
BENCHMARK_CAPTURE(look_for_zone, page_720p, true)
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->MinTime(2);
BENCHMARK_CAPTURE(redact, room_720p, false, cv::Size(1280, 720))
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->MinTime(2);
BENCHMARK_CAPTURE(redact, page_720p, true, cv::Size(1280, 720))
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->MinTime(2);
BENCHMARK_CAPTURE(redact, room_1080p, false, cv::Size(1920, 1080))
    ->Unit(benchmark::kMillisecond)
    ->MeasureProcessCPUTime()
    ->MinTime(2);

}  // namespace
