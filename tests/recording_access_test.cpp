// Reading a part of a recording by its index: little is read, all of it is checked, and what does not fit is
// found by reading everything.
#include "memory.hpp"
#include "recording/archive.hpp"
#include "recording/catalog.hpp"
#include "recording/entry.hpp"
#include "recording/ustar.hpp"
#include "support.hpp"

#include <invigil/playback.hpp>

#include <algorithm>

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
Timestamp at(Duration d) { return Timestamp{d}; }

/// A recording of `seconds` segments of `size` bytes, every fourth a keyframe, with a flag every tenth.
Bytes make(int seconds, std::size_t size, bool close = true) {
  const auto out = std::make_shared<Bytes>();
  ArchiveWriter writer{std::make_unique<MemorySink>(out), {staff().recipient()}};
  writer.add(MemberKind::consent, to_bytes("{\"given\":true,\"purpose\":\"exam\"}\n"), {}, {}, false);
  writer.add(MemberKind::init, to_bytes("<init>"), {}, {}, false);
  for (int i = 0; i < seconds; ++i) {
    std::string text = fmt::format("<segment {}>", i);
    text.resize(std::max(size, text.size()), 'x');
    writer.add(MemberKind::media, to_bytes(text), at(i * 1s), 1s, i % 4 == 0);
    if (i % 10 == 0)
      writer.add(MemberKind::flag,
                 to_bytes("{\"flag\":\"speech\",\"kind\":\"behaviour\",\"begin\":0,\"end\":1}\n"), at(i * 1s),
                 1s, false);
  }
  if (close) writer.close();
  return *out;
}

/// Counts what is read of it.
class CountingSource final : public ByteSource {
 public:
  CountingSource(const Bytes& bytes, std::shared_ptr<std::uint64_t> read)
      : source_(bytes), read_(std::move(read)) {}
  std::size_t read(std::span<std::byte> buffer) override {
    const std::size_t n = source_.read(buffer);
    *read_ += n;
    return n;
  }
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return source_.size(); }
  void seek(std::uint64_t offset) override { source_.seek(offset); }
  [[nodiscard]] std::string name() const override { return "counted"; }

 private:
  MemorySource source_;
  std::shared_ptr<std::uint64_t> read_;
};

std::string span(const Playback& playback, std::optional<Timestamp> from, std::optional<Timestamp> to) {
  const auto out = std::make_shared<Bytes>();
  MemorySink sink{out};
  playback.write_media(sink, from, to);
  return to_text(*out);
}
Playback play(const Bytes& bytes) { return {std::make_unique<MemorySource>(bytes), {staff()}}; }

/// The span, or the code of the error, by whichever way it was opened.
std::string span_or_error(const Bytes& bytes, bool read_all_first, Duration from, Duration to) {
  std::string text;
  const auto error = thrown_by([&] {
    const Playback playback = play(bytes);
    if (read_all_first) static_cast<void>(playback.damage());
    text = span(playback, at(from), at(to));
  });
  return error ? std::string{to_string(*error)} : text;
}

struct Located {
  std::size_t offset = 0;
  Index index;
};
std::vector<Located> indexes(const Bytes& bytes) {
  std::vector<Located> all;
  for (std::size_t offset = 0; offset + block_size <= bytes.size();) {
    Block block;
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), block_size, block.begin());
    const auto header = parse_ustar(block);
    if (!header) break;
    const auto text = to_text(std::span{bytes}.subspan(offset + block_size, header->size));
    if (header->name[0] == 'x') all.push_back({offset, *Index::parse(text)});
    offset += block_size + header->size + padding_after(header->size);
  }
  return all;
}
/// With one index replaced by another of the same length.
Bytes with(Bytes bytes, const Located& place, const Index& changed) {
  const std::string text = changed.text();
  REQUIRE(text.size() == place.index.text().size());
  const auto content = to_bytes(text);
  std::copy(content.begin(), content.end(),
            bytes.begin() + static_cast<std::ptrdiff_t>(place.offset + block_size));
  return bytes;
}

}  // namespace

