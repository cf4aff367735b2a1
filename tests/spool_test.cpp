// The spool against another end that fails in every way: nothing is lost, nothing acknowledged is sent twice.
#include "memory.hpp"
#include "recording/archive.hpp"
#include "support.hpp"
#include "system_calls.hpp"

#include <invigil/playback.hpp>
#include <invigil/spool.hpp>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <mutex>
#include <random>
#include <thread>

using namespace invigil;
using namespace invigil::test;
using namespace std::chrono_literals;

namespace {

enum class Trouble {
  none,
  refused,      ///< No connection: nothing arrives.
  cut,          ///< The connection breaks in the middle: a part arrives, no answer.
  answer_lost,  ///< All arrives, no answer.
  partly,       ///< A part arrives, and the answer says so.
  busy,         ///< 503 with Retry-After.
};

/// The other end, in this process; outlives spools and connections.
struct Server {
  std::mutex lock;
  Bytes received;
  std::deque<Trouble> troubles;  ///< One a request to send.
  Duration clock{};              ///< Moved by the spool's waits.
  Duration away_until{};
  std::uint64_t sends = 0, asks = 0, twice = 0;
  bool finished = false;
};

class FakeTransport final : public Transport {
 public:
  explicit FakeTransport(std::shared_ptr<Server> server) : server_(std::move(server)) {}
  std::uint64_t acknowledged() override {
    const std::lock_guard lock{server_->lock};
    check_present();
    ++server_->asks;
    return told_ = server_->received.size();
  }
  std::uint64_t send(std::uint64_t offset, std::span<const std::byte> bytes) override {
    const std::lock_guard lock{server_->lock};
    check_present();
    ++server_->sends;
    if (offset < told_) ++server_->twice;
    if (offset != server_->received.size()) throw Error(Errc::io, "server", "409: wrong offset");
    const auto trouble = next();
    if (trouble == Trouble::refused) throw Error(Errc::io, "server", "connection refused");
    if (trouble == Trouble::busy) throw TryLater("server", "503", 7s);
    const bool part = trouble == Trouble::cut || trouble == Trouble::partly;
    const auto taken = part ? bytes.first((bytes.size() + 1) / 2) : bytes;
    server_->received.insert(server_->received.end(), taken.begin(), taken.end());
    if (trouble == Trouble::cut || trouble == Trouble::answer_lost)
      throw Error(Errc::io, "server", "connection reset");
    return told_ = server_->received.size();
  }
  void finish(std::uint64_t size) override {
    const std::lock_guard lock{server_->lock};
    check_present();
    CHECK(size == server_->received.size());
    server_->finished = true;
  }
  [[nodiscard]] std::string name() const override { return "server"; }

 private:
  void check_present() const {
    if (server_->clock < server_->away_until) throw Error(Errc::io, "server", "network is unreachable");
  }
  Trouble next() {
    if (server_->troubles.empty()) return Trouble::none;
    const auto trouble = server_->troubles.front();
    server_->troubles.pop_front();
    return trouble;
  }
  std::shared_ptr<Server> server_;
  std::uint64_t told_ = 0;
};

std::unique_ptr<Transport> to(const std::shared_ptr<Server>& server) {
  return std::make_unique<FakeTransport>(server);
}
/// Waits take no time but move the server's clock.
SpoolOptions simulated(const std::shared_ptr<Server>& server, std::vector<Duration>* waits = nullptr) {
  return {.wait = [server, waits](Duration wait, const std::stop_token&) {
    const std::lock_guard lock{server->lock};
    server->clock += wait;
    if (waits) waits->push_back(wait);
    std::this_thread::yield();
  }};
}
Bytes noise(std::size_t size, std::uint32_t seed) {
  std::mt19937 random{seed};
  Bytes bytes(size);
  for (auto& b : bytes) b = std::byte(random() & 0xffU);
  return bytes;
}
template <class Condition>
void wait_for(Condition&& condition) {
  for (int i = 0; i < 2000 && !condition(); ++i) std::this_thread::sleep_for(5ms);
  REQUIRE(condition());
}

}  // namespace

