#include "recording/edit_file.hpp"

#include <invigil/error.hpp>

#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/types.h>
#include <unistd.h>

namespace invigil::recording {

namespace {

class PosixEditFile final : public EditFile {
 public:
  explicit PosixEditFile(const std::filesystem::path& path)
      : name_(path.string()), fd_(::open(path.c_str(), O_WRONLY | O_CLOEXEC)) {
    if (fd_ < 0) fail("it was not changed");
  }
  ~PosixEditFile() override { ::close(fd_); }
  PosixEditFile(const PosixEditFile&) = delete;
  PosixEditFile& operator=(const PosixEditFile&) = delete;

  void write_at(std::uint64_t offset, std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail("do it again, so that it is complete");
      bytes = bytes.subspan(static_cast<std::size_t>(n));
      offset += static_cast<std::uint64_t>(n);
    }
  }
  void resize(std::uint64_t size) override {
    while (::ftruncate(fd_, static_cast<off_t>(size)) != 0)
      if (errno != EINTR) fail("do it again, so that it is complete");
  }
  void sync() override {
    if (::fdatasync(fd_) != 0) fail("do it again, so that it is complete");
  }

 private:
  [[noreturn]] void fail(std::string_view advice) const {
    throw Error(Errc::io, name_, fmt::format("{}; {}", std::strerror(errno), advice));
  }
  std::string name_;
  int fd_;
};

}  // namespace

std::unique_ptr<EditFile> edit_file(const std::filesystem::path& path) {
  return std::make_unique<PosixEditFile>(path);
}

}  // namespace invigil::recording
