// Keys destroyed by choice: what is shredded is gone for ever, what is kept still verifies, nothing else
// changes, and no crash on the way loses either.
#include "recording/change.hpp"
#include "recording/shred.hpp"
#include "recording_pieces.hpp"
#include "support.hpp"

#include <invigil/shred.hpp>

#include <functional>
#include <set>

using namespace invigil;
using namespace invigil::test;
using namespace invigil::recording;
using namespace std::chrono_literals;

namespace {

const Identity& staff() {
  static const Identity identity = Identity::generate();
  return identity;
}

MadeRecording make(int segments, const std::vector<Flag>& flags, bool close = true) {
  return make_recording({staff().recipient()}, segments, flags, close);
}
const Flag behaviour = make_flag(FlagKind::behaviour, 20.0, 21.5);
const Flag technical = make_flag(FlagKind::technical, 41.0, 41.0);

struct Shredded {
  Bytes bytes;
  ShredReport report;
};
Shredded shredded(const Bytes& bytes, const ShredOptions& options, const Identity& key = staff()) {
  const auto out = std::make_shared<Bytes>();
  MemorySink sink{out};
  MemorySource source{bytes, true, 4099};
  auto report = shred(source, {key}, sink, options);
  return {*out, std::move(report)};
}
ShredOptions padded(Duration pad) { return {.pad = pad}; }
ShredOptions all_media() { return {.keep_flagged = false}; }

/// The members of segments, which begin at member 4.
std::vector<std::uint64_t> members_of(const std::vector<int>& segments) {
  std::vector<std::uint64_t> members;
  for (const int i : segments) members.push_back(std::uint64_t(i) + 4);
  return members;
}

/// Nothing but headers of these members became zeros, and nothing was put before `end`.
void check_only_headers(const Bytes& before, const Bytes& after, const std::vector<std::uint64_t>& members) {
  Bytes expected = before;
  for (const Piece& piece : pieces_of(before)) {
    const auto name = parse_member_name(piece.name);
    if (!name || std::string_view{"ism"}.find(name->folder) == std::string_view::npos) continue;
    if (std::find(members.begin(), members.end(), name->index) == members.end()) continue;
    const auto begin = expected.begin() + static_cast<std::ptrdiff_t>(piece.begin + block_size);
    std::fill_n(begin, age_header_size(content_of(before, piece)), std::byte{0});
  }
  const std::size_t end = pieces_of(before).back().end;
  CHECK(slice(after, 0, end) == slice(expected, 0, end));
}

}  // namespace

TEST_CASE("shred: what no flag touches never opens again, all else verifies and plays") {
  const MadeRecording made = make(60, {behaviour, technical});
  const auto [bytes, report] = shredded(made.bytes, {.pad = 2s, .why = "retention: 30 days"});
  // 18 to 23.5 s from the keyframe at 16 s; 39 to 43 s from the one at 36 s, the segment at 43 s included.
  const auto kept = from_to(16, 23) + from_to(36, 43);
  const auto gone = from_to(0, 15) + from_to(24, 35) + from_to(44, 59);
  CHECK(report.shredded == members_of(gone));
  CHECK(report.kept == kept.size());
  REQUIRE(report.kept_spans.size() == 2);
  CHECK(report.kept_spans[0] == std::pair{Timestamp{16s}, Timestamp{24s}});
  CHECK(report.left_out == 0);
  CHECK(report.damage.empty());
  check_only_headers(made.bytes, bytes, report.shredded);

  for (const bool seekable : {true, false}) {
    const auto v = verified(bytes, seekable, made.signer);
    CHECK(v.state == RecordingState::whole);
    CHECK(v.signer == SignerState::checked);
    CHECK(v.bad.empty());
    CHECK(v.shredded == report.shredded);
    CHECK(v.segments == kept.size());
    CHECK(v.gaps.empty());
    REQUIRE(v.shredded_spans.size() == 3);
    CHECK(v.shredded_spans[1] == std::pair{Timestamp{24s}, Timestamp{36s}});
    REQUIRE(v.changes.size() == 1);
    CHECK(v.changes[0].kind == ChangeKind::shred);
    CHECK(v.changes[0].why == "retention: 30 days");
    CHECK(v.changes[0].members == gone.size());
    CHECK(v.message.find("44 members shredded by choice on " + v.changes[0].utc +
                         " (\"retention: 30 days\"; this note is not signed)") != std::string::npos);
    CHECK(to_json(v).find("\"why\":\"retention: 30 days\"") != std::string::npos);
  }

  const Playback playback = played(bytes, staff());
  CHECK(playback.damage().empty());
  CHECK(played_segments(playback) == kept);
  CHECK(playback.flags().size() == 2);
  CHECK(playback.consent().purpose == "exam");
  REQUIRE(playback.gaps().size() == 3);
  CHECK(playback.gaps()[2] == std::pair{Timestamp{44s}, Timestamp{60s}});
}

