// A power cut at any moment: everything that a sync acknowledged comes back byte for byte, nothing that was
// not authenticated is handed out, and the state says so. Reading changes nothing.
#include "crash_disk.hpp"
#include "recording/archive.hpp"
#include "support.hpp"

#include <invigil/idcard.hpp>
#include <invigil/playback.hpp>
#include <invigil/recording.hpp>

#include <algorithm>
#include <cmath>
#include <numbers>

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

/// One thing that was written, and where on the disk it ends.
struct Item {
  bool media = false;
  std::string text;
  std::size_t end = 0;
};
struct Traced {
  std::shared_ptr<Trace> trace = std::make_shared<Trace>();
  std::vector<Item> items;
};

/// Init, media, flags; synced after one, two, three, ... of them.
Traced trace_archive(int media, const std::vector<int>& between_syncs) {
  Traced made;
  ArchiveWriter writer{std::make_unique<TracingSink>(made.trace), {staff().recipient()}};
  int number = 0, pause = 0;
  std::size_t next_pause = 0;
  const auto add = [&](MemberKind kind, const std::string& text, Duration time, Duration length) {
    writer.add(kind, to_bytes(text), Timestamp{time}, length, number % 2 == 0);
    if (kind != MemberKind::flag || !text.empty()) made.items.push_back({kind != MemberKind::flag, text, 0});
    made.items.back().end = made.trace->bytes.size();
    if (++pause < between_syncs[next_pause % between_syncs.size()]) return;
    writer.sync();
    pause = 0;
    ++next_pause;
  };
  add(MemberKind::init, "<init>", 0s, 0s);
  for (; number < media; ++number) {
    add(MemberKind::media, fmt::format("<segment {}>", number), number * 1s, 1s);
    if (number % 3 != 1) continue;
    Flag flag;
    flag.what = fmt::format("flag_{}", number);
    flag.begin = flag.end = Timestamp{number * 1s};
    add(MemberKind::flag, to_json(flag) + "\n", number * 1s, 0s);
  }
  writer.close();
  return made;
}

std::string media_of(const Playback& playback) {
  const auto out = std::make_shared<Bytes>();
  MemorySink sink{out};
  playback.write_media(sink);
  return to_text(*out);
}

/// What came back, in order: media pieces as told apart by `items`, and flags.
struct Recovered {
  std::string media;
  std::vector<std::string> flags;
  std::string verification;
  RecordingState state = RecordingState::damaged;
  bool opened = false;
};
Recovered recover(const Bytes& disk) {
  Recovered result;
  // Before the first member is whole there is no recording yet.
  const auto no_recording = thrown_by([&] {
    MemorySource source{disk};
    const auto v = verify(source);
    result.verification = to_json(v);
    result.state = v.state;
    const Playback playback{std::make_unique<MemorySource>(disk), {staff()}};
    result.opened = true;
    for (const auto& flag : playback.flags()) result.flags.push_back(to_json(flag) + "\n");
    result.media = media_of(playback);
  });
  // Without an init there is no media to hand out: there was none yet, or it is lost.
  CHECK((!no_recording || !result.opened || *no_recording == Errc::unsupported ||
         *no_recording == Errc::tampered));
  return result;
}

/// True when `text` is the pieces that must be there, with any of the others between, in order, and nothing
/// else.
bool composed_of(std::string_view text, const std::vector<Item>& items, bool media, std::size_t synced) {
  for (const auto& item : items) {
    if (item.media != media) continue;
    if (text.starts_with(item.text)) {
      text.remove_prefix(item.text.size());
    } else if (item.end <= synced) {
      return false;
    }
  }
  return text.empty();
}

void check_crash(const Traced& made, const Bytes& disk, std::size_t synced) {
  const auto recovered = recover(disk);
  const bool anything = !made.items.empty() && made.items.front().end <= synced;
  std::string flags;
  for (const auto& flag : recovered.flags) flags += flag;
  CHECK((recovered.opened || !anything));
  CHECK((recovered.media.empty() ? !anything : composed_of(recovered.media, made.items, true, synced)));
  CHECK((recovered.opened ? composed_of(flags, made.items, false, synced) : !anything));
  const bool complete = disk == made.trace->bytes;
  CHECK((recovered.state == RecordingState::whole) == complete);
}

}  // namespace

TEST_CASE("crash: after every operation, with every fate of what was not synced") {
  const auto made = trace_archive(5, {1, 2, 4});
  const auto& operations = made.trace->operations;
  REQUIRE(operations.size() >= 14);
  std::size_t crashes = 0;
  for (std::size_t done = 0; done <= operations.size(); ++done) {
    CAPTURE(done);
    const CrashPoint point{*made.trace, done};
    for_all_crashes(point, [&](const Bytes& disk) {
      ++crashes;
      check_crash(made, disk, point.synced());
    });
  }
  CHECK(crashes > 600);
  MESSAGE(crashes, " crashes");
}

