// Files as byte sinks and sources, on POSIX calls: only these tell why a write failed and can sync.
#include <invigil/error.hpp>
#include <invigil/io.hpp>

#include <cerrno>
#include <cstring>
#include <random>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace invigil {

namespace {

/// An open file descriptor, closed once.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void fail(const std::string& name, int error) {
  const char* advice = error == ENOSPC ? "; free space or choose another folder" : "";
  throw Error(Errc::io, name, fmt::format("{}{}", std::strerror(error), advice));
}

void write_all(int fd, std::span<const std::byte> bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(name, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

/// A new file's name survives a power cut only once its folder is synced too.
void sync_folder(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
  const Descriptor fd{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (fd.get() >= 0) ::fsync(fd.get());  // not every file system can; the data itself is synced
}

class FileSink : public ByteSink {
 public:
  FileSink(const std::filesystem::path& path, CreateOptions options)
      : path_(path), name_(path.string()), fd_(-1) {
    const int exclusive = options.overwrite ? O_TRUNC : O_EXCL;
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | exclusive, 0600);
    if (fd < 0 && errno == EEXIST)
      throw Error(Errc::io, name_, "exists already; choose another name or overwrite it");
    if (fd < 0) fail(name_, errno);
    fd_ = fd;
    sync_folder(path_);
  }
  ~FileSink() override {
    if (fd_ >= 0) ::close(fd_);
  }
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  void write(std::span<const std::byte> bytes) override {
    check_usable();
    failed_ = true;  // until the write is done: after EIO the descriptor must never be retried
    write_all(fd_, bytes, name_);
    failed_ = false;
  }
  void sync() override {
    check_usable();
    if (::fdatasync(fd_) == 0 || errno == EINVAL || errno == EROFS) return;  // a pipe cannot sync
    failed_ = true;
    fail(name_, errno);
  }
  void close() override {
    if (fd_ < 0) return;
    const bool usable = !failed_;
    if (usable) sync();
    if (::close(std::exchange(fd_, -1)) != 0 && errno != EINTR) fail(name_, errno);
    if (!usable) throw Error(Errc::closed, name_, "an earlier write failed");
  }
  [[nodiscard]] std::string name() const override { return name_; }

 protected:
  void check_usable() const {
    if (fd_ < 0) throw Error(Errc::closed, name_, "is closed");
    if (failed_) throw Error(Errc::closed, name_, "an earlier write failed");
  }
  std::filesystem::path path_;
  std::string name_;

 private:
  int fd_;
  bool failed_ = false;
};

std::filesystem::path temporary_beside(const std::filesystem::path& path) {
  std::random_device random;
  auto name = path;
  name += fmt::format(".{:08x}.part", random());
  return name;
}

class AtomicFileSink final : public ByteSink {
 public:
  AtomicFileSink(const std::filesystem::path& path, CreateOptions options)
      : path_(path), options_(options), temporary_(temporary_beside(path)) {
    check_free();
    file_ = std::make_unique<FileSink>(temporary_, CreateOptions{});
  }
  ~AtomicFileSink() override {
    if (!file_) return;
    std::error_code ignored;
    std::filesystem::remove(temporary_, ignored);
  }
  AtomicFileSink(const AtomicFileSink&) = delete;
  AtomicFileSink& operator=(const AtomicFileSink&) = delete;

  void write(std::span<const std::byte> bytes) override { usable().write(bytes); }
  void sync() override { usable().sync(); }
  void close() override {
    if (!file_) return;
    file_->close();
    check_free();
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail(name(), errno);
    file_.reset();
    sync_folder(path_);
  }
  [[nodiscard]] std::string name() const override { return path_.string(); }

 private:
  FileSink& usable() {
    if (!file_) throw Error(Errc::closed, name(), "is closed");
    return *file_;
  }
  void check_free() const {
    std::error_code ignored;
    if (std::filesystem::is_directory(path_, ignored)) throw Error(Errc::io, name(), "is a folder");
    if (!options_.overwrite && std::filesystem::exists(path_, ignored))
      throw Error(Errc::io, name(), "exists already; choose another name or overwrite it");
  }
  std::filesystem::path path_;
  CreateOptions options_;
  std::filesystem::path temporary_;
  std::unique_ptr<FileSink> file_;
};

class FileSource final : public ByteSource {
 public:
  explicit FileSource(const std::filesystem::path& path)
      : name_(path.string()), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_.get() < 0) fail(name_, errno);
    struct stat status {};
    if (::fstat(fd_.get(), &status) != 0) fail(name_, errno);
    if (S_ISDIR(status.st_mode)) throw Error(Errc::io, name_, "is a folder, not a file");
    if (S_ISREG(status.st_mode)) size_ = static_cast<std::uint64_t>(status.st_size);
  }
  std::size_t read(std::span<std::byte> buffer) override {
    for (;;) {
      const ssize_t n = ::read(fd_.get(), buffer.data(), buffer.size());
      if (n >= 0) return static_cast<std::size_t>(n);
      if (errno != EINTR) fail(name_, errno);
    }
  }
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return size_; }
  void seek(std::uint64_t offset) override {
    if (!size_) ByteSource::seek(offset);
    if (::lseek(fd_.get(), static_cast<off_t>(offset), SEEK_SET) < 0) fail(name_, errno);
  }
  [[nodiscard]] std::string name() const override { return name_; }

 private:
  std::string name_;
  Descriptor fd_;
  std::optional<std::uint64_t> size_;
};

}  // namespace

void ByteSource::seek(std::uint64_t /*offset*/) { throw Error(Errc::unsupported, name(), "cannot seek"); }

std::unique_ptr<ByteSink> create_file(const std::filesystem::path& path, CreateOptions options) {
  return std::make_unique<FileSink>(path, options);
}
std::unique_ptr<ByteSink> create_file_atomically(const std::filesystem::path& path, CreateOptions options) {
  return std::make_unique<AtomicFileSink>(path, options);
}
std::unique_ptr<ByteSource> open_file(const std::filesystem::path& path) {
  return std::make_unique<FileSource>(path);
}

}  // namespace invigil
