// The detection models: public originals, found by file name and checked by digest.
#pragma once

#include <invigil/export.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace invigil {

/// One model that the library knows.
struct Model {
  std::string name;            ///< E.g. "yunet-2023mar".
  std::string file;            ///< E.g. "face_detection_yunet_2023mar.onnx".
  std::string sha256;          ///< Of the original, hexadecimal.
  std::string url;             ///< Where `fetch` gets it.
  std::string licence;         ///< E.g. "MIT".
  std::string purpose;         ///< What it is for, a few words.
  std::filesystem::path path;  ///< Where it was found; empty when absent.
};

/// Every known model, with its place if it is in $INVIGIL_MODELS, the user's data folder or the install
/// prefix (in this order). Does not read the files.
[[nodiscard]] INVIGIL_API std::vector<Model> list_models();
/// Reads the file and compares digests. Throws `Error{model}` when absent or different.
INVIGIL_API void verify_model(const Model& model);
/// Downloads what is absent into `folder` (default: the user's data folder), checks the digest, and only then
/// gives the file its name. Throws `Error{model}` or `Error{io}`.
INVIGIL_API std::filesystem::path fetch_model(const Model& model, const std::filesystem::path& folder = {});

}  // namespace invigil
