// A connection by libavformat's HTTP client, which is linked anyway.
//
// Note [a name may hang]: looking up a host name takes no deadline and no interrupt. So all of it runs on a
// thread that owns what it needs, and one that is not back in time is left to itself.
#include "check/measured.hpp"
#include "media/av.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

namespace invigil::check {

namespace {

using namespace std::chrono_literals;
using Wall = std::chrono::steady_clock;

constexpr int questions = 10;
constexpr auto longest_question = 2s;
constexpr auto longest_upload = 10s;
constexpr auto longest_of_all = 30s;
constexpr std::size_t upload_bytes = std::size_t{1} << 20;

struct Shared {
  std::mutex mutex;
  std::condition_variable_any changed;
  Connection found;
  bool done = false, abandoned = false;
};

/// When a call must be back.
struct Deadline {
  Wall::time_point at;
  std::shared_ptr<Shared> shared;
  static int passed(void* self) {
    const auto& d = *static_cast<Deadline*>(self);
    const std::lock_guard lock{d.shared->mutex};
    return Wall::now() > d.at || d.shared->abandoned;
  }
};

struct Answer {
  int error = 0;
  double seconds = 0;
};

/// Until the server has answered with a header.
Answer ask(const std::string& url, const std::string& hex_body, std::chrono::seconds limit,
           const std::shared_ptr<Shared>& shared) {
  Deadline deadline{Wall::now() + limit, shared};
  const AVIOInterruptCB interrupt{&Deadline::passed, &deadline};
  media::Dictionary options;
  options.set("protocol_whitelist", "http,https,tcp,tls,httpproxy");
  options.set("user_agent", "invigil");
  options.set("rw_timeout", std::to_string(std::chrono::microseconds{limit}.count()));
  options.set("seekable", "0");
  if (!hex_body.empty()) {
    options.set("method", "POST");
    options.set("post_data", hex_body);
    options.set("headers", "Content-Type: application/octet-stream\r\n");
  }
  AVIOContext* http = nullptr;
  const auto begin = Wall::now();
  const int error = avio_open2(&http, url.c_str(), AVIO_FLAG_READ, &interrupt, options.get());
  const double took = std::chrono::duration<double>(Wall::now() - begin).count();
  if (http) avio_close(http);
  return {error, took};
}

/// The server was reached, and would not have it.
bool is_refusal(int error) {
  return error == AVERROR_HTTP_BAD_REQUEST || error == AVERROR_HTTP_UNAUTHORIZED ||
         error == AVERROR_HTTP_FORBIDDEN || error == AVERROR_HTTP_NOT_FOUND ||
         error == AVERROR_HTTP_OTHER_4XX || error == AVERROR_HTTP_SERVER_ERROR;
}

/// Random, so that nothing on the way makes it smaller.
std::string random_hex() {
  std::string text(upload_bytes * 2, '0');
  std::mt19937_64 random{std::random_device{}()};
  for (auto& c : text) c = "0123456789abcdef"[random() & 15U];
  return text;
}

bool abandoned(Shared& shared) {
  const std::lock_guard lock{shared.mutex};
  return shared.abandoned;
}

void ask_ten_times(const std::string& url, const std::shared_ptr<Shared>& shared) {
  for (int i = 0; i < questions && !abandoned(*shared); ++i) {
    const auto answer = ask(url, {}, longest_question, shared);
    const std::lock_guard lock{shared->mutex};
    auto& found = shared->found;
    ++found.asked;
    if (answer.error >= 0 || is_refusal(answer.error))
      found.round_trips.push_back(answer.seconds);
    else
      found.why = media::error_text(answer.error);
    // Nobody is there: the rest would only take time.
    if (found.round_trips.empty() && found.asked == 3) return;
  }
}

void upload(const std::string& url, const std::shared_ptr<Shared>& shared) {
  const auto answer = ask(url, random_hex(), longest_upload, shared);
  const std::lock_guard lock{shared->mutex};
  auto& found = shared->found;
  if (answer.error < 0) found.refused = media::error_text(answer.error);
  if (answer.error < 0 && !is_refusal(answer.error)) return;
  found.bits_per_second = double(upload_bytes) * 8 / std::max(answer.seconds, 1e-6);
}

}  // namespace

Connection try_connection(const std::string& url, const std::stop_token& stop) {
  media::silence_libav();
  auto shared = std::make_shared<Shared>();
  std::thread([shared, url] {
    ask_ten_times(url, shared);
    bool reached = false;
    {
      const std::lock_guard lock{shared->mutex};
      reached = !shared->found.round_trips.empty();
    }
    if (reached && !abandoned(*shared)) upload(url, shared);
    const std::lock_guard lock{shared->mutex};
    shared->done = true;
    shared->changed.notify_all();
  }).detach();
  std::unique_lock lock{shared->mutex};
  if (!shared->changed.wait_for(lock, stop, longest_of_all, [&] { return shared->done; }))
    shared->found.why = "no answer in time";
  shared->abandoned = true;
  return shared->found;
}

}  // namespace invigil::check
