// Which members hold the media of a stretch of time.
#include "recording/reader.hpp"

#include <invigil/error.hpp>

#include <algorithm>

namespace invigil::recording {

namespace {

using Bytes = std::vector<std::byte>;

struct Stretch {
  std::size_t index = 0;
  Access access = Access::none;
  Timestamp begin{}, end{};
};

std::vector<Stretch> segments_of(const Catalog& catalog) {
  std::vector<Stretch> all;
  for (const IndexLine& line : catalog.lines)
    if (line.kind == MemberKind::media)
      all.push_back({line.index, line.access, line.time, line.time + line.duration});
  return all;
}

std::vector<Stretch> segments_of(const Scan& scan) {
  std::vector<Stretch> all;
  for (std::size_t i = 0; i < scan.members.size(); ++i) {
    const Member& m = scan.members[i];
    if ((m.intact || m.shredded) && m.kind == MemberKind::media)
      all.push_back({i, m.access, m.time, m.time + m.duration});
  }
  return all;
}

std::vector<std::size_t> choose(const std::vector<Stretch>& all, std::optional<Timestamp> from,
                                std::optional<Timestamp> to) {
  std::vector<std::size_t> chosen;
  bool reached = !from;
  for (const Stretch& segment : all) {
    if (to && segment.begin >= *to) continue;
    if (from && segment.access == Access::key && segment.begin <= *from) {
      chosen.clear();
      reached = false;
    }
    chosen.push_back(segment.index);
    reached = reached || segment.end > *from;
  }
  if (!reached) chosen.clear();
  return chosen;
}

}  // namespace

std::vector<std::size_t> Reader::segments(std::optional<Timestamp> from, std::optional<Timestamp> to) const {
  if (!scanned() && (from || to)) {
    auto chosen = choose(segments_of(*catalog_), from, to);
    if (!chosen.empty() && span_holds(chosen, from, to)) return unshredded(std::move(chosen));
  }
  return unshredded(choose(segments_of(all()), from, to));
}

std::vector<std::size_t> Reader::unshredded(std::vector<std::size_t> segments) const {
  std::erase_if(segments, [this](std::size_t i) {
    const auto found = member(i);
    return found && found->shredded;
  });
  return segments;
}

// The index is not signed: it could hide a segment under a wrong time or kind. So everything between the
// keyframe before `from` and the first segment from `to` on is compared with its signed entry. Segments are
// recorded in the order of their times, so that none can be missing from elsewhere.
bool Reader::span_holds(const std::vector<std::size_t>& chosen, std::optional<Timestamp> from,
                        std::optional<Timestamp> to) const {
  const auto& lines = catalog_->lines;
  const IndexLine& first = lines[chosen.front()];
  const bool begins_there = from && first.access == Access::key && first.time <= *from;
  std::size_t at = begins_there ? chosen.front() : 0;
  auto next_chosen = chosen.begin();
  for (bool past = false; at < lines.size() && !past; ++at) {
    if (next_chosen != chosen.end() && *next_chosen == at) {
      if (!member(at) || scanned()) return false;
      ++next_chosen;
      continue;
    }
    Slice file = whole();
    if (!entry_of(file, *catalog_, at)) return false;
    past = to && next_chosen == chosen.end() && lines[at].kind == MemberKind::media && lines[at].time >= *to;
  }
  return true;
}

Timestamp Reader::time_of(std::size_t index) const {
  const Scan* found = scanned();
  return found ? found->members.at(index).time : catalog_->lines.at(index).time;
}

std::optional<Bytes> Reader::init_by_index() const {
  for (std::size_t i = 0; !scanned() && i < catalog_->lines.size(); ++i)
    if (catalog_->lines[i].kind == MemberKind::init)
      if (auto bytes = open_or_note(i)) return bytes;
  return std::nullopt;
}

std::optional<Bytes> Reader::init_by_scan() const {
  const auto& members = all().members;
  for (const bool intact : {true, false})
    for (std::size_t i = 0; i < members.size(); ++i)
      if (members[i].folder == 'i' && members[i].intact == intact)
        if (auto bytes = intact ? open_or_note(i) : open_damaged(i)) return bytes;
  return std::nullopt;
}

Bytes Reader::init() const {
  if (auto bytes = init_by_index()) return std::move(*bytes);
  if (auto bytes = init_by_scan()) return std::move(*bytes);
  if (std::any_of(all().members.begin(), all().members.end(),
                  [](const Member& m) { return m.shredded && m.kind == MemberKind::init; }))
    throw Error(Errc::unsupported, name(), "was shredded with all that it held; nothing of it can be opened");
  const auto is_media = [](const Member& m) { return m.kind == MemberKind::media; };
  if (std::any_of(all().members.begin(), all().members.end(), is_media))
    throw Error(Errc::tampered, name(), "the beginning of its media is lost, without which none plays");
  throw Error(Errc::unsupported, name(), "holds neither picture nor sound");
}

}  // namespace invigil::recording
