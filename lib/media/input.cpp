#include "media/input.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <new>
#include <span>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace invigil::media {

namespace {

using namespace std::chrono_literals;

constexpr int buffer_size = 64 * 1024;
constexpr std::size_t head_size = 256;

[[noreturn]] void fail(const std::string& name, int error) {
  const char* advice = error == EACCES ? "; check its permissions" : "";
  throw Error(Errc::io, name, fmt::format("{}{}", std::strerror(error), advice));
}

/// A descriptor that is ours to close, unless it is standard input.
class Descriptor {
 public:
  explicit Descriptor(const std::string& path)
      // Without O_NONBLOCK, opening a pipe that nobody writes to yet would block beyond any time limit.
      : owned_(path != "-"),
        fd_(owned_ ? ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC) : STDIN_FILENO) {
    if (fd_ < 0) fail(path, errno);
  }
  ~Descriptor() {
    if (owned_ && fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  bool owned_;
  int fd_;
};

class FileInput final : public ByteSource {
 public:
  FileInput(const std::string& path, Duration timeout, std::shared_ptr<const std::atomic<bool>> abort)
      : name_(path == "-" ? "standard input" : path), fd_(path), timeout_(timeout), abort_(std::move(abort)) {
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) fail(name_, errno);
    if (S_ISDIR(status.st_mode)) throw Error(Errc::io, name_, "is a folder, not a file");
    regular_ = S_ISREG(status.st_mode);
    // Standard input that is a file may stand anywhere in it: it is read from there, as a pipe is.
    if (regular_ && path != "-") size_ = static_cast<std::uint64_t>(status.st_size);
  }

  std::size_t read(std::span<std::byte> buffer) override {
    for (;;) {
      if (!regular_) wait();
      const ssize_t n = ::read(fd_.get(), buffer.data(), buffer.size());
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno != EINTR && errno != EAGAIN) fail(name_, errno);
    }
  }
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return size_; }
  void seek(std::uint64_t offset) override {
    if (!size_) ByteSource::seek(offset);
    if (::lseek(fd_.get(), static_cast<off_t>(offset), SEEK_SET) < 0) fail(name_, errno);
  }
  [[nodiscard]] std::string name() const override { return name_; }

 private:
  /// Returns once a read will not block.
  void wait() const {
    const auto deadline = std::chrono::steady_clock::now() + timeout_;
    for (;;) {
      if (*abort_) throw Error(Errc::closed, name_, "reading was stopped");
      pollfd poll{fd_.get(), POLLIN, 0};
      const int ready = ::poll(&poll, 1, 50);
      if (ready > 0) return;
      if (ready < 0 && errno != EINTR) fail(name_, errno);
      if (std::chrono::steady_clock::now() >= deadline)
        throw Error(Errc::io, name_,
                    fmt::format("nothing came for {:g} s; is its writer still running?", seconds(timeout_)));
    }
  }

  std::string name_;
  Descriptor fd_;
  Duration timeout_;
  std::shared_ptr<const std::atomic<bool>> abort_;
  bool regular_ = false;
  std::optional<std::uint64_t> size_;
};

}  // namespace

std::unique_ptr<ByteSource> open_input(const std::string& path, Duration timeout,
                                       std::shared_ptr<const std::atomic<bool>> abort) {
  return std::make_unique<FileInput>(path, timeout, std::move(abort));
}

ByteIo::ByteIo(std::unique_ptr<ByteSource> source) : source_(std::move(source)), size_(source_->size()) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(buffer_size));
  if (!buffer) throw std::bad_alloc();
  io_.reset(avio_alloc_context(buffer, buffer_size, 0, this, &ByteIo::read, nullptr,
                               seekable() ? &ByteIo::seek : nullptr));
  if (!io_) {
    av_free(buffer);
    throw std::bad_alloc();
  }
  io_->seekable = seekable() ? AVIO_SEEKABLE_NORMAL : 0;
}

/// What was read at `position_`.
void ByteIo::note(std::span<const std::uint8_t> bytes) {
  const auto end = position_ + bytes.size();
  if (position_ <= watched_ && end > watched_) {
    const auto fresh = bytes.last(static_cast<std::size_t>(end - watched_));
    if (head_.size() < head_size) {
      const auto wanted = fresh.first(std::min(fresh.size(), head_size - head_.size()));
      head_.insert(head_.end(), wanted.begin(), wanted.end());
    }
    watch_.pass(fresh);
    watched_ = end;
  }
  position_ = end;
}

int ByteIo::read(void* self, std::uint8_t* buffer, int size) {
  auto& io = *static_cast<ByteIo*>(self);
  if (io.failure_) return AVERROR(EIO);
  try {
    const auto n =
        io.source_->read(std::as_writable_bytes(std::span{buffer, static_cast<std::size_t>(size)}));
    io.note({buffer, n});
    return n > 0 ? static_cast<int>(n) : AVERROR_EOF;
  } catch (...) {
    io.failure_ = std::current_exception();
    return AVERROR(EIO);
  }
}

std::int64_t ByteIo::seek(void* self, std::int64_t offset, int whence) {
  auto& io = *static_cast<ByteIo*>(self);
  if (io.failure_) return AVERROR(EIO);
  whence &= ~AVSEEK_FORCE;
  if (whence == AVSEEK_SIZE) return static_cast<std::int64_t>(*io.size_);
  if (whence == SEEK_CUR) offset += static_cast<std::int64_t>(io.position_);
  if (whence == SEEK_END) offset += static_cast<std::int64_t>(*io.size_);
  if (offset < 0) return AVERROR(EINVAL);
  try {
    io.source_->seek(static_cast<std::uint64_t>(offset));
    io.position_ = static_cast<std::uint64_t>(offset);
    return offset;
  } catch (...) {
    io.failure_ = std::current_exception();
    return AVERROR(EIO);
  }
}

}  // namespace invigil::media
