#include "recording/log.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace invigil::recording {

void Log::add(MemberKind kind, std::string line, Timestamp begin, Timestamp end) {
  ++lines_;
  line += '\n';
  const auto same =
      std::find_if(pending_.begin(), pending_.end(), [&](const Pending& p) { return p.kind == kind; });
  if (kind == MemberKind::gap || same == pending_.end()) {
    pending_.push_back({kind, begin, end, std::move(line)});
    return;
  }
  same->begin = std::min(same->begin, begin);
  same->end = std::max(same->end, end);
  same->text += line;
}

void Log::flush(ArchiveWriter& archive) {
  while (!pending_.empty()) {
    const auto& p = pending_.front();
    archive.add(p.kind, std::as_bytes(std::span{p.text}), p.begin, p.end - p.begin, false);
    pending_.pop_front();  // not before it is written: what did not fit may be tried again
  }
  lines_ = 0;
}

}  // namespace invigil::recording
