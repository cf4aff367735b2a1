// Downloads a model by libavformat's HTTP client, which is linked anyway.
//
// Bytes go to "<file>.part" beside the final name. What arrived stays there when the connection breaks, and
// the next call asks the server for the rest; only a whole file with the right digest gets its name.
#include "media/av.hpp"
#include "vision/model_store.hpp"

#include <invigil/error.hpp>

#include <array>
#include <cerrno>
#include <cstdio>
#include <span>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace invigil {

namespace {

namespace fs = std::filesystem;

struct CloseHttp {
  void operator()(AVIOContext* p) const { avio_close(p); }
};
using UniqueHttp = std::unique_ptr<AVIOContext, CloseHttp>;

[[noreturn]] void fail_io(const fs::path& file, int error) {
  throw Error(Errc::io, file.string(), std::generic_category().message(error));
}

/// The part that has arrived so far. Locked, so that two fetches do not write into each other.
class PartFile {
 public:
  explicit PartFile(fs::path path) : path_(std::move(path)) {
    fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd_ < 0) fail_io(path_, errno);
    struct stat status {};
    if (::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode) && ::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
    ::close(fd_);
    throw Error(Errc::io, path_.string(), "is in use: another fetch is under way; wait for it");
  }
  ~PartFile() { ::close(fd_); }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  [[nodiscard]] std::uint64_t size() const {
    struct stat status {};
    if (::fstat(fd_, &status) != 0) fail_io(path_, errno);
    return static_cast<std::uint64_t>(status.st_size);
  }
  void append(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail_io(path_, errno);
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
  }
  void clear() {
    if (::ftruncate(fd_, 0) != 0) fail_io(path_, errno);
    seek_end();
  }
  void seek_end() {
    if (::lseek(fd_, 0, SEEK_END) < 0) fail_io(path_, errno);
  }
  void remove() { ::unlink(path_.c_str()); }
  void rename_to(const fs::path& name) {
    if (::fsync(fd_) != 0 || ::rename(path_.c_str(), name.c_str()) != 0) fail_io(name, errno);
  }

 private:
  fs::path path_;
  int fd_;
};

/// Opens the address from byte `offset` on; the result is libav's error code, 0 when it worked.
std::pair<UniqueHttp, int> open_url(const std::string& url, std::uint64_t offset) {
  media::silence_libav();
  media::Dictionary options;
  options.set("protocol_whitelist", "http,https,tcp,tls,httpproxy");
  options.set("rw_timeout", "30000000");  // microseconds without a byte
  options.set("user_agent", "invigil");
  options.set("seekable", "0");  // never seek behind our back
  if (offset > 0) options.set("offset", std::to_string(offset));
  AVIOContext* http = nullptr;
  const int error = avio_open2(&http, url.c_str(), AVIO_FLAG_READ, nullptr, options.get());
  return {UniqueHttp{http}, error};
}

/// Appends all that the server sends. Returns libav's error code where the connection broke, else 0.
int receive(AVIOContext& http, PartFile& part, const std::string& url) {
  std::array<std::byte, 65536> buffer;
  std::uint64_t total = part.size();
  for (;;) {
    const int n = avio_read_partial(&http, reinterpret_cast<unsigned char*>(buffer.data()),
                                    static_cast<int>(buffer.size()));
    if (n == AVERROR_EOF || n == 0) return 0;
    if (n < 0) return n;
    total += static_cast<std::uint64_t>(n);
    if (total > vision::largest_model) {
      part.remove();
      throw Error(Errc::model, url, "sends more than any known model is large");
    }
    part.append(std::span{buffer}.first(static_cast<std::size_t>(n)));
  }
}

void download(const std::string& url, PartFile& part) {
  auto [http, error] = open_url(url, part.size());
  if (error < 0 && part.size() > 0) {  // the server cannot resume, or has nothing after what is there
    part.clear();
    std::tie(http, error) = open_url(url, 0);
  }
  if (error < 0) throw Error(Errc::io, url, fmt::format("cannot be fetched: {}", media::error_text(error)));
  part.seek_end();
  if (const int broke = receive(*http, part, url); broke < 0)
    throw Error(Errc::io, url,
                fmt::format("broke off after {} bytes: {}; fetch again to resume", part.size(),
                            media::error_text(broke)));
}

bool has_digest(const fs::path& file, const std::string& sha256) {
  std::error_code ignored;
  return fs::is_regular_file(file, ignored) && vision::digest_of(file) == sha256;
}

fs::path prepared(fs::path folder) {
  if (folder.empty()) folder = vision::user_models_folder();
  if (folder.empty())
    throw Error(Errc::io, "models", "neither XDG_DATA_HOME nor HOME is set; name a folder for the models");
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw Error(Errc::io, folder.string(), error.message());
  return folder;
}

}  // namespace

// The transport is not trusted: certificates are not checked, because the digest proves every byte and a
// machine without root certificates must be able to fetch too.
fs::path fetch_model(const Model& model, const fs::path& into) {
  if (model.file.empty() || fs::path{model.file}.filename() != model.file)
    throw Error(Errc::argument, model.file, "is no plain file name");
  const auto file = prepared(into) / model.file;
  if (has_digest(file, model.sha256)) return file;
  const fs::path part_name = file.string() + ".part";
  PartFile part{part_name};
  if (part.size() == 0 || !has_digest(part_name, model.sha256)) download(model.url, part);
  if (const auto digest = vision::digest_of(part_name); digest != model.sha256) {
    part.remove();
    throw Error(
        Errc::model, model.url,
        fmt::format("sent a file with SHA-256 {}, not {}; nothing was installed", digest, model.sha256));
  }
  part.rename_to(file);
  return file;
}

}  // namespace invigil
