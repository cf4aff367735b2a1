// Files of recipients and of identities, also encrypted ones as far as the question for the passphrase.
#include "fuzz.hpp"

#include <invigil/crypto.hpp>
#include <invigil/passphrase.hpp>

#include <string>

#include <sys/mman.h>
#include <unistd.h>

namespace {

/// The input as a file.
class File {
 public:
  File(const std::uint8_t* data, std::size_t size) : fd_(::memfd_create("fuzz", MFD_CLOEXEC)) {
    fuzz::require(fd_ >= 0 && ::write(fd_, data, size) == static_cast<ssize_t>(size));
  }
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const File file{data, size};
  fuzz::errors_only([&] {
    for (const auto& key : invigil::Recipient::load(file.path()))
      fuzz::require(invigil::Recipient::parse(key.to_string()) == key);
  });
  const std::string_view text = fuzz::text({data, size});
  fuzz::errors_only([&] {
    const invigil::AskPassphrase nobody = [](const auto&) -> invigil::Passphrase {
      throw invigil::Error(invigil::Errc::closed, "nobody", "answers");  // trying one would cost up to 4 GiB
    };
    for (const auto& key : invigil::Identity::load(file.path(), nobody))
      fuzz::require(invigil::Identity::parse(key.secret_text()).recipient() == key.recipient());
  });
  // No part of a private key is told by an error. Only what a key is made of counts: input may quote the
  // error.
  constexpr auto bech32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7lQPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
  try {
    (void)invigil::Identity::parse(text);
  } catch (const invigil::Error& e) {
    const std::string message = e.what();
    for (std::size_t at = text.find("AGE-SECRET-KEY-1"); at != text.npos;
         at = text.find("AGE-SECRET-KEY-1", at + 1)) {
      const std::string_view part = text.substr(at + 16, 24);
      if (part.size() == 24 && part.find_first_not_of(bech32) == part.npos)
        fuzz::require(message.find(part) == message.npos);
    }
  }
  return 0;
}
