// Other recipients for what was recorded: the old ones are shut out, the recorded bytes and all that is
// signed stay as they are.
#include "crypto/age.hpp"
#include "recording/change.hpp"
#include "recording/piece.hpp"
#include "recording_pieces.hpp"
#include "support.hpp"

#include <invigil/rewrap.hpp>
#include <invigil/shred.hpp>

using namespace invigil;
using namespace invigil::test;
using namespace invigil::recording;
using namespace std::chrono_literals;

namespace {

const Identity& staff() {
  static const Identity identity = Identity::generate();
  return identity;
}
const Identity& board() {
  static const Identity identity = Identity::generate();
  return identity;
}

MadeRecording make(int segments, bool close = true) {
  return make_recording({staff().recipient()}, segments, {make_flag(FlagKind::behaviour, 1, 1)}, close);
}

struct Rewrapped {
  Bytes bytes;
  RewrapReport report;
};
Rewrapped rewrapped(const Bytes& bytes, const Identity& from, const std::vector<Recipient>& to,
                    const RewrapOptions& options = {}) {
  const auto out = std::make_shared<Bytes>();
  MemorySink sink{out};
  MemorySource source{bytes, true, 4099};
  auto report = rewrap(source, {from}, to, sink, options);
  return {*out, std::move(report)};
}
Bytes shredded(const Bytes& bytes, const Identity& key, const ShredOptions& options) {
  const auto out = std::make_shared<Bytes>();
  MemorySink sink{out};
  MemorySource source{bytes};
  (void)shred(source, {key}, sink, options);
  return *out;
}

Bytes payload_of(const Bytes& age) { return slice(age, age_header_size(age), age.size()); }

std::vector<std::uint64_t> members(std::uint64_t first, std::uint64_t last) {
  std::vector<std::uint64_t> all;
  for (; first <= last; ++first) all.push_back(first);
  return all;
}

}  // namespace

TEST_CASE("rewrap: the new key opens everything, the old one nothing, and all that is signed still holds") {
  const MadeRecording made = make(70);  // long enough for an index in the middle
  for (const bool two : {true, false}) {
    const auto to = two ? std::vector{board().recipient(), Identity::generate().recipient()}
                        : std::vector{board().recipient()};
    const auto done = rewrapped(made.bytes, staff(), to, {.why = "handed to the board"});
    const Bytes& bytes = done.bytes;
    const RewrapReport& report = done.report;
    CHECK(report.rewrapped == members(0, 75));
    CHECK(report.unchanged.empty());
    CHECK(report.shredded == 0);
    CHECK(report.damage.empty());
    for (const bool seekable : {true, false}) {
      const auto v = verified(bytes, seekable, made.signer);
      CHECK(v.state == RecordingState::whole);
      CHECK(v.signer == SignerState::checked);
      CHECK(v.bad.empty());
      CHECK(v.rewrapped == report.rewrapped);
      CHECK(v.shredded.empty());
      CHECK(v.segments == 70);
      REQUIRE(v.changes.size() == 1);
      CHECK(v.message.find("76 members given other recipients by choice on " + v.changes[0].utc +
                           " (\"handed to the board\"; this note is not signed)") != std::string::npos);
    }
    CHECK(stolen(bytes, staff()).empty());
    CHECK(stolen(bytes, board()).size() == 76);
    CHECK(thrown_by([&] { (void)played(bytes, staff()); }) == Errc::no_identity);
    const Playback playback = played(bytes, board());
    CHECK(playback.damage().empty());
    CHECK(played_segments(playback) == from_to(0, 69));
    CHECK(playback.flags().size() == 1);
    for (const Piece& piece : pieces_of(made.bytes)) {
      const Bytes before = content_of(made.bytes, piece);
      const Bytes after = content_of(bytes, piece_named(bytes, piece.name));
      if (piece.name[0] == 'j') CHECK(after == before);
      if (piece.name.ends_with(".age")) CHECK(payload_of(after) == payload_of(before));
    }
  }
}

TEST_CASE("rewrap: stock age opens it with the new key and not with the old") {
  if (!program_or_skip("age") || !program_or_skip("tar")) return;
  const TemporaryFolder folder;
  write_file(folder / "r.tar", rewrapped(make(3).bytes, staff(), {board().recipient()}).bytes);
  write_file(folder / "old", to_bytes(staff().secret_text()));
  write_file(folder / "new", to_bytes(board().secret_text()));
  const std::string in = "cd " + folder.path().string() + " && ";
  REQUIRE(run(in + "tar xf r.tar") == 0);
  for (const std::string name : {"i/000002.age", "m/000003.age", "s/000004.age", "s/000006.age"}) {
    CHECK(run(in + "age -d -i new -o out " + name) == 0);
    CHECK(run(in + "age -d -i old -o out " + name + " 2>errors") != 0);
  }
  CHECK(to_text(read_file(folder / "out")) == media_text(2));
}

