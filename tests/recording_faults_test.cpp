// What the operating system refuses while a recording is written: told by a typed error, never tried again on
// that descriptor, and what was synced stays readable.
#include "memory.hpp"
#include "recording/archive.hpp"
#include "recording/ustar.hpp"
#include "support.hpp"
#include "system_calls.hpp"

#include <invigil/playback.hpp>

#include <algorithm>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

using namespace invigil;
using namespace invigil::test;
using namespace invigil::recording;
using namespace std::chrono_literals;

namespace {

const Identity& staff() {
  static const Identity identity = Identity::generate();
  return identity;
}
std::string segment_text(int i) { return fmt::format("<segment {}>", i); }

constexpr int segments = 3;

/// How far one writing came.
struct Written {
  std::optional<Errc> error;
  std::string message;
  bool no_room = false;
  int synced = 0;  ///< Segments.
  bool closed = false;
};

/// An init and three segments, each synced, then the close. After a failure everything is tried once more, as
/// a careless caller would.
Written write_recording(const std::filesystem::path& path) {
  Written result;
  const auto attempt = [&](auto&& job) {
    try {
      job();
      return true;
    } catch (const NoRoom& e) {
      result.no_room = true;
      if (!result.error) result.error = e.code(), result.message = e.what();
    } catch (const Error& e) {
      if (!result.error) result.error = e.code(), result.message = e.what();
    }
    return false;
  };
  ArchiveWriter writer{create_file(path), {staff().recipient()}};
  attempt([&] { writer.add(MemberKind::init, to_bytes("<init>"), {}, {}, false); });
  for (int i = 0; i < segments; ++i) {
    const bool synced = attempt([&] {
      writer.add(MemberKind::media, to_bytes(segment_text(i)), Timestamp{i * 1s}, 1s, i == 0);
      writer.sync();
    });
    if (synced && !result.error) result.synced = i + 1;
  }
  result.closed = attempt([&] { writer.close(); });
  attempt([&] { writer.close(); });
  return result;
}

RecordingState state_of(const std::filesystem::path& path) { return verify(*open_file(path)).state; }

std::string media_of(const std::filesystem::path& path) {
  const Playback playback{open_file(path), {staff()}};
  const auto out = std::make_shared<Bytes>();
  MemorySink sink{out};
  playback.write_media(sink);
  return to_text(*out);
}

/// At least what was synced, and nothing that was never written.
void check_media(const std::filesystem::path& path, int synced) {
  if (synced == 0) return;
  std::string wanted = "<init>", all = "<init>";
  for (int i = 0; i < synced; ++i) wanted += segment_text(i);
  for (int i = 0; i < segments; ++i) all += segment_text(i);
  const auto media = media_of(path);
  CHECK(media.starts_with(wanted));
  CHECK(all.starts_with(media));
}

int calls_of_a_good_run(Call call) {
  const TemporaryFolder folder;
  const SystemCalls calls;
  const auto result = write_recording(folder / "r.tar");
  CHECK(result.closed);
  CHECK(!result.error);
  return calls.count(call);
}

}  // namespace

TEST_CASE("faults: EIO and a full disk at every write, sync and close") {
  for (const Call call : {Call::write, Call::fdatasync, Call::close}) {
    const int calls = calls_of_a_good_run(call);
    // One write a member, the index and the end; one sync a segment and at the close; the file and its
    // folder.
    CHECK(calls == (call == Call::write ? 8 : call == Call::fdatasync ? 4 : 2));
    for (const int error : {EIO, ENOSPC})
      for (int nth = call == Call::close ? 2 : 1; nth <= calls; ++nth) {
        CAPTURE(error);
        CAPTURE(nth);
        CAPTURE(static_cast<int>(call));
        const TemporaryFolder folder;
        const auto path = folder / "r.tar";
        SystemCalls faulty{{{call, nth, error}}};
        const auto result = write_recording(path);
        REQUIRE(faulty.struck());
        CHECK(result.error == Errc::io);
        CHECK(result.message.starts_with(path.string() + ": " + std::strerror(error)));
        CHECK_FALSE(result.closed);
        CHECK_FALSE(result.no_room);  // it came in the middle, not before
        // The page cache may have dropped what was not written: nothing but closing is left to do.
        CHECK(std::all_of(faulty.afterwards().begin(), faulty.afterwards().end(),
                          [](Call after) { return after == Call::close; }));
        CHECK(faulty.afterwards().size() == (call == Call::close ? 0 : 1));
        check_media(path, result.synced);
        if (result.synced > 0)
          CHECK(state_of(path) == (call == Call::close || (call == Call::fdatasync && nth == calls)
                                       ? RecordingState::whole
                                       : RecordingState::unterminated));
      }
  }
}

TEST_CASE("faults: an interrupted call is repeated, and what a short write left is written") {
  for (const Call call : {Call::write, Call::fdatasync, Call::close, Call::fallocate}) {
    const int calls = calls_of_a_good_run(call);
    CHECK(calls >= 1);
    for (const int error : {EINTR, 0})
      for (int nth = 1; nth <= calls; ++nth) {
        if (error == 0 && call != Call::write) continue;
        CAPTURE(nth);
        const TemporaryFolder folder;
        const SystemCalls faulty{{{call, nth, error}}};
        const auto result = write_recording(folder / "r.tar");
        CHECK(!result.error);
        CHECK(result.closed);
        CHECK(state_of(folder / "r.tar") == RecordingState::whole);
      }
  }
}

