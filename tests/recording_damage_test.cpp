// Every way to cut, change, remove, repeat and swap what was recorded: noticed, named, and the rest comes
// back.
#include "memory.hpp"
#include "recording/archive.hpp"
#include "recording/entry.hpp"
#include "recording/ustar.hpp"
#include "support.hpp"

#include <invigil/playback.hpp>

#include <algorithm>
#include <set>

#include <fmt/format.h>

using namespace invigil;
using namespace invigil::test;
using namespace invigil::recording;
using namespace std::chrono_literals;

namespace {

const Identity& staff() {
  static const Identity identity = Identity::generate();
  return identity;
}

constexpr int segments = 4;
constexpr std::string_view init_text = "<init>";
std::string segment_text(int i) { return fmt::format("<segment {}>", i); }
Timestamp at(Duration d) { return Timestamp{d}; }

struct Made {
  Bytes bytes;
  std::string signer;
};

/// Consent, policy, init, four segments with a flag and a gap between: 15 members when closed.
Made make(bool close = true, const Identity& identity = staff()) {
  const auto out = std::make_shared<Bytes>();
  ArchiveWriter writer{std::make_unique<MemorySink>(out), {identity.recipient()}};
  const auto add = [&](MemberKind kind, std::string_view text, Duration time = 0s, Duration length = 0s,
                       bool key = false) { writer.add(kind, to_bytes(text), at(time), length, key); };
  Consent consent;
  consent.given = true;
  consent.purpose = "exam";
  add(MemberKind::consent, to_json(consent) + "\n");
  add(MemberKind::policy,
      "{\"policy_toml\":\"consent = 'asked'\",\"unredacted\":false,\"redaction\":\"x\"}\n");
  add(MemberKind::init, init_text);
  for (int i = 0; i < segments; ++i) {
    add(MemberKind::media, segment_text(i), i * 1s, 1s, i % 2 == 0);
    if (i == 1) {
      Flag flag;
      flag.what = "face_absent";
      flag.end = at(2s);
      add(MemberKind::flag, to_json(flag) + "\n", 0s, 2s);
    }
    if (i == 2) add(MemberKind::gap, "{\"gap\":[2.5,2.75],\"why\":\"dropped\"}\n", 2500ms, 250ms);
  }
  add(MemberKind::event, "{\"t\":1.5,\"event\":\"paste\"}\n", 1500ms);
  if (close) writer.close();
  return {*out, writer.signer()};
}

/// As small as can be: init and two segments; 5 members when closed.
Made make_small(bool close = true) {
  const auto out = std::make_shared<Bytes>();
  ArchiveWriter writer{std::make_unique<MemorySink>(out), {staff().recipient()}};
  writer.add(MemberKind::init, to_bytes(init_text), {}, {}, false);
  for (int i = 0; i < 2; ++i)
    writer.add(MemberKind::media, to_bytes(segment_text(i)), at(i * 1s), 1s, i == 0);
  if (close) writer.close();
  return {*out, writer.signer()};
}

struct Piece {
  std::string name;
  std::size_t begin, end;  ///< From the tar header to the end of the padding.
};
std::vector<Piece> pieces(const Bytes& bytes) {
  std::vector<Piece> all;
  for (std::size_t offset = 0; offset + block_size <= bytes.size();) {
    Block block;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), block_size, block.begin());
    const auto header = parse_ustar(block);
    if (!header) break;
    const std::size_t end = offset + block_size + header->size + padding_after(header->size);
    all.push_back({header->name, offset, end});
    offset = end;
  }
  return all;
}
Bytes part(const Bytes& bytes, std::size_t begin, std::size_t end) {
  return {bytes.begin() + static_cast<std::ptrdiff_t>(begin),
          bytes.begin() + static_cast<std::ptrdiff_t>(end)};
}
Bytes joined(const std::vector<Bytes>& parts) {
  Bytes all;
  for (const Bytes& p : parts) all.insert(all.end(), p.begin(), p.end());
  return all;
}
/// Pairs of a member and its note, then whatever else follows (index, end).
std::vector<Bytes> units(const Bytes& bytes) {
  std::vector<Bytes> all;
  const auto names = pieces(bytes);
  std::size_t done = 0;
  for (std::size_t i = 0; i + 1 < names.size() && names[i + 1].name[0] == 'j'; i += 2) {
    all.push_back(part(bytes, names[i].begin, names[i + 1].end));
    done = names[i + 1].end;
  }
  all.push_back(part(bytes, done, bytes.size()));
  return all;
}

