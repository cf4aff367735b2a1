// The graph: order, loss, failure and end, on real threads.
#include <invigil/error.hpp>
#include <invigil/flag.hpp>
#include <invigil/session.hpp>

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <numeric>
#include <semaphore>
#include <thread>

#include <doctest/doctest.h>

using namespace invigil;
using namespace std::chrono_literals;

namespace {

struct Item {
  Timestamp time{};
  int value = 0;
};

std::vector<Item> items(int n, Duration step, int first_value = 0, Duration offset = {}) {
  std::vector<Item> all;
  for (int i = 0; i < n; ++i) all.push_back({Timestamp{offset + i * step}, first_value + i});
  return all;
}

std::vector<int> values(const Collect<Item>& sink) {
  std::vector<int> v;
  for (const auto& i : sink.items) v.push_back(i.value);
  return v;
}

/// Doubles, and gives one more at the end.
struct Double final : Stage<Item, Item> {
  void process(Item item, const Emit<Item>& emit) override { emit({item.time, last = item.value * 2}); }
  void finish(const Emit<Item>& emit) override { emit({Timestamp::max(), -last}); }
  int last = 0;
};

/// Hands every item on one item late, as a delay line does.
struct Late final : Stage<Item, Item> {
  void process(Item item, const Emit<Item>& emit) override {
    if (held) emit(*held);
    held = item;
  }
  void finish(const Emit<Item>& emit) override {
    if (held) emit(*held);
  }
  Timestamp horizon(Timestamp seen) const override { return held ? held->time : seen; }
  std::optional<Item> held;
};

struct ThrowAt final : Stage<Item, Item> {
  explicit ThrowAt(int at) : at_(at) {}
  void process(Item item, const Emit<Item>& emit) override {
    if (item.value == at_) throw Error(Errc::model, "ThrowAt", "as asked");
    emit(item);
  }
  void finish(const Emit<Item>& emit) override { emit({{}, 12345}); }
  int at_;
};

/// Counts up for ever, like a device.
struct Endless final : Source<Item> {
  std::optional<Item> read(std::stop_token stop) override {
    if (stop.stop_requested()) return std::nullopt;
    std::this_thread::sleep_for(1ms);
    ++n;
    return Item{Timestamp{n * 1ms}, n};
  }
  bool live() const override { return true; }
  int n = 0;
};

/// A device that gives nothing, until it is told to stop.
struct Frozen final : Source<Item> {
  std::optional<Item> read(std::stop_token stop) override {
    while (!stop.stop_requested()) std::this_thread::sleep_for(1ms);
    return std::nullopt;
  }
  bool live() const override { return true; }
};

/// Fails after some items, and not before another source has ended.
struct Lost final : Source<Item> {
  explicit Lost(std::shared_ptr<std::latch> other = nullptr) : other_ended(std::move(other)) {}
  std::optional<Item> read(std::stop_token) override {
    if (n == 3 && other_ended) other_ended->wait();
    if (n == 3) throw Error(Errc::device, "camera", "was unplugged");
    ++n;
    return Item{Timestamp{n * 1s}, n};
  }
  std::shared_ptr<std::latch> other_ended;
  int n = 0;
};

/// A feed that tells when it has ended.
struct Heard final : Source<Item> {
  Heard(std::vector<Item> all, std::shared_ptr<std::latch> at_end)
      : feed(std::move(all)), ended(std::move(at_end)) {}
  std::optional<Item> read(std::stop_token stop) override {
    auto item = feed.read(stop);
    if (!item) ended->count_down();
    return item;
  }
  Feed<Item> feed;
  std::shared_ptr<std::latch> ended;
};

/// Remembers whether it was closed, and whether anybody else was inside at the same time.
struct Careful final : Sink<Item> {
  void write(Item item) override {
    if (inside.exchange(true)) overlapped = true;
    std::this_thread::sleep_for(10us);
    items.push_back(item);
    inside = false;
  }
  void close() override { ++closed; }
  std::atomic<bool> inside = false, overlapped = false;
  std::vector<Item> items;
  int closed = 0;
};

struct Full final : Sink<Item> {
  void write(Item) override {
    if (++n == 5) throw Error(Errc::io, "disk", "No space left on device");
  }
  void close() override { closed = true; }
  int n = 0;
  bool closed = false;
};

}  // namespace

TEST_CASE("items pass a stage in order, and the stage finishes") {
  Session session;
  Collect<Item> out;
  session.add(Feed<Item>{items(3, 1s, 1)}).via(Double{}).to(out);
  session.run();
  CHECK(values(out) == std::vector{2, 4, 6, -6});
}

TEST_CASE("run_stage feeds a stage without a session") {
  Double stage;
  const auto out = run_stage(stage, items(2, 1s, 1));
  REQUIRE(out.size() == 3);
  CHECK(out[1].value == 4);
}

