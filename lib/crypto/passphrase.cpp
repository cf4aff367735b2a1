#include "crypto/secret_text.hpp"

#include <invigil/error.hpp>
#include <invigil/passphrase.hpp>

#include <cstring>

namespace invigil {

namespace {
constexpr std::size_t max_passphrase = std::size_t{1} << 20;
}

struct Passphrase::Secret {
  crypto::SecureBytes text;
  crypto::SameProcess process{"passphrase"};
};

Passphrase::Passphrase(std::string_view text) : secret_(std::make_unique<Secret>()) {
  if (text.empty()) throw Error(Errc::argument, "passphrase", "is empty");
  if (text.size() > max_passphrase) throw Error(Errc::argument, "passphrase", "is longer than 1 MiB");
  secret_->text.resize(text.size());
  std::memcpy(secret_->text.data(), text.data(), text.size());
}
Passphrase::~Passphrase() = default;
Passphrase::Passphrase(Passphrase&&) noexcept = default;
Passphrase& Passphrase::operator=(Passphrase&&) noexcept = default;
Passphrase::Passphrase(const Passphrase& other) : secret_(std::make_unique<Secret>(*other.secret_)) {}
Passphrase& Passphrase::operator=(const Passphrase& other) {
  if (this != &other) secret_ = std::make_unique<Secret>(*other.secret_);
  return *this;
}

std::string_view Passphrase::secret_text() const {
  secret_->process.check();
  return crypto::as_text(secret_->text);
}

}  // namespace invigil
