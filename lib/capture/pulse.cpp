#ifdef INVIGIL_WITH_PULSE
#include "capture/pulse.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include <pulse/pulseaudio.h>

extern "C" {
#include <libavutil/channel_layout.h>
}

namespace invigil::capture {

namespace {

using namespace std::chrono_literals;
using Wall = std::chrono::steady_clock;

constexpr auto longest_answer = 2s;
constexpr std::uint32_t rate = 48000;
constexpr std::size_t run_bytes = rate / 50 * sizeof(float);

struct Free {
  void operator()(pa_mainloop* p) const { pa_mainloop_free(p); }
  void operator()(pa_context* p) const {
    pa_context_disconnect(p);
    pa_context_unref(p);
  }
  void operator()(pa_stream* p) const {
    pa_stream_disconnect(p);
    pa_stream_unref(p);
  }
  void operator()(pa_operation* p) const {
    pa_operation_cancel(p);
    pa_operation_unref(p);
  }
};
template <class T>
using Unique = std::unique_ptr<T, Free>;

int errno_of(int pulse_error) {
  switch (pulse_error) {
    case PA_ERR_ACCESS:
    case PA_ERR_AUTHKEY:
      return EACCES;
    case PA_ERR_NOENTITY:
    case PA_ERR_KILLED:
      return ENODEV;
    case PA_ERR_BUSY:
      return EBUSY;
    case PA_ERR_TIMEOUT:
      return ETIMEDOUT;
    case PA_ERR_CONNECTIONREFUSED:
    case PA_ERR_CONNECTIONTERMINATED:
      return ECONNREFUSED;
    default:
      return EIO;
  }
}

/// A connection, driven by whoever waits for something: no thread of libpulse's own, and no call that blocks.
class Client {
 public:
  Client() : loop_(pa_mainloop_new()) {
    if (!loop_) throw std::bad_alloc();
    context_.reset(pa_context_new(pa_mainloop_get_api(loop_.get()), "invigil"));
    if (!context_) throw std::bad_alloc();
  }
  /// 0 or an errno. A library starts no server.
  [[nodiscard]] int connect() {
    if (pa_context_connect(context_.get(), nullptr, PA_CONTEXT_NOAUTOSPAWN, nullptr) < 0) return error();
    const auto state = [&] { return pa_context_get_state(context_.get()); };
    const bool answered = wait([&] { return state() == PA_CONTEXT_READY || !PA_CONTEXT_IS_GOOD(state()); });
    return !answered ? ETIMEDOUT : state() == PA_CONTEXT_READY ? 0 : error();
  }
  /// True as soon as `done` holds, false when the time is over.
  template <class Done>
  bool wait(Done done, std::chrono::microseconds at_most = longest_answer) {
    const auto until = Wall::now() + at_most;
    while (!done()) {
      const auto left = std::chrono::duration_cast<std::chrono::microseconds>(until - Wall::now());
      if (left <= 0us) return false;
      if (pa_mainloop_prepare(loop_.get(), static_cast<int>(left.count())) < 0) return done();
      if (pa_mainloop_poll(loop_.get()) < 0 || pa_mainloop_dispatch(loop_.get()) < 0) return done();
    }
    return true;
  }
  /// Whether the server has answered in time.
  [[nodiscard]] bool finish(pa_operation* started) {
    const Unique<pa_operation> operation{started};
    return operation &&
           wait([&] { return pa_operation_get_state(operation.get()) != PA_OPERATION_RUNNING; }) &&
           pa_operation_get_state(operation.get()) == PA_OPERATION_DONE;
  }
  [[nodiscard]] int error() const { return errno_of(pa_context_errno(context_.get())); }
  [[nodiscard]] pa_context* context() const { return context_.get(); }

 private:
  Unique<pa_mainloop> loop_;
  Unique<pa_context> context_;
};

class PulseNode final : public SoundNode {
 public:
  /// 0 or an errno. Once, before anything else.
  [[nodiscard]] int open(const std::string& source);
  [[nodiscard]] int take(Run& run, std::chrono::milliseconds at_most) override;

 private:
  [[nodiscard]] bool good() const { return PA_STREAM_IS_GOOD(pa_stream_get_state(stream_.get())); }
  [[nodiscard]] Clock::Moment begin_of_next(std::size_t bytes) const;

