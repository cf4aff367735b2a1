#ifdef INVIGIL_WITH_AVDEVICE
#include "capture/input.hpp"

#include "capture/device_error.hpp"

#include <invigil/freshness.hpp>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <new>
#include <string_view>
#include <thread>

#include <fmt/format.h>

extern "C" {
#include <libavdevice/avdevice.h>
}

namespace invigil::capture {

using namespace std::chrono_literals;

namespace {

constexpr auto longest_silence = 5s;
constexpr auto longest_farewell = 1s;

}  // namespace

struct Arrived {
  media::UniquePacket packet;
  Clock::Moment moment;
  std::uint64_t lost = 0;  ///< Before this one.
};

struct Input::State {
  std::string what, name;
  std::size_t capacity = 8;
  detail::Freshness freshness{capacity};
  Clock clock;
  media::UniqueInput format;  ///< The thread's.
  media::UniqueParameters parameters;
  AVRational time_base{1, 1'000'000};

  std::mutex mutex;
  std::condition_variable_any changed;
  std::deque<Arrived> queue;
  std::uint64_t lost = 0;
  std::chrono::steady_clock::time_point heard = std::chrono::steady_clock::now();
  std::exception_ptr failure;
  bool begun = false, closing = false, done = false;

  void run();
  void pump();
  bool put(media::UniquePacket packet);
  void lose_oldest();
  void fail(int error);
};

void Input::State::lose_oldest() {
  const auto before = queue.front().lost;
  queue.pop_front();
  queue.front().lost += before + 1;
  freshness.lost();
}

bool Input::State::put(media::UniquePacket packet) {
  const auto moment =
      packet->pts == AV_NOPTS_VALUE
          ? std::chrono::steady_clock::now()
          : captured(std::chrono::microseconds{av_rescale_q(packet->pts, time_base, {1, 1'000'000})});
  {
    const std::lock_guard lock{mutex};
    if (closing) return false;
    heard = std::chrono::steady_clock::now();
    if (packet->size == 0) {  // how libavdevice hands on a buffer that the driver marked as damaged
      ++lost;
      return true;
    }
    queue.push_back({std::move(packet), moment, std::exchange(lost, 0)});
    if (queue.size() > capacity) lose_oldest();
  }
  changed.notify_all();
  return true;
}

void Input::State::fail(int error) {
  {
    const std::lock_guard lock{mutex};
    failure = std::make_exception_ptr(DeviceError(
        DeviceTrouble::lost, name, fmt::format("was lost ({}); plug it in again", media::error_text(error))));
  }
  changed.notify_all();
}

void Input::State::pump() {
  for (;;) {
    auto packet = media::make_packet();
    const int r = av_read_frame(format.get(), packet.get());
    if (r == AVERROR(EAGAIN)) {
      std::this_thread::sleep_for(3ms);
      const std::lock_guard lock{mutex};
      if (closing) return;
    } else if (r < 0) {
      return fail(r);
    } else if (!put(std::move(packet))) {
      return;
    }
  }
}

void Input::State::run() {
  try {
    pump();
  } catch (...) {
    const std::lock_guard lock{mutex};
    failure = std::current_exception();
  }
  format.reset();  // a camera's light goes out
  {
    const std::lock_guard lock{mutex};
    done = true;
  }
  changed.notify_all();
}

Input::Input(const Address& address) : state_(std::make_shared<State>()) {
  media::silence_libav();
  static std::once_flag once;
  std::call_once(once, avdevice_register_all);
  state_->what = address.what;
  state_->name = fmt::format("{} {}", address.what, address.device);
  state_->capacity = address.queue;
  state_->freshness = detail::Freshness{address.queue};
  const auto* driver = av_find_input_format(address.driver.c_str());
  if (!driver)
    throw Error(Errc::unsupported, state_->name,
                fmt::format("this build of libavdevice has no {} input", address.driver));
  auto* context = avformat_alloc_context();
  if (!context) throw std::bad_alloc();
  context->flags |= AVFMT_FLAG_NONBLOCK;
  media::Dictionary options;
  for (const auto& [key, value] : address.options) options.set(key.c_str(), value);
  if (const int r = avformat_open_input(&context, address.device.c_str(), driver, options.get()); r < 0)
    throw device_error(address.what, address.device, r);
  state_->format.reset(context);
  if (context->nb_streams == 0) throw device_error(address.what, address.device, AVERROR(ENODEV));
  state_->parameters.reset(avcodec_parameters_alloc());
  if (!state_->parameters ||
      avcodec_parameters_copy(state_->parameters.get(), context->streams[0]->codecpar) < 0)
    throw std::bad_alloc();
  state_->time_base = context->streams[0]->time_base;
  std::thread([state = state_] { state->run(); }).detach();
}

Input::~Input() {
  std::unique_lock lock{state_->mutex};
  state_->closing = true;
  state_->changed.notify_all();
  state_->changed.wait_for(lock, longest_farewell, [&] { return state_->done; });
}

const AVCodecParameters& Input::parameters() const { return *state_->parameters; }
const std::string& Input::name() const { return state_->name; }

std::optional<Captured> Input::read(const std::stop_token& stop) {
  auto& s = *state_;
  s.clock.start();
  std::unique_lock lock{s.mutex};
  s.freshness.asked(s.queue.size());
  for (;;) {
    s.changed.wait_for(lock, stop, 500ms, [&] { return !s.queue.empty() || s.failure; });
    if (stop.stop_requested()) return std::nullopt;
    if (s.queue.empty() && s.failure) std::rethrow_exception(s.failure);
    if (s.queue.empty()) {
      if (std::chrono::steady_clock::now() - s.heard > longest_silence)
        throw DeviceError(DeviceTrouble::lost, s.name,
                          "gives nothing any more; unplug it and plug it in again");
      continue;
    }
    while (s.queue.size() > 1 && s.freshness.newest_alone()) s.lose_oldest();
    auto next = std::move(s.queue.front());
    s.queue.pop_front();
    const Timestamp time = s.clock.at(next.moment);
    if (!s.begun && time < Timestamp{}) continue;
    const bool first = !std::exchange(s.begun, true);
    return Captured{std::move(next.packet), time, first ? 0 : next.lost};
  }
}

}  // namespace invigil::capture
#endif