TEST_CASE("a wire fans out, and statistics count every wire") {
  Session session;
  Collect<Item> a, b;
  auto wire = session.add(Feed<Item>{items(4, 1s)});
  wire.to(a);
  wire.via(Double{}).to(b);
  session.run();
  CHECK(a.items.size() == 4);
  CHECK(b.items.size() == 5);
  const auto statistics = session.statistics();
  REQUIRE(statistics.size() == 2);
  CHECK(statistics[0].from == "feed");
  CHECK(statistics[0].items == 4);
  CHECK(statistics[0].last == Timestamp{3s});
  CHECK(statistics[0].dropped == 0);
}

TEST_CASE("merge puts items in order of time whichever thread is faster") {
  for (int round = 0; round < 50; ++round) {
    Session session;
    Collect<Item> out;
    auto even = session.add(Feed<Item>{items(200, 2ms)});
    auto odd = session.add(Feed<Item>{items(200, 2ms, 1000, 1ms)});
    // One input delayed and behind a queue, so that the threads meet in ever new ways.
    even.via(Late{}).buffered({.capacity = 3}).merge(odd).to(out);
    session.run();
    REQUIRE(out.items.size() == 400);
    for (std::size_t i = 1; i < out.items.size(); ++i) REQUIRE(out.items[i - 1].time < out.items[i].time);
  }
}

TEST_CASE("merge puts the first input first on a tie") {
  for (int round = 0; round < 50; ++round) {
    Session session;
    Collect<Item> out;
    auto first = session.add(Feed<Item>{items(50, 1ms)});
    auto second = session.add(Feed<Item>{items(50, 1ms, 1000)});
    first.merge(second).to(out);
    session.run();
    REQUIRE(out.items.size() == 100);
    for (std::size_t i = 0; i < 100; i += 2) {
      REQUIRE(out.items[i].value == static_cast<int>(i / 2));
      REQUIRE(out.items[i + 1].value == 1000 + static_cast<int>(i / 2));
    }
  }
}

TEST_CASE("merge of flags orders by their ends") {
  const auto flag = [](Duration begin, Duration end) {
    Flag f;
    f.what = "face_absent";
    f.begin = Timestamp{begin};
    f.end = Timestamp{end};
    return f;
  };
  Session session;
  Collect<Flag> out;
  session.add(Feed<Flag>{{flag(0s, 10s), flag(11s, 12s)}})
      .merge(session.add(Feed<Flag>{{flag(3s, 4s)}}))
      .to(out);
  session.run();
  REQUIRE(out.items.size() == 3);
  CHECK(out.items[0].end == Timestamp{4s});
  CHECK(out.items[1].end == Timestamp{10s});
}

TEST_CASE("merge does not wait for a source whose items are rare") {
  struct Rare final : Source<Item> {
    std::optional<Item> read(std::stop_token stop) override {
      while (!stop.stop_requested()) std::this_thread::sleep_for(1ms);
      return std::nullopt;
    }
    bool sparse() const override { return true; }
  };
  struct StopAfter final : Sink<Item> {
    explicit StopAfter(Session& s) : session(s) {}
    void write(Item) override {
      if (++n == 10) session.stop();
    }
    Session& session;
    int n = 0;
  };
  Session session;
  StopAfter out{session};
  session.add(Endless{}).merge(session.add(Rare{})).to(out);
  session.run();
  CHECK(out.n >= 10);
}

TEST_CASE("a blocking buffer loses nothing, a dropping one counts what it loses") {
  struct Slow final : Stage<Item, Item> {
    void process(Item item, const Emit<Item>& emit) override {
      std::this_thread::sleep_for(200us);
      emit(item);
    }
  };
  for (const auto when_full : {WhenFull::block, WhenFull::drop_oldest}) {
    Session session;
    Collect<Item> out;
    session.add(Feed<Item>{items(300, 1ms)})
        .buffered({.capacity = 2, .when_full = when_full})
        .via(Slow{})
        .to(out);
    session.run();
    std::uint64_t dropped = 0;
    for (const auto& w : session.statistics()) dropped += w.dropped;
    CHECK(out.items.size() + dropped == 300);
    CHECK((when_full == WhenFull::block) == (dropped == 0));
    CHECK(out.items.back().value == 299);  // the newest is never the one that goes
  }
}

namespace {

/// Takes an item when it is let, and tells what comes.
struct Gated final : detail::Inlet<Item> {
  void push(Item item) override {
    values.push_back(item.value);
    come.release();
    go.acquire();
  }
  void advance(Timestamp) override { come.release(); }
  void end() override {}
  std::vector<int> values;
  std::counting_semaphore<> come{0}, go{0};
};

}  // namespace

