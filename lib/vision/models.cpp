// The known models, where they lie, and what their bytes must be.
#include "base/sha256.hpp"
#include "vision/model_store.hpp"

#include <invigil/error.hpp>
#include <invigil/io.hpp>

#include <array>
#include <cstdlib>
#include <system_error>

#include <dlfcn.h>
#include <fmt/format.h>

namespace invigil {

namespace {

namespace fs = std::filesystem;

// Each address names a commit, so that it gives the same bytes for ever; the digest proves it.
// YuNet lies in Git LFS, whose files GitHub serves from another host.
std::vector<Model> known_models() {
  const std::string github = "https://raw.githubusercontent.com/";
  return {
      {.name = "yunet-2023mar",
       .file = "face_detection_yunet_2023mar.onnx",
       .sha256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
       .url = "https://media.githubusercontent.com/media/opencv/opencv_zoo/"
              "966be4cb6eefc2a4f586ed0581bf4bbaa2533070/models/face_detection_yunet/"
              "face_detection_yunet_2023mar.onnx",
       .licence = "MIT",
       .purpose = "finds faces",
       .path = {}},
      {.name = "silero-vad",
       .file = "silero_vad_16k_op15.onnx",
       .sha256 = "7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49",
       .url = github + "snakers4/silero-vad/806dcba3f0b5d95282d0889a074954a2f8c6397b/src/silero_vad/data/"
                       "silero_vad_16k_op15.onnx",
       .licence = "MIT",
       .purpose = "tells speech from other sound",
       .path = {}},
      {.name = "facemesh-468",
       .file = "face_landmark_mp468.onnx",
       .sha256 = "ed487104519b0a88cb2cb2ec3678e183f447fb9dd63560998e960ffbaa8fb335",
       .url = github + "keijiro/FaceLandmarkBarracuda/a58cb33127d5608571527a49cd61b1c3025e74e3/Packages/"
                       "jp.keijiro.mediapipe.facelandmark/ONNX/face_landmark_barracuda.onnx",
       .licence = "Apache-2.0",
       .purpose = "head pose",
       .path = {}},
      {.name = "iris",
       .file = "iris_landmark_mp.onnx",
       .sha256 = "3eb985960b80e6069812c2f20682b7a4194d80cf5a3a918ddb8d0b3ca72a6432",
       .url = github + "keijiro/IrisBarracuda/e1372d7285e060a10c233e0e88ca5a97ccaee99c/Packages/"
                       "jp.keijiro.mediapipe.iris/ONNX/iris_landmark_barracuda.onnx",
       .licence = "Apache-2.0",
       .purpose = "direction of gaze",
       .path = {}},
      {.name = "picodet-s-416",
       .file = "picodet_s_416.onnx",
       .sha256 = "cdab77bdde16e4f76bec734c4e5791801d1739e4c7ec1995e0e110e04300d0c2",
       .url = github + "hpc203/picodet-onnxruntime/dfe4d6cd0a18cd4126ee381e81df8a0b1e6ad97b/coco/"
                       "picodet_s_416_coco.onnx",
       .licence = "Apache-2.0",
       .purpose = "phones, books, laptops, persons",
       .path = {}},
      {.name = "mobilefacenet",
       .file = "mobilefacenet_foamliu.onnx",
       .sha256 = "b7120c095d60094f28a4a54ba6a8bf51b297a6273fb40ef6350dfec1f63d9507",
       .url = github +
              "foamliu/MobileFaceNet/a6cc9032a659b615f477833e1a70b5e7931bcccc/weights/MobileFaceNet.onnx",
       .licence = "Apache-2.0 (trained on MS1M)",
       .purpose = "whether it is the same person",
       .path = {}},
  };
}

fs::path folder_from(const char* variable) {
  const char* set = std::getenv(variable);
  return set && *set ? fs::path{set} : fs::path{};
}

/// share/invigil/models of the prefix that this library (or the program it is linked into) was installed to,
/// wherever that was moved: the nearest one above the file that holds this very function.
fs::path installed_models_folder() {
  Dl_info info{};
  if (!dladdr(reinterpret_cast<const void*>(&installed_models_folder), &info) || !info.dli_fname) return {};
  std::error_code ignored;
  fs::path folder = fs::weakly_canonical(info.dli_fname, ignored).parent_path();
  for (int up = 0; up < 3 && folder.has_relative_path(); ++up) {  // PREFIX/lib/x86_64-linux-gnu/lib....so
    folder = folder.parent_path();
    const auto models = folder / "share" / "invigil" / "models";
    if (fs::is_directory(models, ignored)) return models;
  }
  return {};
}

fs::path find(const std::string& file) {
  std::error_code ignored;  // a folder that cannot be read holds no model for us
  for (const auto& folder :
       {folder_from("INVIGIL_MODELS"), vision::user_models_folder(), installed_models_folder()})
    if (!folder.empty() && fs::is_regular_file(folder / file, ignored)) return folder / file;
  return {};
}

[[noreturn]] void fail_digest(const fs::path& file, const std::string& is, const std::string& should) {
  throw Error(Errc::model, file.string(),
              fmt::format("has SHA-256 {}, not {}; delete it and fetch it again", is, should));
}

/// Calls `take` with every portion of the file.
template <class Take>
void read_model(const fs::path& file, Take take) {
  const auto source = open_file(file);
  std::array<std::byte, 65536> buffer;
  std::uint64_t total = 0;
  while (const std::size_t n = source->read(buffer)) {
    total += n;
    if (total > vision::largest_model)
      throw Error(Errc::model, file.string(), "is larger than any known model; delete it and fetch it again");
    take(std::span{buffer}.first(n));
  }
}

}  // namespace

namespace vision {

fs::path user_models_folder() {
  fs::path data = folder_from("XDG_DATA_HOME");
  if (data.empty()) {
    data = folder_from("HOME");
    if (data.empty()) return {};
    data = data / ".local" / "share";
  }
  return data / "invigil" / "models";
}

std::string digest_of(const fs::path& file) {
  Sha256 sha;
  read_model(file, [&](std::span<const std::byte> bytes) { sha.update(bytes); });
  return sha.hex();
}

std::optional<std::vector<std::byte>> load_model(std::string_view name) {
  for (const auto& model : known_models()) {
    if (model.name != name) continue;
    const auto file = find(model.file);
    if (file.empty()) return std::nullopt;
    std::vector<std::byte> all;
    read_model(file,
               [&](std::span<const std::byte> bytes) { all.insert(all.end(), bytes.begin(), bytes.end()); });
    if (const auto digest = sha256_hex(all); digest != model.sha256) fail_digest(file, digest, model.sha256);
    return all;
  }
  throw Error(Errc::argument, std::string{name}, "is no model that this library knows");
}

}  // namespace vision

std::vector<Model> list_models() {
  auto models = known_models();
  for (auto& model : models) model.path = find(model.file);
  return models;
}

void verify_model(const Model& model) {
  if (model.path.empty())
    throw Error(Errc::model, model.file, "is not installed; fetch it, or put it into $INVIGIL_MODELS");
  const auto digest = vision::digest_of(model.path);
  if (digest != model.sha256) fail_digest(model.path, digest, model.sha256);
}

}  // namespace invigil