TEST_CASE("rewrap: after shredding, before shredding, and again") {
  const MadeRecording made = make(70);
  const ShredOptions keep{.pad = 0s};
  const Bytes first = shredded(made.bytes, staff(), keep);
  const auto second = rewrapped(first, staff(), {board().recipient(), staff().recipient()});
  CHECK(second.report.shredded == 68);
  CHECK(second.report.rewrapped.size() == 8);
  const auto third = rewrapped(second.bytes, staff(), {board().recipient()});
  const Bytes last = shredded(third.bytes, board(), {.keep_flagged = false});
  for (const Bytes& bytes : {second.bytes, third.bytes, last}) {
    const auto v = verified(bytes, true, made.signer);
    CHECK(v.state == RecordingState::whole);
    CHECK(v.bad.empty());
  }
  CHECK(verified(last).changes.size() == 4);
  CHECK(verified(last).shredded.size() == 70);
  CHECK(verified(last).rewrapped == std::vector<std::uint64_t>{0, 1, 2, 3, 74, 75});
  CHECK(played_segments(played(third.bytes, board())) == from_to(0, 1));
  CHECK(played_segments(played(last, board())).empty());
  CHECK(thrown_by([&] { (void)played(third.bytes, staff()); }) == Errc::no_identity);
  // All keys gone: nothing to change, and nothing is said to have changed.
  const Bytes nothing = shredded(made.bytes, staff(), {.keep_flagged = false, .logs = true});
  CHECK(rewrapped(nothing, board(), {board().recipient()}).bytes == nothing);
}

TEST_CASE("rewrap: an unterminated recording too") {
  const MadeRecording made = make(5, false);
  Bytes cut = made.bytes;
  cut.resize(cut.size() - 700);
  const auto [bytes, report] = rewrapped(cut, staff(), {board().recipient()});
  CHECK(report.left_out > 0);
  CHECK(verified(bytes).state == RecordingState::unterminated);
  CHECK(verified(bytes).bad.empty());
  CHECK(stolen(bytes, staff()).empty());
  CHECK(played_segments(played(bytes, board())) == from_to(0, 3));
}

TEST_CASE("rewrap: what is damaged stays what it is, and is told") {
  const MadeRecording made = make(6);
  const Piece segment = piece_named(made.bytes, "s/000006.age");
  const auto flipped = [&](std::size_t at) {
    Bytes bytes = made.bytes;
    bytes[segment.begin + at] ^= std::byte{1};
    return bytes;
  };
  // In the header: no key comes out, so it is carried over.
  const auto header = rewrapped(flipped(block_size + 60), staff(), {board().recipient()});
  CHECK(header.report.unchanged == std::vector<std::uint64_t>{6});
  CHECK(header.report.damage.find("member 6") != std::string::npos);
  CHECK(verified(header.bytes).bad == std::vector<std::uint64_t>{6});
  CHECK(content_of(header.bytes, piece_named(header.bytes, "s/000006.age")) ==
        content_of(flipped(block_size + 60), segment));
  // In the payload: the key is right, so the old recipients lose it all the same.
  const auto payload = rewrapped(flipped(block_size + segment.size - 3), staff(), {board().recipient()});
  CHECK(payload.report.unchanged.empty());
  CHECK(verified(payload.bytes).bad == std::vector<std::uint64_t>{6});
  CHECK(stolen(payload.bytes, staff()).empty());
  // In the tar header: bytes that belong to no member.
  const auto tar = rewrapped(flipped(3), staff(), {board().recipient()});
  CHECK(tar.report.strays == segment.end - segment.begin);
  CHECK(verified(tar.bytes).bad == std::vector<std::uint64_t>{6});
  for (const auto& bytes : {header.bytes, payload.bytes, tar.bytes})
    CHECK(played_segments(played(bytes, board())) == from_to(0, 1) + from_to(3, 5));
}

TEST_CASE("rewrap: a header that changed without a note, or a note without a change, is damage") {
  const Bytes original = make(3).bytes;
  const Bytes changed = rewrapped(original, staff(), {board().recipient()}).bytes;
  const Piece note = piece_named(changed, "x/000000.note");
  Bytes silent = slice(changed, 0, note.begin);
  silent.resize(silent.size() + 1024);
  const auto v = verified(silent);
  CHECK(v.state == RecordingState::damaged);
  CHECK(v.bad == members(0, 8));
  CHECK(v.rewrapped.empty());
  CHECK(v.message.find("member 0 has another age header, and no note says why") != std::string::npos);

  Bytes unchanged = slice(original, 0, original.size() - 1024);
  const Change change{0,
                      ChangeKind::rewrap,
                      "2026-01-01T00:00:00.000Z",
                      "none",
                      {{4, 5}},
                      piece_named(original, "x/000008.idx").begin,
                      unchanged.size()};
  const Bytes claim = to_bytes(ending(change, true));
  unchanged.insert(unchanged.end(), claim.begin(), claim.end());
  CHECK(verified(unchanged).bad == members(4, 5));
  CHECK(verified(unchanged).message.find("still opens with its old keys") != std::string::npos);
}

