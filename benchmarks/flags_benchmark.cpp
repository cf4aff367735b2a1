// From stored observations to flags and a score: what re-scoring an exam costs.
#include <invigil/flag_pictures.hpp>
#include <invigil/raise.hpp>
#include <invigil/score.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using namespace invigil;

constexpr int minutes = 60;

/// Every ten minutes the candidate leaves for 20 s and somebody else comes for 10 s.
std::vector<PictureObservation> pictures() {
  std::vector<PictureObservation> all;
  for (int i = 0; i < minutes * 60 * 5; ++i) {
    const int second = i / 5 % 600;
    const int faces = second >= 100 && second < 120 ? 0 : second >= 300 && second < 310 ? 2 : 1;
    PictureObservation seen;
    seen.time = from_seconds(i * 0.2);
    seen.faces.time = seen.picture.time = seen.time;
    for (int f = 0; f < faces; ++f) seen.faces.faces.push_back({{10, 10, 90, 90}, 0.93F, {}});
    all.push_back(seen);
  }
  return all;
}

/// Every five minutes five seconds of speech.
std::vector<Speech> sound() {
  std::vector<Speech> all;
  for (int i = 0; i < minutes * 60 * 1000 / 32; ++i) {
    const int second = i * 32 / 1000 % 300;
    all.push_back({from_seconds(i * 0.032), second < 5 ? 0.97F : 0.01F, -40, -40});
  }
  return all;
}

std::vector<Flag> flags_of(const std::vector<PictureObservation>& seen, const std::vector<Speech>& heard) {
  FlagPictures on_pictures;
  FlagSpeech on_sound;
  auto flags = run_stage(on_pictures, seen);
  for (auto& flag : run_stage(on_sound, heard)) flags.push_back(std::move(flag));
  return flags;
}

void require(bool right, benchmark::State& state) {
  if (!right) state.SkipWithError("the answer is wrong");
}

void rescore_an_hour(benchmark::State& state) {
  const auto seen = pictures();
  const auto heard = sound();
  require(flags_of(seen, heard).size() == 6 + 6 + 12, state);
  for (auto _ : state) benchmark::DoNotOptimize(score(flags_of(seen, heard)).value);
  state.counters["times real time"] =
      benchmark::Counter(minutes * 60, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(rescore_an_hour)->Unit(benchmark::kMillisecond);

void score_many_flags(benchmark::State& state) {
  std::vector<Flag> flags;
  for (int i = 0; i < state.range(0); ++i) {
    Flag flag;
    flag.what = i % 3 ? "paste" : "speech";
    flag.begin = from_seconds(i * 7.0);
    flag.end = flag.begin + std::chrono::seconds{1};
    flags.push_back(flag);
  }
  require(score(flags).because.size() == flags.size(), state);
  for (auto _ : state) benchmark::DoNotOptimize(score(flags).value);
}
BENCHMARK(score_many_flags)->Arg(30)->Arg(300)->Arg(3000)->Unit(benchmark::kMicrosecond);

void read_an_observation(benchmark::State& state) {
  const std::string line = to_json(Observation{pictures()[500]});
  require(to_json(parse_observation(line)) == line, state);
  for (auto _ : state) benchmark::DoNotOptimize(parse_observation(line));
  state.SetBytesProcessed(static_cast<std::int64_t>(line.size()) * state.iterations());
}
BENCHMARK(read_an_observation);

}  // namespace