  Client client_;
  Unique<pa_stream> stream_;
};

int PulseNode::open(const std::string& source) {
  if (const int error = client_.connect()) return error;
  const pa_sample_spec format{PA_SAMPLE_FLOAT32NE, rate, 1};
  stream_.reset(pa_stream_new(client_.context(), "microphone", &format, nullptr));
  if (!stream_) return client_.error();
  constexpr auto whatever = static_cast<std::uint32_t>(-1);
  // The server's own fragments are seconds long.
  const pa_buffer_attr buffer{whatever, whatever, whatever, whatever, run_bytes};
  // A server moves streams whose source is gone to another one, often a silent one, without a word: not this.
  constexpr auto flags = static_cast<pa_stream_flags_t>(
      PA_STREAM_DONT_MOVE | PA_STREAM_ADJUST_LATENCY | PA_STREAM_INTERPOLATE_TIMING |
      PA_STREAM_NOT_MONOTONIC | PA_STREAM_AUTO_TIMING_UPDATE);
  if (pa_stream_connect_record(stream_.get(), source.c_str(), &buffer, flags) < 0) return client_.error();
  const auto state = [&] { return pa_stream_get_state(stream_.get()); };
  if (!client_.wait([&] { return state() == PA_STREAM_READY || !good(); })) return ETIMEDOUT;
  return state() == PA_STREAM_READY ? 0 : client_.error();
}

Clock::Moment PulseNode::begin_of_next(std::size_t bytes) const {
  const auto now = Wall::now();
  pa_usec_t latency = 0;
  int negative = 0;
  if (pa_stream_get_latency(stream_.get(), &latency, &negative) < 0)  // not known yet
    return now - std::chrono::microseconds{bytes * 1'000'000 / (rate * sizeof(float))};
  const auto age = std::chrono::microseconds{latency};
  return negative ? now + age : now - age;
}

int PulseNode::take(Run& run, std::chrono::milliseconds at_most) {
  const auto readable = [&] { return pa_stream_readable_size(stream_.get()); };
  const bool arrived = client_.wait([&] { return !good() || readable() > 0; }, at_most);
  if (!good()) return ENODEV;
  const void* data = nullptr;
  std::size_t bytes = 0;
  if (!arrived) return EAGAIN;
  const auto begin = begin_of_next(readable());
  if (pa_stream_peek(stream_.get(), &data, &bytes) < 0) return EIO;
  run.torn = run.torn || (!data && bytes > 0);  // a hole in the server's buffer
  const auto samples = bytes / sizeof(float);
  if (data && samples > 0) {
    run.begin = begin;
    run.sound = media::make_frame();
    run.sound->format = AV_SAMPLE_FMT_FLT;
    run.sound->sample_rate = rate;
    run.sound->nb_samples = static_cast<int>(samples);
    av_channel_layout_default(&run.sound->ch_layout, 1);
    if (av_frame_get_buffer(run.sound.get(), 0) < 0) throw std::bad_alloc();
    std::memcpy(run.sound->data[0], data, samples * sizeof(float));
  }
  if (bytes > 0) pa_stream_drop(stream_.get());
  return run.sound ? 0 : EAGAIN;
}

class PulsePort final : public SoundPort {
 public:
  explicit PulsePort(std::string source) : source_(std::move(source)) {}
  std::unique_ptr<SoundNode> open(int& error) override {
    auto node = std::make_unique<PulseNode>();
    error = node->open(source_);
    return error ? nullptr : std::move(node);
  }
  [[nodiscard]] std::string name() const override { return source_; }

 private:
  std::string source_;
};

void add(pa_context*, const pa_source_info* source, int, void* sources) {
  if (source)
    static_cast<std::vector<SoundSource>*>(sources)->push_back({source->name, source->description, false});
}
void name_standard(pa_context*, const pa_server_info* server, void* name) {
  if (server && server->default_source_name) *static_cast<std::string*>(name) = server->default_source_name;
}

}  // namespace

std::optional<std::vector<SoundSource>> pulse_sources() {
  Client client;
  if (client.connect()) return std::nullopt;
  std::vector<SoundSource> sources;
  std::string standard;
  if (!client.finish(pa_context_get_source_info_list(client.context(), &add, &sources)) ||
      !client.finish(pa_context_get_server_info(client.context(), &name_standard, &standard)))
    return std::nullopt;
  choose_standard(sources, standard);
  return sources;
}

std::unique_ptr<SoundPort> pulse_port(const std::string& source) {
  return std::make_unique<PulsePort>(source);
}

}  // namespace invigil::capture
#endif
