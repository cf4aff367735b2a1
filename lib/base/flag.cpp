#include "base/json.hpp"

#include <invigil/flag.hpp>

namespace invigil {

namespace {

FlagKind parse_kind(const json::Fields& fields) {
  const auto text = fields.text("kind");
  for (const auto kind : {FlagKind::behaviour, FlagKind::technical, FlagKind::milestone})
    if (text == to_string(kind)) return kind;
  fields.fail("kind", "is none of behaviour, technical, milestone");
}

void read_evidence(const json::Fields& fields, Flag& flag) {
  flag.evidence_begin = flag.begin;
  flag.evidence_end = flag.end;
  if (!fields.has("evidence")) return;
  const auto evidence = fields.object("evidence");
  if (!evidence.has("begin") && !evidence.has("end")) return;
  flag.evidence_begin = evidence.time("begin");
  flag.evidence_end = evidence.time("end");
  if (flag.evidence_end < flag.evidence_begin) fields.fail("evidence", "ends before it begins");
}

}  // namespace

std::string_view to_string(FlagKind kind) noexcept {
  switch (kind) {
    case FlagKind::behaviour:
      return "behaviour";
    case FlagKind::technical:
      return "technical";
    case FlagKind::milestone:
      return "milestone";
  }
  return "unknown";
}

std::string to_json(const Flag& flag, double points) {
  json::Object object;
  object["flag"] = flag.what;
  object["kind"] = to_string(flag.kind);
  object["begin"] = seconds(flag.begin);
  object["end"] = seconds(flag.end);
  object["confidence"] = flag.confidence;
  object["points"] = points;
  object["because"] = flag.because;
  object["evidence"] = {{"begin", seconds(flag.evidence_begin)}, {"end", seconds(flag.evidence_end)}};
  if (flag.count != 1) object["count"] = flag.count;
  return json::line(object);
}

Flag parse_flag(std::string_view text, std::string_view where) {
  const auto object = json::parse(text, where);
  const json::Fields fields{object, where};
  Flag flag;
  flag.what = fields.text("flag");
  if (flag.what.empty()) fields.fail("flag", "is empty");
  flag.kind = parse_kind(fields);
  flag.begin = fields.time("begin");
  flag.end = fields.time("end");
  if (flag.end < flag.begin) fields.fail("end", "lies before \"begin\"");
  flag.confidence = fields.number_or("confidence", 0, 1, 1);
  flag.because = fields.text_or("because", "");
  read_evidence(fields, flag);
  flag.count = fields.integer_or("count", 1, 1 << 30, 1);
  return flag;
}

}  // namespace invigil
