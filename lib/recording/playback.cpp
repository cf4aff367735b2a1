// Reading a recording with a key.
#include "crypto/age.hpp"
#include "media/open.hpp"
#include "recording/scan.hpp"
#include "recording/ustar.hpp"

#include <invigil/error.hpp>
#include <invigil/playback.hpp>

#include <algorithm>
#include <functional>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace invigil {

namespace {

using recording::Access;
using recording::Member;
using recording::MemberKind;
using Json = nlohmann::json;
using Bytes = std::vector<std::byte>;

/// A stretch of a larger source, which may be read from elsewhere in between.
class Slice final : public ByteSource {
 public:
  Slice(ByteSource& whole, std::mutex& mutex, std::uint64_t begin, std::uint64_t size, std::string name)
      : whole_(whole), mutex_(mutex), at_(begin), left_(size), name_(std::move(name)) {}
  std::size_t read(std::span<std::byte> buffer) override {
    const std::lock_guard lock{mutex_};
    whole_.seek(at_);
    const std::size_t n = whole_.read(buffer.first(std::min<std::uint64_t>(buffer.size(), left_)));
    at_ += n;
    left_ -= n;
    return n;
  }
  [[nodiscard]] std::string name() const override { return name_; }

 private:
  ByteSource& whole_;
  std::mutex& mutex_;
  std::uint64_t at_, left_;
  std::string name_;
};

Bytes read_all(ByteSource& source, std::size_t expected) {
  Bytes bytes(expected);
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::size_t n = source.read(std::span{bytes}.subspan(done));
    if (n == 0) break;
    done += n;
  }
  std::byte more{};
  if (source.read({&more, 1}) != 0) throw Error(Errc::tampered, source.name(), "holds more than it says");
  bytes.resize(done);
  return bytes;
}

/// Calls `line` with each JSON line and its number, 1 for the first.
void for_each_line(std::string_view text, const std::function<void(std::string_view, int)>& line) {
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) line(text.substr(0, end), number);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

AudioBlock shifted(AudioBlock block, Duration by) {
  if (by == Duration{}) return block;
  std::vector<float> samples;
  for (int c = 0; c < block.channels(); ++c)
    samples.insert(samples.end(), block.channel(c).begin(), block.channel(c).end());
  return {block.time() + by, block.channels(), std::move(samples)};
}

}  // namespace

struct Playback::Impl {
  Impl(std::unique_ptr<ByteSource> from, std::vector<Identity> keys)
      : source(std::move(from)), identities(std::move(keys)) {
    if (!source->size())
      throw Error(Errc::unsupported, source->name(), "cannot be read at any place; write it to a file first");
    found = recording::scan(*source, std::nullopt);
    check_key();
    read_consent();
    read_policy();
  }

  // --- members ---

  [[nodiscard]] std::string place(std::size_t index) const {
    return fmt::format("{}: member {}", source->name(), index);
  }

  /// Throws `Error{no_identity}` when no key opens the first member that can be read.
  void check_key() {
    for (std::size_t i = 0; i < found.members.size(); ++i) {
      if (found.members[i].intact && open_or_note(i)) return;
    }
  }

  /// The whole content of one member: authentic to the last byte, or an error.
  [[nodiscard]] Bytes open(std::size_t index) const {
    const Member& member = found.members[index];
    const std::string name = place(index);
    if (member.size > 2 * recording::max_plaintext_size)
      throw Error(Errc::tampered, name, "is larger than 256 MiB");
    auto slice = std::make_unique<Slice>(*source, source_mutex, member.offset + recording::block_size,
                                         member.size, name);
    const auto opened = crypto::open_age(std::move(slice), identities);
    // One ciphertext can be made that opens under two keys; the entry commits to one.
    if (member.intact && !crypto::equal(opened.commitment, member.commitment))
      throw Error(Errc::tampered, name, "is encrypted under another key than its entry commits to");
    return read_all(*opened.plaintext, member.size);
  }