TEST_CASE("shred: a stolen key opens nothing of what was shredded") {
  const MadeRecording made = make(60, {behaviour, technical});
  CHECK(stolen(made.bytes, staff()).size() == 66);
  const auto [bytes, report] = shredded(made.bytes, padded(2s));
  const auto found = stolen(bytes, staff());
  CHECK(found.size() == 66 - report.shredded.size());
  for (const int i : from_to(0, 59)) {
    const bool gone = std::count(report.shredded.begin(), report.shredded.end(), std::uint64_t(i) + 4) > 0;
    CHECK(std::count(found.begin(), found.end(), media_text(i)) == (gone ? 0 : 1));
  }
  CHECK(std::count(found.begin(), found.end(), "?") == 0);

  if (!program_or_skip("age") || !program_or_skip("tar")) return;
  const TemporaryFolder folder;
  write_file(folder / "r.tar", bytes);
  write_file(folder / "key", to_bytes(staff().secret_text()));
  const std::string in = "cd " + folder.path().string() + " && ";
  REQUIRE(run(in + "tar xf r.tar") == 0);
  for (const int i : {0, 15, 16, 23, 24, 43, 44, 59}) {
    const std::string name = member_name('s', std::uint64_t(i) + 4);
    const bool gone = std::count(report.shredded.begin(), report.shredded.end(), std::uint64_t(i) + 4) > 0;
    CAPTURE(name);
    CHECK((run(in + "age -d -i key -o out " + name + " 2>errors") != 0) == gone);
    if (!gone) CHECK(to_text(read_file(folder / "out")) == media_text(i));
  }
}

TEST_CASE("shred: only flags of the wanted kinds keep, padding is what was asked") {
  const MadeRecording made = make(60, {behaviour, technical});
  const auto kept = [&](const ShredOptions& options) {
    return played_segments(played(shredded(made.bytes, options).bytes, staff()));
  };
  CHECK(kept({.kinds = {FlagKind::behaviour}, .pad = 0s}) == from_to(20, 21));
  CHECK(kept({.kinds = {FlagKind::technical}, .pad = 0s}) == from_to(40, 41));
  CHECK(kept({.kinds = {FlagKind::milestone}, .pad = 0s}).empty());
  CHECK(kept({.kinds = {FlagKind::technical, FlagKind::behaviour}, .pad = 0s}) ==
        from_to(20, 21) + from_to(40, 41));
  CHECK(kept({}) == from_to(8, 51));  // 10 s on both sides
  CHECK(kept({.pad = 24h}) == from_to(0, 59));
  // When the media had ended already.
  const Bytes late = make(12, {make_flag(FlagKind::technical, 12, 12)}).bytes;
  CHECK(played_segments(played(shredded(late, {.pad = 0s}).bytes, staff())) == from_to(8, 11));
}

