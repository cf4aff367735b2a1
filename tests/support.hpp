// What tests share: where the test data lie, and what to do when they do not.
#pragma once

#include "folders.hpp"

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include <doctest/doctest.h>

namespace invigil::test {

inline std::filesystem::path shared_folder(const char* variable, const char* fallback) {
  const char* set = std::getenv(variable);
  return set && *set ? std::filesystem::path{set} : folder_beside() / fallback;
}

/// The folder, or nothing, after saying what is skipped. Where the data exist next to the project and CI is
/// set, a missing folder is a failure: a skip that nobody sees proves nothing.
inline std::optional<std::filesystem::path> data_or_skip(const char* variable, const char* fallback,
                                                         const std::string& what) {
  auto folder = shared_folder(variable, fallback);
  if (std::filesystem::is_directory(folder)) return folder;
  const char* ci = std::getenv("CI");
  const bool must = ci && std::string{ci} == "true" && std::filesystem::exists(folder_beside());
  CHECK_MESSAGE(!must, "skipped in CI: ", what, " needs ", folder.string());
  MESSAGE("skipped: ", what, " needs ", folder.string());
  return std::nullopt;
}

inline std::optional<std::filesystem::path> test_data(const std::string& what) {
  return data_or_skip("INVIGIL_TEST_DATA", "data", what);
}
inline std::optional<std::filesystem::path> models(const std::string& what) {
  return data_or_skip("INVIGIL_MODELS", "models", what);
}
inline std::optional<std::filesystem::path> test_vectors(const std::string& what) {
  return data_or_skip("INVIGIL_TEST_VECTORS", "vectors", what);
}

/// A folder that disappears with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "invigil-test-XXXXXX").string();
    if (!mkdtemp(name.data()))
      throw std::filesystem::filesystem_error("mkdtemp", std::error_code(errno, std::generic_category()));
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace invigil::test