  /// The same, but a member that does not open is noted and passed over.
  [[nodiscard]] std::optional<Bytes> open_or_note(std::size_t index) const {
    try {
      return open(index);
    } catch (const Error& e) {
      if (e.code() == Errc::io || e.code() == Errc::no_identity) throw;
      note_damage(e);
      return std::nullopt;
    }
  }
  void note_damage(const Error& e) const {
    const std::lock_guard lock{damage_mutex};
    if (later_damage.empty()) later_damage = e.what();
  }

  /// The text of every intact member of a kind.
  void for_each(MemberKind kind, const std::function<void(std::string_view, std::size_t)>& take) const {
    for (std::size_t i = 0; i < found.members.size(); ++i) {
      if (!found.members[i].intact || found.members[i].kind != kind) continue;
      if (const auto bytes = open_or_note(i))
        take({reinterpret_cast<const char*>(bytes->data()), bytes->size()}, i);
    }
  }
  void for_each_line_of(MemberKind kind,
                        const std::function<void(std::string_view, const std::string&)>& take) const {
    for_each(kind, [&](std::string_view text, std::size_t index) {
      for_each_line(text, [&](std::string_view line, int number) {
        try {
          take(line, fmt::format("{}, line {}", place(index), number));
        } catch (const Error& e) {  // one line that cannot be read must not hide the others
          note_damage(e);
        }
      });
    });
  }

  void read_consent() {
    for_each_line_of(MemberKind::consent, [&](std::string_view line, const std::string& where) {
      consent = parse_consent(line, where);
    });
  }
  void read_models(const Json& policy_member) {
    const auto named = policy_member.find("models");
    if (named == policy_member.end() || !named->is_object()) return;
    for (const auto& [task, model] : named->items())
      if (model.is_string()) models[task] = model.get<std::string>();
  }
  void read_policy() {
    for_each_line_of(MemberKind::policy, [&](std::string_view line, const std::string& where) {
      const Json json = Json::parse(line, nullptr, false);
      if (!json.is_object()) throw Error(Errc::bad_header, where, "is no JSON object");
      if (const auto text = json.find("policy_toml");
          text != json.end() && text->is_string() && policy.empty())
        policy = text->get<std::string>();
      read_models(json);
      if (const auto raw = json.find("unredacted"); raw != json.end() && raw->is_boolean())
        unredacted = unredacted || raw->get<bool>();
    });
  }

  // --- media ---

  /// What the media begins with. An intact copy or, so that one bad bit in a note does not cost everything,
  /// one that is authentic by itself.
  [[nodiscard]] std::optional<Bytes> find_init() const {
    for (const bool intact : {true, false})
      for (std::size_t i = 0; i < found.members.size(); ++i)
        if (found.members[i].folder == 'i' && found.members[i].intact == intact)
          if (auto bytes = intact ? open_or_note(i) : open_damaged(i)) return bytes;
    return std::nullopt;
  }
  /// Of a member that is told to be damaged already.
  [[nodiscard]] std::optional<Bytes> open_damaged(std::size_t index) const {
    try {
      return open(index);
    } catch (const Error& e) {
      if (e.code() == Errc::io) throw;
      return std::nullopt;
    }
  }
  [[nodiscard]] Bytes init() const {
    auto bytes = find_init();
    if (bytes) return std::move(*bytes);
    if (std::any_of(found.members.begin(), found.members.end(),
                    [](const Member& m) { return m.kind == MemberKind::media; }))
      throw Error(Errc::tampered, source->name(),
                  "the beginning of its media is lost, without which none plays");
    throw Error(Errc::unsupported, source->name(), "holds neither picture nor sound");
  }
  [[nodiscard]] bool is_segment(std::size_t index) const {
    return found.members[index].intact && found.members[index].kind == MemberKind::media;
  }

