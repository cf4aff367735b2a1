// A session that goes on in a second part after a failure: times continue, the parts name each other, nothing
// between them can be hidden.
#include "memory.hpp"
#include "recording/archive.hpp"
#include "recording/beacon.hpp"
#include "support.hpp"

#include <invigil/playback.hpp>
#include <invigil/recording.hpp>
#include <invigil/verify.hpp>

#include <cmath>

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

/// One second of a tone.
AudioBlock tone(Timestamp time) {
  std::vector<float> samples(48'000);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = 0.3F * static_cast<float>(std::sin(double(i) * 0.05));
  return {time, 1, std::move(samples)};
}

struct Part {
  Bytes bytes;
  std::string signer;
};

/// `length` seconds of sound, an event in the middle, and a close or none.
Part record(int length, bool close, std::optional<EarlierPart> resumes = {}, const Identity& who = staff()) {
  const auto out = std::make_shared<Bytes>();
  Recording recording{std::make_unique<MemorySink>(out), {who.recipient()}, {.resumes = std::move(resumes)}};
  auto& sound = recording.audio();
  for (int i = 0; i < length; ++i) sound.write(tone(at(i * 1s)));
  recording.events().write({at(1s), "paste"});
  Flag flag;
  flag.what = "speech";
  flag.begin = flag.evidence_begin = at(1s);
  flag.end = flag.evidence_end = at(2s);
  recording.flags().write(flag);
  const std::string signer = recording.signer();
  if (close) recording.close();
  return {*out, signer};
}

EarlierPart end_of(const Bytes& bytes) {
  MemorySource source{bytes};
  return earlier_part(source);
}

SeriesVerification check(const std::vector<Bytes>& parts, const VerifyOptions& options = {}) {
  std::vector<MemorySource> sources;
  for (const auto& part : parts) sources.emplace_back(part);
  std::vector<ByteSource*> pointers;
  for (auto& source : sources) pointers.push_back(&source);
  return verify(pointers, options);
}

std::vector<std::unique_ptr<ByteSource>> sources(const std::vector<Bytes>& parts) {
  std::vector<std::unique_ptr<ByteSource>> all;
  for (const auto& part : parts) all.push_back(std::make_unique<MemorySource>(part));
  return all;
}

/// How many seconds of sound come, and the largest step between two blocks beyond their length.
std::pair<double, double> heard(Source<AudioBlock>& source) {
  double total = 0, hole = 0;
  std::optional<Timestamp> reached;
  while (auto block = source.read({})) {
    if (reached) hole = std::max(hole, seconds(block->time() - *reached));
    reached = block->time() + block->duration();
    total += seconds(block->duration());
  }
  return {total, hole};
}

}  // namespace

TEST_CASE("parts: after a crash the next part goes on in session time and names where the first ended") {
  const Part first = record(4, false);
  EarlierPart end = end_of(first.bytes);
  CHECK(end.signer == first.signer);
  CHECK(seconds(end.end) == doctest::Approx(3).epsilon(0.4));
  CHECK(end.begin >= end.end);
  CHECK(end.begin - end.end < 60s);
  end.begin = end.end + 10s;
  const Part second = record(3, true, end);

  const auto v = check({first.bytes, second.bytes}, {.signers = {first.signer, second.signer}});
  CAPTURE(v.message);
  CHECK(v.state == RecordingState::whole);
  REQUIRE(v.parts.size() == 2);
  CHECK(v.parts[0].state == RecordingState::unterminated);
  CHECK(v.parts[0].signer == SignerState::checked);
  CHECK(v.parts[1].signer == SignerState::checked);
  REQUIRE(v.parts[1].gaps.size() == 1);
  CHECK(v.parts[1].gaps[0] == std::pair{end.end, end.begin});
  CHECK(to_json(v).starts_with("{\"state\":\"whole\",\"parts\":[{\"state\":\"unterminated\""));

  const Playback both{sources({first.bytes, second.bytes}), {staff()}};
  CHECK(both.damage_so_far().empty());
  CHECK(both.damage().empty());
  CHECK(Playback{sources({second.bytes, first.bytes}), {staff()}}.damage().find("does not continue") !=
        std::string::npos);
  CHECK(seconds(both.duration()) == doctest::Approx(seconds(end.begin) + 3).epsilon(0.02));
  REQUIRE(both.gaps().size() == 1);
  REQUIRE_FALSE(both.events().empty());  // that of the first may not have been written yet
  CHECK(both.events().back().time == end.begin + 1s);
  bool found = false;
  for (const Flag& flag : both.flags())
    found = found || (flag.what == "speech" && flag.begin == end.begin + 1s);
  CHECK(found);
  auto sound = both.audio();
  REQUIRE(sound);
  const auto found_sound = heard(*sound);
  CHECK(found_sound.first > 5.5);
  CHECK(found_sound.second == doctest::Approx(10).epsilon(0.05));
}

