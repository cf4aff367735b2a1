// age files: header, stanzas, payload. Input: an age file, or one of the public test vectors.
#include "crypto/age.hpp"
#include "fuzz.hpp"

#include <invigil/crypto.hpp>
#include <invigil/passphrase.hpp>

#include <array>

namespace {

/// Of the public test vectors, so that their payloads are reached.
const std::vector<invigil::Identity>& identities() {
  static const std::vector<invigil::Identity> known{
      invigil::Identity::parse("AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0")};
  return known;
}

/// Without the `key: value` lines that a vector begins with.
std::span<const std::uint8_t> age_file(std::span<const std::uint8_t> data) {
  const auto all = fuzz::text(data);
  const auto blank = all.find("\n\n");
  return all.starts_with("expect:") && blank != all.npos ? data.subspan(blank + 2) : data;
}

/// What parses as a recipient is written the way it was read.
void recipient(std::string_view text) {
  fuzz::errors_only([&] {
    const auto key = invigil::Recipient::parse(text);
    fuzz::require(invigil::Recipient::parse(key.to_string()) == key);
  });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = age_file({data, size});
  fuzz::errors_only([&] {
    invigil::crypto::BufferedSource source{std::make_unique<fuzz::Memory>(file)};
    const auto header = invigil::crypto::read_header(source);
    fuzz::require(!header.stanzas.empty() && fuzz::text(file).starts_with(header.text));
  });
  fuzz::errors_only([&] {
    // As the vectors: work factor 10. More would only make the fuzzer slow.
    static const std::vector<invigil::Passphrase> passphrases{invigil::Passphrase{"password"}};
    const auto plain = invigil::decrypt(std::make_unique<fuzz::Memory>(file), identities(), passphrases,
                                        {.max_work_factor = 10});
    std::array<std::byte, 4096> buffer;
    std::size_t total = 0;
    while (const auto count = plain->read(buffer)) total += count;
    fuzz::require(total < file.size());
  });
  recipient(fuzz::text({data, size}));
  return 0;
}