  /// The segments between two times, from the keyframe before the first on.
  [[nodiscard]] std::vector<std::size_t> segments(std::optional<Timestamp> from,
                                                  std::optional<Timestamp> to) const {
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < found.members.size(); ++i) {
      if (!is_segment(i)) continue;
      const Member& m = found.members[i];
      if (to && m.time >= *to) continue;
      if (from && m.access == Access::key && m.time <= *from) chosen.clear();
      chosen.push_back(i);
    }
    const auto reaches = [&](std::size_t i) {
      return !from || found.members[i].time + found.members[i].duration > *from;
    };
    if (std::none_of(chosen.begin(), chosen.end(), reaches)) chosen.clear();
    return chosen;
  }
  [[nodiscard]] Duration duration() const {
    Duration end{};
    for (std::size_t i = 0; i < found.members.size(); ++i) {
      const Member& m = found.members[i];
      if (is_segment(i)) end = std::max(end, m.time.time_since_epoch() + m.duration);
    }
    return end;
  }
  /// The decrypted media as an input to decode, and the session time of its beginning.
  [[nodiscard]] static std::optional<std::pair<MediaFile, Duration>> open_media(
      const std::shared_ptr<const Impl>& impl);

  /// What `Playback::damage()` says.
  [[nodiscard]] std::string damage() const {
    const std::lock_guard lock{damage_mutex};
    if (found.state == RecordingState::damaged) return fmt::format("{}: {}", source->name(), found.problem);
    if (!later_damage.empty()) return later_damage;
    if (found.state == RecordingState::unterminated)
      return fmt::format("{}: ends without being closed; all that is there is intact", source->name());
    return {};
  }

  std::unique_ptr<ByteSource> source;
  std::vector<Identity> identities;
  recording::Scan found;
  Consent consent;
  std::string policy;
  std::map<std::string, std::string> models;
  bool unredacted = false;
  mutable std::mutex source_mutex, damage_mutex;
  mutable std::string later_damage;

  class MediaStream;
  class Video;
  class Audio;
};

/// Init and segments, decrypted one after the other as they are asked for.
class Playback::Impl::MediaStream final : public ByteSource {
 public:
  MediaStream(std::shared_ptr<const Impl> impl, std::vector<std::size_t> segments)
      : impl_(std::move(impl)), segments_(std::move(segments)), current_(impl_->init()) {}
  /// The next whole piece; empty at the end.
  [[nodiscard]] Bytes piece() {
    if (!std::exchange(init_given_, true)) return std::exchange(current_, {});
    while (next_ < segments_.size())
      if (auto bytes = impl_->open_or_note(segments_[next_++]); bytes && !bytes->empty())
        return std::move(*bytes);
    return {};
  }
  std::size_t read(std::span<std::byte> buffer) override {
    if (buffer.empty()) return 0;
    if (at_ == current_.size() || !init_given_) {
      current_ = piece();
      at_ = 0;
    }
    const std::size_t n = std::min(buffer.size(), current_.size() - at_);
    std::copy_n(current_.begin() + static_cast<std::ptrdiff_t>(at_), n, buffer.begin());
    at_ += n;
    return n;
  }
  [[nodiscard]] std::string name() const override { return impl_->source->name(); }

 private:
  std::shared_ptr<const Impl> impl_;
  std::vector<std::size_t> segments_;
  Bytes current_;
  std::size_t at_ = 0, next_ = 0;
  bool init_given_ = false;
};

/// The recorded pictures. They were concealed before they were recorded, so a frame may be made of them.
class Playback::Impl::Video final : public Source<Frame> {
 public:
  Video(MediaFile media, Duration offset, bool unredacted)
      : media_(std::move(media)), source_(media_.video()), offset_(offset), unredacted_(unredacted) {}
  std::optional<Frame> read(std::stop_token stop) override {
    auto raw = source_->read(stop);
    if (!raw) return std::nullopt;
    raw->time += offset_;
    return Frame{std::move(*raw), nullptr, unredacted_};
  }
  [[nodiscard]] std::string name() const override { return "recorded video"; }

 private:
  MediaFile media_;
  std::unique_ptr<Source<RawFrame>> source_;
  Duration offset_;
  bool unredacted_;
};

class Playback::Impl::Audio final : public Source<AudioBlock> {
 public:
  Audio(MediaFile media, Duration offset)
      : media_(std::move(media)), source_(media_.audio()), offset_(offset) {}
  std::optional<AudioBlock> read(std::stop_token stop) override {
    auto block = source_->read(stop);
    if (!block) return std::nullopt;
    return shifted(*block, offset_);
  }
  [[nodiscard]] std::string name() const override { return "recorded audio"; }

