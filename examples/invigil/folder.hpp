// The media files of a folder, for subcommands that take one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace app {

struct FolderEntry {
  std::filesystem::path path;  ///< Below the folder.
  bool video = false;          ///< By its ending; its content may say otherwise.
};

struct Folder {
  std::vector<FolderEntry> media;    ///< By name.
  std::vector<std::string> skipped;  ///< "NAME: why", by name.
  std::vector<std::string> failed;   ///< The same for folders that cannot be read.
};

/// All of `root`, recursively. Links, hidden files and folders, what is neither a file nor a folder, and
/// files whose endings are those of no picture or video are skipped.
Folder list_folder(const std::filesystem::path& root);

/// Whether one lies within the other, or both are the same; neither needs to exist.
bool overlap(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace app