std::vector<Bytes> with_before(const std::vector<Bytes>& parts, std::size_t place, const Bytes& added) {
  std::vector<Bytes> all;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i == place) all.push_back(added);
    all.push_back(parts[i]);
  }
  return all;
}

Verification check(const Bytes& bytes, const std::string& signer = {}, bool seekable = true) {
  MemorySource source{bytes, seekable, 4099};
  return verify(source, signer);
}
Playback play(const Bytes& bytes) { return {std::make_unique<MemorySource>(bytes), {staff()}}; }
std::string media_of(const Playback& playback) {
  const auto out = std::make_shared<Bytes>();
  MemorySink sink{out};
  playback.write_media(sink);
  return to_text(*out);
}
/// The segments that came back; fails when anything else did.
std::set<int> segments_of(std::string media) {
  std::set<int> found;
  if (!media.starts_with(init_text)) return found;
  media.erase(0, init_text.size());
  for (int i = 0; i < segments; ++i)
    if (media.starts_with(segment_text(i))) {
      media.erase(0, segment_text(i).size());
      found.insert(i);
    }
  CHECK(media.empty());
  return found;
}

// Members of `make`: 0 consent, 1 policy, 2 init, 3 4 media, 5 flag, 6 media, 7 gap, 8 media, 9 event,
// 10 init, 11 close. Members of `make_small`: 0 init, 1 2 media, 3 init, 4 close.

}  // namespace

TEST_CASE("recording: a closed one is whole, an open one unterminated, and both play") {
  const Made closed = make(), open = make(false);
  const auto v = check(closed.bytes);
  CHECK(v.state == RecordingState::whole);
  CHECK(v.signer == SignerState::not_checked);
  CHECK(v.segments == segments);
  CHECK(v.bad.empty());
  REQUIRE(v.gaps.size() == 1);
  CHECK(v.gaps[0].first == at(2500ms));
  CHECK(v.gaps[0].second == at(2750ms));
  CHECK(v.message.find("self-consistent, signer not checked") != std::string::npos);
  CHECK(
      to_json(v).starts_with("{\"state\":\"whole\",\"signer\":\"not checked\",\"segments\":4,\"bad\":[],"
                             "\"shredded\":[],\"gaps\":[[2.5,2.75]]"));
  CHECK(check(closed.bytes, {}, false).state == RecordingState::whole);
  CHECK(check(open.bytes).state == RecordingState::unterminated);
  CHECK(check(open.bytes).segments == segments);

  const Playback playback = play(closed.bytes);
  CHECK(playback.consent().purpose == "exam");
  CHECK(playback.policy_text() == "consent = 'asked'");
  CHECK_FALSE(playback.unredacted());
  REQUIRE(playback.flags().size() == 1);
  CHECK(playback.flags()[0].what == "face_absent");
  REQUIRE(playback.events().size() == 1);
  CHECK(playback.events()[0].event == "paste");
  CHECK(playback.duration() == 4s);
  REQUIRE(playback.gaps().size() == 1);
  CHECK(playback.container() == "mp4");
  CHECK(playback.damage().empty());
  CHECK(segments_of(media_of(playback)).size() == segments);
  CHECK(segments_of(media_of(play(open.bytes))).size() == segments);
  CHECK(play(open.bytes).damage().find("without being closed") != std::string::npos);
}

TEST_CASE("recording: a span begins at the keyframe before it and holds whole segments") {
  const Playback playback = play(make().bytes);
  const auto span = [&](std::optional<Timestamp> from, std::optional<Timestamp> to) {
    const auto out = std::make_shared<Bytes>();
    MemorySink sink{out};
    playback.write_media(sink, from, to);
    return segments_of(to_text(*out));
  };
  CHECK(span(at(1500ms), at(2s)) == std::set{0, 1});
  CHECK(span(at(2s), at(2100ms)) == std::set{2});
  CHECK(span(at(3s), {}) == std::set{2, 3});
  CHECK(span({}, at(1s)) == std::set{0});
  CHECK(thrown_by([&] { span(at(4s), {}); }) == Errc::argument);
  CHECK(thrown_by([&] { span({}, at(0s)); }) == Errc::argument);
}

TEST_CASE("recording: the registered signer is told from any other") {
  const Made made = make();
  CHECK(check(made.bytes, made.signer).signer == SignerState::checked);
  const auto other = check(made.bytes, make().signer);
  CHECK(other.signer == SignerState::wrong);
  CHECK(other.state == RecordingState::whole);
  CHECK(thrown_by([&] { (void)check(made.bytes, "nonsense"); }) == Errc::argument);
}

