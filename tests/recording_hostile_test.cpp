// Input made to exhaust whoever reads it, and input of other versions: answered in bounded memory and time.
#include "recording/change.hpp"
#include "recording/piece.hpp"
#include "recording_pieces.hpp"
#include "sanitized.hpp"
#include "support.hpp"

#include <invigil/rewrap.hpp>
#include <invigil/shred.hpp>

#include <functional>

#include <sys/resource.h>

using namespace invigil;
using namespace invigil::test;
using namespace invigil::recording;

namespace {

/// A file that exists only as it is read: piece after piece, `piece(i)` each, until one is empty.
class Endless final : public ByteSource {
 public:
  explicit Endless(std::function<Bytes(std::uint64_t)> piece) : piece_(std::move(piece)) {}
  std::size_t read(std::span<std::byte> buffer) override {
    if (at_ == current_.size()) {
      current_ = piece_(next_++);
      at_ = 0;
    }
    const std::size_t n = std::min(buffer.size(), current_.size() - at_);
    std::copy_n(current_.begin() + static_cast<std::ptrdiff_t>(at_), n, buffer.begin());
    at_ += n;
    return n;
  }
  [[nodiscard]] std::string name() const override { return "endless"; }

 private:
  std::function<Bytes(std::uint64_t)> piece_;
  Bytes current_;
  std::size_t at_ = 0;
  std::uint64_t next_ = 0;
};

Bytes member(const std::string& name, std::string_view content) {
  return to_bytes(tar_member(name, content));
}

/// Most memory that this process has had so far, in MiB.
long peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}
constexpr long allowed = sanitized ? 1000 : 200;  // MiB more than before; sanitizers keep what was freed

constexpr std::uint64_t million = 1'000'000;

}  // namespace

