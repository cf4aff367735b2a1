// Numbered chunks as a byte source, and what is missing of them as flags.
#include "media/chunk_log.hpp"
#include "media/chunk_queue.hpp"
#include "media/webm_splice.hpp"

#include <invigil/chunks.hpp>
#include <invigil/error.hpp>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace invigil {

struct Chunks::Impl {
  explicit Impl(ChunkOptions o) : options(std::move(o)), queue(options), log(options.name) {}

  /// Nothing more will be read.
  void finish(bool inside = false) {
    log.end({.quiet = queue.quiet(), .differing = queue.statistics().differing, .inside = inside});
  }

  const ChunkOptions options;
  media::ChunkQueue queue;
  media::ChunkLog log;
  std::atomic<bool> source_taken = false, flags_taken = false;
};

namespace {

template <class Line>
class ChunkSource final : public ByteSource {
 public:
  explicit ChunkSource(std::shared_ptr<Line> line) : line_(std::move(line)), splice_(line_->options.name) {}
  ~ChunkSource() override { ChunkSource::stop(); }

  std::size_t read(std::span<std::byte> buffer) override {
    while (given_ == ready_.size() && !ended_) fill();
    const auto n = std::min(buffer.size(), ready_.size() - given_);
    if (n > 0) std::memcpy(buffer.data(), ready_.data() + given_, n);
    given_ += n;
    return n;
  }
  void stop() noexcept override {
    try {
      line_->queue.stop();
      line_->finish();
    } catch (const std::exception&) {  // no memory left for a last flag
    }
  }
  [[nodiscard]] std::string name() const override { return line_->options.name; }

 private:
  void fill() try {
    ready_.clear();
    given_ = 0;
    const auto next = line_->queue.next();
    if (next.chunk) return take(*next.chunk);
    if (next.lost) return lose(next.lost->first, next.lost->second);
    ended_ = true;
    line_->finish(splice_.inside());
  } catch (...) {
    stop();
    throw;
  }

  void take(const media::ChunkQueue::Chunk& chunk) {
    const auto damages = splice_.damages(), restarts = splice_.restarts();
    splice_.pass(chunk.bytes, ready_);
    if (splice_.damages() != damages) line_->log.damaged();
    if (!splice_.webm()) return;
    line_->log.read(chunk.at, splice_.newest(), splice_.complete(), splice_.restarts() != restarts);
    if (splice_.whole()) line_->log.whole(splice_.whole_since());
  }
  void lose(std::uint64_t first, std::uint64_t last) {
    line_->log.lost(first, last);
    if (first == line_->options.first)
      throw Error(Errc::truncated, name(),
                  fmt::format("chunk {}, which holds the header, never arrived; let the page start its "
                              "recorder anew, for other Chunks",
                              first));
    if (!splice_.webm())
      throw Error(Errc::truncated, name(),
                  fmt::format("chunk {} never arrived, and only WebM can be read on after a loss", first));
    splice_.lost();
  }

  std::shared_ptr<Line> line_;
  media::WebmSplice splice_;
  std::vector<std::byte> ready_;
  std::size_t given_ = 0;
  bool ended_ = false;
};

template <class Line>
class ChunkFlags final : public Source<Flag> {
 public:
  explicit ChunkFlags(std::shared_ptr<Line> line) : line_(std::move(line)) {}
  std::optional<Flag> read(std::stop_token stop) override {
    auto flag = line_->log.next_flag(stop);
    if (flag || !stop.stop_requested()) return flag;
    // Whoever reads is asked to stop as well.
    line_->finish();
    return line_->log.next_flag(stop);
  }
  [[nodiscard]] bool sparse() const override { return true; }
  [[nodiscard]] std::string name() const override { return "flags of " + line_->options.name; }

 private:
  std::shared_ptr<Line> line_;
};

}  // namespace

Chunks::Chunks(ChunkOptions options) : impl_(std::make_shared<Impl>(std::move(options))) {}
Chunks::~Chunks() {
  if (impl_) impl_->queue.end();
}
Chunks::Chunks(Chunks&&) noexcept = default;
Chunks& Chunks::operator=(Chunks&& other) noexcept {
  std::swap(impl_, other.impl_);
  return *this;
}

bool Chunks::push(std::uint64_t number, std::span<const std::byte> bytes, std::optional<Duration> at) {
  return impl_->queue.push(number, bytes, at);
}
void Chunks::end() { impl_->queue.end(); }
void Chunks::end(std::uint64_t last) { impl_->queue.end(last); }
ChunkStatistics Chunks::statistics() const { return impl_->queue.statistics(); }

std::unique_ptr<ByteSource> Chunks::source() {
  if (impl_->source_taken.exchange(true))
    throw Error(Errc::closed, impl_->options.name, "its source was taken before");
  return std::make_unique<ChunkSource<Impl>>(impl_);
}

std::unique_ptr<Source<Flag>> Chunks::flags() {
  if (impl_->flags_taken.exchange(true))
    throw Error(Errc::closed, impl_->options.name, "its flags were taken before");
  return std::make_unique<ChunkFlags<Impl>>(impl_);
}

}  // namespace invigil
