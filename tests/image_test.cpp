#include <invigil/audio.hpp>
#include <invigil/error.hpp>
#include <invigil/image.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace invigil;

namespace {

Errc code_of(const auto& action) {
  try {
    action();
  } catch (const Error& e) {
    return e.code();
  }
  FAIL("nothing was thrown");
  return {};
}

std::vector<std::uint8_t> gradient(int width, int height) {
  std::vector<std::uint8_t> rgb;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (const int v : {x * 255 / std::max(width - 1, 1), y * 255 / std::max(height - 1, 1),
                          (x + y) * 255 / (width + height)})
        rgb.push_back(static_cast<std::uint8_t>(v));
  return rgb;
}

int largest_difference(const std::vector<std::uint8_t>& a, const std::vector<std::uint8_t>& b) {
  int largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(int(a[i]) - int(b[i])));
  return largest;
}

}  // namespace

TEST_CASE("a new picture is black, of every size, in both ranges") {
  for (const auto range : {ColorRange::limited, ColorRange::full}) {
    for (const auto& [w, h] : {std::pair{1, 1}, {2, 1}, {1, 2}, {63, 65}, {64, 64}, {1281, 719}}) {
      const Image image{w, h, {range, ColorMatrix::bt601}};
      CHECK(image.width() == w);
      CHECK(image.height() == h);
      CHECK(image.plane(1).width == (w + 1) / 2);
      CHECK(image.plane(2).height == (h + 1) / 2);
      CHECK(image.luma().row(h - 1)[w - 1] == (range == ColorRange::full ? 0 : 16));
      CHECK(image.plane(1).row((h - 1) / 2)[(w - 1) / 2] == 128);
      const auto rgb = image.to_rgb();
      CHECK(rgb.size() == std::size_t(w) * std::size_t(h) * 3);
      CHECK(*std::max_element(rgb.begin(), rgb.end()) == 0);
    }
  }
}

TEST_CASE("sizes outside 1 to 16384 and planes that do not exist are refused") {
  CHECK(code_of([] { Image{0, 1}; }) == Errc::argument);
  CHECK(code_of([] { Image{1, -1}; }) == Errc::argument);
  CHECK(code_of([] { Image{16385, 1}; }) == Errc::argument);
  CHECK(Image{16384, 1}.width() == 16384);
  Image image{2, 2}, none;
  CHECK(code_of([&] { (void)image.plane(3); }) == Errc::argument);
  CHECK(code_of([&] { (void)image.mutable_plane(-1); }) == Errc::argument);
  CHECK(none.empty());
  CHECK(none.to_rgb().empty());
  CHECK(code_of([&] { (void)none.mutable_plane(0); }) == Errc::argument);
}

TEST_CASE("copies share pixels until one is written to") {
  Image a{64, 48};
  const Image b = a;
  CHECK(a.shares_pixels_with(b));
  a.mutable_plane(0).row(5)[7] = 200;
  CHECK_FALSE(a.shares_pixels_with(b));
  CHECK(a.luma().row(5)[7] == 200);
  CHECK(b.luma().row(5)[7] == 16);
  const auto* before = a.luma().data;
  a.mutable_plane(1).row(0)[0] = 1;  // alone now: no copy any more
  CHECK(a.luma().data == before);
  CHECK_FALSE(Image{}.shares_pixels_with(Image{}));
}

TEST_CASE("a wrapped picture is a view until it is written to, and keeps its owner alive") {
  auto pixels = std::make_shared<std::vector<std::uint8_t>>(100 * 10 * 3, std::uint8_t{77});
  const std::weak_ptr<std::vector<std::uint8_t>> watch = pixels;
  auto* p = pixels->data();
  Image image = Image::wrap({p, 99, 9, 100}, {p + 1000, 50, 5, 100}, {p + 2000, 50, 5, 100},
                            {ColorRange::full, ColorMatrix::bt709}, pixels);
  pixels.reset();
  CHECK(image.luma().data == p);
  CHECK(image.color() == ColorInfo{ColorRange::full, ColorMatrix::bt709});
  Image copy = image;
  copy.mutable_plane(2).row(4)[49] = 1;
  CHECK(p[2000 + 400 + 49] == 77);
  CHECK(copy.luma().row(8)[98] == 77);
  image.mutable_plane(0).row(0)[0] = 2;
  CHECK(watch.expired());

  CHECK(code_of([&] {
          Image::wrap({p, 99, 9, 100}, {p, 49, 5, 100}, {p, 50, 5, 100}, {}, nullptr);
        }) == Errc::argument);
  CHECK(code_of([&] {
          Image::wrap({nullptr, 2, 2, 2}, {p, 1, 1, 1}, {p, 1, 1, 1}, {}, nullptr);
        }) == Errc::argument);
}

TEST_CASE("buffers are used again") {
  const std::uint8_t* first = nullptr;
  {
    const Image image{320, 240};
    first = image.luma().data;
  }
  CHECK(Image{320, 240}.luma().data == first);
}

