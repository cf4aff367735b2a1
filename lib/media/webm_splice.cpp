#include "media/webm_splice.hpp"

#include "media/ebml.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace invigil::media {

namespace {

using View = std::span<const std::byte>;

enum Id : std::uint32_t {
  ebml = 0x1A45DFA3,
  segment = 0x18538067,
  info = 0x1549A966,
  timestamp_scale = 0x2AD7B1,
  tracks = 0x1654AE6B,
  track_entry = 0xAE,
  track_number = 0xD7,
  track_type = 0x83,
  codec_id = 0x86,
  tags = 0x1254C367,
  cluster = 0x1F43B675,
  timestamp = 0xE7,
  simple_block = 0xA3,
  block_group = 0xA0,
  block = 0xA1,
  reference_block = 0xFB,
};
/// What may stand in a Segment or a Cluster and does not pass: the places of things, checksums, room.
constexpr std::array<std::uint32_t, 9> passed_over{0x114D9B74, 0x1C53BB6B, 0x1043A770, 0x1941A469, 0xEC,
                                                   0xBF,       0xA7,       0xAB,       0x5854};

/// A picture of a recorder has less than a hundredth of it.
constexpr std::uint64_t longest_element = 16 << 20;
constexpr std::size_t most_tracks = 100;
constexpr std::uint64_t second = 1'000'000'000, day = 86'400 * second, latest = 1000 * day;
constexpr std::uint64_t usual_picture = 40'000'000;

struct Element {
  std::uint32_t id = 0;
  std::size_t id_bytes = 0, head = 0;  ///< `head`: ID and size.
  std::optional<std::uint64_t> size;   ///< None when unknown.
};
enum class Head { whole, more, none };

std::uint8_t octet(View bytes, std::size_t i) { return std::to_integer<std::uint8_t>(bytes[i]); }

std::uint64_t number_in(View body) {
  std::uint64_t value = 0;
  for (const auto b : body) value = value << 8 | std::to_integer<std::uint8_t>(b);
  return value;
}

/// A size, or a track's number; all ones say that it is unknown.
struct Vint {
  std::uint64_t value = 0;
  std::size_t length = 0;
  bool unknown = false;
};
std::optional<Vint> vint_in(View bytes) {
  if (bytes.empty()) return std::nullopt;
  const auto length = vint_length(octet(bytes, 0));
  if (length > 8 || bytes.size() < length) return std::nullopt;
  const std::uint64_t most = (std::uint64_t{1} << (7 * length)) - 1;
  const auto value = number_in(bytes.first(length)) & most;
  return Vint{value, length, value == most};
}

Head read_head(View bytes, Element& element) {
  if (bytes.empty()) return Head::more;
  element.id_bytes = vint_length(octet(bytes, 0));
  if (element.id_bytes > 4) return Head::none;
  if (bytes.size() <= element.id_bytes) return Head::more;
  if (vint_length(octet(bytes, element.id_bytes)) > 8) return Head::none;
  const auto size = vint_in(bytes.subspan(element.id_bytes));
  if (!size) return Head::more;
  element.id = static_cast<std::uint32_t>(number_in(bytes.first(element.id_bytes)));
  element.head = element.id_bytes + size->length;
  element.size = size->unknown ? std::nullopt : std::optional{size->value};
  return Head::whole;
}

/// Calls `each(id, body)` for the elements of a master element, as far as they are whole.
template <class Each>
void for_each_child(View body, Each&& each) {
  Element e;
  while (read_head(body, e) == Head::whole && e.size && *e.size <= body.size() - e.head) {
    each(e.id, body.subspan(e.head, static_cast<std::size_t>(*e.size)));
    body = body.subspan(e.head + static_cast<std::size_t>(*e.size));
  }
}

void append(WebmSplice::Bytes& out, View bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void append_head_of_unknown_size(WebmSplice::Bytes& out, View head, std::size_t id_bytes) {
  append(out, head.first(id_bytes));
  const auto length = head.size() - id_bytes;
  out.push_back(std::byte{static_cast<unsigned char>(0xFF >> (length - 1))});
  out.insert(out.end(), length - 1, std::byte{0xFF});
}

/// Whether these bytes are the head of a Cluster or of a recording, and what has to follow it.
Head begins_anew(View bytes) {
  constexpr std::array<std::uint8_t, 4> of_cluster{0x1F, 0x43, 0xB6, 0x75}, of_ebml{0x1A, 0x45, 0xDF, 0xA3};
  const auto agrees = [&](const std::array<std::uint8_t, 4>& id) {
    for (std::size_t i = 0; i < std::min(id.size(), bytes.size()); ++i)
      if (octet(bytes, i) != id[i]) return false;
    return true;
  };
  const bool is_cluster = agrees(of_cluster);
  if (!is_cluster && !agrees(of_ebml)) return Head::none;
  Element e;
  const auto head = read_head(bytes, e);
  if (head != Head::whole) return head;
  if (bytes.size() == e.head) return Head::more;
  const auto next = octet(bytes, e.head);
  if (next == 0xBF) return Head::whole;  // a checksum
  return next == (is_cluster ? 0xE7 : 0x42) ? Head::whole : Head::none;
}

}  // namespace

Timestamp WebmSplice::time(std::int64_t ticks) const {
  const auto since = first_at_ ? std::max<std::int64_t>(ticks - *first_at_, 0) : 0;
  return Timestamp{Duration{since * static_cast<std::int64_t>(scale_)}};
}

Timestamp WebmSplice::complete() const {
  auto earliest = newest();
  for (const auto& [track, at] : newest_of_)
    if (newest() - time(at) < std::chrono::seconds{2}) earliest = std::min(earliest, time(at));
  return earliest;
}

void WebmSplice::lost() {
  if (kind_ != Kind::webm) return;
  held_.clear();
  at_ = 0;
  searching_ = after_loss_ = true;
}

void WebmSplice::pass(std::span<const std::byte> bytes, Bytes& out) {
  if (kind_ == Kind::other) return append(out, bytes);
  append(held_, bytes);
  if (kind_ == Kind::unknown && held_.size() >= 4) {
    kind_ = number_in(View{held_}.first(4)) == Id::ebml ? Kind::webm : Kind::other;
    if (kind_ == Kind::other) return append(out, std::exchange(held_, {}));
  }
  while (kind_ == Kind::webm) {
    if (searching_ && !search()) break;
    const auto result = step(out);
    if (result == Step::more) break;
    if (result == Step::done) continue;
    ++damages_;
    ++at_;
    searching_ = after_loss_ = true;
  }
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ = 0;
}

/// Looks for what reading can go on with. False when more bytes are needed.
bool WebmSplice::search() {
  for (; at_ < held_.size(); ++at_) {
    const auto found = begins_anew(View{held_}.subspan(at_));
    if (found == Head::none) continue;
    if (found == Head::more) return false;
    searching_ = false;
    for (const auto& t : tracks_)
      if (t.video) keyless_.insert(t.number);
    return true;
  }
  return false;
}

WebmSplice::Step WebmSplice::step(Bytes& out) {
  const auto bytes = View{held_}.subspan(at_);
  Element e;
  const auto head = read_head(bytes, e);
  if (head != Head::whole) return head == Head::more ? Step::more : Step::damaged;
  if (e.id == Id::segment || e.id == Id::cluster) {
    if (e.id == Id::cluster || !second_) append_head_of_unknown_size(out, bytes.first(e.head), e.id_bytes);
    at_ += e.head;
    return Step::done;
  }
  if (!e.size || *e.size > longest_element) return Step::damaged;
  const auto length = e.head + static_cast<std::size_t>(*e.size);
  if (bytes.size() < length) return Step::more;
  if (!take(e.id, bytes.first(length), bytes.subspan(e.head, length - e.head), out)) return Step::damaged;
  at_ += length;
  return Step::done;
}

/// False for what has no place in a Segment or a Cluster.
bool WebmSplice::take(std::uint32_t id, View whole, View body, Bytes& out) {
  switch (id) {
    case Id::ebml:
      if (!tracks_.empty()) {
        second_ = renewed_ = true;
        ++restarts_;
      }
      break;
    case Id::info:
      for_each_child(body, [&](std::uint32_t child, View value) {
        if (child == Id::timestamp_scale) take_scale(number_in(value));
      });
      break;
    case Id::tracks:
      take_tracks(body);
      break;
    case Id::tags:
      break;
    case Id::timestamp:
      return !body.empty() && body.size() <= 8 && take_time(number_in(body), out);
    case Id::simple_block:
      return take_block(body, false, whole, out);
    case Id::block_group: {
      View inner;
      bool key = true;
      for_each_child(body, [&](std::uint32_t child, View value) {
        if (child == Id::block) inner = value;
        if (child == Id::reference_block) key = false;
      });
      return take_block(inner, key, whole, out);
    }
    default:
      return std::find(passed_over.begin(), passed_over.end(), id) != passed_over.end();
  }
  if (!second_) append(out, whole);
  return true;
}

std::vector<WebmSplice::Track> WebmSplice::tracks_in(View body) {
  std::vector<Track> found;
  for_each_child(body, [&](std::uint32_t id, View entry) {
    if (id != Id::track_entry || found.size() == most_tracks) return;
    Track track;
    for_each_child(entry, [&](std::uint32_t child, View value) {
      if (child == Id::track_number) track.number = number_in(value);
      if (child == Id::track_type) track.video = number_in(value) == 1;
      if (child == Id::codec_id)
        track.codec.assign(reinterpret_cast<const char*>(value.data()),
                           std::min<std::size_t>(value.size(), 40));
    });
    found.push_back(std::move(track));
  });
  return found;
}

void WebmSplice::take_scale(std::uint64_t scale) {
  scale = std::clamp<std::uint64_t>(scale, 1, second);
  if (second_ && scale != scale_)
    throw Error(Errc::unsupported, name_, "the recorder was started anew with another unit of time");
  scale_ = scale;
}

/// A recorder numbers its tracks in the order in which they gave something first.
void WebmSplice::take_tracks(View body) {
  const auto found = tracks_in(body);
  if (!second_) tracks_ = found;
  renumbered_.clear();
  for (const auto& track : found) {
    const auto same =
        std::find_if(tracks_.begin(), tracks_.end(), [&](const Track& t) { return t.codec == track.codec; });
    if (same == tracks_.end())
      throw Error(
          Errc::unsupported, name_,
          fmt::format("the recorder was started anew with a track of {}, which its first header does not "
                      "have; let it record in one format only",
                      track.codec));
    renumbered_[track.number] = second_ ? same->number : track.number;
  }
}

/// Where time steps back, or a header came between, the count goes on.
bool WebmSplice::take_time(std::uint64_t ticks, Bytes& out) {
  const auto in_ticks = [&](std::uint64_t ns) { return static_cast<std::int64_t>(ns / scale_); };
  if (ticks > latest / scale_ || newest_at_ > in_ticks(latest)) return false;
  cluster_ = static_cast<std::int64_t>(ticks) + shift_;
  if (first_at_ &&
      (renewed_ || cluster_ < newest_at_ - in_ticks(second) || cluster_ > newest_at_ + in_ticks(day))) {
    const auto next = newest_at_ + std::max<std::int64_t>(in_ticks(usual_picture), 1);
    shift_ += next - cluster_;
    cluster_ = next;
  }
  renewed_ = false;
  out.push_back(std::byte{Id::timestamp});
  out.push_back(std::byte{0x88});
  for (int bits = 56; bits >= 0; bits -= 8)
    out.push_back(std::byte{static_cast<unsigned char>(static_cast<std::uint64_t>(cluster_) >> bits)});
  return true;
}

/// `key`: of a block in a group; a simple one says so itself.
bool WebmSplice::take_block(View block, bool key, View element, Bytes& out) {
  const auto number = vint_in(block);
  if (!number || block.size() < number->length + 3) return false;
  const auto known = renumbered_.find(number->value);
  if (known == renumbered_.end()) return true;  // of no track
  const bool simple = octet(element, 0) == Id::simple_block;
  key = simple ? (octet(block, number->length + 2) & 0x80) != 0 : key;
  if (keyless_.contains(known->second) && !key) return true;
  const bool was_whole = whole();
  keyless_.erase(known->second);
  after_loss_ = false;
  const auto relative = static_cast<std::int16_t>(number_in(block.subspan(number->length, 2)));
  newest_at_ = std::max(newest_at_, cluster_ + relative);
  if (!first_at_) first_at_ = newest_at_ = cluster_ + relative;
  newest_of_[known->second] = cluster_ + relative;
  if (!was_whole) whole_at_ = newest_at_;
  const auto place = out.size() + static_cast<std::size_t>(block.data() - element.data());
  append(out, element);
  if (known->second == number->value) return true;
  if (number->length == 1 && known->second < 0x7F)
    out[place] = std::byte{static_cast<unsigned char>(0x80 | known->second)};
  else
    out.resize(out.size() - element.size());
  return true;
}

}  // namespace invigil::media
