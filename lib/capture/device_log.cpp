#include "capture/device_log.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace invigil::capture {

using namespace std::chrono_literals;

namespace {

Flag told(const char* what, FlagKind kind, Timestamp begin, Timestamp end, std::string because) {
  Flag flag;
  flag.what = what;
  flag.kind = kind;
  flag.begin = begin;
  flag.end = std::max(begin, end);
  flag.because = std::move(because);
  flag.evidence_begin = std::max(Timestamp{}, begin - 5s);
  flag.evidence_end = flag.end + 5s;
  return flag;
}

class Flags final : public Source<Flag> {
 public:
  explicit Flags(std::shared_ptr<DeviceLog> log) : log_(std::move(log)) {}
  std::optional<Flag> read(std::stop_token stop) override { return log_->next_flag(stop); }
  [[nodiscard]] bool live() const override { return true; }
  [[nodiscard]] bool sparse() const override { return true; }
  [[nodiscard]] std::string name() const override { return "flags of a device"; }

 private:
  std::shared_ptr<DeviceLog> log_;
};

}  // namespace

/// What was lost before the first was no part of the session.
void DeviceLog::count(const Losses& before) {
  if (counted_.delivered == 0) return;
  counted_.lost_by_driver += before.driver;
  counted_.lost_in_queue += before.queue;
  counted_.damaged += before.damaged;
}

void DeviceLog::delivered(const Losses& before, Timestamp time) {
  const std::lock_guard lock{mutex_};
  count(before);
  last_ = time;
  if (counted_.delivered++ > 0) return;
  first_ = time;
  tell_played();
}

void DeviceLog::damaged(const Losses& before) {
  const std::lock_guard lock{mutex_};
  count(before);
  if (counted_.delivered > 0) ++counted_.damaged;
}

void DeviceLog::restarted() {
  const std::lock_guard lock{mutex_};
  ++counted_.restarts;
}

void DeviceLog::seems_played(const std::string& name, const std::string& driver) {
  const std::lock_guard lock{mutex_};
  counted_.seems_virtual = true;
  played_ = fmt::format(
      "the camera calls itself \"{}\" (driver {}), and such cameras show what a program gives them", name,
      driver);
}

void DeviceLog::away(Clock::Moment since, std::string why) {
  const std::lock_guard lock{mutex_};
  if (ended_) return;
  counted_.present = false;
  if (absence_) return;
  absence_ = {since, std::move(why)};
  ++counted_.absences;
  changed_.notify_all();
}

void DeviceLog::back(Clock::Moment at) {
  const std::lock_guard lock{mutex_};
  counted_.present = true;
  if (!absence_ || ended_) return;
  tell_absence(at);
  changed_.notify_all();
}

void DeviceLog::end() {
  const std::lock_guard lock{mutex_};
  if (std::exchange(ended_, true)) return;
  if (absence_) tell_absence(Clock::Moment::clock::now());
  tell_losses();
  clock_.reset();
  changed_.notify_all();
}

void DeviceLog::tell_absence(Clock::Moment until) {
  const auto [since, why] = *std::exchange(absence_, std::nullopt);
  clock_->start();
  const auto begin = std::max(Timestamp{}, clock_->at(since)), end = clock_->at(until);
  if (end <= Timestamp{}) return;  // it was over before the session began
  flags_.push_back(told(words_.lost, FlagKind::technical, begin, end,
                        fmt::format("{} {} for {:.1f} s", words_.device, why, seconds(end - begin))));
}

void DeviceLog::tell_losses() {
  const auto lost = counted_.lost_by_driver + counted_.lost_in_queue + counted_.damaged;
  if (lost == 0) return;
  flags_.push_back(
      told("frames_dropped", FlagKind::technical, first_, last_,
           fmt::format("{} {} of {} were lost: {} by its driver, {} waiting to be taken, {} damaged", lost,
                       words_.items, words_.device, counted_.lost_by_driver, counted_.lost_in_queue,
                       counted_.damaged)));
}

/// A moment and not the whole session: recordings keep what flags touch.
void DeviceLog::tell_played() {
  if (played_.empty()) return;
  flags_.push_back(told("virtual_camera", FlagKind::behaviour, first_, first_, played_));
  changed_.notify_all();
}

CaptureStatistics DeviceLog::statistics() const {
  const std::lock_guard lock{mutex_};
  return counted_;
}

std::optional<std::pair<Clock::Moment, std::string>> DeviceLog::absence() const {
  const std::lock_guard lock{mutex_};
  return absence_;
}

std::optional<Flag> DeviceLog::next_flag(const std::stop_token& stop) {
  std::unique_lock lock{mutex_};
  const auto ready = [&] { return !flags_.empty() || ended_; };
  changed_.wait(lock, stop, ready);
  // The device stops as well, and only then is all told.
  if (!ready()) changed_.wait_for(lock, 2s, ready);
  if (flags_.empty()) return std::nullopt;
  auto flag = std::move(flags_.front());
  flags_.pop_front();
  return flag;
}

std::unique_ptr<Source<Flag>> flags_of(std::shared_ptr<DeviceLog> log) {
  return std::make_unique<Flags>(std::move(log));
}

}  // namespace invigil::capture
