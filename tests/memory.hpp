// Sinks and sources in memory, and stock programs to compare with.
#pragma once

#include <invigil/error.hpp>
#include <invigil/io.hpp>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace invigil::test {

using Bytes = std::vector<std::byte>;

inline Bytes to_bytes(std::string_view text) {
  const auto bytes = std::as_bytes(std::span{text});
  return {bytes.begin(), bytes.end()};
}
inline std::string to_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class MemorySink final : public ByteSink {
 public:
  explicit MemorySink(std::shared_ptr<Bytes> out) : out_(std::move(out)) {}
  void write(std::span<const std::byte> bytes) override {
    out_->insert(out_->end(), bytes.begin(), bytes.end());
  }
  [[nodiscard]] std::string name() const override { return "memory"; }

 private:
  std::shared_ptr<Bytes> out_;
};

/// Reads in steps of `step` bytes, to find code that relies on getting all it asked for.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(Bytes bytes, bool seekable = true, std::size_t step = SIZE_MAX)
      : bytes_(std::move(bytes)), seekable_(seekable), step_(step) {}
  std::size_t read(std::span<std::byte> buffer) override {
    const std::size_t n = std::min({buffer.size(), bytes_.size() - at_, step_});
    if (n > 0) std::memcpy(buffer.data(), bytes_.data() + at_, n);
    at_ += n;
    return n;
  }
  [[nodiscard]] std::optional<std::uint64_t> size() const override {
    return seekable_ ? std::optional<std::uint64_t>{bytes_.size()} : std::nullopt;
  }
  void seek(std::uint64_t offset) override {
    if (!seekable_) ByteSource::seek(offset);
    at_ = std::min<std::size_t>(offset, bytes_.size());
  }
  [[nodiscard]] std::string name() const override { return "memory"; }

 private:
  Bytes bytes_;
  bool seekable_;
  std::size_t step_;
  std::size_t at_ = 0;
};

/// Everything until the end, or until it throws: then what came before stands in `out` all the same.
inline void read_all(ByteSource& source, Bytes& out, std::size_t step = 10007) {
  Bytes buffer(step);
  while (const std::size_t n = source.read(buffer))
    out.insert(out.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(n));
}

inline Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  return to_bytes(text);
}
inline void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

inline bool has_program(const std::string& name) {
  return std::system(("command -v " + name + " >/dev/null 2>&1").c_str()) == 0;
}
/// False, after saying so, when the stock program is not installed; a failure in CI.
inline bool program_or_skip(const std::string& name) {
  if (has_program(name)) return true;
  const char* ci = std::getenv("CI");
  CHECK_MESSAGE(!(ci && std::string_view{ci} == "true"), "skipped in CI: needs the program ", name);
  MESSAGE("skipped: needs the program ", name);
  return false;
}
inline int run(const std::string& command) { return std::system(command.c_str()); }

/// The code of the `Error` that `call` throws, or nothing.
template <class Call>
std::optional<Errc> thrown_by(Call&& call, std::string* message = nullptr) {
  try {
    call();
  } catch (const Error& e) {
    if (message) *message = e.what();
    return e.code();
  }
  return std::nullopt;
}

}  // namespace invigil::test