TEST_CASE("recording: no byte can change unnoticed, and what it does not touch still plays") {
  const Made made = make_small();
  const auto names = pieces(made.bytes);
  for (std::size_t i = 0; i < made.bytes.size(); ++i) {
    INFO("byte ", i);
    Bytes flipped = made.bytes;
    flipped[i] ^= std::byte(1U << (i % 8));
    const auto v = check(flipped, i % 2 ? made.signer : std::string{}, i % 3 != 0);
    REQUIRE(v.state == RecordingState::damaged);
    const auto piece =
        std::find_if(names.begin(), names.end(), [&](const Piece& p) { return i >= p.begin && i < p.end; });
    if (piece == names.end() || piece->name[0] == 'x') {
      CHECK(v.bad.empty());
      continue;
    }
    const auto hit = parse_member_name(piece->name)->index;
    CAPTURE(piece->name);
    REQUIRE(v.bad == std::vector{hit});
    if (i % 7 != 0) continue;  // decrypting is slow
    const Playback playback = play(flipped);
    CHECK_FALSE(playback.damage().empty());
    const auto found = segments_of(media_of(playback));
    CHECK((hit == 1 || found.contains(0)));
    CHECK((hit == 2 || found.contains(1)));
  }
}

TEST_CASE("recording: the same while it is not closed") {
  const Made made = make_small(false);
  const auto names = pieces(made.bytes);
  for (std::size_t i = 0; i < made.bytes.size(); ++i) {
    INFO("byte ", i);
    Bytes flipped = made.bytes;
    flipped[i] ^= std::byte(1U << (i % 8));
    const auto v = check(flipped);
    REQUIRE(v.state == RecordingState::damaged);
    REQUIRE(v.bad.size() == 1);
    if (i % 7 != 0) continue;
    if (i < names[0].end) {  // the only copy of the beginning until the recording is closed
      std::string media;
      const auto error = thrown_by([&] { media = media_of(play(flipped)); });
      CHECK((error ? *error == Errc::tampered : segments_of(media).size() == 2));
    } else {
      CHECK(segments_of(media_of(play(flipped))).size() >= 1);
    }
  }
}

TEST_CASE("recording: cut anywhere, every complete member comes back") {
  const Made made = make_small();
  std::vector<std::size_t> ends;  // where the note's content of each segment is complete
  const auto names = pieces(made.bytes);
  for (std::size_t i = 1; i < names.size(); ++i) {
    if (names[i - 1].name[0] != 's') continue;
    Block block;
    std::copy_n(made.bytes.begin() + static_cast<std::ptrdiff_t>(names[i].begin), block_size, block.begin());
    ends.push_back(names[i].begin + block_size + parse_ustar(block)->size);
  }
  for (std::size_t size = 0; size < made.bytes.size(); ++size) {
    CAPTURE(size);
    const Bytes cut = part(made.bytes, 0, size);
    if (size < block_size) {
      CHECK(thrown_by([&] { (void)check(cut); }) == Errc::bad_header);
      continue;
    }
    const auto v = check(cut, made.signer, size % 2 == 0);
    REQUIRE(v.state == RecordingState::unterminated);
    REQUIRE(v.bad.empty());
    const auto complete =
        std::uint64_t(std::count_if(ends.begin(), ends.end(), [&](std::size_t end) { return end <= size; }));
    REQUIRE(v.segments == complete);
    if (complete == 0 || size % 7 != 0) continue;
    const Playback playback = play(cut);
    CHECK(segments_of(media_of(playback)).size() == complete);
    CHECK_FALSE(playback.damage().empty());
  }
}

TEST_CASE("recording: a tail of zeros or garbage costs nothing that was complete") {
  const Made open = make(false), closed = make();
  for (const std::size_t extra :
       {std::size_t{1}, std::size_t{511}, std::size_t{512}, std::size_t{1024}, std::size_t{5000}}) {
    Bytes zeros = open.bytes;
    zeros.resize(zeros.size() + extra);
    CHECK(check(zeros).state == RecordingState::unterminated);
    CHECK(check(zeros).segments == segments);
    Bytes garbage = open.bytes;
    garbage.resize(garbage.size() + extra, std::byte{0xa5});
    CHECK(check(garbage).state != RecordingState::whole);
    CHECK(check(garbage).segments == segments);
    CHECK(segments_of(media_of(play(garbage))).size() == segments);
    for (const std::byte fill : {std::byte{0}, std::byte{0xa5}}) {
      Bytes more = closed.bytes;
      more.resize(more.size() + extra, fill);
      CHECK(check(more).state == RecordingState::damaged);
      CHECK(check(more).segments == segments);
    }
  }
}