TEST_CASE("random access: a span is read with a small part of the recording, and is the same as by scan") {
  const Bytes bytes = make(300, 20'000);
  const auto read = std::make_shared<std::uint64_t>(0);
  const Playback playback{std::make_unique<CountingSource>(bytes, read), {staff()}};
  const std::string part = span(playback, at(150s), at(160s));
  CHECK(*read < bytes.size() / 7);  // the span itself, twice, is a fifteenth
  CHECK(part.find("<segment 148>") != std::string::npos);
  CHECK(part.find("<segment 159>") != std::string::npos);
  CHECK(part.find("<segment 160>") == std::string::npos);
  CHECK(playback.damage_so_far().empty());
  CHECK(playback.container() == "mp4");
  CHECK(*read < bytes.size() / 7);

  CHECK(playback.damage().empty());  // which reads everything
  CHECK(*read > bytes.size());
  CHECK(span(playback, at(150s), at(160s)) == part);
  CHECK(playback.flags().size() == 30);
  CHECK(playback.duration() == 300s);
  CHECK(playback.consent().purpose == "exam");
}

TEST_CASE("random access: all borders of a span are the same by index and by scan") {
  const Bytes bytes = make(130, 10);
  for (const auto& [from, to] : std::initializer_list<std::pair<Duration, Duration>>{{0s, 1s},
                                                                                     {0s, 500s},
                                                                                     {3999ms, 4s},
                                                                                     {4s, 4001ms},
                                                                                     {59s, 62s},
                                                                                     {129s, 130s},
                                                                                     {129500ms, 900s},
                                                                                     {130s, 131s},
                                                                                     {5s, 5s},
                                                                                     {7s, 3s}}) {
    const auto begin = from, end = to;
    CAPTURE(begin.count());
    CAPTURE(end.count());
    CHECK(span_or_error(bytes, false, begin, end) == span_or_error(bytes, true, begin, end));
  }
  CHECK(span(play(bytes), {}, at(2s)).find("<segment 1>") != std::string::npos);
  CHECK(span(play(bytes), at(128s), {}).find("<segment 129>") != std::string::npos);
}

TEST_CASE("random access: damage elsewhere is not met, and told by whoever asks for all of it") {
  Bytes bytes = make(130, 1000);
  const auto all = indexes(bytes);
  REQUIRE(all.size() == 3);
  const IndexLine& early = all[0].index.lines[10];
  bytes[early.offset + block_size + early.size - 1] ^= std::byte{1};
  const Playback playback = play(bytes);
  CHECK(span(playback, at(100s), at(102s)).find("<segment 100>") != std::string::npos);
  CHECK(playback.damage_so_far().empty());
  CHECK(playback.damage().find("member 10 ") != std::string::npos);
  CHECK_FALSE(playback.damage_so_far().empty());
}

TEST_CASE("random access: damage inside the span is met, and costs only what it touches") {
  Bytes bytes = make(130, 1000);
  const auto all = indexes(bytes);
  const auto& lines = all[1].index.lines;
  const auto hit = std::find_if(lines.begin(), lines.end(), [](const IndexLine& line) {
    return line.kind == MemberKind::media && line.time == Timestamp{101s};
  });
  REQUIRE(hit != lines.end());
  bytes[hit->offset + block_size + hit->size - 1] ^= std::byte{1};
  const Playback playback = play(bytes);
  const std::string part = span(playback, at(100s), at(103s));
  CHECK(part.find("<segment 100>") != std::string::npos);
  CHECK(part.find("<segment 101>") == std::string::npos);
  CHECK(part.find("<segment 102>") != std::string::npos);
  CHECK(playback.damage_so_far().find("not the one that was recorded") != std::string::npos);
}

TEST_CASE("random access: whatever byte is changed, a span is what a scan gives") {
  const Bytes bytes = make(65, 10);
  for (std::size_t i = 0; i < bytes.size(); i += 389) {
    CAPTURE(i);
    Bytes changed = bytes;
    changed[i] ^= std::byte(1U << (i % 8));
    CHECK(span_or_error(changed, false, 61s, 63s) == span_or_error(changed, true, 61s, 63s));
  }
}

TEST_CASE("random access: an index that lies is noticed and not followed") {
  const Bytes bytes = make(130, 10);
  const std::string honest = span(play(bytes), at(70s), at(80s));
  const auto all = indexes(bytes);
  REQUIRE(all.size() == 3);
  const auto tampered = [&](std::size_t which, auto&& change) {
    Index index = all[which].index;
    change(index);
    return with(bytes, all[which], index);
  };
  const auto line_at = [&](Index& index, Duration time) -> IndexLine& {
    return *std::find_if(index.lines.begin(), index.lines.end(), [&](const IndexLine& line) {
      return line.kind == MemberKind::media && line.time == Timestamp{time};
    });
  };
  const std::vector<Bytes> lies{
      tampered(1, [&](Index& x) { line_at(x, 73s).time = at(99s); }),
      tampered(1, [&](Index& x) { std::swap(line_at(x, 73s).time, line_at(x, 98s).time); }),
      tampered(1, [&](Index& x) { std::swap(line_at(x, 73s).offset, line_at(x, 74s).offset); }),
      tampered(1, [&](Index& x) { line_at(x, 79s).duration = 2s; }),
      tampered(1, [&](Index& x) { line_at(x, 80s).time = at(79s); }),
      tampered(1, [&](Index& x) { std::swap(line_at(x, 73s).leaf, line_at(x, 74s).leaf); }),
      tampered(1,
               [&](Index& x) {  // a line of the same length
                 IndexLine& hidden = line_at(x, 73s);
                 hidden.kind = MemberKind::observation;
                 hidden.access = Access::none;
                 hidden.time = at(700ms);
               }),
      tampered(2, [&](Index& x) { x.previous = *x.previous - block_size; }),
      tampered(2, [&](Index& x) { x.previous = all[0].offset; }),
      tampered(2, [&](Index& x) { x.offset -= block_size; }),
      tampered(0, [&](Index& x) { x.lines[1].kind = MemberKind::flag; })};
  for (std::size_t i = 0; i < lies.size(); ++i) {
    CAPTURE(i);
    const Playback playback = play(lies[i]);
    CHECK(span(playback, at(70s), at(80s)) == honest);
    CHECK_FALSE(playback.damage().empty());
  }
}

TEST_CASE("random access: a catalog is only had of what ends as it should") {
  const Bytes bytes = make(65, 10);
  const auto has = [](Bytes b) {
    MemorySource source{std::move(b)};
    return read_catalog(source).has_value();
  };
  CHECK(has(bytes));
  for (const std::size_t cut :
       {std::size_t{1}, std::size_t{512}, std::size_t{1024}, std::size_t{1536}, bytes.size() - 512})
    CHECK_FALSE(has({bytes.begin(), bytes.end() - static_cast<std::ptrdiff_t>(cut)}));
  Bytes longer = bytes;
  longer.resize(bytes.size() + 512);
  CHECK_FALSE(has(longer));
  CHECK_FALSE(has({}));
  CHECK_FALSE(has(Bytes(4096)));
  CHECK_FALSE(has(make(65, 10, false)));
  // An index that names itself as the one before it must not be followed for ever.
  const auto all = indexes(bytes);
  Index loop = all.back().index;
  loop.previous = loop.offset;
  if (loop.text().size() == all.back().index.text().size()) CHECK_FALSE(has(with(bytes, all.back(), loop)));
}
