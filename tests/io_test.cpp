// Files as sinks and sources: what is where, when, and what is said when it cannot be.
#include "support.hpp"

#include <invigil/error.hpp>
#include <invigil/io.hpp>

#include <array>
#include <fstream>
#include <iterator>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

using namespace invigil;

namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span{text}); }

std::string contents(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::size_t entries(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{folder}, {}));
}

/// What the call throws: its code and its message.
template <class Call>
std::pair<Errc, std::string> failure(Call call) {
  try {
    call();
  } catch (const Error& e) {
    return {e.code(), e.what()};
  }
  FAIL("nothing was thrown");
  return {};
}

}  // namespace

TEST_CASE("an atomic file appears with its name when closed, and whole") {
  const test::TemporaryFolder folder;
  const auto path = folder / "result";
  {
    const auto file = create_file_atomically(path);
    file->write(bytes("one"));
    file->sync();
    CHECK_FALSE(std::filesystem::exists(path));
    file->write(bytes(" two"));
    file->close();
    file->close();
    CHECK(failure([&] { file->write(bytes("x")); }).first == Errc::closed);
  }
  CHECK(contents(path) == "one two");
  CHECK(entries(folder.path()) == 1);
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);  // recordings and keys are nobody else's business
}

TEST_CASE("an atomic file that is given up leaves nothing") {
  const test::TemporaryFolder folder;
  create_file_atomically(folder / "result")->write(bytes("half"));
  CHECK(entries(folder.path()) == 0);
}

TEST_CASE("nothing is overwritten unless asked") {
  const test::TemporaryFolder folder;
  const auto path = folder / "result";
  create_file(path)->write(bytes("precious"));
  for (auto* create : {&create_file, &create_file_atomically}) {
    const auto [code, message] = failure([&] { (*create)(path, {}); });
    CHECK(code == Errc::io);
    CHECK(message == path.string() + ": exists already; choose another name or overwrite it");
  }
  CHECK(contents(path) == "precious");
  const auto file = create_file_atomically(path, {.overwrite = true});
  file->write(bytes("new"));
  CHECK(contents(path) == "precious");  // until the new one is whole
  file->close();
  CHECK(contents(path) == "new");
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("a file that somebody else made meanwhile is kept") {
  const test::TemporaryFolder folder;
  const auto path = folder / "result";
  const auto file = create_file_atomically(path);
  file->write(bytes("mine"));
  create_file(path)->write(bytes("theirs"));
  CHECK(failure([&] { file->close(); }).first == Errc::io);
  CHECK(contents(path) == "theirs");
}

TEST_CASE("what cannot be created is named, with what to do") {
  const test::TemporaryFolder folder;
  for (auto* create : {&create_file, &create_file_atomically}) {
    const auto missing = folder / "no" / "result";
    const auto [code, message] = failure([&] { (*create)(missing, {}); });
    CHECK(code == Errc::io);
    CHECK(message ==
          missing.string() + ": No such file or directory; check the spelling, and that its folder exists");
    CHECK(failure([&] { (*create)(folder.path(), {.overwrite = true}); }).first == Errc::io);
  }
  CHECK(entries(folder.path()) == 0);
}

TEST_CASE("a full disk is said, and the sink stays failed") {
  const auto file = create_file("/dev/full");
  const auto [code, message] = failure([&] { file->write(bytes("x")); });
  CHECK(code == Errc::io);
  CHECK(message == "/dev/full: No space left on device; free space or choose another folder");
  CHECK(failure([&] { file->write(bytes("x")); }).first == Errc::closed);
  CHECK(failure([&] { file->close(); }).first == Errc::closed);
}

TEST_CASE("devices and pipes are written to, never replaced") {
  const auto file = create_file_atomically("/dev/null", {.overwrite = true});
  file->write(bytes("x"));
  file->close();
  CHECK(std::filesystem::is_character_file("/dev/null"));
}

TEST_CASE("sources tell their size, seek, and name what is missing") {
  const test::TemporaryFolder folder;
  const auto path = folder / "input";
  create_file(path)->write(bytes("0123456789"));
  const auto source = open_file(path);
  CHECK(source->size() == 10);
  source->seek(7);
  std::array<std::byte, 8> buffer{};
  CHECK(source->read(buffer) == 3);
  CHECK(source->read(buffer) == 0);
  CHECK(failure([&] { (void)open_file(folder / "none"); }).first == Errc::io);
  CHECK(failure([&] { (void)open_file(folder.path()); }).second ==
        folder.path().string() + ": is a folder, not a file");
}
