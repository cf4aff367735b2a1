// The model store: where models are looked for, and downloads that end badly.
#include "base/sha256.hpp"
#include "environment.hpp"
#include "loopback_server.hpp"
#include "support.hpp"
#include "vision/model_store.hpp"

#include <invigil/error.hpp>
#include <invigil/models.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <mutex>

#include <fmt/format.h>

namespace {

using namespace invigil;
namespace fs = std::filesystem;

std::string digest(const std::string& text) { return sha256_hex(std::as_bytes(std::span{text})); }

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream{path, std::ios::binary} << text;
}

std::string read(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

const Model& known(const std::vector<Model>& models, const std::string& name) {
  const auto found = std::ranges::find(models, name, &Model::name);
  REQUIRE(found != models.end());
  return *found;
}

fs::path place_of_yunet() { return known(list_models(), "yunet-2023mar").path; }

/// Text long enough to take several packets.
const std::string& content() {
  static const std::string text = [] {
    std::string all;
    for (int i = 0; i < 40000; ++i) all += fmt::format("line {}\n", i);
    return all;
  }();
  return text;
}

std::string ok(const std::string& body, std::size_t promised) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", promised, body);
}

/// Where the request wants to start, 0 without a Range.
std::size_t range_start(const std::string& request) {
  const auto at = request.find("Range: bytes=");
  return at == std::string::npos ? 0 : std::stoul(request.substr(at + 13));
}

std::string partial(std::size_t start) {
  return fmt::format(
      "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {}-{}/{}\r\nContent-Length: {}\r\n"
      "Connection: close\r\n\r\n{}",
      start, content().size() - 1, content().size(), content().size() - start, content().substr(start));
}

Model model_at(const test::LoopbackServer& server) {
  return {.name = "test",
          .file = "test.onnx",
          .sha256 = digest(content()),
          .url = server.url("/test.onnx"),
          .licence = {},
          .purpose = {},
          .path = {}};
}

template <class Call>
Errc code_of(Call call) {
  try {
    call();
  } catch (const Error& e) {
    return e.code();
  }
  return Errc::argument;
}

}  // namespace

TEST_CASE("every model is pinned by address and digest") {
  const auto models = list_models();
  CHECK(models.size() == 6);
  for (const auto& model : models) {
    CAPTURE(model.name);
    CHECK(model.sha256.size() == 64);
    CHECK(model.url.starts_with("https://"));
    CHECK(model.url.find("/main/") == std::string::npos);  // a branch moves, a commit does not
    CHECK_FALSE(model.licence.empty());
    CHECK_FALSE(model.purpose.empty());
  }
}

TEST_CASE("the models next to the project are the pinned ones") {
  const auto folder = test::models("digests of the models");
  if (!folder) return;
  const test::Environment environment{"INVIGIL_MODELS", folder->string()};
  for (const auto& model : list_models()) CHECK_NOTHROW(verify_model(model));
  CHECK(vision::load_model("silero-vad").has_value());
  CHECK_THROWS_AS((void)vision::load_model("no such model"), Error);
}

TEST_CASE("$INVIGIL_MODELS comes before the user's folder") {
  const test::TemporaryFolder folder;
  const std::string file = "face_detection_yunet_2023mar.onnx";
  const test::Environment first{"INVIGIL_MODELS", (folder / "first").string()};
  const test::Environment data{"XDG_DATA_HOME", (folder / "data").string()};
  CHECK(place_of_yunet().empty());
  CHECK_FALSE(vision::load_model("yunet-2023mar").has_value());
  write(folder / "data/invigil/models" / file, "x");
  CHECK(place_of_yunet() == folder / "data/invigil/models" / file);
  write(folder / "first" / file, "x");
  CHECK(place_of_yunet() == folder / "first" / file);
  fs::remove(folder / "first" / file);
  fs::create_directory(folder / "first" / file);  // a folder is no model
  CHECK(place_of_yunet() == folder / "data/invigil/models" / file);
}

TEST_CASE("without XDG_DATA_HOME the user's folder is in the home folder") {
  const test::Environment data{"XDG_DATA_HOME", ""};
  const test::Environment home{"HOME", "/home/somebody"};
  CHECK(vision::user_models_folder() == "/home/somebody/.local/share/invigil/models");
}

TEST_CASE("absent, different and huge files do not verify") {
  const test::TemporaryFolder folder;
  Model model{.name = "test",
              .file = "a.onnx",
              .sha256 = digest("a"),
              .url = {},
              .licence = {},
              .purpose = {},
              .path = {}};
  CHECK(code_of([&] { verify_model(model); }) == Errc::model);
  model.path = folder / "a.onnx";
  CHECK(code_of([&] { verify_model(model); }) == Errc::io);
  write(model.path, "a");
  CHECK_NOTHROW(verify_model(model));
  write(model.path, "b");
  CHECK(code_of([&] { verify_model(model); }) == Errc::model);
  fs::resize_file(model.path, vision::largest_model + 1);
  CHECK(code_of([&] { verify_model(model); }) == Errc::model);
}

