// ASCII armor: strict PEM (RFC 7468, figure 3) with the label AGE ENCRYPTED FILE, as age-encryption.org/v1
// demands it.
#include "crypto/armor.hpp"

#include "crypto/encoding.hpp"

#include <invigil/armor.hpp>
#include <invigil/error.hpp>

#include <algorithm>
#include <cstring>
#include <exception>

#include <fmt/format.h>

namespace invigil::crypto {

namespace {

constexpr std::string_view first_line = "-----BEGIN AGE ENCRYPTED FILE-----";
constexpr std::string_view last_line = "-----END AGE ENCRYPTED FILE-----";
constexpr std::size_t columns = 64;
constexpr std::size_t bytes_a_line = columns / 4 * 3;
// As the reference implementation: enough for what editors and mail add, not enough to hide anything in.
constexpr std::size_t max_white_space = 1024;

bool is_white_space(std::string_view text) {
  return text.find_first_not_of(" \t\r\v\f") == std::string_view::npos;
}

class ArmorSource final : public ByteSource {
 public:
  explicit ArmorSource(BufferedSource source) : source_(std::move(source)) {}

  std::size_t read(std::span<std::byte> buffer) override {
    std::size_t done = 0;
    while (done < buffer.size()) {
      if (at_ == bytes_.size() && !next_line()) break;
      const std::size_t n = std::min(bytes_.size() - at_, buffer.size() - done);
      std::memcpy(buffer.data() + done, bytes_.data() + at_, n);
      at_ += n;
      done += n;
    }
    if (done == 0 && failure_) std::rethrow_exception(failure_);  // only after all that came before it
    position_ += done;
    return done;
  }

  [[nodiscard]] std::optional<std::uint64_t> size() const override {
    // Decodes everything, and stands then where it stood. No object of this class is const itself.
    if (!size_ && source_.size()) size_ = const_cast<ArmorSource&>(*this).measure();
    return size_;
  }

  /// Lines may end in one byte or in two, so a place is found only by reading up to it.
  void seek(std::uint64_t offset) override {
    if (!source_.size()) return ByteSource::seek(offset);
    if (offset < position_) rewind();
    std::vector<std::byte> skipped(4096);
    while (position_ < offset) {
      const auto n = std::min<std::uint64_t>(skipped.size(), offset - position_);
      if (read(std::span{skipped}.first(static_cast<std::size_t>(n))) == 0) break;
    }
  }
  [[nodiscard]] std::string name() const override { return source_.name(); }

 private:
  enum class Part { before, inside, after };

  void rewind() {
    source_.seek(0);
    part_ = Part::before;
    number_ = 0;
    bytes_.clear();
    at_ = 0;
    position_ = 0;
    failure_ = nullptr;
  }

  std::uint64_t measure() {
    const auto before = position_;
    std::exception_ptr wrong;
    try {
      seek(UINT64_MAX);
    } catch (...) {
      wrong = std::current_exception();
    }
    const auto total = position_;
    seek(before);
    if (wrong) std::rethrow_exception(wrong);
    return total;
  }

  /// Decodes the next line. False at the end, or once something is wrong.
  bool next_line() {
    if (failure_ || part_ == Part::after) return false;
    try {
      if (part_ == Part::before) read_beginning();
      return read_line();
    } catch (const Error&) {
      failure_ = std::current_exception();
      return false;
    }
  }

  void read_beginning() {
    std::size_t skipped = 0;
    for (;;) {
      const std::string line = next("ends before the armor begins");
      if (line == first_line) break;
      if (!is_white_space(line)) fail("is not -----BEGIN AGE ENCRYPTED FILE-----");
      skipped += line.size() + 1;
      if (skipped > max_white_space) fail("more than 1 KiB of white space comes before the armor");
    }
    part_ = Part::inside;
  }

  bool read_line() {
    const std::string line = next("the armor is cut off: it has no last line");
    at_ = 0;
    bytes_.clear();
    if (line == last_line) return read_end();
    if (line.empty() || line.size() > columns) fail("a line of the armor is empty or longer than 64 columns");
    auto bytes = parse_base64(line);
    if (!bytes) fail("is not canonical base64");
    if (bytes->size() < bytes_a_line) {  // only the last may be
      if (next("the armor is cut off: it has no last line") != last_line)
        fail("follows a short line and is not -----END AGE ENCRYPTED FILE-----");
      bytes_ = std::move(*bytes);
      end_after_bytes();
      return true;
    }
    bytes_ = std::move(*bytes);
    return true;
  }

