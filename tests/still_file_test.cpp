// Picture files that are cut, have pages, or are turned: right results or errors, never the first part alone.
#include "memory.hpp"
#include "support.hpp"

#include <invigil/error.hpp>
#include <invigil/still.hpp>

#include <algorithm>
#include <fstream>
#include <vector>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

using namespace invigil;
using namespace invigil::test;

namespace {

std::vector<std::uint8_t> encoded(const cv::Mat& picture, const char* ending) {
  std::vector<std::uint8_t> bytes;
  REQUIRE(cv::imencode(ending, picture, bytes));
  return bytes;
}

void save(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes, double share = 1) {
  std::ofstream out{path, std::ios::binary};
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(static_cast<double>(bytes.size()) * share));
}

cv::Mat scene() {
  cv::Mat picture(240, 320, CV_8UC3);
  cv::randu(picture, 0, 255);
  return picture;
}

/// The error of redacting a file; what came out until then must be nothing.
Errc refused(const std::filesystem::path& path) {
  auto bytes = std::make_shared<Bytes>();
  MemorySink out{bytes};
  try {
    redact_still_file(path, out, ".png");
  } catch (const Error& e) {
    CHECK(bytes->empty());
    return e.code();
  }
  FAIL("was not refused");
  return Errc::io;
}

}  // namespace

TEST_CASE("a cut picture is no picture") {
  const TemporaryFolder folder;
  for (const char* ending : {".jpg", ".png", ".tiff", ".bmp", ".webp"}) {
    CAPTURE(ending);
    const auto path = folder / (std::string{"cut"} + ending);
    save(path, encoded(scene(), ending), 0.7);
    const Errc code = refused(path);
    CHECK((code == Errc::bad_header || code == Errc::truncated));
  }
}

TEST_CASE("a JPEG's end is looked for behind its thumbnail, and behind whatever its segments hold") {
  const TemporaryFolder folder;
  auto bytes = encoded(scene(), ".jpg");
  const std::vector<std::uint8_t> comment = {0xFF, 0xFE, 0x00, 0x06, 0xFF, 0xD9, 0xFF, 0xD9};
  bytes.insert(bytes.begin() + 2, comment.begin(), comment.end());
  auto sink_bytes = std::make_shared<Bytes>();
  MemorySink out{sink_bytes};
  save(folder / "whole.jpg", bytes);
  CHECK(redact_still_file(folder / "whole.jpg", out, ".png").width == 320);
  bytes.resize(bytes.size() - 2);
  save(folder / "cut.jpg", bytes);
  CHECK(refused(folder / "cut.jpg") == Errc::truncated);
  save(folder / "head.jpg", {0xFF, 0xD8, 0xFF});
  CHECK(refused(folder / "head.jpg") == Errc::truncated);
  save(folder / "filled.jpg", {0xFF, 0xD8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF});
  CHECK(refused(folder / "filled.jpg") == Errc::truncated);
}

TEST_CASE("of several pages none is written") {
  const TemporaryFolder folder;
  REQUIRE(cv::imwritemulti((folder / "pages.tiff").string(), std::vector<cv::Mat>{scene(), scene()}));
  CHECK(refused(folder / "pages.tiff") == Errc::unsupported);
}

TEST_CASE("what OpenCV does not read as a picture is named") {
  const TemporaryFolder folder;
  save(folder / "one.gif", {'G', 'I', 'F', '8', '9', 'a', 1, 0, 1, 0, 0, 0, 0});
  CHECK(refused(folder / "one.gif") == Errc::unsupported);
  cv::Mat real;
  scene().convertTo(real, CV_32F);
  save(folder / "real.tiff", encoded(real, ".tiff"));
  CHECK(refused(folder / "real.tiff") == Errc::unsupported);
}

TEST_CASE("transparency and 16 bits stay outside what is covered") {
  const TemporaryFolder folder;
  for (const int type : {CV_8UC4, CV_16UC4, CV_16UC3, CV_16UC1, CV_8UC1}) {
    CAPTURE(type);
    cv::Mat picture(120, 160, type);
    cv::randu(picture, 0, CV_MAT_DEPTH(type) == CV_8U ? 255 : 65535);
    save(folder / "in.png", encoded(picture, ".png"));
    auto bytes = std::make_shared<Bytes>();
    MemorySink out{bytes};
    const auto result = redact_still_file(folder / "in.png", out, ".png");
    const std::vector<std::uint8_t> data(
        reinterpret_cast<const std::uint8_t*>(bytes->data()),
        reinterpret_cast<const std::uint8_t*>(bytes->data()) + bytes->size());
    const cv::Mat back = cv::imdecode(data, cv::IMREAD_UNCHANGED);
    REQUIRE(back.type() == type);
    if (result.concealed.empty()) CHECK(cv::norm(back, picture, cv::NORM_INF) == 0);
  }
}
