// A thread that reads a device, and what its source shares with it.
//
// Note [the thread may be left behind]: a broken driver or a sound server can hold any call for ever, even
// the one that closes. So the thread owns what it needs and opens the device, too; opening waits for it until
// a deadline, reading only for the queue, and a thread that is not back a second after closing is left to
// itself.
#pragma once

#include "capture/device_error.hpp"
#include "capture/device_log.hpp"

#include <invigil/time.hpp>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace invigil::capture {

/// How long it can take to notice that all is to end.
inline constexpr auto slice = std::chrono::milliseconds{100};
/// The rest of the second that `Source::read` promises is the source's.
inline constexpr auto longest_farewell = std::chrono::milliseconds{800};

/// How a stream ended.
enum class Ended { closing, still, gone };

/// What a source says of its device when it does not do what it should.
struct DeviceWords {
  const char* kind;       ///< "camera".
  const char* no_answer;  ///< When opening takes too long.
  const char* nothing;    ///< When it opens, and nothing comes.
  const char* kept;       ///< What is there of a device that was lost.
};

/// Made by `start`, because the thread keeps a share of it. Taken: what waits in the queue, guarded by
/// `mutex`.
template <class Taken>
class DeviceThread {
 public:
  DeviceThread(const DeviceWords& words_, std::string name_, std::shared_ptr<DeviceLog> log_)
      : words(words_), name(std::move(name_)), log(std::move(log_)) {}
  virtual ~DeviceThread() = default;
  DeviceThread(const DeviceThread&) = delete;
  DeviceThread& operator=(const DeviceThread&) = delete;

  /// Returns once the device is open. Throws `DeviceError` when it cannot be opened, or not within `at_most`.
  static void start(const std::shared_ptr<DeviceThread>& self, Duration at_most) {
    std::thread([self] { self->run(); }).detach();
    std::unique_lock lock{self->mutex};
    if (!self->changed.wait_for(lock, at_most, [&] { return self->opened_.has_value(); })) {
      self->closing_ = true;
      throw DeviceError(DeviceTrouble::failed, self->name, self->words.no_answer);
    }
    if (*self->opened_) throw device_error(self->words.kind, self->address(), *self->opened_);
  }
  /// Asks the thread to end, and waits for it, but not for ever.
  void end() {
    std::unique_lock lock{mutex};
    closing_ = true;
    changed.notify_all();
    changed.wait_for(lock, longest_farewell, [&] { return done_; });
    lock.unlock();
    log->end();
  }
  /// What is to be handed out; nothing once it is to stop. Asks `check` while there is nothing. begun:
  /// something was read before. Throws what the thread ended with, and `DeviceError` when the device is away
  /// at the end.
  std::optional<Taken> next(const std::stop_token& stop, bool begun, const auto& check) {
    std::unique_lock lock{mutex};
    asked();
    for (;;) {
      changed.wait_for(lock, stop, slice, [&] { return !queue.empty() || failure_; });
      if (stop.stop_requested()) break;
      if (!queue.empty()) return take();
      if (failure_) std::rethrow_exception(failure_);
      check();
    }
    if (const auto absence = log->absence(); absence && begun)
      throw DeviceError(DeviceTrouble::lost, name, absence->second + " and did not come back; " + words.kept);
    return std::nullopt;
  }
  /// All that waits.
  [[nodiscard]] std::deque<Taken> rest() {
    const std::lock_guard lock{mutex};
    return std::exchange(queue, {});
  }
  /// Throws when the device has been away for too long, or never gave anything since `first`.
  void check_presence(bool begun, Duration longest_absence, Clock::Moment first,
                      Duration longest_wait) const {
    const auto now = std::chrono::steady_clock::now();
    const auto absence = log->absence();
    if (begun && absence && now - absence->first > longest_absence)
      throw DeviceError(DeviceTrouble::lost, name,
                        absence->second + " and did not come back; plug it in again");
    if (!begun && now - first > longest_wait) throw DeviceError(DeviceTrouble::failed, name, words.nothing);
  }

  const DeviceWords words;
  const std::string name;
  const std::shared_ptr<DeviceLog> log;

 protected:
  /// As the system calls the device.
  [[nodiscard]] virtual std::string address() const = 0;
  /// In the thread. 0, or the errno of why not.
  [[nodiscard]] virtual int open() = 0;
  /// Until it is to end, or the device is gone for good.
  virtual void go_on() = 0;
  virtual void close() = 0;
  /// Whoever reads has come for the next. With `mutex`, as `take`.
  virtual void asked() {}
  /// Of a queue that holds something. Default: what waited longest.
  [[nodiscard]] virtual Taken take() {
    Taken taken = std::move(queue.front());
    queue.pop_front();
    return taken;
  }
  /// True when it is to end, at the latest after `at_most`.
  [[nodiscard]] bool is_closing(Duration at_most = {}) {
    std::unique_lock lock{mutex};
    return changed.wait_for(lock, at_most, [&] { return closing_; });
  }

  std::mutex mutex;
  std::condition_variable_any changed;
  std::deque<Taken> queue;

 private:
  void run() {
    try {
      const int error = open();
      opened(error);
      if (error == 0) go_on();
    } catch (...) {
      const std::lock_guard lock{mutex};
      failure_ = std::current_exception();
      if (!opened_) opened_ = ENOMEM;
    }
    close();
    const std::lock_guard lock{mutex};
    done_ = true;
    changed.notify_all();
  }
  void opened(int error) {
    {
      const std::lock_guard lock{mutex};
      opened_ = error;
    }
    changed.notify_all();
  }

  std::exception_ptr failure_;
  std::optional<int> opened_;  ///< 0, or why not.
  bool closing_ = false, done_ = false;
};

}  // namespace invigil::capture