TEST_CASE("hostile: a million empty members are given up on, in bounded memory") {
  const long before = peak_memory();
  for (const char folder : {'s', 'm', 'j', 'x'}) {
    std::uint64_t asked = 0;
    Endless source{[&](std::uint64_t i) {
      asked = i;
      return i < million ? member(member_name(folder, i), {}) : Bytes{};
    }};
    const auto v = verify(source);
    CAPTURE(folder);
    CHECK(v.state == RecordingState::damaged);
    CHECK(v.segments == 0);
    CHECK(v.bad.size() <= 100'001);
    if (folder != 'x') CHECK(asked < million / 2);  // an index takes no account
  }
  CHECK(peak_memory() - before < allowed);
}

TEST_CASE("hostile: the same member a million times, and a million numbers that are skipped") {
  const long before = peak_memory();
  Endless twice{[](std::uint64_t i) { return i < million ? member("s/000000.age", {}) : Bytes{}; }};
  CHECK(verify(twice).state == RecordingState::damaged);
  Endless jumps{[](std::uint64_t i) { return i < 20 ? member(member_name('s', i * 50'000), {}) : Bytes{}; }};
  const auto v = verify(jumps);
  CHECK(v.state == RecordingState::damaged);
  CHECK(v.bad.size() <= 100'001);
  CHECK(peak_memory() - before < allowed);
}

TEST_CASE("hostile: foreign files and garbage without end end the search") {
  for (const std::string name : {"../../etc/passwd", "README"}) {
    std::uint64_t asked = 0;
    Endless source{[&](std::uint64_t i) {
      asked = i;
      return member(name, "x");
    }};
    CHECK(thrown_by([&] { (void)verify(source); }) == Errc::bad_header);
    CHECK(asked < 100'000);
  }
  Endless zeros{[](std::uint64_t) { return Bytes(1 << 20); }};
  CHECK(thrown_by([&] { (void)verify(zeros); }) == Errc::bad_header);
}

TEST_CASE("hostile: thousands of notes that name a million members each cost no more than to read them") {
  const long before = peak_memory();
  const auto key = Identity::generate();
  const Bytes made = make_recording({key.recipient()}, 2, {}).bytes;
  const std::size_t end = made.size() - 1024;
  std::uint64_t offset = end;
  std::optional<std::uint64_t> previous = piece_named(made, "x/000007.idx").begin;
  Endless source{[&](std::uint64_t i) {
    if (i == 0) return slice(made, 0, end);
    if (i > 20'000) return Bytes{};
    const Change change{
        i - 1, ChangeKind::shred, "2026-01-01T00:00:00.000Z", "x", {{0, max_members - 1}}, previous, offset};
    previous = offset;
    Bytes note = member(change_name(i - 1), change.text());
    offset += note.size();
    return note;
  }};
  const auto v = verify(source);
  CHECK(v.state == RecordingState::damaged);  // nothing of the kind was done
  CHECK(v.changes.size() == 20'000);
  CHECK(v.message.size() < 2000);
  CHECK(peak_memory() - before < allowed);
}

TEST_CASE("hostile: notes by the thousand with signatures that are wrong are not all checked") {
  const auto key = Identity::generate();
  const Bytes made = make_recording({key.recipient()}, 3000, {}).bytes;
  std::string text = to_text(made);
  for (std::size_t at = text.find("\xe2\x80\x94 invigil/"); at != std::string::npos;
       at = text.find("\xe2\x80\x94 invigil/", at + 1)) {
    char& digit = text[at + 4 + 40 + 1 + 20];  // in the signature, behind the key's number
    digit = digit == 'A' ? 'B' : 'A';
  }
  const auto v = verified(to_bytes(text));
  CHECK(v.state == RecordingState::damaged);
  CHECK(v.bad.size() == 3006);
  CHECK(v.segments == 0);
}

TEST_CASE("hostile: another version of the format is told as that, one such note as damage") {
  const auto key = Identity::generate();
  const Bytes made = make_recording({key.recipient()}, 3, {}).bytes;
  const auto as_version_2 = [&](std::size_t most) {
    std::string text = to_text(made);
    std::size_t at = 0;
    for (std::size_t i = 0; i < most && (at = text.find("\0invigil/1 ", at, 11)) != std::string::npos; ++i)
      text[at + 9] = '2';
    return to_bytes(text);
  };
  const Bytes newer = as_version_2(SIZE_MAX);
  std::string message;
  for (const bool seekable : {true, false})
    CHECK(thrown_by([&] { (void)verified(newer, seekable); }, &message) == Errc::unsupported);
  CHECK(message.find("version 2") != std::string::npos);
  CHECK(thrown_by([&] { (void)played(newer, key); }) == Errc::unsupported);
  const auto out = std::make_shared<Bytes>();
  MemorySink sink{out};
  MemorySource source{newer};
  CHECK(thrown_by([&] { (void)shred(source, {key}, sink); }) == Errc::unsupported);
  CHECK(thrown_by([&] { (void)rewrap(source, {key}, {key.recipient()}, sink); }) == Errc::unsupported);
  CHECK(out->empty());
  CHECK(verified(as_version_2(1)).bad == std::vector<std::uint64_t>{0});
}

TEST_CASE("hostile: notes of changes are read only as they are written") {
  const Change change{7,
                      ChangeKind::rewrap,
                      "2026-01-02T03:04:05.678Z",
                      "caf\xc3\xa9, digest AAAA",
                      {{0, 0}, {2, 5}, {999'998, 999'999}},
                      123,
                      456};
  const std::string text = change.text();
  REQUIRE(Change::parse(text));
  CHECK(Change::parse(text)->text() == text);
  CHECK(change.count() == 7);
  CHECK(parse_member_name(change_name(12))->change);
  CHECK_FALSE(parse_member_name("x/000012.idx")->change);
  for (std::size_t i = 0; i < text.size(); ++i) {
    CHECK_FALSE(Change::parse(text.substr(0, i)));
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string flipped = text;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      const auto parsed = Change::parse(flipped);
      CHECK((!parsed || parsed->offset != change.offset));
    }
  }
  const std::vector<std::vector<MemberRange>> not_ranges{
      {}, {{1, 2}, {3, 4}}, {{5, 5}, {4, 4}}, {{0, 1'000'000}}};
  for (const auto& bad : not_ranges) {
    Change wrong = change;
    wrong.members = bad;
    CHECK_FALSE(Change::parse(wrong.text()));
  }
  for (const std::string& why :
       {std::string{}, std::string(1001, 'x'), std::string{"\t"}, std::string{"\xc0\xaf"},
        std::string{"\xf4\x90\x80\x80"}, std::string{"\xe0\x80\x80"}}) {
    Change wrong = change;
    wrong.why = why;
    CHECK_FALSE(Change::parse(wrong.text()));
  }
  for (const std::string& why :
       {std::string{"x"}, std::string(1000, 'x'), std::string{"\xe2\x82\xac \xf0\x9f\x94\x92"}})
    CHECK_FALSE(thrown_by([&] { check_why(why); }));
  CHECK(ranges_of(std::vector<std::uint64_t>{1, 2, 3, 7, 9, 10}) ==
        std::vector<MemberRange>{{1, 3}, {7, 7}, {9, 10}});
}

TEST_CASE("hostile: entries and indexes whose times have no end are refused") {
  Entry entry;
  entry.kind = MemberKind::gap;
  entry.utc = "x";
  entry.time = Timestamp::max();
  CHECK(Entry::parse(entry.text()));
  entry.duration = Duration{1};
  CHECK_FALSE(Entry::parse(entry.text()));
  const IndexLine line{0, MemberKind::gap, Access::none, Timestamp::max(), Duration{1}, 0, 0, {}};
  CHECK_FALSE(Index::parse(Index{{line}, {}, 0}.text()));
}
