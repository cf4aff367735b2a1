// A disk that a power cut finds with unwritten data: what was synced is there, and each write since was kept,
// lost or garbled, as a whole or sector by sector (SQLite's crash tests; CrashMonkey's bound: crash points
// lie between persistence points).
#pragma once

#include "memory.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace invigil::test {

/// What went to a sink, in order.
struct Trace {
  struct Operation {
    bool sync = false;
    std::size_t end = 0;  ///< Bytes written when it had been done.
  };
  Bytes bytes;
  std::vector<Operation> operations;
};

class TracingSink final : public ByteSink {
 public:
  explicit TracingSink(std::shared_ptr<Trace> trace) : trace_(std::move(trace)) {}
  void write(std::span<const std::byte> bytes) override {
    trace_->bytes.insert(trace_->bytes.end(), bytes.begin(), bytes.end());
    trace_->operations.push_back({false, trace_->bytes.size()});
  }
  void sync() override { trace_->operations.push_back({true, trace_->bytes.size()}); }
  void close() override { sync(); }
  [[nodiscard]] std::string name() const override { return "traced"; }

 private:
  std::shared_ptr<Trace> trace_;
};

/// What became of a stretch that was not synced.
enum class Fate { kept, lost, garbled };

/// The moment after `done` operations.
class CrashPoint {
 public:
  CrashPoint(const Trace& trace, std::size_t done) : trace_(trace) {
    for (std::size_t i = 0; i < done; ++i) {
      const auto& o = trace.operations[i];
      if (o.sync) synced_ = o.end;
      written_ = o.end;
    }
    for (std::size_t i = 0; i < done; ++i) {
      const auto& o = trace.operations[i];
      const std::size_t begin = i == 0 ? 0 : trace.operations[i - 1].end;
      if (!o.sync && o.end > synced_) unsynced_.push_back({begin, o.end});
    }
  }
  /// Bytes that a sync acknowledged.
  [[nodiscard]] std::size_t synced() const { return synced_; }
  [[nodiscard]] std::size_t written() const { return written_; }
  struct Range {
    std::size_t begin, end;
  };
  [[nodiscard]] const std::vector<Range>& unsynced() const { return unsynced_; }
  /// The unsynced bytes by sectors of 512, at the disk's borders.
  [[nodiscard]] std::vector<Range> sectors() const {
    std::vector<Range> all;
    for (std::size_t at = synced_; at < written_; at = all.back().end)
      all.push_back({at, std::min(written_, at / 512 * 512 + 512)});
    return all;
  }

  /// The disk afterwards; `fates` go with `ranges`. `shortened`: the file's length was lost with what was
  /// lost at its end; otherwise zeros are there.
  [[nodiscard]] Bytes image(const std::vector<Range>& ranges, const std::vector<Fate>& fates, bool shortened,
                            std::uint32_t seed = 1) const {
    Bytes disk(trace_.bytes.begin(), trace_.bytes.begin() + static_cast<std::ptrdiff_t>(written_));
    std::mt19937 random{seed};
    std::size_t kept_to = synced_;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      if (fates[i] != Fate::lost) kept_to = ranges[i].end;
      if (fates[i] == Fate::kept) continue;
      for (std::size_t at = ranges[i].begin; at < ranges[i].end; ++at)
        disk[at] = fates[i] == Fate::lost ? std::byte{0} : std::byte(random() & 0xffU);
    }
    if (shortened) disk.resize(kept_to);
    return disk;
  }

 private:
  const Trace& trace_;
  std::size_t synced_ = 0, written_ = 0;
  std::vector<Range> unsynced_;
};

/// Every combination of fates for `count` ranges: 3^count.
inline void for_all_fates(std::size_t count, const std::function<void(const std::vector<Fate>&)>& call) {
  std::size_t combinations = 1;
  for (std::size_t i = 0; i < count; ++i) combinations *= 3;
  for (std::size_t n = 0; n < combinations; ++n) {
    std::vector<Fate> fates;
    for (std::size_t i = 0, rest = n; i < count; ++i, rest /= 3) fates.push_back(static_cast<Fate>(rest % 3));
    call(fates);
  }
}

/// Everything that a power cut at this point may leave: all fates of whole writes, every single sector lost
/// or garbled, some random mixtures of sectors; each with and without the file's length.
inline void for_all_crashes(const CrashPoint& point, const std::function<void(const Bytes&)>& call) {
  const auto both = [&](const std::vector<CrashPoint::Range>& ranges, const std::vector<Fate>& fates,
                        std::uint32_t seed) {
    call(point.image(ranges, fates, false, seed));
    if (!fates.empty() && fates.back() == Fate::lost) call(point.image(ranges, fates, true, seed));
  };
  for_all_fates(point.unsynced().size(), [&](const auto& fates) { both(point.unsynced(), fates, 1); });
  const auto sectors = point.sectors();
  for (std::size_t i = 0; i < sectors.size(); ++i)
    for (const Fate fate : {Fate::lost, Fate::garbled}) {
      std::vector<Fate> fates(sectors.size(), Fate::kept);
      fates[i] = fate;
      both(sectors, fates, 2);
    }
  std::mt19937 random{static_cast<std::uint32_t>(point.written())};
  for (std::uint32_t round = 0; round < 8 && !sectors.empty(); ++round) {
    std::vector<Fate> fates(sectors.size());
    for (auto& fate : fates) fate = static_cast<Fate>(random() % 3);
    both(sectors, fates, round);
  }
}

}  // namespace invigil::test
