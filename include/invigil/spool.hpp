// Sending what is written to another machine while it is written. What is not acknowledged waits on disk.
//
//   Recording recording{std::make_unique<Spool>("exam.spool", std::make_unique<MyUpload>(url)), {staff}};
#pragma once

#include <invigil/error.hpp>
#include <invigil/export.hpp>
#include <invigil/io.hpp>
#include <invigil/time.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace invigil {

/// The other end: something that only grows, like an HTTP upload that can be resumed. Called on one thread.
///
/// What may pass (no connection, a server that is busy or broken) throws `Error{io}` or `TryLater` and is
/// tried again; any other exception ends the sending (the upload is gone, the credentials are refused), while
/// writing goes on.
class INVIGIL_API Transport {
 public:
  virtual ~Transport() = default;
  /// How many bytes the other end has. Asked first and after every failure: an answer that was lost may have
  /// said that all was taken.
  [[nodiscard]] virtual std::uint64_t acknowledged() = 0;
  /// Sends `bytes`, which follow the first `offset`. Returns how many bytes the other end has now; it may
  /// have taken a part. Blocks no longer than some seconds without progress.
  [[nodiscard]] virtual std::uint64_t send(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
  /// All `size` bytes are there, and no more will come.
  virtual void finish(std::uint64_t size) { (void)size; }
  /// Names the other end in messages, e.g. its address.
  [[nodiscard]] virtual std::string name() const { return "the other end"; }
};

/// The other end asks to be left alone for a while (Retry-After of RFC 9110, section 10.2.3).
class INVIGIL_API TryLater : public Error {
 public:
  TryLater(std::string where, std::string_view what, Duration wait)
      : Error(Errc::io, std::move(where), what), wait_(wait) {}
  [[nodiscard]] Duration wait() const { return wait_; }

 private:
  Duration wait_;
};

struct SpoolOptions {
  /// Most bytes that wait to be acknowledged; what would be more is refused. On disk up to 2 MiB more. At
  /// least 1 MiB. Default: 1 GiB, 4 h at 550 kbit/s.
  std::uint64_t most_stored = std::uint64_t{1} << 30;
  /// Most bytes in one `Transport::send`. At least 1. Default: 1 MiB.
  std::size_t most_sent = std::size_t{1} << 20;
  /// After failure n (from 0) in a row the wait is drawn from 0 to min(longest_wait, first_wait * 2^n): "full
  /// jitter", so that a room of clients does not come back at once. Default: 0.5 s.
  Duration first_wait = std::chrono::milliseconds{500};
  /// Default: 30 s.
  Duration longest_wait = std::chrono::seconds{30};
  /// How long `close` waits for the rest to be acknowledged. Default: 60 s.
  Duration drain = std::chrono::seconds{60};
  /// How to wait between attempts; must return early on a request to stop. Default: empty, which waits.
  std::function<void(Duration, std::stop_token)> wait = {};
};

struct SpoolStatistics {
  std::uint64_t written = 0;       ///< Bytes, since offset 0.
  std::uint64_t acknowledged = 0;  ///< Of these.
  std::uint64_t stored = 0;        ///< Bytes on disk.
  std::uint64_t failures = 0;      ///< Attempts that failed, in all.
  std::string last_failure;        ///< Empty when the last attempt succeeded.
  bool given_up = false;           ///< Nothing more is sent; what is stored stays.
};

/// A sink that writes to a folder and sends from there, on a thread of its own. A lost connection holds up
/// nothing; what was acknowledged is not sent again, and is deleted. `statistics` may be called from any
/// thread.
class INVIGIL_API Spool final : public ByteSink {
 public:
  /// Throws `Error{io}` when `folder` holds an unfinished upload (see `resume`) or is in use,
  /// `Error{argument}` for options out of range.
  Spool(const std::filesystem::path& folder, std::unique_ptr<Transport> transport, SpoolOptions options = {});
  /// Goes on with what an earlier run left in `folder`; nothing can be added. `close` waits for the end.
  /// Throws `Error{io}` when there is nothing.
  [[nodiscard]] static std::unique_ptr<Spool> resume(const std::filesystem::path& folder,
                                                     std::unique_ptr<Transport> transport,
                                                     SpoolOptions options = {});
  /// Stops sending. What is not acknowledged stays in the folder.
  ~Spool() override;
  /// Throws `Error{io}` on a full or broken disk, and when more than `most_stored` would wait.
  void write(std::span<const std::byte> bytes) override;
  /// Everything written so far is on this machine's disk, and is sent next.
  void sync() override;
  [[nodiscard]] bool reserve(std::uint64_t bytes) override;
  /// Waits until all is acknowledged, deletes the folder. Throws `Error{io}` that says how much is left, and
  /// where, when that takes longer than `drain` or the other end refuses for good.
  void close() override;
  [[nodiscard]] std::string name() const override;
  [[nodiscard]] SpoolStatistics statistics() const;

 private:
  struct Impl;
  explicit Spool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil
