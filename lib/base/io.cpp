// Files as byte sinks and sources, on POSIX calls: only these tell why a write failed and can sync.
#include "base/preallocation.hpp"

#include <invigil/error.hpp>
#include <invigil/io.hpp>

#include <cerrno>
#include <cstdio>
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

/// What to do about it, for what users meet.
const char* advice(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "; free space or choose another folder";
    case EACCES:
    case EPERM:
    case EROFS:
      return "; choose a place that you may use, or ask for permission";
    case ENOENT:
      return "; check the spelling, and that its folder exists";
    case ENOTDIR:
      return "; a part of the path is a file";
    default:
      return "";
  }
}

[[noreturn]] void fail(const std::string& name, int error) {
  throw Error(Errc::io, name, fmt::format("{}{}", std::strerror(error), advice(error)));
}

[[noreturn]] void fail_existing(const std::string& name) {
  throw Error(Errc::io, name, "exists already; choose another name or overwrite it");
}

void write_all(int fd, std::span<const std::byte> bytes, const std::string& name) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(name, errno);
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
}

/// A new file's name survives a power cut only once its folder is synced too.
void sync_folder(const std::filesystem::path& file) {
  const Descriptor fd{::open(folder_of(file).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (fd.get() >= 0) ::fsync(fd.get());  // not every file system can; the data itself is synced
}

class FileSink : public ByteSink {
 public:
  /// Owns `fd`, which messages call `name`.
  FileSink(std::string name, int fd) : name_(std::move(name)), fd_(fd) {}
  ~FileSink() override {
    if (fd_ < 0) return;
    if (!failed_) room_.give_back(fd_, written_);
    ::close(fd_);
  }
  FileSink(const FileSink&) = delete;
  FileSink& operator=(const FileSink&) = delete;

  void write(std::span<const std::byte> bytes) override {
    check_usable();
    failed_ = true;  // until the write is done: after EIO the descriptor must never be retried
    write_all(fd_, bytes, name_);
    written_ += bytes.size();
    failed_ = false;
  }
  void sync() override {
    check_usable();
    failed_ =
        true;  // until it is done: what a failed sync left unwritten is lost, and a second one would lie
    while (::fdatasync(fd_) != 0) {
      if (errno == EINTR) continue;
      if (errno == EINVAL || errno == EROFS) break;  // a pipe cannot sync
      fail(name_, errno);
    }
    failed_ = false;
  }
  [[nodiscard]] bool reserve(std::uint64_t bytes) override {
    check_usable();
    const int error = room_.reach(fd_, written_, bytes);
    if (error == 0 || error == ENOSPC) return error == 0;
    failed_ = true;
    fail(name_, error);
  }
  void close() override {
    if (fd_ < 0) return;
    const bool usable = !failed_;
    if (usable) {
      room_.give_back(fd_, written_);
      sync();
    }
    if (::close(std::exchange(fd_, -1)) != 0 && errno != EINTR) fail(name_, errno);
    if (!usable) throw Error(Errc::closed, name_, "an earlier write failed");
  }
  [[nodiscard]] std::string name() const override { return name_; }

 protected:
  [[nodiscard]] int descriptor() const { return fd_; }

 private:
  void check_usable() const {
    if (fd_ < 0) throw Error(Errc::closed, name_, "is closed");
    if (failed_) throw Error(Errc::closed, name_, "an earlier write failed");
  }
  std::string name_;
  int fd_;
  std::uint64_t written_ = 0;
  Preallocation room_;
  bool failed_ = false;
};

int open_new(const std::filesystem::path& path, CreateOptions options) {
  const int exclusive = options.overwrite ? O_TRUNC : O_EXCL;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | exclusive, 0600);
  if (fd < 0 && errno == EEXIST) fail_existing(path.string());
  if (fd < 0) fail(path.string(), errno);
  sync_folder(path);
  return fd;
}

std::filesystem::path temporary_beside(const std::filesystem::path& path) {
  std::random_device random;
  auto name = path;
  name += fmt::format(".{:08x}.part", random());
  return name;
}

/// A file without a name, so that not even a killed process leaves anything behind; -1 where the file system
/// has none.
int open_nameless(const std::filesystem::path& folder) {
#ifdef O_TMPFILE
  return ::open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
#else
  (void)folder;
  return -1;
#endif
}

/// Gives the nameless file its first name. False when that is taken.
bool give_name(int fd, const std::filesystem::path& path) {
  const auto self = fmt::format("/proc/self/fd/{}", fd);
  if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) return true;
  if (errno != EEXIST) fail(path.string(), errno);
  return false;
}