TEST_CASE("parts: what was cut off the first, or is missing between them, is told") {
  const Part first = record(5, false);
  const auto end = end_of(first.bytes);
  const Part second = record(2, false, end);
  const auto second_end = end_of(second.bytes);
  const Part third = record(2, true, second_end);
  CHECK(check({first.bytes, second.bytes, third.bytes}).state == RecordingState::whole);
  CHECK(check({first.bytes, second.bytes}).state == RecordingState::unterminated);

  const Bytes cut(first.bytes.begin(),
                  first.bytes.begin() + static_cast<std::ptrdiff_t>(first.bytes.size() * 2 / 3));
  const auto v = check({cut, second.bytes, third.bytes});
  CAPTURE(v.message);
  CHECK(v.state == RecordingState::damaged);
  CHECK(v.parts[0].state == RecordingState::damaged);
  CHECK(v.message.find("its tail was cut off") != std::string::npos);
  CHECK(check({first.bytes, third.bytes}).state == RecordingState::damaged);
  CHECK(check({second.bytes, first.bytes}).state == RecordingState::damaged);
  CHECK(check({record(5, false).bytes, second.bytes}).state == RecordingState::damaged);
  CHECK(check({first.bytes, record(2, true).bytes}).state == RecordingState::damaged);
}

TEST_CASE("parts: wrong use is told") {
  const Part first = record(3, false);
  auto end = end_of(first.bytes);
  CHECK(thrown_by([&] { (void)check({}); }) == Errc::argument);
  CHECK(thrown_by([&] {
          (void)check({first.bytes, first.bytes}, {.signers = {first.signer}});
        }) == Errc::argument);
  CHECK(thrown_by([] { Playback(std::vector<std::unique_ptr<ByteSource>>{}, {staff()}); }) == Errc::argument);
  auto backwards = end;
  backwards.begin = end.end - 1s;
  CHECK(thrown_by([&] { (void)record(1, true, backwards); }) == Errc::argument);
  auto nonsense = end;
  nonsense.checkpoint = "nonsense";
  CHECK(thrown_by([&] { (void)record(1, true, nonsense); }) == Errc::argument);
  CHECK(thrown_by([] { (void)end_of(to_bytes("hello")); }) == Errc::bad_header);
  CHECK(thrown_by([&] { (void)end_of(Bytes(first.bytes.begin(), first.bytes.begin() + 600)); }) ==
        Errc::tampered);
  CHECK(thrown_by([&] {
          Playback(sources({first.bytes, record(1, true, end, Identity::generate()).bytes}), {staff()});
        }) == Errc::no_identity);
}

TEST_CASE("parts: those that were encoded differently are decrypted one by one") {
  const auto make = [](std::string_view init, bool close, Timestamp begin) {
    const auto out = std::make_shared<Bytes>();
    ArchiveWriter writer{std::make_unique<MemorySink>(out), {staff().recipient()}};
    writer.add(MemberKind::init, to_bytes(init), {}, {}, false);
    writer.add(MemberKind::media, to_bytes("<media>"), begin, 1s, true);
    if (close) writer.close();
    return *out;
  };
  const auto play = [](const std::vector<Bytes>& parts, std::optional<Timestamp> from = {}) {
    const Playback playback{sources(parts), {staff()}};
    const auto out = std::make_shared<Bytes>();
    MemorySink sink{out};
    playback.write_media(sink, from);
    return to_text(*out);
  };
  const Bytes first = make("<init>", false, {}), same = make("<init>", true, at(5s)),
              other = make("<other>", true, at(5s));
  CHECK(play({first, same}) == "<init><media><media>");
  CHECK(play({first, same}, at(5s)) == "<init><media>");
  std::string message;
  CHECK(thrown_by([&] { (void)play({first, other}); }, &message) == Errc::unsupported);
  CHECK(message.find("decrypt each part by itself") != std::string::npos);
  CHECK(play({first, other}, at(5s)) == "<other><media>");
}

TEST_CASE("beacons: what they say comes back, and nothing else is taken for it") {
  const EarlierHead earlier{77, crypto::sha256({})};
  CHECK(EarlierHead::parse(earlier.beacon()) == earlier);
  CHECK_FALSE(CosignedHead::parse(earlier.beacon()));
  const CosignedHead cosigned{5, {{std::byte{1}}, 99, {std::byte{7}}}};
  const auto again = CosignedHead::parse(cosigned.beacon());
  REQUIRE(again);
  CHECK(again->size == 5);
  CHECK(again->cosignature.time == 99);
  CHECK(again->beacon() == cosigned.beacon());
  CHECK_FALSE(EarlierHead::parse(cosigned.beacon()));
  const Bytes opaque(40, std::byte{2});
  for (const std::string& text : {std::string{}, std::string{"-"}, std::string{"AA=="}, opaque_beacon(opaque),
                                  std::string{"no base64"}}) {
    CHECK_FALSE(EarlierHead::parse(text));
    CHECK_FALSE(CosignedHead::parse(text));
  }
}
