// Reading a recording with a key: pictures and sound.
#include "media/open.hpp"
#include "recording/playback_impl.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace invigil {

namespace {

using Bytes = std::vector<std::byte>;

AudioBlock shifted(AudioBlock block, Duration by) {
  if (by == Duration{}) return block;
  std::vector<float> samples;
  for (int c = 0; c < block.channels(); ++c)
    samples.insert(samples.end(), block.channel(c).begin(), block.channel(c).end());
  return {block.time() + by, block.channels(), std::move(samples)};
}

}  // namespace

std::vector<Playback::Impl::Piece> Playback::Impl::pieces(std::optional<Timestamp> from,
                                                          std::optional<Timestamp> to) const {
  std::vector<Piece> chosen;
  for (std::size_t part = 0; part < parts.size(); ++part)
    for (const std::size_t index : parts[part]->segments(from, to)) chosen.push_back({part, index});
  return chosen;
}

Bytes Playback::Impl::init(const std::vector<Piece>& pieces) const {
  const std::size_t first = pieces.empty() ? 0 : pieces.front().part;
  Bytes init = parts[first]->init();
  const std::size_t last = pieces.empty() ? 0 : pieces.back().part;
  for (std::size_t part = first + 1; part <= last; ++part)
    if (parts[part]->init() != init)
      throw Error(Errc::unsupported, parts[part]->name(),
                  "was encoded otherwise than the part before it; decrypt each part by itself");
  return init;
}

/// Init and segments, decrypted one after the other as they are asked for.
class Playback::Impl::MediaStream final : public ByteSource {
 public:
  MediaStream(std::shared_ptr<const Impl> impl, std::vector<Piece> pieces)
      : impl_(std::move(impl)), pieces_(std::move(pieces)), current_(impl_->init(pieces_)) {}
  /// The next whole piece; empty at the end.
  [[nodiscard]] Bytes piece() {
    if (!std::exchange(init_given_, true)) return std::exchange(current_, {});
    while (next_ < pieces_.size()) {
      const Piece piece = pieces_[next_++];
      if (auto bytes = impl_->parts[piece.part]->open_or_note(piece.index); bytes && !bytes->empty())
        return std::move(*bytes);
    }
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
  [[nodiscard]] std::string name() const override { return impl_->name(); }

  /// The recorded media as an input to decode, and the session time of its beginning: a stream of media knows
  /// only how its own times lie to each other. Nothing when nothing was recorded.
  [[nodiscard]] static std::optional<std::pair<MediaFile, Duration>> open(
      const std::shared_ptr<const Impl>& impl) {
    auto pieces = impl->pieces({}, {});
    if (pieces.empty()) return std::nullopt;
    const auto begin = impl->parts[pieces.front().part]->time_of(pieces.front().index).time_since_epoch();
    auto stream = std::make_unique<MediaStream>(impl, std::move(pieces));
    return std::pair{media::open_media(std::move(stream), impl->name()), begin};
  }

 private:
  std::shared_ptr<const Impl> impl_;
  std::vector<Piece> pieces_;
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

std::string Playback::container() const {
  constexpr std::byte ebml[] = {std::byte{0x1a}, std::byte{0x45}, std::byte{0xdf}, std::byte{0xa3}};
  const Bytes init = impl_->parts.front()->init();
  const bool matroska = init.size() >= 4 && std::equal(std::begin(ebml), std::end(ebml), init.begin());
  return matroska ? "matroska" : "mp4";
}

void Playback::write_media(ByteSink& out, std::optional<Timestamp> from, std::optional<Timestamp> to) const {
  auto pieces = impl_->pieces(from, to);
  if (pieces.empty() && (from || to))
    throw Error(Errc::argument, impl_->name(),
                fmt::format("holds no media at that time; it is {:.3f} s long", seconds(duration())));
  Impl::MediaStream media{impl_, std::move(pieces)};
  for (Bytes piece = media.piece(); !piece.empty(); piece = media.piece()) out.write(piece);
}

std::unique_ptr<Source<Frame>> Playback::video() const {
  auto media = Impl::MediaStream::open(impl_);
  if (!media || !media->first.info().has_video) return nullptr;
  return std::make_unique<Impl::Video>(std::move(media->first), media->second, unredacted());
}

std::unique_ptr<Source<AudioBlock>> Playback::audio() const {
  auto media = Impl::MediaStream::open(impl_);
  if (!media || !media->first.info().has_audio) return nullptr;
  return std::make_unique<Impl::Audio>(std::move(media->first), media->second);
}

}  // namespace invigil
