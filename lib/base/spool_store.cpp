#include "base/spool_store.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace invigil {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t chunk_size = std::uint64_t{1} << 20;
constexpr const char* suffix = ".chunk";

[[noreturn]] void fail(const fs::path& path, const std::string& what) {
  throw Error(Errc::io, path.string(), what);
}

std::optional<std::uint64_t> offset_in(const std::string& name) {
  std::uint64_t offset = 0;
  const auto digits = name.size() - std::min(name.size(), std::strlen(suffix));
  const auto [end, error] = std::from_chars(name.data(), name.data() + digits, offset);
  if (error != std::errc{} || end != name.data() + digits || name.substr(digits) != suffix)
    return std::nullopt;
  return offset;
}

}  // namespace

SpoolStore::SpoolStore(const fs::path& folder, Mode mode) : folder_(folder) {
  std::error_code error;
  if (mode == Mode::create) fs::create_directories(folder_, error);
  if (error || !fs::is_directory(folder_))
    fail(folder_, error ? error.message() : "is no folder with an upload");
  lock();
  try {
    find_chunks();
    const bool used = !chunks_.empty() || fs::exists(folder_ / "complete");
    if (mode == Mode::create && used)
      fail(folder_, "holds an upload that was not finished; resume it first, or choose another folder");
    if (mode == Mode::resume && !used) fail(folder_, "holds no upload");
  } catch (...) {
    ::close(lock_);
    throw;
  }
}

SpoolStore::~SpoolStore() {
  if (lock_ >= 0) ::close(lock_);
}

/// Released by the system when the process ends, however it does.
void SpoolStore::lock() {
  const auto path = folder_ / "lock";
  lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) fail(path, std::strerror(errno));
  if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
  const int why = errno;
  ::close(std::exchange(lock_, -1));
  fail(folder_, why == EWOULDBLOCK ? "is in use by another upload" : std::strerror(why));
}

fs::path SpoolStore::path_of(const Chunk& chunk) const {
  return folder_ / fmt::format("{:020}{}", chunk.begin, suffix);
}

void SpoolStore::find_chunks() {
  std::vector<Chunk> found;
  for (const auto& entry : fs::directory_iterator(folder_))
    if (const auto begin = offset_in(entry.path().filename().string()))
      found.push_back({*begin, *begin + entry.file_size()});
  std::sort(found.begin(), found.end(), [](const Chunk& a, const Chunk& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < found.size(); ++i)
    if (found[i].begin != found[i - 1].end)
      throw Error(
          Errc::truncated, folder_.string(),
          fmt::format("bytes {} to {} are missing; send the rest by hand", found[i - 1].end, found[i].begin));
  chunks_.assign(found.begin(), found.end());
  if (!chunks_.empty()) end_ = chunks_.back().end;
}

void SpoolStore::append(std::span<const std::byte> bytes) {
  if (!tail_) {
    chunks_.push_back({end_, end_});
    tail_ = create_file(path_of(chunks_.back()));
  }
  tail_->write(bytes);
  end_ += bytes.size();
  chunks_.back().end = end_;
  if (chunks_.back().end - chunks_.back().begin >= chunk_size) finish_chunk();
}

void SpoolStore::finish_chunk() {
  if (!tail_) return;
  tail_->close();  // synced
  tail_.reset();
}

void SpoolStore::sync() {
  if (tail_) tail_->sync();
}

void SpoolStore::complete() {
  finish_chunk();
  const auto path = folder_ / "complete";
  if (fs::exists(path)) return;
  const auto file = create_file_atomically(path);
  const auto text = fmt::format("{}\n", end_);
  file->write(std::as_bytes(std::span{text}));
  file->close();
}

std::size_t SpoolStore::read(std::uint64_t offset, std::span<std::byte> buffer) const {
  const auto chunk =
      std::find_if(chunks_.begin(), chunks_.end(), [&](const Chunk& c) { return offset < c.end; });
  if (chunk == chunks_.end() || offset < chunk->begin)
    fail(folder_, fmt::format("byte {} is not here", offset));
  const auto file = open_file(path_of(*chunk));
  file->seek(offset - chunk->begin);
  const auto wanted = buffer.first(std::min<std::uint64_t>(buffer.size(), chunk->end - offset));
  std::size_t have = 0;
  while (have < wanted.size()) {
    const auto n = file->read(wanted.subspan(have));
    if (n == 0) throw Error(Errc::truncated, file->name(), "is shorter than it was");
    have += n;
  }
  return have;
}

void SpoolStore::drop_before(std::uint64_t offset) {
  std::error_code ignored;  // what cannot be deleted is not sent again all the same
  for (; chunks_.size() > 1 && chunks_.front().end <= offset; chunks_.pop_front())
    fs::remove(path_of(chunks_.front()), ignored);
}

void SpoolStore::remove() {
  tail_.reset();
  std::error_code ignored;
  for (const auto& chunk : chunks_) fs::remove(path_of(chunk), ignored);
  for (const char* name : {"complete", "lock"}) fs::remove(folder_ / name, ignored);
  fs::remove(folder_, ignored);  // stays when somebody else keeps something in it
}

bool SpoolStore::has_space(std::uint64_t bytes) const {
  std::error_code error;
  const auto space = fs::space(folder_, error);
  return error || space.available >= bytes;
}

}  // namespace invigil