 private:
  MediaFile media_;
  std::unique_ptr<Source<AudioBlock>> source_;
  Duration offset_;
};

Playback::Playback(std::unique_ptr<ByteSource> recording, std::vector<Identity> identities)
    : impl_(std::make_shared<Impl>(std::move(recording), std::move(identities))) {}
Playback::~Playback() = default;
Playback::Playback(Playback&&) noexcept = default;
Playback& Playback::operator=(Playback&&) noexcept = default;

Consent Playback::consent() const { return impl_->consent; }
std::string Playback::policy_text() const { return impl_->policy; }
std::map<std::string, std::string> Playback::models() const { return impl_->models; }
bool Playback::unredacted() const { return impl_->unredacted; }
std::string Playback::damage() const { return impl_->damage(); }

std::vector<Flag> Playback::flags() const {
  std::vector<Flag> flags;
  impl_->for_each_line_of(MemberKind::flag, [&](std::string_view line, const std::string& where) {
    flags.push_back(parse_flag(line, where));
  });
  return flags;
}

std::vector<PlatformEvent> Playback::events() const {
  std::vector<PlatformEvent> events;
  impl_->for_each_line_of(MemberKind::event, [&](std::string_view line, const std::string& where) {
    events.push_back(parse_event(line, where));
  });
  return events;
}

std::string Playback::observations() const {
  std::string lines;
  impl_->for_each(MemberKind::observation, [&](std::string_view text, std::size_t) { lines += text; });
  return lines;
}

Duration Playback::duration() const { return impl_->duration(); }

std::vector<std::pair<Timestamp, Timestamp>> Playback::gaps() const {
  std::vector<std::pair<Timestamp, Timestamp>> gaps;
  for (const Member& m : impl_->found.members)
    if (m.intact && m.kind == MemberKind::gap) gaps.emplace_back(m.time, m.time + m.duration);
  return gaps;
}

std::string Playback::container() const {
  constexpr std::byte ebml[] = {std::byte{0x1a}, std::byte{0x45}, std::byte{0xdf}, std::byte{0xa3}};
  const Bytes init = impl_->init();
  const bool matroska = init.size() >= 4 && std::equal(std::begin(ebml), std::end(ebml), init.begin());
  return matroska ? "matroska" : "mp4";
}

void Playback::write_media(ByteSink& out, std::optional<Timestamp> from, std::optional<Timestamp> to) const {
  auto segments = impl_->segments(from, to);
  if (segments.empty() && (from || to))
    throw Error(Errc::argument, impl_->source->name(),
                fmt::format("holds no media at that time; it is {:.3f} s long", seconds(duration())));
  Impl::MediaStream media{impl_, std::move(segments)};
  for (Bytes piece = media.piece(); !piece.empty(); piece = media.piece()) out.write(piece);
}

// A stream of media knows only how its own times lie to each other; its beginning is known from the entry.
std::optional<std::pair<MediaFile, Duration>> Playback::Impl::open_media(
    const std::shared_ptr<const Impl>& impl) {
  auto segments = impl->segments({}, {});
  if (segments.empty()) return std::nullopt;
  const Duration begin = impl->found.members[segments.front()].time.time_since_epoch();
  auto stream = std::make_unique<MediaStream>(impl, std::move(segments));
  return std::pair{media::open_media(std::move(stream), impl->source->name()), begin};
}

std::unique_ptr<Source<Frame>> Playback::video() const {
  auto media = Impl::open_media(impl_);
  if (!media || !media->first.info().has_video) return nullptr;
  return std::make_unique<Impl::Video>(std::move(media->first), media->second, impl_->unredacted);
}

std::unique_ptr<Source<AudioBlock>> Playback::audio() const {
  auto media = Impl::open_media(impl_);
  if (!media || !media->first.info().has_audio) return nullptr;
  return std::make_unique<Impl::Audio>(std::move(media->first), media->second);
}

}  // namespace invigil