TEST_CASE("shred: all media, and everything") {
  const MadeRecording made = make(8, {behaviour});
  const auto media = shredded(made.bytes, all_media());
  CHECK(media.report.shredded == members_of(from_to(0, 7)));
  CHECK(media.report.kept == 0);
  CHECK(verified(media.bytes).state == RecordingState::whole);
  const Playback playback = played(media.bytes, staff());
  CHECK(played_segments(playback).empty());
  CHECK(playback.flags().size() == 1);
  CHECK(playback.damage().empty());
  // The flags need not be read, so no key is needed.
  const auto out = std::make_shared<Bytes>();
  MemorySink sink{out};
  MemorySource source{made.bytes};
  CHECK(shred(source, {}, sink, all_media()).shredded == media.report.shredded);

  const auto everything = shredded(made.bytes, {.keep_flagged = false, .logs = true, .why = "withdrawn"});
  CHECK(everything.report.shredded.size() == 14);
  CHECK(stolen(everything.bytes, staff()).empty());
  const auto v = verified(everything.bytes);
  CHECK(v.state == RecordingState::whole);
  CHECK(v.shredded.size() == 14);
  CHECK(v.segments == 0);
}

TEST_CASE("shred: repeated, it changes nothing more; with less to keep, it goes on") {
  const MadeRecording made = make(60, {behaviour, technical});
  const auto once = shredded(made.bytes, padded(2s));
  const auto twice = shredded(once.bytes, padded(2s));
  CHECK(twice.bytes == once.bytes);
  CHECK(twice.report.shredded.empty());
  CHECK(twice.report.kept == once.report.kept);
  const auto less = shredded(once.bytes, {.kinds = {FlagKind::behaviour}, .pad = 0s});
  const auto v = verified(less.bytes, true, made.signer);
  CHECK(v.state == RecordingState::whole);
  CHECK(v.shredded.size() == 58);
  REQUIRE(v.changes.size() == 2);
  CHECK(v.changes[0].members + v.changes[1].members == 58);
  CHECK(played_segments(played(less.bytes, staff())) == from_to(20, 21));
  CHECK(verified(shredded(less.bytes, all_media()).bytes).changes.size() == 3);
  CHECK(piece_named(less.bytes, "x/000001.note").size > 0);
}

TEST_CASE("shred: a payload that begins with zeros is told from its header") {
  // One nonce in 256 begins with a zero.
  for (int tries = 0; tries < 20; ++tries) {
    const Bytes bytes = make(300, {}).bytes;
    const auto gone = shredded(bytes, all_media());
    int zeros = 0;
    for (const Piece& piece : pieces_of(bytes)) {
      if (piece.name[0] != 's') continue;
      const Bytes age = content_of(bytes, piece);
      zeros += age[age_header_size(age)] == std::byte{0};
    }
    for (const bool seekable : {true, false}) {
      const auto v = verified(gone.bytes, seekable);
      CHECK(v.state == RecordingState::whole);
      CHECK(v.shredded.size() == 300);
    }
    if (zeros > 0) return;
  }
  FAIL("no nonce began with a zero in 6000");
}

TEST_CASE("shred: a zeroed header without a note, and a note without a zeroed header, are damage") {
  const MadeRecording made = make(4, {});
  const auto gone = shredded(made.bytes, all_media());
  const Piece note = piece_named(gone.bytes, "x/000000.note");
  const Bytes unexplained = to_bytes(to_text(slice(gone.bytes, 0, note.begin)) + std::string(1024, '\0'));
  const auto v = verified(unexplained);
  CHECK(v.state == RecordingState::damaged);
  CHECK(v.bad == members_of(from_to(0, 3)));
  CHECK(v.shredded.empty());
  CHECK(v.message.find("member 4 has lost its key, and no note says why") != std::string::npos);
  // Shredding again does not whitewash what is unexplained.
  CHECK(verified(shredded(unexplained, all_media()).bytes).state == RecordingState::damaged);

  Bytes unfulfilled = gone.bytes;
  const Piece segment = piece_named(made.bytes, "s/000005.age");
  std::copy_n(made.bytes.begin() + static_cast<std::ptrdiff_t>(segment.begin), segment.end - segment.begin,
              unfulfilled.begin() + static_cast<std::ptrdiff_t>(segment.begin));
  const auto w = verified(unfulfilled);
  CHECK(w.state == RecordingState::damaged);
  CHECK(w.bad == members_of({1}));
  CHECK(w.message.find("member 5 still has its key") != std::string::npos);
  // An act that was begun is completed, whatever is asked for now.
  const auto completed = shredded(unfulfilled, padded(1h));
  CHECK(completed.bytes == gone.bytes);
  CHECK(completed.report.shredded == members_of({1}));
}