TEST_CASE("who is behind a dropping buffer of two gets the newest alone until nothing waits") {
  for (const std::size_t capacity : {2U, 3U}) {
    CAPTURE(capacity);
    detail::WireCounter counter;
    const auto reader = std::make_shared<Gated>();
    const auto wire = std::make_shared<detail::Wire<Item>>(counter);
    wire->attach(reader);
    detail::BufferNode<Item> buffer{{.capacity = capacity, .when_full = WhenFull::drop_oldest}, wire};
    std::jthread thread{[&] { buffer.drain(); }};
    int next = 0;
    const auto push = [&](int count) {
      for (int i = 0; i < count; ++i, ++next) buffer.push({Timestamp{next * 1s}, next});
    };
    const auto read = [&] {
      reader->go.release();
      reader->come.acquire();
    };
    push(1);
    reader->come.acquire();
    push(5);
    read();
    push(2);  // nothing is lost by these, but it is behind as yet
    read();
    if (capacity == 2) {
      reader->go.release();
      buffer.advance(Timestamp{1h});  // nothing waits when this is taken
      reader->come.acquire();
      push(1);
      reader->come.acquire();
      push(2);
      read();
    }
    buffer.end();
    reader->go.release(3);
    thread.join();
    CHECK(reader->values == (capacity == 2 ? std::vector{0, 5, 7, 8, 9, 10} : std::vector{0, 3, 5, 6, 7}));
    CHECK(counter.dropped == (capacity == 2 ? 5 : 3));
  }
}

TEST_CASE("several wires into one sink: never two at once, closed once, after the last") {
  Session session;
  Careful sink;
  for (int i = 0; i < 4; ++i) session.add(Feed<Item>{items(200, 1ms)}).to(sink);
  session.run();
  CHECK(sink.items.size() == 800);
  CHECK_FALSE(sink.overlapped.load());
  CHECK(sink.closed == 1);
}

TEST_CASE("run_for ends at the media time, and by the wall when a device gives nothing") {
  {
    Session session;
    Collect<Item> out;
    session.add(Feed<Item>{items(100, 100ms)}).to(out);
    session.run_for(2s);
    CHECK(out.items.size() == 20);  // 0 to 1.9 s
  }
  Session session;
  Collect<Item> out;
  session.add(Frozen{}).to(out);
  const auto begin = std::chrono::steady_clock::now();
  session.run_for(50ms);
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(took >= 50ms);
  CHECK(took < 5s);
}

TEST_CASE("stop ends a running session from another thread, and what is under way is finished") {
  Session session;
  Careful sink;
  session.add(Endless{}).via(Double{}).buffered().to(sink);
  {
    const std::jthread stopper{[&] {
      std::this_thread::sleep_for(30ms);
      session.stop();
    }};
    session.run();
  }
  REQUIRE(!sink.items.empty());
  CHECK(sink.items.back().value < 0);  // the stage's last word
  CHECK(sink.closed == 1);
}

TEST_CASE("a source that fails: its items are kept, the others stop, the error is rethrown") {
  Session session;
  Careful sink, other;
  session.add(Lost{}).via(Double{}).to(sink);
  session.add(Endless{}).to(other);
  try {
    session.run();
    FAIL("must throw");
  } catch (const Error& e) {
    CHECK(e.code() == Errc::device);
    CHECK(std::string{e.what()} == "camera: was unplugged");
  }
  CHECK(sink.items.size() == 4);
  CHECK(sink.closed == 1);
  CHECK(other.closed == 1);
}

TEST_CASE("a stage that fails is not asked to finish, but its neighbours are") {
  Session session;
  Careful beside, behind;
  auto wire = session.add(Feed<Item>{items(10, 1s)});
  wire.to(beside);
  wire.buffered({.capacity = 1}).via(ThrowAt{3}).to(behind);
  CHECK_THROWS_AS(session.run(), Error);
  CHECK(beside.closed == 1);
  CHECK(behind.items.size() == 3);
  CHECK(behind.closed == 1);
}

TEST_CASE("a sink that fails is neither written nor closed again") {
  Session session;
  Full full;
  session.add(Endless{}).buffered({.capacity = 1}).to(full);
  CHECK_THROWS_WITH_AS(session.run(), "disk: No space left on device", Error);
  CHECK(full.n == 5);
  CHECK_FALSE(full.closed);
}

TEST_CASE("merged items that wait for a lost source come out when it is lost") {
  Session session;
  Collect<Item> out;
  const auto ended = std::make_shared<std::latch>(1);
  session.add(Heard{items(20, 1s), ended}).merge(session.add(Lost{ended})).to(out);
  CHECK_THROWS_AS(session.run(), Error);
  CHECK(out.items.size() == 23);
}

TEST_CASE("a session runs once, and nothing is wired up afterwards") {
  Session session;
  Collect<Item> out;
  auto wire = session.add(Feed<Item>{items(1, 1s)});
  wire.to(out);
  session.run();
  CHECK_THROWS_WITH_AS(session.run(), "Session: runs only once", Error);
  CHECK_THROWS_AS(wire.to(out), Error);
}

TEST_CASE("a session without sources returns at once") {
  Session session;
  session.run();
  CHECK(session.statistics().empty());
}
