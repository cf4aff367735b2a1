#include "recording/shred_plan.hpp"

#include "recording/piece.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace invigil::recording {

namespace {

struct Span {
  Timestamp begin{}, end{};
};

Timestamp earlier(Timestamp t, Duration by) { return t < Timestamp::min() + by ? Timestamp::min() : t - by; }
Timestamp later(Timestamp t, Duration by) { return t > Timestamp::max() - by ? Timestamp::max() : t + by; }

/// Reads the flags, and takes those that cannot be read for the whole time that they may be about.
class FlagReader {
 public:
  FlagReader(ByteSource& recording, const Scan& scan, std::span<const Identity> identities,
             const ShredOptions& options)
      : recording_(recording), scan_(scan), identities_(identities), options_(options) {}

  std::vector<Span> read() {
    check_key();
    for (std::size_t i = 0; i < scan_.members.size(); ++i) {
      const Member& member = scan_.members[i];
      if (!member.known && member.folder != 's' && member.folder != 'i')
        throw Error(
            Errc::tampered, place_of(recording_, i),
            "is lost and may have held flags, so that nothing tells all that is to be kept; shred all "
            "media or none");
      if (member.known && member.kind == MemberKind::flag) read_member(i);
    }
    return std::move(spans_);
  }

 private:
  /// That a key fits must be known before anything is destroyed, also where there are no flags.
  void check_key() {
    for (std::size_t i = 0; i < scan_.members.size(); ++i) {
      const Member& member = scan_.members[i];
      if (!member.intact) continue;
      crypto::BufferedSource source{member_source(recording_, member, place_of(recording_, i))};
      static_cast<void>(crypto::open_header(crypto::read_header(source), identities_, source.name()));
      return;
    }
  }
  void read_member(std::size_t index) {
    const Member& member = scan_.members[index];
    if (member.shredded)
      throw Error(Errc::unsupported, place_of(recording_, index),
                  "held flags and was shredded, so that nothing tells what is to be kept; shred all media");
    const auto text = open(index);
    if (!text) return add(member.time, member.time + member.duration);
    for (std::string_view rest = *text; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (!line.empty()) read_line(line, member);
    }
  }
  [[nodiscard]] std::optional<std::string> open(std::size_t index) {
    const Member& member = scan_.members[index];
    if (!member.intact) return std::nullopt;
    try {
      return member_text(recording_, member, identities_, place_of(recording_, index));
    } catch (const Error& e) {
      if (e.code() == Errc::io || e.code() == Errc::no_identity) throw;
      return std::nullopt;
    }
  }
  void read_line(std::string_view line, const Member& member) {
    try {
      const Flag flag = parse_flag(line);
      const auto& kinds = options_.kinds;
      if (kinds.empty() || std::find(kinds.begin(), kinds.end(), flag.kind) != kinds.end())
        add(flag.begin, flag.end);
    } catch (const Error&) {
      add(member.time, member.time + member.duration);
    }
  }
  void add(Timestamp begin, Timestamp end) {
    spans_.push_back({earlier(begin, options_.pad), later(end, options_.pad)});
  }

  ByteSource& recording_;
  const Scan& scan_;
  std::span<const Identity> identities_;
  const ShredOptions& options_;
  std::vector<Span> spans_;
};

/// Spans that overlap become one; ascending.
std::vector<Span> joined(std::vector<Span> spans) {
  std::sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
  std::vector<Span> all;
  for (const Span& span : spans) {
    if (!all.empty() && span.begin <= all.back().end)
      all.back().end = std::max(all.back().end, span.end);
    else
      all.push_back(span);
  }
  return all;
}

/// A segment ends before its end. The picture at its first moment may be the last of a flag.
bool touches(const std::vector<Span>& spans, const Member& m) {
  const auto first =
      std::partition_point(spans.begin(), spans.end(), [&](const Span& span) { return span.end < m.time; });
  if (first == spans.end()) return false;
  return first->begin < m.time + m.duration || first->begin == m.time;
}

bool is_media(const Member& m) { return m.known ? m.kind == MemberKind::media : m.folder == 's'; }

/// A flag raised when the media had ended is about their last moment.
void reach_media(std::vector<Span>& spans, const Scan& scan) {
  Timestamp last{};
  for (const Member& m : scan.members)
    if (is_media(m)) last = std::max(last, m.time + m.duration);
  for (Span& span : spans) span.begin = std::min(span.begin, last - Duration{1});
}

/// For each member, whether its key stays. What is lost so far that nobody knows what it was goes with the
/// media before it.
std::vector<bool> choose(const Scan& scan, const std::vector<Span>& spans, const ShredOptions& options) {
  std::vector<bool> keep(scan.members.size(), !options.logs);
  std::optional<std::size_t> keyframe;  // of the media member that decoding begins at
  bool media_kept = false;
  for (std::size_t i = 0; i < keep.size(); ++i) {
    const Member& m = scan.members[i];
    if (!m.known && m.folder != 'm' && m.folder != 'i') {
      keep[i] = media_kept;
      continue;
    }
    if (!is_media(m)) continue;
    if (m.access == Access::key || !keyframe) keyframe = i;
    keep[i] = media_kept = touches(spans, m);
    for (std::size_t before = *keyframe; media_kept && before < i; ++before)
      if (is_media(scan.members[before])) keep[before] = true;
    if (media_kept) keyframe = i;  // all before it are kept already
  }
  return keep;
}

class Planner {
 public:
  Planner(ByteSource& recording, const Scan& scan, const ShredOptions& options)
      : recording_(recording), scan_(scan), options_(options) {}

