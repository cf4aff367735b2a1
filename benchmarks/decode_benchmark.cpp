// A minute's tenth of 720p30 with sound, decoded: the cost that comes before everything else.
#include <invigil/media.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace invigil;

/// Processor time of all threads of this process, seconds.
double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto s = [](timeval t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
  return s(usage.ru_utime) + s(usage.ru_stime);
}

class Clip {
 public:
  Clip()
      : path_(std::filesystem::temp_directory_path() /
              ("invigil-decode-" + std::to_string(::getpid()) + ".mp4")) {
    const std::string command =
        "ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=size=1280x720:rate=30:duration=6 -f lavfi -i "
        "sine=duration=6 -vf noise=alls=8:allf=t -c:v libx264 -preset veryfast -crf 28 -pix_fmt yuv420p -c:a "
        "aac " +
        path_.string();
    made_ = std::system(command.c_str()) == 0;
  }
  ~Clip() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  Clip(const Clip&) = delete;
  Clip& operator=(const Clip&) = delete;
  [[nodiscard]] bool made() const { return made_; }
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
  bool made_ = false;
};

struct Counts {
  int frames = 0;
  std::size_t samples = 0;
};

Counts decode(const std::string& path) {
  MediaFile file{path};
  auto video = file.video();
  auto audio = file.audio();
  Counts counts;
  std::jthread listener([&] {
    while (const auto block = audio->read({})) counts.samples += block->size();
  });
  while (const auto frame = video->read({})) {
    benchmark::DoNotOptimize(frame->image.luma().data);
    ++counts.frames;
  }
  return counts;
}

void decode_720p30(benchmark::State& state) {
  static const Clip clip;
  if (!clip.made()) return state.SkipWithError("needs the ffmpeg program with libx264");
  const auto counts = decode(clip.path());
  if (counts.frames != 180 || counts.samples < 6 * 47900 || counts.samples > 6 * 48500)
    return state.SkipWithError("the clip does not decode as a whole");
  const double before = cpu_seconds();
  for (auto _ : state) decode(clip.path());
  const double spent = (cpu_seconds() - before) / double(state.iterations());
  state.counters["cpu_s_per_media_min"] = spent * 10;
  state.counters["ms_per_frame"] = spent / 180 * 1e3;
}
BENCHMARK(decode_720p30)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