/// A file that is being written and that nobody sees yet; `temporary` is empty when it has no name at all.
struct Hidden {
  int fd;
  std::filesystem::path temporary;
};

void check_free(const std::filesystem::path& path, CreateOptions options) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw Error(Errc::io, path.string(), "is a folder");
  if (!options.overwrite && std::filesystem::exists(std::filesystem::symlink_status(path, ignored)))
    fail_existing(path.string());
}

Hidden open_hidden(const std::filesystem::path& path, CreateOptions options) {
  check_free(path, options);
  if (const int fd = open_nameless(folder_of(path)); fd >= 0) return {fd, {}};
  const auto temporary = temporary_beside(path);
  const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) fail(path.string(), errno);
  return {fd, temporary};
}

class AtomicFileSink final : public FileSink {
 public:
  AtomicFileSink(const std::filesystem::path& path, CreateOptions options)
      : AtomicFileSink(path, options, open_hidden(path, options)) {}
  ~AtomicFileSink() override {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
  }
  AtomicFileSink(const AtomicFileSink&) = delete;
  AtomicFileSink& operator=(const AtomicFileSink&) = delete;

  void close() override {
    if (descriptor() < 0) return;
    sync();  // before the name exists: a name must never show less than the whole
    if (temporary_.empty()) name_nameless();
    FileSink::close();
    if (!temporary_.empty()) publish_temporary();
    sync_folder(path_);
  }

 private:
  AtomicFileSink(const std::filesystem::path& path, CreateOptions options, Hidden hidden)
      : FileSink(path.string(), hidden.fd),
        path_(path),
        options_(options),
        temporary_(std::move(hidden.temporary)) {}

  /// The final name, or a temporary one where a file is to be replaced: a link cannot.
  void name_nameless() {
    if (give_name(descriptor(), path_)) return;
    check_free(path_, options_);
    temporary_ = temporary_beside(path_);
    if (!give_name(descriptor(), temporary_)) fail_existing(temporary_.string());
  }
  void publish_temporary() {
    check_free(path_, options_);
    if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail(name(), errno);
    temporary_.clear();
  }

  std::filesystem::path path_;
  CreateOptions options_;
  std::filesystem::path temporary_;
};

/// Pipes and devices are written to, never replaced.
bool is_special(const std::filesystem::path& path) {
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  return std::filesystem::exists(status) && !std::filesystem::is_regular_file(status) &&
         !std::filesystem::is_directory(status);
}

std::unique_ptr<ByteSink> open_special(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) fail(path.string(), errno);
  return std::make_unique<FileSink>(path.string(), fd);
}

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

bool ByteSink::reserve(std::uint64_t /*bytes*/) { return true; }

void ByteSource::seek(std::uint64_t /*offset*/) { throw Error(Errc::unsupported, name(), "cannot seek"); }

std::unique_ptr<ByteSink> create_file(const std::filesystem::path& path, CreateOptions options) {
  if (is_special(path)) return open_special(path);
  return std::make_unique<FileSink>(path.string(), open_new(path, options));
}
std::unique_ptr<ByteSink> create_file_atomically(const std::filesystem::path& path, CreateOptions options) {
  if (is_special(path)) return open_special(path);
  return std::make_unique<AtomicFileSink>(path, options);
}
std::unique_ptr<ByteSource> open_file(const std::filesystem::path& path) {
  return std::make_unique<FileSource>(path);
}

}  // namespace invigil
