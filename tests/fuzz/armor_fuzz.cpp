// ASCII armor. What is accepted is, but for white space around it and CRLF, exactly what is written.
#include "fuzz.hpp"

#include <invigil/armor.hpp>
#include <invigil/memory.hpp>

#include <array>
#include <string>

namespace {

class Text final : public invigil::ByteSink {
 public:
  explicit Text(std::string& out) : out_(out) {}
  void write(std::span<const std::byte> bytes) override {
    out_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

 private:
  std::string& out_;
};

/// The bytes behind an armor; nothing when it is refused.
std::optional<std::string> dearmored(std::unique_ptr<invigil::ByteSource> source, std::size_t step) {
  std::string out;
  bool whole = false;
  fuzz::errors_only([&] {
    const auto plain = invigil::dearmor(std::move(source));
    std::array<std::byte, 4096> buffer;
    while (const auto n = plain->read(std::span{buffer}.first(step)))
      out.append(reinterpret_cast<const char*>(buffer.data()), n);
    whole = true;
  });
  return whole ? std::optional{out} : std::nullopt;
}

std::string canonical(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (!text.substr(i).starts_with("\r\n")) out += text[i];
  constexpr std::string_view space = " \t\r\n\v\f";
  const auto begin = std::min(out.find_first_not_of(space), out.size());
  return out.substr(begin, out.find_last_not_of(space) + 1 - begin) + "\n";
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span{data, size});
  const auto out = dearmored(invigil::open_memory(bytes), 4096);
  fuzz::require(out == dearmored(std::make_unique<fuzz::Memory>(std::span{data, size}), 7));
  if (!out) return 0;
  std::string again;
  const auto sink = invigil::armor(std::make_unique<Text>(again));
  sink->write(std::as_bytes(std::span{*out}));
  sink->close();
  fuzz::require(again == canonical(fuzz::text({data, size})));
  return 0;
}