TEST_CASE(
    "spool: dropped connections, lost answers, partial sends and busy servers lose and repeat nothing") {
  std::mt19937 random{7};
  for (int round = 0; round < 20; ++round) {
    CAPTURE(round);
    const TemporaryFolder folder;
    const auto server = std::make_shared<Server>();
    for (int i = 0; i < 40; ++i) server->troubles.push_back(static_cast<Trouble>(random() % 6));
    auto options = simulated(server);
    options.most_sent = 1 + random() % 5000;
    Bytes written;
    Spool spool{folder / "spool", to(server), options};
    for (int i = 0; i < 60; ++i) {
      const auto piece = noise(random() % 4000, static_cast<std::uint32_t>(i));
      spool.write(piece);
      written.insert(written.end(), piece.begin(), piece.end());
      if (i % 4 == 0) spool.sync();
    }
    spool.close();
    spool.close();
    CHECK(server->received == written);
    CHECK(server->twice == 0);
    CHECK(server->finished);
    CHECK(spool.statistics().acknowledged == written.size());
    CHECK(spool.statistics().failures > 0);
    CHECK_FALSE(std::filesystem::exists(folder / "spool"));
    CHECK(thrown_by([&] { spool.write(written); }) == Errc::closed);
  }
}

TEST_CASE("spool: ten minutes without a network lose nothing, and the waits grow, are capped and differ") {
  const TemporaryFolder folder;
  const auto server = std::make_shared<Server>();
  server->away_until = 10min;
  std::vector<Duration> waits;
  Spool spool{folder / "spool", to(server), simulated(server, &waits)};
  const auto written = noise(3'000'000, 1);  // several chunks
  for (std::size_t at = 0; at < written.size(); at += 50'000) {
    spool.write(std::span{written}.subspan(at, 50'000));
    spool.sync();
  }
  spool.close();
  CHECK(server->received == written);
  CHECK(server->twice == 0);
  CHECK(server->clock >= 10min);
  REQUIRE(waits.size() > 20);
  for (std::size_t i = 0; i < waits.size(); ++i)
    CHECK(waits[i] <= std::min<Duration>(30s, 500ms * (std::int64_t{1} << std::min<std::size_t>(i, 20))));
  CHECK(*std::max_element(waits.begin() + 8, waits.end()) > 20s);
  CHECK(*std::min_element(waits.begin() + 8, waits.end()) < 10s);  // jitter is full
}

TEST_CASE("spool: a server's Retry-After is heeded") {
  const TemporaryFolder folder;
  const auto server = std::make_shared<Server>();
  server->troubles = {Trouble::busy};
  std::vector<Duration> waits;
  Spool spool{folder / "spool", to(server), simulated(server, &waits)};
  spool.write(noise(10, 1));
  spool.close();
  REQUIRE(waits.size() == 1);
  CHECK(waits[0] >= 7s);
  CHECK(waits[0] <= 7500ms);
}

TEST_CASE("spool: what was acknowledged is deleted while writing goes on") {
  const TemporaryFolder folder;
  const auto server = std::make_shared<Server>();
  Spool spool{folder / "spool", to(server), simulated(server)};
  for (int i = 0; i < 12; ++i) {
    spool.write(noise(600'000, static_cast<std::uint32_t>(i)));
    spool.sync();
    wait_for([&] { return spool.statistics().acknowledged == spool.statistics().written; });
    CHECK(spool.statistics().stored <= (2U << 20U));
  }
  std::uintmax_t on_disk = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder / "spool")) on_disk += file.file_size();
  CHECK(on_disk <= (2U << 20U));
  spool.close();
  CHECK(server->received.size() == 7'200'000);
}

TEST_CASE("spool: its bound is told before it is reached, and what is in it is sent all the same") {
  const TemporaryFolder folder;
  const auto server = std::make_shared<Server>();
  server->away_until = Duration::max();
  auto options = simulated(server);
  options.most_stored = 1 << 20;
  options.drain = 50ms;
  Bytes written = noise(900'000, 1);
  std::string message;
  {
    Spool spool{folder / "spool", to(server), options};
    CHECK(spool.reserve(1 << 20));
    spool.write(written);
    spool.sync();
    wait_for([&] { return spool.statistics().failures > 0; });
    CHECK_FALSE(spool.reserve(200'000));
    CHECK(spool.reserve(100'000));
    CHECK(thrown_by([&] { spool.write(noise(200'000, 2)); }, &message) == Errc::io);
    CHECK(
        message.find("holds 900000 bytes that are not acknowledged, and may hold 1048576 (server: network is "
                     "unreachable)") != std::string::npos);
    CHECK(thrown_by([&] { spool.write(noise(1, 2)); }) == Errc::closed);
    CHECK(thrown_by([&] { spool.close(); }) == Errc::closed);
  }
  server->away_until = {};
  Spool::resume(folder / "spool", to(server), options)->close();
  CHECK(server->received == written);
  CHECK(server->finished);
}

TEST_CASE("spool: a close that takes too long says what is left and where; a later run goes on") {
  const TemporaryFolder folder;
  const auto path = folder / "spool";
  const auto server = std::make_shared<Server>();
  auto options = simulated(server);
  options.drain = 50ms;
  options.most_sent = 100'000;
  const auto written = noise(2'500'000, 3);
  std::string message;
  {
    Spool spool{path, to(server), options};
    spool.write(std::span{written}.first(1'000'000));
    spool.sync();
    wait_for([&] { return spool.statistics().acknowledged == 1'000'000; });
    {
      const std::lock_guard lock{server->lock};
      server->away_until = Duration::max();
    }
    spool.write(std::span{written}.subspan(1'000'000));
    CHECK(thrown_by([&] { spool.close(); }, &message) == Errc::io);
    CHECK(message == path.string() +
                         ": 1500000 of 2500000 bytes are not acknowledged (server: network is "
                         "unreachable); they stay in this folder, to be resumed");
    CHECK(thrown_by([&] { spool.close(); }) == Errc::io);
    CHECK(thrown_by([&] { (void)Spool::resume(path, to(server), options); }) == Errc::io);  // in use
  }
  CHECK(thrown_by([&] { Spool(path, to(server), options); }, &message) == Errc::io);
  CHECK(message.find("resume it first") != std::string::npos);
  server->away_until = {};
  const auto resumed = Spool::resume(path, to(server), options);
  CHECK(thrown_by([&] { resumed->write(written); }) == Errc::closed);
  resumed->close();
  CHECK(server->received == written);
  CHECK(server->twice == 0);
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(thrown_by([&] { (void)Spool::resume(path, to(server), options); }) == Errc::io);  // nothing there
}

TEST_CASE("spool: after a crash a later run sends what is on disk") {
  const TemporaryFolder folder;
  const auto server = std::make_shared<Server>();
  server->away_until = Duration::max();
  const auto written = noise(1'500'000, 4);
  {
    Spool spool{folder / "spool", to(server), simulated(server)};
    spool.write(written);
    spool.sync();
  }  // never closed
  server->away_until = {};
  server->troubles = {Trouble::answer_lost, Trouble::cut};
  Spool::resume(folder / "spool", to(server), simulated(server))->close();
  CHECK(server->received == written);
}

TEST_CASE(
    "spool: a server that lost what it had gets it again while it is here, and is told when it is not") {
  const TemporaryFolder folder;
  const auto server = std::make_shared<Server>();
  auto options = simulated(server);
  const auto first = noise(500'000, 5), second = noise(1000, 6);
  {
    Spool spool{folder / "spool", to(server), options};
    spool.write(first);
    spool.sync();
    wait_for([&] { return spool.statistics().acknowledged == first.size(); });
    {
      const std::lock_guard lock{server->lock};
      server->received.clear();
    }
    spool.write(second);
    spool.close();
    CHECK(server->received.size() == first.size() + second.size());
  }
  server->received.clear();
  Spool spool{folder / "again", to(server), options};
  for (int i = 0; i < 8; ++i) {
    spool.write(first);
    spool.sync();
    wait_for([&] { return spool.statistics().acknowledged == spool.statistics().written; });
  }
  {
    const std::lock_guard lock{server->lock};
    server->received.clear();
  }
  spool.write(second);
  std::string message;
  CHECK(thrown_by([&] { spool.close(); }, &message) == Errc::io);
  CHECK(message.find("had acknowledged 4000000, which were then deleted here") != std::string::npos);
  CHECK(spool.statistics().given_up);
}

TEST_CASE("spool: a refusal for good ends the sending, not the writing") {
  class Refused final : public Transport {
   public:
    std::uint64_t acknowledged() override { throw Error(Errc::unsupported, "server", "401: who are you"); }
    std::uint64_t send(std::uint64_t, std::span<const std::byte>) override { return 0; }
  };
  const TemporaryFolder folder;
  Spool spool{folder / "spool", std::make_unique<Refused>()};
  spool.write(noise(10, 1));
  spool.sync();
  wait_for([&] { return spool.statistics().given_up; });
  spool.write(noise(10, 2));
  std::string message;
  CHECK(thrown_by([&] { spool.close(); }, &message) == Errc::io);  // at once, not after a minute
  CHECK(message.find("20 of 20 bytes are not acknowledged (server: 401: who are you)") != std::string::npos);
  CHECK(std::filesystem::exists(folder / "spool" / "complete"));
}

TEST_CASE("spool: a broken disk is told; what was written before it is sent") {
  for (const Call call : {Call::write, Call::fdatasync})
    for (const int nth : {1, 2, 3}) {
      CAPTURE(nth);
      const TemporaryFolder folder;
      const auto server = std::make_shared<Server>();
      server->away_until = Duration::max();
      auto options = simulated(server);
      std::size_t safe = 0;
      {
        Spool spool{folder / "spool", to(server), options};
        const SystemCalls faulty{{{call, nth, EIO}}};
        const auto broken = thrown_by([&] {
          for (int i = 0; i < 4; ++i) {
            spool.write(noise(1000, 1));
            spool.sync();
            safe += 1000;
          }
        });
        CHECK(broken == Errc::io);
        CHECK(thrown_by([&] { spool.write(noise(1, 1)); }) == Errc::closed);
        CHECK(thrown_by([&] { spool.close(); }) == Errc::closed);
        CHECK(std::count(faulty.afterwards().begin(), faulty.afterwards().end(), Call::fdatasync) == 0);
      }
      server->away_until = {};
      Spool::resume(folder / "spool", to(server), options)->close();
      CHECK(server->received.size() >= safe);
    }
}

TEST_CASE("spool: options out of range and folders that cannot be are refused") {
  const TemporaryFolder folder;
  const auto server = std::make_shared<Server>();
  const auto refused = [&](const SpoolOptions& options) {
    return thrown_by([&] { Spool(folder / "spool", to(server), options); }) == Errc::argument;
  };
  CHECK(refused({.most_stored = 1000}));
  CHECK(refused({.most_sent = 0}));
  CHECK(refused({.first_wait = 0s}));
  CHECK(refused({.first_wait = 2s, .longest_wait = 1s}));
  CHECK(refused({.drain = -1s}));
  CHECK(thrown_by([&] { Spool(folder / "spool", nullptr); }) == Errc::argument);
  write_file(folder / "file", to_bytes("x"));
  CHECK(thrown_by([&] { Spool(folder / "file", to(server)); }) == Errc::io);
}

TEST_CASE("spool: a missing file in the middle is named, not skipped") {
  const TemporaryFolder folder;
  const auto server = std::make_shared<Server>();
  server->away_until = Duration::max();
  {
    Spool spool{folder / "spool", to(server), simulated(server)};
    for (int i = 0; i < 3; ++i) spool.write(noise(1 << 20, 1));
  }
  std::filesystem::remove(folder / "spool" / "00000000000001048576.chunk");
  std::string message;
  CHECK(thrown_by([&] { (void)Spool::resume(folder / "spool", to(server)); }, &message) == Errc::truncated);
  CHECK(message.find("bytes 1048576 to 2097152 are missing") != std::string::npos);
}

TEST_CASE(
    "spool: a recording through it is what a local file would be; a full spool ends it early and whole") {
  const auto identity = Identity::generate();
  const auto record = [&](Spool& spool, std::unique_ptr<ByteSink> owned) {
    recording::ArchiveWriter writer{std::move(owned), {identity.recipient()}};
    const auto full = thrown_by([&] {
      writer.add(recording::MemberKind::init, to_bytes("<init>"), {}, {}, false);
      for (int i = 0; i < 20; ++i) {
        writer.add(recording::MemberKind::media, noise(60'000, 1), Timestamp{i * 1s}, 1s, true);
        writer.sync();
      }
    });
    const auto left = thrown_by([&] { writer.close(); });
    return std::tuple{full, left, writer.bytes(), spool.statistics()};
  };
  for (const bool present : {true, false}) {
    const TemporaryFolder folder;
    const auto server = std::make_shared<Server>();
    if (!present) server->away_until = Duration::max();
    auto options = simulated(server);
    options.most_stored = 1 << 20;
    options.drain = present ? 60s : 20ms;
    if (present) options.most_stored = 4 << 20;
    auto owned = std::make_unique<Spool>(folder / "spool", to(server), options);
    auto& spool = *owned;
    const auto [full, left, size, statistics] = record(spool, std::move(owned));
    CHECK(full == (present ? std::nullopt : std::optional{Errc::io}));
    CHECK(left == (present ? std::nullopt : std::optional{Errc::io}));  // whole, but not sent yet
    server->away_until = {};
    if (!present) Spool::resume(folder / "spool", to(server), options)->close();
    CHECK(server->received.size() == size);
    MemorySource source{server->received};
    CHECK(verify(source).state == RecordingState::whole);
  }
}
