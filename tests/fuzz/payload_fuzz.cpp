// The payload of an age file, damaged as the input says: whatever is given is a prefix of what was sealed, in
// whole chunks; all of it only when nothing was changed; and reading at any place agrees with reading in
// order.
#include "crypto/payload.hpp"
#include "fuzz.hpp"

#include <invigil/memory.hpp>

#include <cstring>
#include <optional>

namespace {

using Bytes = std::vector<std::byte>;
constexpr std::size_t sealed_size = invigil::crypto::sealed_chunk_size;

class Into final : public invigil::ByteSink {
 public:
  explicit Into(Bytes& out) : out_(out) {}
  void write(std::span<const std::byte> bytes) override {
    out_.insert(out_.end(), bytes.begin(), bytes.end());
  }

 private:
  Bytes& out_;
};

/// The input as a sequence of decisions; zeros once it is used up.
class Choices {
 public:
  explicit Choices(std::span<const std::uint8_t> data) : data_(data) {}
  [[nodiscard]] bool any() const { return !data_.empty(); }
  std::size_t below(std::size_t limit) {
    std::size_t value = 0;
    for (int i = 0; i < 3 && any(); ++i, data_ = data_.subspan(1)) value = value << 8 | data_[0];
    return limit == 0 ? 0 : value % limit;
  }

 private:
  std::span<const std::uint8_t> data_;
};

void damage(Bytes& file, Choices& choices) {
  const std::size_t chunks = file.size() / sealed_size;
  const auto at = [&](std::size_t i) { return file.begin() + static_cast<std::ptrdiff_t>(i); };
  switch (choices.below(6)) {
    case 0:
      if (!file.empty()) file[choices.below(file.size())] ^= std::byte(1 + choices.below(255));
      break;
    case 1:
      file.resize(choices.below(file.size() + 1));
      break;
    case 2:
      file.resize(file.size() + 1 + choices.below(sealed_size + 20), std::byte(choices.below(256)));
      break;
    case 3:
      if (chunks > 1)
        std::swap_ranges(at(0), at(sealed_size), at((1 + choices.below(chunks - 1)) * sealed_size));
      break;
    case 4:
      if (chunks > 0) {
        const std::size_t i = choices.below(chunks);
        file.erase(at(i * sealed_size), at((i + 1) * sealed_size));
      }
      break;
    default:
      if (chunks > 0) {
        const Bytes first(at(0), at(sealed_size));
        file.insert(at(choices.below(chunks + 1) * sealed_size), first.begin(), first.end());
      }
  }
}

/// What is given before the end or an error; `whole` says which.
Bytes read(invigil::ByteSource& source, std::size_t step, bool& whole) {
  Bytes out, buffer(step);
  whole = false;
  fuzz::errors_only([&] {
    while (const auto n = source.read(buffer))
      out.insert(out.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(n));
    whole = true;
  });
  return out;
}

}  // namespace

namespace crypto = invigil::crypto;

namespace {

const Bytes& pattern() {
  static const Bytes bytes = [] {
    Bytes made(3 * 65536 + 32769);
    for (std::size_t i = 0; i < made.size(); ++i) made[i] = std::byte((i * 31 + i / 251) & 0xffU);
    return made;
  }();
  return bytes;
}

/// `part` stands in the plaintext at `at`.
bool is_part(const Bytes& part, std::size_t at) {
  return part.empty() || (at + part.size() <= pattern().size() &&
                          std::memcmp(part.data(), pattern().data() + at, part.size()) == 0);
}

/// Any place that the damaged file lets one read gives what belongs there.
void read_anywhere(invigil::ByteSource& source, Choices& choices, bool unchanged, std::size_t size) {
  std::optional<std::uint64_t> length;
  fuzz::errors_only([&] { length = source.size(); });
  if (unchanged) fuzz::require(length == size);
  for (int i = 0; length && i < 3; ++i) {
    const std::size_t at = choices.below(static_cast<std::size_t>(*length) + 10);
    Bytes got(1000);
    std::size_t n = 0;
    fuzz::errors_only([&] {
      source.seek(at);
      n = source.read(got);
    });
    got.resize(n);
    fuzz::require(is_part(got, at) && (n == 0 || at + n <= size));
    if (unchanged) fuzz::require(n > 0 || at >= size);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const crypto::Key key;
  Choices choices{{data, size}};
  const auto plaintext =
      std::span{pattern()}.first(choices.below(4) * 65536 + choices.below(2) * 32768 + choices.below(2));
  Bytes file;
  const auto sink = crypto::seal_payload(std::make_unique<Into>(file), key);
  sink->write(plaintext);
  sink->close();
  const Bytes sealed = file;
  for (int i = 0; i < 3 && choices.any(); ++i) damage(file, choices);
  const bool unchanged = file == sealed;

  const std::size_t step = choices.below(2) ? 70000 : 1000 + choices.below(70000);
  const auto in_memory = [&] {
    return crypto::open_payload(crypto::BufferedSource{invigil::open_memory(file)}, key);
  };
  bool whole = false, also = false;
  const Bytes given = read(*in_memory(), step, whole);
  fuzz::require(whole == unchanged && given.size() <= plaintext.size() && is_part(given, 0));
  fuzz::require(given.size() % 65536 == 0 || given.size() == plaintext.size());
  const auto stream = std::span{reinterpret_cast<const std::uint8_t*>(file.data()), file.size()};
  const auto streamed =
      crypto::open_payload(crypto::BufferedSource{std::make_unique<fuzz::Memory>(stream)}, key);
  fuzz::require(read(*streamed, 65536, also) == given && also == whole);
  read_anywhere(*in_memory(), choices, unchanged, plaintext.size());
  return 0;
}