TEST_CASE("shred: no byte of a shredded recording can change unnoticed") {
  const Bytes bytes =
      shredded(make(3, {make_flag(FlagKind::behaviour, 0, 0)}).bytes, {.pad = 0s, .why = "caf\xc3\xa9"})
          .bytes;
  REQUIRE(verified(bytes).state == RecordingState::whole);
  const auto pieces = pieces_of(bytes);
  const Piece gone = piece_named(bytes, "s/000006.age"), note = piece_named(bytes, "x/000000.note");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    // All of what shredding changed, and samples of the rest, which other tests go through.
    if (i % 11 != 0 && i < note.begin && (i < gone.begin || i >= gone.end)) continue;
    Bytes flipped = bytes;
    flipped[i] ^= std::byte(1U << (i % 8));
    const auto v = verified(flipped, i % 3 != 0);
    CAPTURE(i);
    REQUIRE(v.state == RecordingState::damaged);
    const auto piece =
        std::find_if(pieces.begin(), pieces.end(), [&](const Piece& p) { return i >= p.begin && i < p.end; });
    if (piece == pieces.end() || piece->name[0] == 'x') continue;
    REQUIRE(v.bad == std::vector{parse_member_name(piece->name)->index});
  }
}

TEST_CASE("shred: cut anywhere, it is unterminated or its keys are not explained; nothing else is lost") {
  const Bytes bytes = shredded(make(3, {make_flag(FlagKind::behaviour, 0, 0)}).bytes, padded(0s)).bytes;
  const Piece note = piece_named(bytes, "x/000000.note");
  for (std::size_t size = block_size; size < bytes.size(); size += 7) {
    const auto v = verified(slice(bytes, 0, size));
    const bool explained = size >= note.begin + block_size + note.size;
    CAPTURE(size);
    if (explained) {
      REQUIRE(v.state == RecordingState::unterminated);
      REQUIRE(v.bad.empty());
      REQUIRE(v.shredded.size() == 2);
    } else {
      REQUIRE(v.state != RecordingState::whole);
      REQUIRE(v.bad.size() <= 2);
    }
  }
}

TEST_CASE("shred: an unterminated recording too, and its incomplete tail with it") {
  const MadeRecording made = make(12, {make_flag(FlagKind::behaviour, 1, 1)}, false);
  const Piece last = piece_named(made.bytes, "s/000015.age");
  // The last segment is complete, its note is cut off: nobody delivers it, a thief could open it.
  const Bytes cut = slice(made.bytes, 0, last.end + 100);
  CHECK(stolen(cut, staff()).back() == media_text(11));
  const auto [bytes, report] = shredded(cut, padded(0s));
  CHECK(report.left_out == last.end + 100 - last.begin);
  CHECK(report.shredded == members_of(from_to(2, 10)));
  CHECK(stolen(bytes, staff()).size() == 6);
  const auto v = verified(bytes, true, made.signer);
  CHECK(v.state == RecordingState::unterminated);
  CHECK(v.bad.empty());
  CHECK(v.shredded == report.shredded);
  CHECK(played_segments(played(bytes, staff())) == from_to(0, 1));
  const auto again = shredded(bytes, all_media());
  CHECK(verified(again.bytes).shredded.size() == 11);
  CHECK(verified(again.bytes).state == RecordingState::unterminated);
}