TEST_CASE("a model is fetched once and gets its name whole") {
  int requests = 0;
  const test::LoopbackServer server{[&](const std::string&) {
    ++requests;
    return ok(content(), content().size());
  }};
  const test::TemporaryFolder folder;
  const auto file = fetch_model(model_at(server), folder / "new/models");
  CHECK(file == folder / "new/models/test.onnx");
  CHECK(read(file) == content());
  CHECK_FALSE(fs::exists(file.string() + ".part"));
  CHECK(fetch_model(model_at(server), folder / "new/models") == file);
  CHECK(requests == 1);
  write(file, "spoiled");
  CHECK(read(fetch_model(model_at(server), folder / "new/models")) == content());
}

TEST_CASE("the user's data folder is where models go unless told otherwise") {
  const test::LoopbackServer server{[](const std::string&) { return ok(content(), content().size()); }};
  const test::TemporaryFolder folder;
  const test::Environment data{"XDG_DATA_HOME", folder.path().string()};
  CHECK(fetch_model(model_at(server)) == folder / "invigil/models/test.onnx");
}

TEST_CASE("a file with another digest is not installed, and nothing of it stays") {
  const test::LoopbackServer server{[](const std::string&) { return ok("something else", 14); }};
  const test::TemporaryFolder folder;
  CHECK(code_of([&] { (void)fetch_model(model_at(server), folder.path()); }) == Errc::model);
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("a download that broke off leaves nothing under the name, and goes on where it was") {
  std::vector<std::size_t> starts;
  const test::LoopbackServer server{[&](const std::string& request) {
    starts.push_back(range_start(request));
    if (starts.size() == 1) return ok(content().substr(0, 100000), content().size());
    return partial(starts.back());
  }};
  const test::TemporaryFolder folder;
  CHECK(code_of([&] { (void)fetch_model(model_at(server), folder.path()); }) == Errc::io);
  CHECK_FALSE(fs::exists(folder / "test.onnx"));
  CHECK(read(folder / "test.onnx.part") == content().substr(0, 100000));
  CHECK(read(fetch_model(model_at(server), folder.path())) == content());
  CHECK(starts == std::vector<std::size_t>{0, 100000});
}

TEST_CASE("a server that cannot resume is asked for all of it") {
  const test::LoopbackServer server{[](const std::string&) { return ok(content(), content().size()); }};
  const test::TemporaryFolder folder;
  write(folder / "test.onnx.part", content().substr(0, 5000));
  CHECK(read(fetch_model(model_at(server), folder.path())) == content());
}

TEST_CASE("a part that is already whole needs no server") {
  const test::TemporaryFolder folder;
  write(folder / "test.onnx.part", content());
  Model model{.name = "test",
              .file = "test.onnx",
              .sha256 = digest(content()),
              .url = "http://127.0.0.1:1/",
              .licence = {},
              .purpose = {},
              .path = {}};
  CHECK(read(fetch_model(model, folder.path())) == content());
}

TEST_CASE("servers and folders that refuse are named") {
  const test::LoopbackServer absent{
      [](const std::string&) { return std::string{"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"}; }};
  const test::TemporaryFolder folder;
  try {
    (void)fetch_model(model_at(absent), folder.path());
    FAIL("fetched");
  } catch (const Error& e) {
    CHECK(e.code() == Errc::io);
    CHECK(std::string{e.what()}.find(absent.url("/test.onnx")) != std::string::npos);
    CHECK(std::string{e.what()}.find("404") != std::string::npos);
  }
  auto model = model_at(absent);
  model.url = "http://127.0.0.1:1/x";  // nobody listens
  CHECK(code_of([&] { (void)fetch_model(model, folder.path()); }) == Errc::io);
  model.url = "file:///etc/passwd";  // only the web is asked
  CHECK(code_of([&] { (void)fetch_model(model, folder.path()); }) == Errc::io);
  write(folder / "file", "");
  CHECK(code_of([&] { (void)fetch_model(model, folder / "file"); }) == Errc::io);
  model.file = "../escape.onnx";
  CHECK(code_of([&] { (void)fetch_model(model, folder.path()); }) == Errc::argument);
}

TEST_CASE("a server that never ends is cut off") {
  const test::LoopbackServer server{[](const std::string&) {
    return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(vision::largest_model + 100000, 'x');
  }};
  const test::TemporaryFolder folder;
  CHECK(code_of([&] { (void)fetch_model(model_at(server), folder.path()); }) == Errc::model);
  CHECK(fs::is_empty(folder.path()));
}
