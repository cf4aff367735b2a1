#include "crypto/buffered_source.hpp"

#include "base/memory_source.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace invigil::crypto {

namespace {
constexpr std::size_t buffer_size = 4096;
}

BufferedSource::BufferedSource(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {
  if (const auto* memory = dynamic_cast<const InMemory*>(source_.get())) {
    window_ = memory->bytes();
    fetched_ = end_ = window_.size();
  } else {
    buffer_.resize(buffer_size);
    window_ = buffer_;
  }
}

std::size_t BufferedSource::fetch(std::span<std::byte> out) {
  const std::size_t n = source_->read(out);
  fetched_ += n;
  return n;
}

bool BufferedSource::refill() {
  if (buffer_.empty()) return false;
  begin_ = end_ = 0;
  end_ = fetch(buffer_);
  return end_ > 0;
}

std::optional<std::string> BufferedSource::line(std::size_t limit, bool end_ends_it) {
  std::string text;
  for (;;) {
    if (begin_ == end_ && !refill()) return end_ends_it && !text.empty() ? std::optional{text} : std::nullopt;
    const char* data = reinterpret_cast<const char*>(window_.data()) + begin_;
    const std::size_t available = end_ - begin_;
    const auto* feed = static_cast<const char*>(std::memchr(data, '\n', available));
    const std::size_t n = feed ? static_cast<std::size_t>(feed - data) : available;
    if (text.size() + n > limit) return std::nullopt;
    text.append(data, n);
    begin_ += n + (feed ? 1 : 0);
    if (feed) return text;
  }
}
std::optional<std::string> BufferedSource::line(std::size_t limit) { return line(limit, false); }
std::optional<std::string> BufferedSource::last_line(std::size_t limit) { return line(limit, true); }

std::size_t BufferedSource::read(std::span<std::byte> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    if (begin_ == end_ && !buffer_.empty() && out.size() - done >= buffer_.size()) {  // no need for a copy
      const std::size_t n = fetch(out.subspan(done));
      if (n == 0) break;
      done += n;
      continue;
    }
    if (begin_ == end_ && !refill()) break;
    const std::size_t n = std::min(end_ - begin_, out.size() - done);
    std::memcpy(out.data() + done, window_.data() + begin_, n);
    begin_ += n;
    done += n;
  }
  return done;
}

ByteView BufferedSource::take(std::span<std::byte> room) {
  if (!buffer_.empty()) return room.first(read(room));
  const std::size_t n = std::min(end_ - begin_, room.size());
  return window_.subspan(std::exchange(begin_, begin_ + n), n);
}

ByteView BufferedSource::peek() {
  if (buffer_.empty()) return window_.subspan(begin_, std::min(end_ - begin_, buffer_size));
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  while (end_ < buffer_.size()) {
    const std::size_t n = fetch(std::span{buffer_}.subspan(end_));
    if (n == 0) break;
    end_ += n;
  }
  return std::span{buffer_}.first(end_);
}

void BufferedSource::seek(std::uint64_t offset) {
  if (buffer_.empty()) {
    begin_ = static_cast<std::size_t>(std::min<std::uint64_t>(offset, end_));
    return;
  }
  begin_ = end_ = 0;
  source_->seek(offset);
  fetched_ = offset;
}

}  // namespace invigil::crypto
