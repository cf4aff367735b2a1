// Policies, consents, events and flags. What parses is written so that it parses to the same again.
#include "fuzz.hpp"

#include <invigil/consent.hpp>
#include <invigil/event.hpp>
#include <invigil/flag.hpp>
#include <invigil/policy.hpp>

namespace {

/// Writing and reading again changes nothing.
template <class Parse, class Write>
void stable(std::string_view text, Parse parse, Write write) {
  fuzz::errors_only([&] {
    const auto once = write(parse(text));
    fuzz::require(write(parse(once)) == once);
  });
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text({data, size});
  stable(
      text, [](std::string_view t) { return invigil::parse_policy(t); },
      [](const invigil::Policy& p) { return p.to_toml(); });
  stable(
      text, [](std::string_view t) { return invigil::parse_consent(t); },
      [](const invigil::Consent& c) { return invigil::to_json(c); });
  stable(
      text, [](std::string_view t) { return invigil::parse_event(t); },
      [](const invigil::PlatformEvent& e) { return invigil::to_json(e); });
  stable(
      text, [](std::string_view t) { return invigil::parse_flag(t); },
      [](const invigil::Flag& f) { return invigil::to_json(f); });
  return 0;
}