  ShredPlan plan(const std::vector<bool>& keep) {
    for (std::size_t i = 0; i < keep.size(); ++i) visit(i, keep[i]);
    for (const Stray& stray : scan_.strays)
      if (stray.member >= keep.size() || !keep[stray.member]) wipe(stray.bytes);
    join_ranges();
    finish();
    return std::move(plan_);
  }

 private:
  void visit(std::size_t index, bool keep) {
    const Member& m = scan_.members[index];
    const bool there = m.folder != 0 && content_of(m).end <= scan_.end;
    // What a note has condemned already was interrupted, and is completed whatever is chosen now.
    const bool destroyed = there && (!keep || m.condemned) && wipe(key_of(m));
    if (destroyed) plan_.report.shredded.push_back(index);
    if (destroyed && !m.condemned) condemned_.push_back(index);
    if (!destroyed && m.intact && m.kind == MemberKind::media) count_kept(m);
  }
  /// Where the key is: the header, or, when that cannot be told, the whole content.
  [[nodiscard]] static ByteRange key_of(const Member& m) {
    const ByteRange content = content_of(m);
    if (m.header == HeaderState::unknown) return content;
    return {content.begin, content.begin + m.header_size};
  }
  /// False when there are only zeros already.
  bool wipe(ByteRange range) {
    range.end = std::min(range.end, scan_.end);
    if (range.begin >= range.end || is_zero(recording_, range)) return false;
    plan_.wipe.push_back(range);
    return true;
  }
  void count_kept(const Member& m) {
    auto& spans = plan_.report.kept_spans;
    ++plan_.report.kept;
    if (!spans.empty() && spans.back().second == m.time)
      spans.back().second = m.time + m.duration;
    else
      spans.emplace_back(m.time, m.time + m.duration);
  }
  void join_ranges() {
    auto& ranges = plan_.wipe;
    std::sort(ranges.begin(), ranges.end(),
              [](const ByteRange& a, const ByteRange& b) { return a.begin < b.begin; });
    std::vector<ByteRange> all;
    for (const ByteRange& range : ranges) {
      if (!all.empty() && range.begin <= all.back().end)
        all.back().end = std::max(all.back().end, range.end);
      else
        all.push_back(range);
    }
    ranges = std::move(all);
  }
  void finish() {
    std::optional<Change> note;
    if (!condemned_.empty())
      note = Change{scan_.changes.size(),  ChangeKind::shred, claimed_utc(), why(),
                    ranges_of(condemned_), scan_.last_index,  scan_.end};
    plan_.end = scan_.end;
    plan_.ending = ending(note, scan_.closed);
    plan_.changes = note || !plan_.wipe.empty();
    const std::uint64_t size = recording_.size().value_or(scan_.end);
    if (!scan_.closed && size > scan_.end && !is_zero(recording_, {scan_.end, size}))
      plan_.report.left_out = size - scan_.end;
    plan_.changes = plan_.changes || plan_.report.left_out > 0;
    plan_.report.damage = scan_.problem;
  }
  [[nodiscard]] std::string why() const {
    if (!options_.why.empty()) return options_.why;
    if (options_.logs) return "nothing of it is needed any more";
    return options_.keep_flagged ? "only what flags touch is needed" : "its media are not needed any more";
  }

  ByteSource& recording_;
  const Scan& scan_;
  const ShredOptions& options_;
  ShredPlan plan_;
  std::vector<std::uint64_t> condemned_;
};

void check(const ShredOptions& options) {
  if (options.pad < Duration{} || options.pad > std::chrono::hours{24})
    throw Error(Errc::argument, "ShredOptions", "pad must be within 0 s to 24 h");
  if (options.logs && options.keep_flagged)
    throw Error(Errc::argument, "ShredOptions",
                "logs hold the flags and the consent of what is kept; destroy them only with all media");
  if (!options.why.empty()) check_why(options.why);
}

}  // namespace

ShredPlan plan_shred(ByteSource& recording, const Scan& scan, std::span<const Identity> identities,
                     const ShredOptions& options) {
  check(options);
  std::vector<Span> spans;
  if (options.keep_flagged) spans = FlagReader{recording, scan, identities, options}.read();
  reach_media(spans, scan);
  spans = joined(std::move(spans));
  return Planner{recording, scan, options}.plan(choose(scan, spans, options));
}

}  // namespace invigil::recording