TEST_CASE("crash: at every byte of a write, with nothing, zeros or garbage where the rest should be") {
  const auto made = trace_archive(2, {2});
  const auto& operations = made.trace->operations;
  const std::size_t last = 3;  // init, first segment, sync, and in the midst of the second segment
  REQUIRE(operations[last - 1].sync);
  REQUIRE(!operations[last].sync);
  const CrashPoint point{*made.trace, last + 1};
  const auto write = point.unsynced().at(0);
  for (std::size_t cut = write.begin; cut < write.end; ++cut) {
    CAPTURE(cut);
    for (const Fate rest : {Fate::lost, Fate::garbled})
      check_crash(made, point.image({{cut, write.end}}, {rest}, false, static_cast<std::uint32_t>(cut)),
                  point.synced());
    if (cut % 64 == 0) check_crash(made, point.image({{cut, write.end}}, {Fate::lost}, true), point.synced());
  }
}

TEST_CASE("crash: recovery changes nothing, needs no permission to write, and says the same again") {
  const auto made = trace_archive(4, {2});
  const TemporaryFolder folder;
  const auto path = folder / "r.tar";
  for (std::size_t done = 3; done < made.trace->operations.size(); done += 3) {
    const CrashPoint point{*made.trace, done};
    const auto disk =
        point.image(point.unsynced(), std::vector<Fate>(point.unsynced().size(), Fate::garbled), false);
    std::filesystem::remove(path);
    write_file(path, disk);
    std::filesystem::permissions(path, std::filesystem::perms::owner_read);
    const auto before = std::filesystem::last_write_time(path);
    const auto first = recover(disk), second = recover(read_file(path));
    const Playback playback{open_file(path), {staff()}};
    if (point.synced() > 0) CHECK(media_of(playback) == first.media);
    CHECK(first.verification == second.verification);
    CHECK(first.media == second.media);
    CHECK(read_file(path) == disk);
    CHECK(std::filesystem::last_write_time(path) == before);
    CHECK(std::distance(std::filesystem::directory_iterator{folder.path()}, {}) == 1);
  }
}

namespace {

Frame frame(double t, std::uint64_t index) {
  RawFrame raw{Image{96, 64}, from_seconds(t), index};
  const auto plane = raw.image.mutable_plane(0);
  for (int y = 0; y < plane.height; ++y)
    for (int x = 0; x < plane.width; ++x)
      plane.row(y)[x] = static_cast<std::uint8_t>((static_cast<std::uint64_t>(x + y) + index * 3) % 200);
  KeepUnredacted keep;
  return run_stage(keep, {std::move(raw)}).front();
}
AudioBlock sound(double t, double length) {
  std::vector<float> samples(static_cast<std::size_t>(std::llround(length * AudioBlock::rate)));
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] =
        0.3F * static_cast<float>(std::sin(2 * std::numbers::pi * 440 * static_cast<double>(i) / 48000));
  return {from_seconds(t), 1, std::move(samples)};
}

/// Pictures, sound, events and flags of 3 s; the media pieces are told apart by what each further write adds.
Traced trace_recording() {
  Traced made;
  {
    RecordingOptions options;
    options.segment = 500ms;
    Recording recording{std::make_unique<TracingSink>(made.trace), {staff().recipient()}, options};
    auto& video = recording.video();
    auto& audio = recording.audio();
    for (int i = 0; i < 30; ++i) {
      video.write(frame(i / 10.0, static_cast<std::uint64_t>(i)));
      audio.write(sound(i / 10.0, 0.1));
      if (i % 10 == 5) recording.events().write({from_seconds(i / 10.0), "paste", 0s});
    }
    recording.close();
  }
  std::string before;
  for (const auto& operation : made.trace->operations) {
    if (operation.sync) continue;
    const Bytes prefix(made.trace->bytes.begin(),
                       made.trace->bytes.begin() + static_cast<std::ptrdiff_t>(operation.end));
    const auto now = recover(prefix).media;
    REQUIRE(now.starts_with(before));
    if (now.size() > before.size()) made.items.push_back({true, now.substr(before.size()), operation.end});
    before = now;
  }
  return made;
}

}  // namespace

TEST_CASE("crash: a recording of pictures, sound and events, after every operation") {
  const auto made = trace_recording();
  CHECK(made.items.size() >= 7);  // init and at least six segments
  std::size_t crashes = 0;
  for (std::size_t done = 0; done <= made.trace->operations.size(); ++done) {
    CAPTURE(done);
    const CrashPoint point{*made.trace, done};
    const auto check = [&](const Bytes& disk) {
      ++crashes;
      const auto recovered = recover(disk);
      const bool anything = made.items.front().end <= point.synced();
      CHECK((recovered.media.empty() ? !anything
                                     : composed_of(recovered.media, made.items, true, point.synced())));
      CHECK((recovered.state == RecordingState::whole) == (disk == made.trace->bytes));
    };
    for_all_fates(point.unsynced().size(),
                  [&](const auto& fates) { check(point.image(point.unsynced(), fates, false)); });
    const auto sectors = point.sectors();
    for (std::size_t i = 0; i < sectors.size(); i += 3) {
      std::vector<Fate> fates(sectors.size(), Fate::kept);
      fates[i] = i % 2 == 0 ? Fate::garbled : Fate::lost;
      check(point.image(sectors, fates, true));
    }
  }
  CHECK(crashes > 100);
  MESSAGE(crashes, " crashes");
}
