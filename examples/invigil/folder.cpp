#include "folder.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

namespace app {

namespace {

namespace fs = std::filesystem;

// Kinds that cannot be read are here too: a phone's HEIC that were skipped as no picture would be forgotten.
constexpr std::array<std::string_view, 14> pictures = {".png",  ".apng", ".jpg",  ".jpeg", ".jpe",
                                                       ".tif",  ".tiff", ".bmp",  ".webp", ".gif",
                                                       ".heic", ".heif", ".avif", ".jxl"};
constexpr std::array<std::string_view, 17> videos = {".mp4", ".m4v", ".mov",  ".mkv", ".webm", ".avi",
                                                     ".ts",  ".mts", ".m2ts", ".mpg", ".mpeg", ".wmv",
                                                     ".flv", ".ogv", ".3gp",  ".3g2", ".mjpeg"};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

template <class Endings>
bool has(const Endings& endings, const std::string& ending) {
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

/// Why an entry is not looked at; empty: it is.
const char* reason(const fs::directory_entry& entry) {
  std::error_code error;
  if (entry.path().filename().string().starts_with('.')) return "is hidden";
  if (entry.is_symlink(error)) return "is a link";
  if (entry.is_directory(error)) return "";
  if (!entry.is_regular_file(error)) return "is no file";
  const auto ending = lower(entry.path().extension().string());
  return has(pictures, ending) || has(videos, ending) ? "" : "is neither picture nor video by its name";
}

void list(const fs::path& root, const fs::path& below, Folder& folder) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator it{root / below, error}, end; !error && it != end; it.increment(error))
    entries.push_back(*it);
  if (error) folder.failed.push_back((root / below).string() + ": " + error.message());
  std::sort(entries.begin(), entries.end());
  for (const auto& entry : entries) {
    const auto path = below / entry.path().filename();
    if (const std::string why = reason(entry); !why.empty())
      folder.skipped.push_back((root / path).string() + ": " + why);
    else if (entry.is_directory(error))
      list(root, path, folder);
    else
      folder.media.push_back({path, has(videos, lower(path.extension().string()))});
  }
}

}  // namespace

Folder list_folder(const fs::path& root) {
  Folder folder;
  list(root, {}, folder);
  return folder;
}

bool overlap(const fs::path& a, const fs::path& b) {
  const auto whole = [](const fs::path& path) {
    const auto text = fs::weakly_canonical(path).string();
    return text.ends_with('/') ? text : text + '/';
  };
  const auto x = whole(a), y = whole(b);
  return x.starts_with(y) || y.starts_with(x);
}

}  // namespace app