TEST_CASE("RGB survives the way through YUV") {
  for (const auto& [w, h] : {std::pair{64, 48}, {65, 47}, {320, 240}}) {
    const auto rgb = gradient(w, h);
    const auto back = Image::from_rgb(rgb.data(), w, h, w * 3).to_rgb();
    CHECK(back.size() == rgb.size());
    // 4:2:0 at limited range: smooth colours come back within a few steps.
    CHECK(largest_difference(rgb, back) <= 12);
  }
  const std::vector<std::uint8_t> one{255, 0, 0};
  const auto back = Image::from_rgb(one.data(), 1, 1, 3).to_rgb();
  CHECK(largest_difference(one, back) <= 6);
  CHECK(code_of([] { (void)Image::from_rgb(nullptr, 0, 0, 0); }) == Errc::argument);
  CHECK(code_of([] { (void)Image::from_rgb(nullptr, 4, 4, 12); }) == Errc::argument);
  CHECK(code_of([&] { (void)Image::from_rgb(one.data(), 1, 1, 2); }) == Errc::argument);
}

TEST_CASE("rows of RGB may be padded, and range and matrix count") {
  const auto tight = gradient(31, 17);
  std::vector<std::uint8_t> padded(17 * 100);
  for (std::ptrdiff_t y = 0; y < 17; ++y) std::copy_n(tight.begin() + y * 93, 93, padded.begin() + y * 100);
  CHECK(Image::from_rgb(padded.data(), 31, 17, 100).to_rgb() ==
        Image::from_rgb(tight.data(), 31, 17, 93).to_rgb());

  Image full{16, 16, {ColorRange::full, ColorMatrix::bt601}}, limited{16, 16};
  for (auto* image : {&full, &limited})
    for (int y = 0; y < 16; ++y) std::fill_n(image->mutable_plane(0).row(y), 16, std::uint8_t{235});
  CHECK(std::abs(full.to_rgb()[0] - 235) <= 1);
  CHECK(std::abs(limited.to_rgb()[0] - 255) <= 1);

  Image sd{16, 16, {ColorRange::full, ColorMatrix::bt601}},
      hd{16, 16, {ColorRange::full, ColorMatrix::bt709}};
  for (auto* image : {&sd, &hd}) {
    for (int y = 0; y < 16; ++y) std::fill_n(image->mutable_plane(0).row(y), 16, std::uint8_t{100});
    for (int y = 0; y < 8; ++y) std::fill_n(image->mutable_plane(2).row(y), 8, std::uint8_t{178});
  }
  // R = Y + 1.402 (V - 128) by BT.601, Y + 1.5748 (V - 128) by BT.709.
  CHECK(std::abs(sd.to_rgb()[0] - (100 + 1.402 * 50)) <= 2);
  CHECK(std::abs(hd.to_rgb()[0] - (100 + 1.5748 * 50)) <= 2);
}

TEST_CASE("pictures are converted from several threads at once") {
  const auto rgb = gradient(160, 120);
  const auto once = Image::from_rgb(rgb.data(), 160, 120, 480).to_rgb();
  std::vector<std::uint8_t> same(4, 0);
  {
    std::vector<std::jthread> threads;
    for (auto& result : same)
      threads.emplace_back([&] {
        bool equal = true;
        for (int i = 0; i < 50; ++i)
          equal = equal && Image::from_rgb(rgb.data(), 160, 120, 480).to_rgb() == once;
        result = equal;
      });
  }
  CHECK(std::count(same.begin(), same.end(), 1) == 4);
}

TEST_CASE("a block of sound has its samples, its time and its mean") {
  const AudioBlock block{from_seconds(2), 2, {1, 0.5F, 0, 0, 0.5F, 1}};
  CHECK(block.size() == 3);
  CHECK(block.duration() == Duration{62'500});
  CHECK(block.channel(1)[2] == 1);
  CHECK(block.mono() == std::vector<float>{0.5F, 0.5F, 0.5F});
  const AudioBlock copy = block;
  CHECK(copy.channel(0).data() == block.channel(0).data());
  CHECK(AudioBlock{}.size() == 0);
  CHECK(AudioBlock{}.duration() == Duration{0});
  CHECK(AudioBlock{}.mono().empty());
  CHECK(code_of([] { AudioBlock({}, 0, {}); }) == Errc::argument);
  CHECK(code_of([] { AudioBlock({}, 2, {1, 2, 3}); }) == Errc::argument);
  CHECK(code_of([&] { (void)block.channel(2); }) == Errc::argument);
  CHECK(code_of([&] { (void)block.channel(-1); }) == Errc::argument);
}

TEST_CASE("conversion from RGB reads nothing behind the last row") {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  for (const auto& size : {std::pair{1280, 2}, {1280, 720}, {641, 3}, {8, 1}, {33, 40}}) {
    const auto bytes = static_cast<std::size_t>(size.first) * 3 * static_cast<std::size_t>(size.second);
    const std::size_t whole = (bytes + page - 1) / page * page;
    void* memory = mmap(nullptr, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    auto* begin = static_cast<std::uint8_t*>(memory);
    REQUIRE(mprotect(begin + whole, page, PROT_NONE) == 0);
    auto* rgb = begin + whole - bytes;  // the last pixel lies before memory that must not be read
    for (std::size_t k = 0; k < bytes; ++k) rgb[k] = static_cast<std::uint8_t>(k * 7 % 251);
    const std::vector<std::uint8_t> copy(rgb, rgb + bytes);
    const Image image = Image::from_rgb(rgb, size.first, size.second, size.first * 3);
    std::vector<std::uint8_t> wide(bytes + 4096);  // the same with room behind it
    std::copy(copy.begin(), copy.end(), wide.begin());
    CHECK(image.to_rgb() == Image::from_rgb(wide.data(), size.first, size.second, size.first * 3).to_rgb());
    munmap(memory, whole + page);
  }
}