TEST_CASE("shred: what is damaged keeps no key either, unless it belongs to what is kept") {
  const MadeRecording made = make(12, {make_flag(FlagKind::behaviour, 1, 1)});
  const auto damage = [&](const std::string& name, std::size_t at) {
    Bytes bytes = made.bytes;
    bytes[piece_named(bytes, name).begin + at] ^= std::byte{1};
    return bytes;
  };
  for (const char* name : {"s/000009.age", "j/000009.note"})
    for (const std::size_t at : {std::size_t{3}, std::size_t{100}, std::size_t{150}, std::size_t{520},
                                 std::size_t{540}, std::size_t{700}}) {
      if (name[0] == 'j' && at == 700) continue;
      CAPTURE(name);
      CAPTURE(at);
      const Bytes bytes = damage(name, at);
      const auto [out, report] = shredded(bytes, padded(0s));
      CHECK(report.damage.find("memory") == std::string::npos);
      CHECK_FALSE(report.damage.empty());
      // What was wrong with a header that is gone for ever is gone with it.
      const bool in_header = name[0] == 's' && at >= 520 && at < 680;
      CHECK((verified(out).state == RecordingState::damaged) != in_header);
      const auto found = stolen(out, staff());
      CHECK(std::count(found.begin(), found.end(), media_text(5)) == 0);
      CHECK(std::count(found.begin(), found.end(), "?") == 0);
      CHECK(found.size() == 8);  // consent, policy, init, flags, 0, 1; init, close
      CHECK(played_segments(played(out, staff())) == from_to(0, 1));
    }
  // The tar header of a flagged segment: its bytes stay, for whoever repairs it.
  const auto kept = shredded(damage("s/000005.age", 3), padded(0s));
  const auto found = stolen(kept.bytes, staff());
  CHECK(std::count(found.begin(), found.end(), media_text(1)) + std::count(found.begin(), found.end(), "?") ==
        1);
  // A second copy of a segment, in the wrong place.
  const Piece twice = piece_named(made.bytes, "s/000010.age");
  const Piece place = piece_named(made.bytes, "s/000012.age");
  Bytes doubled = slice(made.bytes, 0, place.begin);
  const Bytes copy = slice(made.bytes, twice.begin, twice.end),
              rest = slice(made.bytes, place.begin, made.bytes.size());
  doubled.insert(doubled.end(), copy.begin(), copy.end());
  doubled.insert(doubled.end(), rest.begin(), rest.end());
  const auto single = stolen(shredded(doubled, padded(0s)).bytes, staff());
  CHECK(std::count(single.begin(), single.end(), media_text(6)) == 0);
}

TEST_CASE("shred: flags that cannot be read keep all that they may be about") {
  const Bytes bytes = make(60, {behaviour, technical}).bytes;
  // Their entry tells from 0 to 0 s here, as `make` wrote it; a flipped bit of the payload hides them.
  const auto flags = piece_named(bytes, "m/000003.age");
  Bytes hidden = bytes;
  hidden[flags.begin + block_size + flags.size - 1] ^= std::byte{1};
  CHECK(played_segments(played(shredded(hidden, padded(2s)).bytes, staff())) == from_to(0, 2));

  const auto out = std::make_shared<Bytes>();
  ArchiveWriter writer{std::make_unique<MemorySink>(out), {staff().recipient()}};
  writer.add(MemberKind::init, to_bytes(media_begin), {}, {}, false);
  for (int i = 0; i < 8; ++i)
    writer.add(MemberKind::media, to_bytes(media_text(i)), Timestamp{i * 1s}, 1s, true);
  writer.add(MemberKind::flag, to_bytes("{\"flag\":1}\n"), Timestamp{3500ms}, 1s, false);
  writer.close();
  CHECK(played_segments(played(shredded(*out, padded(0s)).bytes, staff())) == from_to(3, 4));
}