TEST_CASE("recording: members removed, repeated, reordered, swapped or spliced are named") {
  const Made made = make();
  const auto original = units(made.bytes);
  REQUIRE(original.size() == 13);
  const auto other = units(make().bytes);  // same shape, same recipient, another session
  const auto expect = [&](const std::vector<Bytes>& parts, std::uint64_t bad) {
    const auto v = check(joined(parts));
    CHECK(v.state == RecordingState::damaged);
    CHECK(std::find(v.bad.begin(), v.bad.end(), bad) != v.bad.end());
  };
  for (std::size_t i = 0; i < 12; ++i) {
    CAPTURE(i);
    auto removed = original;
    removed.erase(removed.begin() + static_cast<std::ptrdiff_t>(i));
    expect(removed, i);
    expect(with_before(original, i, original[i]), i);
    auto spliced = original;
    spliced[i] = other[i];
    expect(spliced, i);
    if (i + 1 == 12) continue;
    auto reordered = original;
    std::swap(reordered[i], reordered[i + 1]);
    expect(reordered, i);
  }
  // Only the age file of another, under the original's name and note.
  const auto names = pieces(made.bytes);
  const auto& third = names[6];
  REQUIRE(third.name == "s/000003.age");
  const Bytes foreign = make().bytes;
  REQUIRE(pieces(foreign)[6].end - pieces(foreign)[6].begin == third.end - third.begin);
  Bytes swapped = made.bytes;
  std::copy_n(foreign.begin() + static_cast<std::ptrdiff_t>(pieces(foreign)[6].begin),
              third.end - third.begin, swapped.begin() + static_cast<std::ptrdiff_t>(third.begin));
  CHECK(check(swapped).bad == std::vector<std::uint64_t>{3});
  CHECK(segments_of(media_of(play(swapped))) == std::set{1, 2, 3});
  // Another's end put on: the index does not fit.
  auto tail = original;
  tail.back() = other.back();
  CHECK(check(joined(tail)).state == RecordingState::damaged);
}

TEST_CASE("recording: an index that is missing, moved or repeated is noticed") {
  const auto out = std::make_shared<Bytes>();
  ArchiveWriter writer{std::make_unique<MemorySink>(out), {staff().recipient()}};
  writer.add(MemberKind::init, to_bytes("i"), {}, {}, false);
  for (int i = 0; i < 130; ++i) writer.add(MemberKind::media, to_bytes("s"), at(i * 1s), 1s, true);
  writer.close();
  const auto names = pieces(*out);
  std::vector<Piece> indexes;
  for (const auto& p : names)
    if (p.name[0] == 'x') indexes.push_back(p);
  REQUIRE(indexes.size() == 3);
  CHECK(check(*out).state == RecordingState::whole);
  for (const auto& p : indexes) {
    const Bytes before = part(*out, 0, p.begin), own = part(*out, p.begin, p.end),
                after = part(*out, p.end, out->size());
    CHECK(check(joined({before, after})).state == RecordingState::damaged);
    CHECK(check(joined({before, own, own, after})).state == RecordingState::damaged);
  }
}

TEST_CASE("recording: a lost note is replaced by what the index knows, so that the rest can be checked") {
  const Made made = make();
  const auto names = pieces(made.bytes);
  Bytes bytes = made.bytes;
  const auto& note = names[7];
  REQUIRE(note.name == "j/000003.note");
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(note.begin),
            bytes.begin() + static_cast<std::ptrdiff_t>(note.end), std::byte{0x55});
  CHECK(check(bytes, made.signer).bad == std::vector<std::uint64_t>{3});
  CHECK(segments_of(media_of(play(bytes))) == std::set{1, 2, 3});
}

