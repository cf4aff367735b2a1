// The container's bytes, opened with stock programs alone.
#include "memory.hpp"
#include "recording/archive.hpp"
#include "recording/entry.hpp"
#include "recording/ustar.hpp"
#include "support.hpp"

#include <fmt/format.h>

using namespace invigil;
using namespace invigil::test;
using namespace invigil::recording;
using namespace std::chrono_literals;

namespace {

Timestamp at(Duration d) { return Timestamp{d}; }

}  // namespace

TEST_CASE("container: tar and age alone open a recording") {
  if (!program_or_skip("age") || !program_or_skip("tar")) return;
  const TemporaryFolder folder;
  const auto identity = Identity::generate(), second = Identity::generate();
  ArchiveWriter writer{create_file(folder / "r.tar"), {identity.recipient(), second.recipient()}};
  const std::string consent = "{\"given\":true}\n", init = "ftyp moov", media(70000, 'm');
  writer.add(MemberKind::consent, to_bytes(consent), {}, {}, false);
  writer.add(MemberKind::init, to_bytes(init), {}, {}, false);
  writer.add(MemberKind::media, to_bytes(media), {}, 1s, true);
  writer.sync();
  writer.add(MemberKind::media, to_bytes("x"), at(1s), 1s, false);
  writer.close();
  writer.close();
  CHECK(std::filesystem::file_size(folder / "r.tar") == writer.bytes());

  write_file(folder / "key", to_bytes(second.secret_text()));
  const std::string in = "cd " + folder.path().string() + " && ";
  REQUIRE(run(in + "tar xf r.tar 2>errors && test ! -s errors && tar tvf r.tar > list") == 0);
  REQUIRE(run(in + "for f in m/000000 i/000001 s/000002 s/000003 i/000004 m/000005; do "
                   "age -d -i key -o $(basename $f) $f.age || exit 1; done") == 0);
  CHECK(to_text(read_file(folder / "000000")) == consent);
  CHECK(to_text(read_file(folder / "000001")) == init);
  CHECK(to_text(read_file(folder / "000002")) == media);
  CHECK(to_text(read_file(folder / "000003")) == "x");
  CHECK(to_text(read_file(folder / "000004")) == init);
  CHECK(to_text(read_file(folder / "000005")) == "{\"close\":{\"members\":6}}\n");
  CHECK(to_text(read_file(folder / "list")).find("-rw-r--r-- 0/0") != std::string::npos);
  CHECK(std::filesystem::file_size(folder / "j/000003.note") <= 512);  // about 1 KiB in tar
  const auto note = parse_note(to_text(read_file(folder / "j/000000.note")));
  REQUIRE(note.canonical);
  REQUIRE(note.signer);
  CHECK(note.signer->to_string() == writer.signer());
  CHECK(note.checkpoint->signed_by(*note.signer));
  const auto index = Index::parse(to_text(read_file(folder / "x/000005.idx")));
  REQUIRE(index);
  CHECK(index->lines.size() == 6);
}

TEST_CASE("container: a note still fits one block after a day of recording") {
  Entry entry;
  entry.index = 86400 + 13;
  entry.kind = MemberKind::observation;
  entry.payload_size = 70000;
  entry.time = at(24h);
  entry.duration = 1s;
  entry.utc = "2026-06-12T09:00:00.000Z";
  const auto key = crypto::SigningKey::generate();
  const std::string origin = "invigil/" + std::string(32, 'a');
  CHECK(note_text(entry, {}, crypto::sign_checkpoint({origin, 86414, {}}, key)).size() <= 512);
}

TEST_CASE("container: entries, notes, indexes and tar headers are read only as they are written") {
  Entry entry;
  entry.kind = MemberKind::media;
  entry.access = Access::key;
  entry.utc = "2026-06-12T09:00:00.000Z";
  const std::string text = entry.text();
  REQUIRE(Entry::parse(text));
  for (std::size_t i = 0; i < text.size(); ++i) {
    CHECK_FALSE(Entry::parse(text.substr(0, i)));
    std::string flipped = text;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    const auto parsed = Entry::parse(flipped);
    CHECK((!parsed || parsed->text() == flipped));
  }
  const std::string index = Index{{{0, MemberKind::init, Access::none, {}, {}, 0, 10, {}}}, 7, 99}.text();
  REQUIRE(Index::parse(index));
  CHECK(Index::parse(index)->previous == 7);
  CHECK_FALSE(Index::parse(index + "\n"));
  CHECK_FALSE(Index::parse("invigil-index/1 1000000\n"));

  const Block block = ustar_header("s/000001.age", max_member_size);
  const auto header = parse_ustar(block);
  REQUIRE(header);
  CHECK(header->canonical);
  CHECK(header->size == max_member_size);
  for (std::size_t i = 0; i < block.size(); ++i) {
    Block flipped = block;
    flipped[i] ^= std::byte{4};
    const auto parsed = parse_ustar(flipped);
    CHECK((!parsed || !parsed->canonical));
  }
  for (const std::string bad : {"", "s/1.age", "s/000001.age2", "s/000001.note", "../000001.age",
                                "/etc/passwd", "s/00000a.age", "q/000001.age", "s/000001.ag"})
    CHECK_FALSE(parse_member_name(bad));
  CHECK(parse_member_name("j/000012.note")->index == 12);
}

TEST_CASE("container: wrong use is refused without harm, a failure stays") {
  CHECK(thrown_by([] { ArchiveWriter(std::make_unique<MemorySink>(std::make_shared<Bytes>()), {}); }) ==
        Errc::argument);
  const auto out = std::make_shared<Bytes>();
  ArchiveWriter writer{std::make_unique<MemorySink>(out), {Identity::generate().recipient()}};
  const auto add = [&](MemberKind kind, Timestamp time, Duration duration) {
    return thrown_by([&] { writer.add(kind, to_bytes("x"), time, duration, false); });
  };
  CHECK(add(MemberKind::media, {}, 1s) == Errc::argument);
  CHECK(add(MemberKind::close, {}, 1s) == Errc::argument);
  CHECK(add(MemberKind::flag, at(-1s), 1s) == Errc::argument);
  CHECK(add(MemberKind::flag, at(1s), -1s) == Errc::argument);
  CHECK(add(MemberKind::flag, Timestamp::max(), 1s) == Errc::argument);
  CHECK_FALSE(add(MemberKind::flag, {}, 1s));
  writer.close();
  CHECK(add(MemberKind::flag, {}, 1s) == Errc::closed);

  class Full final : public ByteSink {
   public:
    void write(std::span<const std::byte>) override { throw Error(Errc::io, "disk", "is full"); }
  };
  ArchiveWriter full{std::make_unique<Full>(), {Identity::generate().recipient()}};
  for (int i = 0; i < 2; ++i)
    CHECK(thrown_by([&] { full.add(MemberKind::flag, to_bytes("x"), {}, {}, false); }) == Errc::io);
  CHECK(thrown_by([&] { full.sync(); }) == Errc::io);
  CHECK(thrown_by([&] { full.close(); }) == Errc::io);
}