TEST_CASE("shred: wrong use and unreadable input destroy nothing") {
  const MadeRecording made = make(8, {behaviour});
  const auto code = [&](const Bytes& bytes, const ShredOptions& options, const Identity& key = staff()) {
    return thrown_by([&] { (void)shredded(bytes, options, key); });
  };
  CHECK(code(made.bytes, {}, Identity::generate()) == Errc::no_identity);
  CHECK(code(make(8, {}).bytes, {}, Identity::generate()) == Errc::no_identity);
  CHECK(code(made.bytes, {.pad = -1s}) == Errc::argument);
  CHECK(code(made.bytes, {.pad = 25h}) == Errc::argument);
  CHECK(code(made.bytes, {.logs = true}) == Errc::argument);
  for (const std::string& why : {std::string{"two\nlines"}, std::string(1001, 'x'), std::string{"\xff"},
                                 std::string{"\xc3"}, std::string{"\xed\xa0\x80"}, std::string{"a\0b", 3}})
    CHECK(code(made.bytes, {.why = why}) == Errc::argument);
  CHECK(code({}, {}) == Errc::bad_header);
  CHECK(code(to_bytes("hello"), {}) == Errc::bad_header);
  CHECK(code(slice(made.bytes, 0, 1024), {}) == Errc::truncated);
  MemorySource pipe{made.bytes, false};
  const auto out = std::make_shared<Bytes>();
  MemorySink sink{out};
  CHECK(thrown_by([&] { (void)shred(pipe, {staff()}, sink); }) == Errc::unsupported);
  CHECK(out->empty());
  // Flags that are gone: nothing tells any more what to keep.
  const auto gone = shredded(made.bytes, {.keep_flagged = false, .logs = true});
  CHECK(code(gone.bytes, {}) == Errc::unsupported);
  const Piece flags = piece_named(made.bytes, "m/000003.age"),
              note = piece_named(made.bytes, "j/000003.note");
  Bytes lost = made.bytes;
  std::fill(lost.begin() + static_cast<std::ptrdiff_t>(flags.begin),
            lost.begin() + static_cast<std::ptrdiff_t>(note.end), std::byte{0x55});
  CHECK(code(lost, {}) == Errc::tampered);
  CHECK_FALSE(code(lost, all_media()));
}

namespace {

/// A disk that loses power: keeps what was synced, and of the rest what `survives` says.
class Disk final : public EditFile {
 public:
  struct Operation {
    std::uint64_t offset = 0;
    Bytes bytes;
    bool resize = false;
  };
  struct PowerCut {};

  Disk(Bytes before, std::size_t steps) : synced_(std::move(before)), steps_(steps) {}
  void write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    step();
    pending_.push_back({offset, {bytes.begin(), bytes.end()}});
  }
  void resize(std::uint64_t size) override {
    step();
    pending_.push_back({size, {}, true});
  }
  void sync() override {
    step();
    synced_ = after([](std::size_t) { return SIZE_MAX; });
    pending_.clear();
  }
  /// What the disk holds when it starts again. `part(i)`: how many bytes of unsynced operation i were kept.
  [[nodiscard]] Bytes after(const std::function<std::size_t(std::size_t)>& part) const {
    Bytes bytes = synced_;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      const auto& [offset, written, resize] = pending_[i];
      const std::size_t n = std::min(part(i), written.size());
      if (resize && part(i) > 0) bytes.resize(offset);
      if (resize || n == 0) continue;
      bytes.resize(std::max<std::size_t>(bytes.size(), offset + n));
      std::copy_n(written.begin(), n, bytes.begin() + static_cast<std::ptrdiff_t>(offset));
    }
    return bytes;
  }
  [[nodiscard]] std::size_t pending() const { return pending_.size(); }

 private:
  void step() {
    if (steps_-- == 0) throw PowerCut{};
  }
  Bytes synced_;
  std::vector<Operation> pending_;
  std::size_t steps_;
};

/// Shreds on a disk that fails before step `steps`; false when it came to the end.
bool shred_until(const Bytes& before, const ShredOptions& options, Disk& disk) {
  MemorySource source{before};
  try {
    (void)recording::shred_in_place(source, disk, {staff()}, options);
    return false;
  } catch (const Disk::PowerCut&) {
    return true;
  }
}
Bytes shredded_on_disk(const Bytes& before, const ShredOptions& options) {
  Disk disk{before, SIZE_MAX};
  CHECK_FALSE(shred_until(before, options, disk));
  return disk.after([](std::size_t) { return SIZE_MAX; });
}

