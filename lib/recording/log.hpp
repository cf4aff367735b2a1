// What is written down beside the media: JSON lines, collected until the next flush.
#pragma once

#include "recording/archive.hpp"

#include <invigil/time.hpp>

#include <deque>
#include <string>

namespace invigil::recording {

/// Lines of each kind become one member a flush. Not thread-safe.
class Log {
 public:
  /// `begin` and `end`: the stretch that the line is about. Gaps stand alone, because their times are read
  /// without a key; all other kinds are joined.
  void add(MemberKind kind, std::string line, Timestamp begin, Timestamp end);
  void flush(ArchiveWriter& archive);
  [[nodiscard]] std::size_t size() const { return lines_; }

 private:
  struct Pending {
    MemberKind kind;
    Timestamp begin{}, end{};
    std::string text;
  };
  std::deque<Pending> pending_;
  std::size_t lines_ = 0;
};

}  // namespace invigil::recording