TEST_CASE("recording: who has no key, or something else, is told so") {
  const auto stranger = Identity::generate();
  const Bytes bytes = make().bytes;
  CHECK(thrown_by([&] { Playback(std::make_unique<MemorySource>(bytes), {stranger}); }) == Errc::no_identity);
  CHECK(thrown_by([&] { Playback(std::make_unique<MemorySource>(bytes), {}); }) == Errc::no_identity);
  CHECK(thrown_by([&] { Playback(std::make_unique<MemorySource>(bytes, false), {staff()}); }) ==
        Errc::unsupported);
  const auto not_ours = [&](const Bytes& other) {
    for (const bool seekable : {true, false})
      CHECK(thrown_by([&] { (void)check(other, {}, seekable); }) == Errc::bad_header);
    CHECK(thrown_by([&] { (void)play(other); }) == Errc::bad_header);
  };
  not_ours({});
  not_ours(to_bytes("hello"));
  not_ours(Bytes(100000, std::byte{0}));
  not_ours(Bytes(100000, std::byte{'x'}));
  const auto tar_of = [](std::string_view name, std::uint64_t size) {
    const Block block = ustar_header(name, size);
    Bytes out(block.begin(), block.end());
    out.resize(4096);
    return out;
  };
  for (const std::string name :
       {"README", "../../etc/passwd", "/s/000000.age", "s/../s/000000.age", "s/0000000.age"})
    for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{100}, max_member_size})
      not_ours(tar_of(name, size));
  // Of ours, but nothing behind it: sizes are believed only as far as there are bytes.
  for (const char folder : {'i', 's', 'm', 'j', 'x'})
    for (const std::uint64_t index : {std::uint64_t{0}, std::uint64_t{999999}})
      for (const bool seekable : {true, false}) {
        const auto v = check(tar_of(member_name(folder, index), max_member_size), {}, seekable);
        CHECK(v.state != RecordingState::whole);
        CHECK(v.segments == 0);
      }
}

TEST_CASE("recording: repacked by another tar, its content still plays and it is told") {
  if (!program_or_skip("tar")) return;
  const TemporaryFolder folder;
  write_file(folder / "r.tar", make().bytes);
  REQUIRE(run("cd " + folder.path().string() +
              " && tar tf r.tar > names && tar xf r.tar && tar --format=ustar -cf again.tar -T names") == 0);
  const Bytes again = read_file(folder / "again.tar");
  CHECK(check(again).state == RecordingState::damaged);
  CHECK(segments_of(media_of(play(again))).size() == segments);
}

TEST_CASE("recording: foreign files among the members are named and passed over") {
  const auto original = units(make().bytes);
  const Block header = ustar_header("../evil", 3);
  Bytes evil(1024, std::byte{'e'});
  std::copy(header.begin(), header.end(), evil.begin());
  const auto parts = with_before(original, 4, evil);
  const auto v = check(joined(parts));
  CHECK(v.state == RecordingState::damaged);
  CHECK(segments_of(media_of(play(joined(parts)))).size() == segments);
}

TEST_CASE("recording: a member that opens, but under a key its entry does not commit to, is refused") {
  // The commitment is part of the entry, so a writer must be dishonest to get here; the reader still checks.
  const Made made = make();
  std::string text = to_text(made.bytes);
  const std::size_t kc = text.find("\nkc ", text.find("invigil/1 3 media"));
  REQUIRE(kc != std::string::npos);
  text[kc + 4] = text[kc + 4] == 'A' ? 'B' : 'A';
  CHECK(check(to_bytes(text)).bad == std::vector<std::uint64_t>{3});
  CHECK_FALSE(segments_of(media_of(play(to_bytes(text)))).contains(0));
}

TEST_CASE("recording: lines that do not parse are passed over and told") {
  const auto out = std::make_shared<Bytes>();
  ArchiveWriter writer{std::make_unique<MemorySink>(out), {staff().recipient()}};
  writer.add(MemberKind::consent, to_bytes("not json\n"), {}, {}, false);
  writer.add(MemberKind::policy, to_bytes("[]\n{\"policy_toml\":\"a\",\"unredacted\":true}\n"), {}, {},
             false);
  writer.add(MemberKind::flag,
             to_bytes("{}\n{\"flag\":\"speech\",\"kind\":\"behaviour\",\"begin\":0,\"end\":1}\n"), {}, {},
             false);
  writer.close();
  const Playback playback = play(*out);
  CHECK(playback.policy_text() == "a");
  CHECK(playback.unredacted());
  CHECK(playback.flags().size() == 1);
  CHECK(playback.damage().find("member 0, line 1") != std::string::npos);
  CHECK(thrown_by([&] { (void)playback.container(); }) == Errc::unsupported);
  CHECK(playback.video() == nullptr);
  CHECK(playback.audio() == nullptr);
}