/// As far as these can differ: the time in the note.
Bytes without_time(Bytes bytes) {
  const std::string text = to_text(bytes);
  for (std::size_t at = text.find("\nutc "); at != std::string::npos; at = text.find("\nutc ", at + 1)) {
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), 29, std::byte{0});
    const std::size_t digest = text.find("\ndigest ", at);
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(digest), 53, std::byte{0});
  }
  return bytes;
}

}  // namespace

TEST_CASE("shred: in place as in a copy") {
  for (const bool close : {true, false}) {
    const Bytes bytes = make(12, {make_flag(FlagKind::behaviour, 1, 1)}, close).bytes;
    const Bytes once = shredded_on_disk(bytes, padded(0s));
    CHECK(without_time(once) == without_time(shredded(bytes, padded(0s)).bytes));
    CHECK(shredded_on_disk(once, padded(0s)) == once);
    CHECK(without_time(shredded_on_disk(once, all_media())) ==
          without_time(shredded(once, all_media()).bytes));
  }
}

TEST_CASE("shred: after a power cut at any step, shredding again completes it, and nothing else is lost") {
  const ShredOptions options = padded(0s);
  for (const bool close : {true, false}) {
    Bytes bytes = make(12, {make_flag(FlagKind::behaviour, 1, 1)}, close).bytes;
    if (!close) bytes.resize(bytes.size() - 100);  // an incomplete tail
    const Bytes complete = without_time(shredded(bytes, options).bytes);
    const auto segments = std::size_t(close ? 12 : 11);
    const auto kept = from_to(0, 1);
    bool cut = true;
    for (std::size_t steps = 0; cut; ++steps) {
      Disk disk{bytes, steps};
      cut = shred_until(bytes, options, disk);
      // Of what was not synced: all, nothing, all but one, or one cut short.
      std::vector<std::function<std::size_t(std::size_t)>> cases{[](std::size_t) { return SIZE_MAX; },
                                                                 [](std::size_t) { return std::size_t{0}; }};
      for (std::size_t lost = 0; lost < disk.pending(); ++lost)
        for (const int n : {0, 1, 100, 511, 512, 513, 700, 1100, 2000})
          cases.push_back([=](std::size_t i) { return i == lost ? std::size_t(n) : SIZE_MAX; });
      for (const auto& part : cases) {
        const Bytes left = disk.after(part);
        const auto v = verified(left);
        CAPTURE(steps);
        // Keys are there or their loss is explained.
        CHECK(v.segments + v.shredded.size() + v.bad.size() >= segments);
        CHECK((v.bad.empty() || v.message.find("shred again") != std::string::npos));
        const auto media = played_segments(played(left, staff()));
        CHECK(std::includes(media.begin(), media.end(), kept.begin(), kept.end()));
        const Bytes again = shredded_on_disk(left, options);
        CHECK(without_time(again) == complete);
        CHECK(played_segments(played(again, staff())) == from_to(0, 1));
      }
    }
  }
}

TEST_CASE("shred: a file in place, and what cannot be one") {
  const TemporaryFolder folder;
  const Bytes bytes = make(12, {make_flag(FlagKind::behaviour, 1, 1)}).bytes;
  write_file(folder / "r.tar", bytes);
  const auto report = shred_in_place(folder / "r.tar", {staff()}, padded(0s));
  CHECK(report.shredded == members_of(from_to(2, 11)));
  CHECK(without_time(read_file(folder / "r.tar")) == without_time(shredded(bytes, padded(0s)).bytes));
  CHECK(
      to_json(report).starts_with("{\"shredded\":[6,7,8,9,10,11,12,13,14,15],\"kept\":2,"
                                  "\"kept_spans\":[[0.0,2.0]],\"left_out\":0,\"damage\":\"\"}"));
  CHECK(thrown_by([&] { (void)shred_in_place(folder / "none.tar", {staff()}); }) == Errc::io);
  CHECK(thrown_by([&] { (void)shred_in_place(folder.path(), {staff()}); }) == Errc::io);
  CHECK(thrown_by([&] { (void)shred_in_place("/dev/null", {staff()}); }) == Errc::unsupported);
  CHECK(thrown_by([&] { (void)shred_in_place("/dev/full", {staff()}); }) == Errc::unsupported);
}
