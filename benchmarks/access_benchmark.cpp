// Opening a recording of three hours and extracting 10 s from its middle: how much is read, and how long it
// takes. The recording is made first (about 750 MB in the folder for temporary files), of segments as large
// as those of a webcam.
#include "recording/archive.hpp"

#include <invigil/crypto.hpp>
#include <invigil/error.hpp>
#include <invigil/io.hpp>
#include <invigil/playback.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

using namespace invigil;
using recording::MemberKind;

namespace {

constexpr int length = 3 * 60 * 60;           // s
constexpr std::size_t segment_size = 68'750;  // of 550 kbit/s
constexpr int keyframe_every = 4;             // s
constexpr int from = length / 2, to = from + 10;
constexpr double most_read = 0.02, most_seconds = 0.3;

Timestamp at(int s) { return Timestamp{std::chrono::seconds{s}}; }

/// A segment that says which it is, and cannot be mistaken for another.
std::vector<std::byte> segment(int number) {
  std::vector<std::byte> bytes(segment_size);
  std::uint32_t state = static_cast<std::uint32_t>(number) + 1;
  for (auto& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::byte>(state >> 24);
  }
  return bytes;
}

/// Made once, removed at exit.
class Exam {
 public:
  Exam() : identity_(Identity::generate()) {
    std::string name = (std::filesystem::temp_directory_path() / "invigil-access-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    folder_ = name;
    recording::ArchiveWriter writer{create_file(path()), {identity_.recipient()}};
    const std::string consent = "{\"given\":true}\n", line = "{\"t\":1,\"faces\":[]}\n";
    writer.add(MemberKind::consent, std::as_bytes(std::span{consent}), {}, {}, false);
    writer.add(MemberKind::init, std::as_bytes(std::span{consent}), {}, {}, false);
    for (int i = 0; i < length; ++i) {
      writer.add(MemberKind::media, segment(i), at(i), std::chrono::seconds{1}, i % keyframe_every == 0);
      writer.add(MemberKind::observation, std::as_bytes(std::span{line}), at(i), std::chrono::seconds{1},
                 false);
    }
    writer.close();
  }
  ~Exam() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Exam(const Exam&) = delete;
  Exam& operator=(const Exam&) = delete;
  [[nodiscard]] std::filesystem::path path() const { return folder_ / "exam.tar"; }
  [[nodiscard]] const Identity& identity() const { return identity_; }

 private:
  Identity identity_;
  std::filesystem::path folder_;
};
const Exam& exam() {
  static const Exam made;
  return made;
}

class Counted final : public ByteSource {
 public:
  Counted(std::unique_ptr<ByteSource> source, std::uint64_t& read)
      : source_(std::move(source)), read_(read) {}
  std::size_t read(std::span<std::byte> buffer) override {
    const std::size_t n = source_->read(buffer);
    read_ += n;
    return n;
  }
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return source_->size(); }
  void seek(std::uint64_t offset) override { source_->seek(offset); }

 private:
  std::unique_ptr<ByteSource> source_;
  std::uint64_t& read_;
};

class Kept final : public ByteSink {
 public:
  void write(std::span<const std::byte> bytes) override { all.insert(all.end(), bytes.begin(), bytes.end()); }
  std::vector<std::byte> all;
};

std::vector<std::byte> extract(std::uint64_t& read) {
  const Playback playback{std::make_unique<Counted>(open_file(exam().path()), read), {exam().identity()}};
  Kept out;
  playback.write_media(out, at(from), at(to));
  if (!playback.damage_so_far().empty()) throw std::runtime_error(playback.damage_so_far());
  return std::move(out.all);
}

/// The segments from the keyframe before, and nothing else.
bool is_right(std::span<const std::byte> media) {
  media = media.subspan(std::string{"{\"given\":true}\n"}.size());
  for (int i = from - from % keyframe_every; i < to; ++i) {
    const auto expected = segment(i);
    if (media.size() < expected.size() || !std::equal(expected.begin(), expected.end(), media.begin()))
      return false;
    media = media.subspan(expected.size());
  }
  return media.empty();
}

void open_and_extract(benchmark::State& state) {
  std::uint64_t read = 0;
  if (!is_right(extract(read))) return state.SkipWithError("the span is not what was recorded");
  const double share =
      static_cast<double>(read) / static_cast<double>(std::filesystem::file_size(exam().path()));
  if (share > most_read) return state.SkipWithError("more than 2 % of the recording was read");
  double best = 1e9;
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(extract(read));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    state.SetIterationTime(took.count());
    best = std::min(best, took.count());
  }
  if (best > most_seconds) return state.SkipWithError("it takes longer than 0.3 s");
  state.counters["read_share"] = share;
  state.counters["file_MB"] = static_cast<double>(std::filesystem::file_size(exam().path())) / 1e6;
}
BENCHMARK(open_and_extract)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(10);

/// What opening cost without an index, for comparison.
void scan_and_extract(benchmark::State& state) {
  for (auto _ : state) {
    std::uint64_t read = 0;
    const Playback playback{std::make_unique<Counted>(open_file(exam().path()), read), {exam().identity()}};
    if (!playback.damage().empty()) return state.SkipWithError("the recording is damaged");
    Kept out;
    playback.write_media(out, at(from), at(to));
    if (!is_right(out.all)) return state.SkipWithError("the span is not what was recorded");
  }
}
BENCHMARK(scan_and_extract)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
