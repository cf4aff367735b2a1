#include "base/known_flags.hpp"

#include <invigil/error.hpp>
#include <invigil/policy.hpp>

#include <array>
#include <cmath>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>

namespace invigil {

namespace {

using Out = std::back_insert_iterator<std::string>;

std::string_view text_of(ConsentRule rule) { return rule == ConsentRule::required ? "required" : "asked"; }

std::string_view text_of(CoverRule rule) {
  switch (rule) {
    case CoverRule::numbers:
      return "numbers";
    case CoverRule::all_but_portrait_and_name:
      return "all_but_portrait_and_name";
    case CoverRule::whole_document:
      return "whole_document";
  }
  return "numbers";
}

/// A TOML basic string. JSON's escapes are all valid in TOML; TOML alone wants DEL escaped too.
std::string toml_string(std::string_view text) {
  using Json = nlohmann::json;
  const auto json = Json{text}[0].dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string toml;
  for (const char c : json) toml += c == '\x7f' ? std::string{"\\u007F"} : std::string{c};
  return toml;
}

/// One accommodation a flag: several in code act together, and are written as the one they amount to.
std::map<std::string, Accommodation, std::less<>> combined(const std::vector<Accommodation>& list) {
  std::map<std::string, Accommodation, std::less<>> by_flag;
  for (const auto& one : list) {
    const auto [place, fresh] = by_flag.try_emplace(one.flag, one);
    if (fresh) continue;
    auto& sum = place->second;
    sum.mute = sum.mute || one.mute;
    sum.longer_than_factor *= one.longer_than_factor;
    sum.reason += "; " + one.reason;
  }
  for (auto& [flag, sum] : by_flag)
    if (sum.mute) sum.longer_than_factor = 1;  // what is never raised has no length
  return by_flag;
}

// Shortest text that reads back to the same double; TOML wants a point in a float.
void write_number(Out out, std::string_view key, double value) {
  const auto text = fmt::format("{}", value);
  const bool whole = text.find_first_of(".en") == std::string::npos;
  fmt::format_to(out, "{} = {}{}\n", key, text, whole ? ".0" : "");
}

void write_accommodation(Out out, const Accommodation& one) {
  fmt::format_to(out, "\n[accommodations.{}]\nmute = {}\n", toml_string(one.flag), one.mute);
  write_number(out, "longer_than_factor", one.longer_than_factor);
  fmt::format_to(out, "reason = {}\n", toml_string(one.reason));
}

void write_flag(Out out, const std::string& name, const FlagPolicy& flag) {
  fmt::format_to(out, "\n[flags.{}]\nenabled = {}\n", toml_string(name), flag.enabled);
  write_number(out, "longer_than", seconds(flag.longer_than));
  const auto* known = known_flag(name);
  if (known && known->kind != FlagKind::behaviour) return;  // never scored, so nothing to say
  write_number(out, "weight", flag.weight);
  write_number(out, "per_hour", flag.per_hour);
  if (flag.shape != 1) write_number(out, "shape", flag.shape);
}

}  // namespace

Policy::Policy() {
  for (const auto& known : known_flags())
    flags.emplace(known.name, FlagPolicy{.enabled = true,
                                         .longer_than = duration_from_seconds(known.longer_than_s),
                                         .weight = known.weight,
                                         .per_hour = known.per_hour});
}

FlagPolicy Policy::of(std::string_view flag) const {
  const auto found = flags.find(flag);
  if (found == flags.end()) return {.enabled = false, .longer_than = {}, .weight = 0};
  FlagPolicy policy = found->second;
  for (const auto& one : accommodations) {
    if (one.flag != flag) continue;
    policy.enabled = policy.enabled && !one.mute;
    policy.longer_than = duration_from_seconds(seconds(policy.longer_than) * one.longer_than_factor);
  }
  return policy;
}

std::string Policy::to_toml() const {
  std::string text;
  const Out out{text};
  fmt::format_to(out, "consent = \"{}\"\n\n[faces]\n", text_of(consent));
  write_number(out, "confidence", face_confidence);
  fmt::format_to(out, "\n[redaction]\ncover = \"{}\"\n\n[score]\n", text_of(cover));
  write_number(out, "medium", medium);
  write_number(out, "high", high);
  for (const auto& [name, flag] : flags) write_flag(out, name, flag);
  for (const auto& [name, one] : combined(accommodations)) write_accommodation(out, one);
  return text;
}

std::string Policy::digest() const {
  const auto text = to_toml();
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  if (EVP_Digest(text.data(), text.size(), bytes.data(), &size, EVP_sha256(), nullptr) != 1)
    throw Error(Errc::unsupported, "OpenSSL", "has no SHA-256");
  std::string digest = "sha256:";
  for (unsigned int i = 0; i < size; ++i) digest += fmt::format("{:02x}", bytes[i]);
  return digest;
}

}  // namespace invigil
