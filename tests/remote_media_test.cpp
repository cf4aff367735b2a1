// Inputs that come from another machine: nothing they do, or do not do, hangs.
#include "loopback_server.hpp"
#include "media_support.hpp"

#include <atomic>
#include <chrono>

using namespace invigil;
using namespace invigil::test;
using namespace std::chrono_literals;

namespace {

/// Takes connections on the loopback interface, answers each request with the same bytes, and then says
/// nothing more.
class SilentServer {
 public:
  explicit SilentServer(std::string answer) : answer_(std::move(answer)), thread_([this] { serve(); }) {}
  ~SilentServer() {
    listener_.stop();
    thread_.join();
    for (const int client : clients_) ::close(client);
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  [[nodiscard]] std::string url(const std::string& scheme) const {
    return scheme + "://" + listener_.address() + "/exam";
  }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void serve() {
    for (;;) {
      const int client = listener_.accept();
      if (client < 0) return;
      clients_.push_back(client);
      ++connections_;
      if (answer_.empty()) continue;
      char request[8192];
      if (::recv(client, request, sizeof request, 0) > 0)
        (void)::send(client, answer_.data(), answer_.size(), MSG_NOSIGNAL);
    }
  }

  std::string answer_;
  LoopbackListener listener_;
  std::vector<int> clients_;
  std::atomic<int> connections_ = 0;
  std::jthread thread_;
};

}  // namespace

TEST_CASE("a server that says nothing ends in an error within the timeout, whatever it is asked for") {
  const SilentServer server{""};
  for (const std::string scheme : {"http", "rtsp"}) {
    CAPTURE(scheme);
    const int before = server.connections();
    const auto begin = std::chrono::steady_clock::now();
    const Error error = error_of(server.url(scheme), {.timeout = 400ms});
    CHECK(error.code() == Errc::io);
    CHECK(error.where().find(server.url(scheme)) != std::string::npos);
    CHECK(std::chrono::steady_clock::now() - begin < 2s);
    CHECK(server.connections() > before);
  }
}

TEST_CASE("a server that stops in the middle: what came is there, then the error") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  ffmpeg(
      "-f lavfi -i testsrc2=size=160x120:rate=30:duration=2 -c:v libvpx -deadline realtime -f webm -live 1 " +
      (folder / "live.webm").string());
  const auto bytes = bytes_of(folder / "live.webm");
  const std::string header = "HTTP/1.1 200 OK\r\nContent-Type: video/webm\r\n\r\n";
  const SilentServer server{header + bytes.substr(0, bytes.size() / 2)};
  MediaFile file{server.url("http"), {.timeout = 400ms}};
  const auto begin = std::chrono::steady_clock::now();
  const auto outcome = read_all(file);
  CHECK(std::chrono::steady_clock::now() - begin < 3s);
  CHECK(outcome.frames.size() >= 20);
  CHECK(outcome.frames.size() < 60);
  REQUIRE(outcome.error());
  CHECK(outcome.error()->code() == Errc::io);
}

TEST_CASE("a stop is heard while a server says nothing") {
  if (!tools_or_skip({"ffmpeg"})) return;
  const TemporaryFolder folder;
  ffmpeg(
      "-f lavfi -i testsrc2=size=160x120:rate=30:duration=2 -c:v libvpx -deadline realtime -f webm -live 1 " +
      (folder / "live.webm").string());
  const SilentServer server{"HTTP/1.1 200 OK\r\nContent-Type: video/webm\r\n\r\n" +
                            bytes_of(folder / "live.webm")};
  MediaFile file{server.url("http"), {.timeout = 30s}};
  auto video = file.video();
  std::stop_source stop;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(600ms);
    stop.request_stop();
  });
  const auto begin = std::chrono::steady_clock::now();
  while (video->read(stop.get_token())) {
  }
  CHECK(std::chrono::steady_clock::now() - begin < 2s);
}