TEST_CASE("rewrap: that a header holds another key is seen by whoever opens it") {
  const Bytes bytes = rewrapped(make(3).bytes, staff(), {board().recipient()}).bytes;
  const Piece segment = piece_named(bytes, "s/000005.age");
  const Bytes age = content_of(bytes, segment);
  crypto::FileKey other;
  crypto::fill_random(other.bytes());
  const std::string header = crypto::header_for(other, std::vector{board().recipient()});
  REQUIRE(header.size() == age_header_size(age));
  Bytes forged = bytes;
  std::copy_n(crypto::as_bytes(header).begin(), header.size(),
              forged.begin() + static_cast<std::ptrdiff_t>(segment.begin + block_size));
  // Without a private key nothing more can be said than that the header was changed, which a note tells.
  CHECK(verified(forged).state == RecordingState::whole);
  const Playback playback = played(forged, board());
  CHECK(played_segments(playback) == std::vector{0, 2});
  CHECK(playback.damage().find("another key than its entry commits to") != std::string::npos);
  // Nor is such a member given new recipients.
  CHECK(rewrapped(forged, board(), {staff().recipient()}).report.unchanged == std::vector<std::uint64_t>{5});
}

TEST_CASE(
    "rewrap: no byte of a rewrapped recording can change unnoticed, but within a header that a note names") {
  const Bytes bytes = rewrapped(make(1).bytes, staff(), {board().recipient()}).bytes;
  const auto pieces = pieces_of(bytes);
  const Piece note = piece_named(bytes, "x/000000.note");
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i % 7 != 0 && i < note.begin) continue;  // other tests go through the rest
    const auto piece =
        std::find_if(pieces.begin(), pieces.end(), [&](const Piece& p) { return i >= p.begin && i < p.end; });
    const bool age = piece != pieces.end() && piece->name.ends_with(".age");
    const std::size_t at = age ? i - piece->begin : 0;
    if (age && at >= block_size && at < block_size + age_header_size(content_of(bytes, *piece))) continue;
    Bytes flipped = bytes;
    flipped[i] ^= std::byte(1U << (i % 8));
    CAPTURE(i);
    REQUIRE(verified(flipped, i % 3 != 0).state == RecordingState::damaged);
  }
}

TEST_CASE("rewrap: wrong use is refused before anything is written") {
  const MadeRecording made = make(3);
  const auto code = [&](const Bytes& bytes, const Identity& key, const std::vector<Recipient>& to,
                        const RewrapOptions& options = {}) {
    return thrown_by([&] { (void)rewrapped(bytes, key, to, options); });
  };
  CHECK(code(made.bytes, board(), {board().recipient()}) == Errc::no_identity);
  CHECK(code(made.bytes, staff(), {}) == Errc::argument);
  CHECK(code(made.bytes, staff(), {board().recipient()}, {.why = ""}) == Errc::argument);
  CHECK(code(to_bytes("hello"), staff(), {board().recipient()}) == Errc::bad_header);
  CHECK(code(slice(made.bytes, 0, 1024), staff(), {board().recipient()}) == Errc::truncated);
  MemorySource pipe{made.bytes, false};
  const auto out = std::make_shared<Bytes>();
  MemorySink sink{out};
  CHECK(thrown_by([&] { (void)rewrap(pipe, {staff()}, {board().recipient()}, sink); }) == Errc::unsupported);
  CHECK(out->empty());
}

TEST_CASE("rewrap: a file in place, through a link, with its permissions; a failure leaves it as it was") {
  const TemporaryFolder folder;
  const Bytes bytes = make(3).bytes;
  write_file(folder / "r.tar", bytes);
  std::filesystem::permissions(folder / "r.tar", std::filesystem::perms{0640});
  std::filesystem::create_symlink("r.tar", folder / "link.tar");
  CHECK(thrown_by([&] { (void)rewrap_in_place(folder / "link.tar", {board()}, {board().recipient()}); }) ==
        Errc::no_identity);
  CHECK(read_file(folder / "r.tar") == bytes);
  const auto report = rewrap_in_place(folder / "link.tar", {staff()}, {board().recipient()});
  CHECK(report.rewrapped == members(0, 8));
  CHECK(to_json(report) ==
        "{\"rewrapped\":[0,1,2,3,4,5,6,7,8],\"shredded\":0,\"unchanged\":[],\"strays\":0,"
        "\"left_out\":0,\"damage\":\"\"}");
  CHECK(std::filesystem::is_symlink(folder / "link.tar"));
  CHECK(std::filesystem::status(folder / "r.tar").permissions() == std::filesystem::perms{0640});
  CHECK(verified(read_file(folder / "r.tar")).state == RecordingState::whole);
  CHECK(stolen(read_file(folder / "r.tar"), staff()).empty());
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 2);
  CHECK(thrown_by([&] { (void)rewrap_in_place(folder / "none", {staff()}, {board().recipient()}); }) ==
        Errc::io);
}