TEST_CASE("faults: no room ahead stops before a member and still closes whole") {
  const TemporaryFolder folder;
  {
    // A refused step of 4 MiB is asked for again as what is needed alone, so both calls have to fail.
    const SystemCalls full{{{Call::fallocate, 1, ENOSPC}, {Call::fallocate, 2, ENOSPC}}};
    const auto result = write_recording(folder / "r.tar");
    CHECK(result.error == Errc::io);
    CHECK(result.no_room);
    CHECK(result.closed);
  }
  const SystemCalls small_step{{{Call::fallocate, 1, ENOSPC}}};
  CHECK(write_recording(folder / "small.tar").closed);
  CHECK(small_step.count(Call::fallocate) > 1);  // from then on, little by little
  CHECK(state_of(folder / "small.tar") == RecordingState::whole);
}

TEST_CASE("faults: a file system that cannot preallocate is written all the same") {
  const TemporaryFolder folder;
  SystemCalls faulty{{{Call::fallocate, 1, EOPNOTSUPP}}};
  CHECK(write_recording(folder / "r.tar").closed);
  CHECK(faulty.count(Call::fallocate) == 1);  // not asked again
  SystemCalls broken{{{Call::fallocate, 1, EIO}}};
  const auto result = write_recording(folder / "broken.tar");
  CHECK(result.error == Errc::io);
  CHECK_FALSE(result.closed);
  CHECK_FALSE(result.no_room);
}

TEST_CASE("faults: a folder of one device block too few is told before anything is written") {
  const auto null = create_file("/dev/null");
  CHECK(null->reserve(std::uint64_t{1} << 60));  // nothing can be promised: the write will tell
  const TemporaryFolder folder;
  const auto file = create_file(folder / "f");
  CHECK_FALSE(file->reserve(std::uint64_t{1} << 60));
  file->write(to_bytes("usable"));
  file->close();
  CHECK(thrown_by([&] { (void)file->reserve(1); }) == Errc::closed);
  CHECK(to_text(read_file(folder / "f")) == "usable");
}

TEST_CASE("faults: room set aside is no size, and is given back at the end") {
  const TemporaryFolder folder;
  const auto blocks = [&] {
    struct stat file {};
    REQUIRE(::stat((folder / "f").c_str(), &file) == 0);
    return std::pair{file.st_size, file.st_blocks};
  };
  const auto file = create_file(folder / "f");
  REQUIRE(file->reserve(1 << 20));
  file->write(to_bytes("small"));
  CHECK(blocks().first == 5);
  const auto set_aside = blocks().second;
  file->close();
  CHECK(blocks().first == 5);
  CHECK(blocks().second <= 16);
  if (set_aside <= 16) MESSAGE("this file system does not preallocate");
}

namespace {

/// A disk of a fixed size that can promise room.
class SmallDisk final : public ByteSink {
 public:
  SmallDisk(std::shared_ptr<Bytes> out, std::size_t size) : out_(std::move(out)), size_(size) {}
  void write(std::span<const std::byte> bytes) override {
    REQUIRE_MESSAGE(out_->size() + bytes.size() <= size_, "wrote beyond what was promised");
    out_->insert(out_->end(), bytes.begin(), bytes.end());
  }
  [[nodiscard]] bool reserve(std::uint64_t bytes) override { return out_->size() + bytes <= size_; }
  [[nodiscard]] std::string name() const override { return "small disk"; }

 private:
  std::shared_ptr<Bytes> out_;
  std::size_t size_;
};

}  // namespace

TEST_CASE("faults: whatever the disk's size, recipients and length, there is always room to close whole") {
  for (const std::size_t recipients : {1U, 2U, 40U})
    for (std::size_t size = 280 << 10; size < 460 << 10; size += 7 * 1024 + 512) {
      CAPTURE(size);
      const auto out = std::make_shared<Bytes>();
      ArchiveWriter writer{std::make_unique<SmallDisk>(out, size),
                           std::vector<Recipient>(recipients, staff().recipient())};
      int written = 0;
      const auto fill = thrown_by([&] {
        writer.add(MemberKind::init, Bytes(1200 + size % 5000), {}, {}, false);
        for (;; ++written)  // longer than a minute: with an index on the way
          writer.add(MemberKind::media, Bytes(1 + size % 700), Timestamp{written * 1s}, 1s, written % 4 == 0);
      });
      CHECK(fill == Errc::io);
      writer.spend_reserve();
      int words = 0;
      CHECK(thrown_by([&] {
              for (;; ++words) writer.add(MemberKind::flag, to_bytes("{}"), {}, {}, false);
            }) == Errc::io);
      if (written > 0) CHECK(words > 20);  // what was kept back for them
      writer.close();
      CHECK(out->size() <= size);
      MemorySource source{*out};
      const auto verified = verify(source);
      CHECK(verified.state == RecordingState::whole);
      CHECK(verified.segments == static_cast<std::uint64_t>(written));
    }
}
