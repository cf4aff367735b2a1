#include "base/json.hpp"
#include "base/text_file.hpp"

#include <invigil/consent.hpp>

namespace invigil {

std::string to_json(const Consent& consent) {
  json::Object object;
  object["given"] = consent.given;
  object["purpose"] = consent.purpose;
  object["audience"] = consent.audience;
  object["retention"] = consent.retention;
  object["by"] = consent.by;
  object["at"] = consent.at;
  return json::line(object);
}

Consent parse_consent(std::string_view text, std::string_view where) {
  const auto object = json::parse(text, where);
  const json::Fields fields{object, where};
  Consent consent;
  consent.given = fields.boolean_or("given", false);
  consent.purpose = fields.text_or("purpose", "");
  consent.audience = fields.text_or("audience", "");
  consent.retention = fields.text_or("retention", "");
  consent.by = fields.text_or("by", "");
  consent.at = fields.text_or("at", "");
  return consent;
}

Consent load_consent(const std::filesystem::path& path) {
  return parse_consent(read_text_file(path, json::longest_line, Errc::bad_header), path.string());
}

}  // namespace invigil