  /// What is wrong behind the armor shows once the last line of it has been given.
  void end_after_bytes() {
    try {
      (void)read_end();
    } catch (const Error&) {
      failure_ = std::current_exception();
    }
  }

  bool read_end() {
    std::vector<std::byte> rest(max_white_space);
    const std::size_t n = source_.read(rest);
    const std::string_view text{reinterpret_cast<const char*>(rest.data()), n};
    ++number_;
    if (text.find_first_not_of(" \t\r\n\v\f") != std::string_view::npos) fail("something follows the armor");
    if (n == max_white_space) fail("more than 1 KiB of white space follows the armor");
    part_ = Part::after;
    return false;
  }

  std::string next(std::string_view missing) {
    ++number_;
    auto line = source_.last_line(max_white_space);
    if (!line && source_.peek().empty()) fail(missing);
    if (!line) fail("is longer than 64 columns");
    if (line->ends_with('\r')) line->pop_back();
    return std::move(*line);
  }

  [[noreturn]] void fail(std::string_view what) const {
    throw Error(Errc::bad_header, fmt::format("{}: armor line {}", name(), number_), what);
  }

  BufferedSource source_;
  Part part_ = Part::before;
  int number_ = 0;
  std::vector<std::byte> bytes_;  // of the last line
  std::size_t at_ = 0;            // in them
  std::uint64_t position_ = 0;
  std::exception_ptr failure_;
  mutable std::optional<std::uint64_t> size_;
};

class ArmorSink final : public ByteSink {
 public:
  explicit ArmorSink(std::unique_ptr<ByteSink> destination) : destination_(std::move(destination)) {
    put(std::string{first_line} + '\n');
  }

  void write(std::span<const std::byte> bytes) override {
    check_usable();
    failed_ = true;
    while (!bytes.empty()) {
      const std::size_t n = std::min(bytes.size(), batch - held_.size());
      held_.insert(held_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
      bytes = bytes.subspan(n);
      if (held_.size() == batch) put_lines(batch);
    }
    failed_ = false;
  }
  void sync() override {
    check_usable();
    failed_ = true;
    put_lines(held_.size() / bytes_a_line * bytes_a_line);
    destination_->sync();
    failed_ = false;
  }
  void close() override {
    if (closed_) return;
    check_usable();
    failed_ = true;
    put_lines(held_.size());
    put(std::string{last_line} + '\n');
    destination_->close();
    closed_ = true;
  }
  [[nodiscard]] std::string name() const override { return destination_->name(); }

 private:
  static constexpr std::size_t batch = 1024 * bytes_a_line;

  void check_usable() const {
    if (closed_) throw Error(Errc::closed, name(), "is closed");
    if (failed_) throw Error(Errc::closed, name(), "an earlier write failed");
  }
  void put(const std::string& text) { destination_->write(as_bytes(text)); }
  void put_lines(std::size_t size) {
    const std::string encoded = base64(std::span{held_}.first(size));
    std::string text;
    text.reserve(encoded.size() / columns * (columns + 1) + columns + 1);
    for (std::size_t at = 0; at < encoded.size(); at += columns) text.append(encoded, at, columns) += '\n';
    put(text);
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(size));
  }

  std::unique_ptr<ByteSink> destination_;
  std::vector<std::byte> held_;
  bool failed_ = false, closed_ = false;
};

}  // namespace

bool looks_armored(ByteView beginning) {
  const std::string_view text{reinterpret_cast<const char*>(beginning.data()), beginning.size()};
  return !text.starts_with("age-encryption.org/") && text.find("-----") != std::string_view::npos;
}

BufferedSource without_armor(std::unique_ptr<ByteSource> source) {
  BufferedSource buffered{std::move(source)};
  if (!looks_armored(buffered.peek())) return buffered;
  return BufferedSource{std::make_unique<ArmorSource>(std::move(buffered))};
}

}  // namespace invigil::crypto

namespace invigil {

std::unique_ptr<ByteSink> armor(std::unique_ptr<ByteSink> destination) {
  return std::make_unique<crypto::ArmorSink>(std::move(destination));
}
std::unique_ptr<ByteSource> dearmor(std::unique_ptr<ByteSource> source) {
  return std::make_unique<crypto::ArmorSource>(crypto::BufferedSource{std::move(source)});
}

}  // namespace invigil
