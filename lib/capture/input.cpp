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
constexpr auto between_looks = 1s;  ///< Whether the size has changed.

/// 0, or an error of libav's.
int open_input(const Address& address, const AVInputFormat* driver, media::UniqueInput& opened) {
  auto* context = avformat_alloc_context();
  if (!context) throw std::bad_alloc();
  context->flags |= AVFMT_FLAG_NONBLOCK;
  media::Dictionary options;
  for (const auto& [key, value] : address.options) options.set(key.c_str(), value);
  if (const int r = avformat_open_input(&context, address.device.c_str(), driver, options.get()); r < 0)
    return r;
  opened.reset(context);
  return context->nb_streams == 0 ? AVERROR(ENODEV) : 0;
}

std::shared_ptr<const AVCodecParameters> parameters_of(const AVFormatContext& context) {
  media::UniqueParameters copy{avcodec_parameters_alloc()};
  if (!copy || avcodec_parameters_copy(copy.get(), context.streams[0]->codecpar) < 0) throw std::bad_alloc();
  return {std::move(copy)};
}

}  // namespace

struct Arrived {
  media::UniquePacket packet;
  Clock::Moment moment;
  std::uint64_t lost = 0;  ///< Before this one.
  std::shared_ptr<const AVCodecParameters> parameters;
};

struct Input::State {
  explicit State(const Address& a)
      : address(a), name(fmt::format("{} {}", a.what, a.device)), freshness(a.queue) {}

  const Address address;
  const std::string name;
  const AVInputFormat* driver = nullptr;
  Clock clock;
  media::UniqueInput format;  ///< The thread's, as all that follows, once it runs.
  std::shared_ptr<const AVCodecParameters> parameters;
  bool gave = false;  ///< Something since it was opened.
  std::chrono::steady_clock::time_point looked = std::chrono::steady_clock::now();

  std::mutex mutex;
  std::condition_variable_any changed;
  std::deque<Arrived> queue;  ///< Guarded, as all that follows.
  detail::Freshness freshness;
  std::uint64_t lost = 0;
  std::chrono::steady_clock::time_point heard = std::chrono::steady_clock::now();
  std::exception_ptr failure;
  bool begun = false, closing = false, done = false;

  void run();
  void pump();
  [[nodiscard]] int open_it();
  [[nodiscard]] bool has_changed();
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
  const auto moment = packet->pts == AV_NOPTS_VALUE
                          ? std::chrono::steady_clock::now()
                          : captured(std::chrono::microseconds{
                                av_rescale_q(packet->pts, format->streams[0]->time_base, {1, 1'000'000})});
  {
    const std::lock_guard lock{mutex};
    if (closing) return false;
    heard = std::chrono::steady_clock::now();
    if (packet->size == 0) {  // how libavdevice hands on a buffer that the driver marked as damaged
      ++lost;
      return true;
    }
    queue.push_back({std::move(packet), moment, std::exchange(lost, 0), parameters});
    if (queue.size() > address.queue) lose_oldest();
  }
  changed.notify_all();
  return true;
}

void Input::State::fail(int error) {
  {
    const std::lock_guard lock{mutex};
    failure = std::make_exception_ptr(
        DeviceError(DeviceTrouble::lost, name,
                    fmt::format("was lost ({}); {}", media::error_text(error),
                                address.what == "screen" ? "log in again" : "plug it in again")));
  }
  changed.notify_all();
}

int Input::State::open_it() {
  format.reset();
  gave = false;
  const int r = open_input(address, driver, format);
  if (r >= 0) parameters = parameters_of(*format);
  return r;
}

/// x11grab goes on with the part that it was opened for when a screen grows, without a word.
bool Input::State::has_changed() {
  const auto now = std::chrono::steady_clock::now();
  if (!address.changes || now - looked < between_looks) return false;
  looked = now;
  media::UniqueInput other;
  if (open_input(address, driver, other) < 0) return false;
  const auto& found = *other->streams[0]->codecpar;
  return found.width != parameters->width || found.height != parameters->height;
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
      if (!address.changes || !gave || open_it() < 0) return fail(r);
    } else if (!put(std::move(packet))) {
      return;
    } else if (gave = true; has_changed()) {
      if (const int error = open_it(); error < 0) return fail(error);
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

Input::Input(const Address& address) : state_(std::make_shared<State>(address)) {
  media::silence_libav();
  static std::once_flag once;
  std::call_once(once, avdevice_register_all);
  state_->driver = av_find_input_format(address.driver.c_str());
  if (!state_->driver)
    throw Error(Errc::unsupported, state_->name,
                fmt::format("this build of libavdevice has no {} input", address.driver));
  if (const int r = state_->open_it(); r < 0) throw device_error(address.what, address.device, r);
  parameters_ = state_->parameters;
  std::thread([state = state_] { state->run(); }).detach();
}

Input::~Input() {
  std::unique_lock lock{state_->mutex};
  state_->closing = true;
  state_->changed.notify_all();
  state_->changed.wait_for(lock, longest_farewell, [&] { return state_->done; });
}

const std::shared_ptr<const AVCodecParameters>& Input::parameters() const { return parameters_; }
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
    return Captured{std::move(next.packet), time, first ? 0 : next.lost, std::move(next.parameters)};
  }
}

}  // namespace invigil::capture
#endif
