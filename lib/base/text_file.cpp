#include "base/text_file.hpp"

#include <invigil/io.hpp>

#include <array>
#include <span>

#include <fmt/format.h>

namespace invigil {

std::string read_text_file(const std::filesystem::path& path, std::size_t limit, Errc too_large) {
  const auto file = open_file(path);
  std::string text;
  std::array<char, 1 << 14> buffer{};
  while (const auto n = file->read(std::as_writable_bytes(std::span{buffer}))) {
    if (text.size() + n > limit)
      throw Error(too_large, path.string(), fmt::format("is larger than {} bytes", limit));
    text.append(buffer.data(), n);
  }
  return text;
}

}  // namespace invigil
