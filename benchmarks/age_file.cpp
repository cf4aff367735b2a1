// Encrypts or decrypts one file, for age_benchmark.py: age_file encrypt RECIPIENT IN OUT | decrypt KEYFILE IN
// OUT
#include <invigil/crypto.hpp>
#include <invigil/error.hpp>

#include <cstdio>
#include <string_view>

using namespace invigil;

namespace {

void copy(ByteSource& from, ByteSink& to) {
  std::vector<std::byte> buffer(1 << 18);
  while (const std::size_t n = from.read(buffer)) to.write(std::span{buffer}.first(n));
  to.close();
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 5) return 2;
  auto in = open_file(arguments[3]);
  auto out = create_file(arguments[4], {.overwrite = true});
  if (std::string_view{arguments[1]} == "encrypt")
    copy(*in, *encrypt(std::move(out), {Recipient::parse(arguments[2])}));
  else
    copy(*decrypt(std::move(in), Identity::load(arguments[2])), *out);
  return 0;
} catch (const Error& e) {
  std::fprintf(stderr, "age_file: %s\n", e.what());
  return 1;
}
