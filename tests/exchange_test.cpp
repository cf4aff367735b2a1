// Flags for other systems: the schemas, and what hostile text does to them.
#include "support.hpp"

#include <invigil/error.hpp>
#include <invigil/exchange.hpp>

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace {

using namespace invigil;
using Json = nlohmann::json;

Flag flag(std::string what, double begin, double end, FlagKind kind, std::string because) {
  Flag f;
  f.what = std::move(what);
  f.kind = kind;
  f.begin = from_seconds(begin);
  f.end = from_seconds(end);
  f.confidence = 0.9;
  f.because = std::move(because);
  return f;
}

Score example() {
  return score({flag("phone", 12.5, 15.75, FlagKind::behaviour, "a phone, \"held up\""),
                flag("low_light", 3, 6, FlagKind::technical, "too dark to see for 3.0 s"),
                flag("started", 0, 0, FlagKind::milestone, "=HYPERLINK(\"http://evil\")")});
}

ExchangeOptions options() {
  return {.started = parse_wall_time("2026-06-12T09:00:00+02:00"),
          .issuer = "https://lms.example",
          .user = "s123",
          .exam = "stat2",
          .attempt = 2};
}

std::vector<Json> lines(const std::string& text) {
  std::vector<Json> all;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    all.push_back(Json::parse(text.substr(at, text.find('\n', at) - at)));
  return all;
}

}  // namespace

TEST_CASE("a table for spreadsheets, in which no text runs") {
  const auto text = to_exchange(example(), ExchangeFormat::csv);
  CHECK(
      text.starts_with("flag,kind,begin,end,confidence,points,count,evidence_begin,evidence_end,because\n"
                       "\"started\",milestone,0,0,0.9,0,1,0,0,\"'=HYPERLINK(\"\"http://evil\"\")\"\n"));
  CHECK(text.find("\"phone\",behaviour,12.5,15.75,0.9,") != std::string::npos);
  CHECK(text.find("\"a phone, \"\"held up\"\"\"\n") != std::string::npos);
}

TEST_CASE("an assessment control request for each behaviour flag") {
  const auto all = lines(to_exchange(example(), ExchangeFormat::acs, options()));
  REQUIRE(all.size() == 1);
  const auto& request = all[0];
  CHECK(request["user"] == Json{{"iss", "https://lms.example"}, {"sub", "s123"}});
  CHECK(request["resource_link"] == Json{{"id", "stat2"}});
  CHECK(request["attempt_number"] == 2);
  CHECK(request["action"] == "flag");
  CHECK(request["incident_time"] == "2026-06-12T07:00:12.500Z");
  CHECK(request["incident_severity"] == "0.90");  // one look at confidence 0.9
  CHECK(request["reason_code"] == "phone");
  CHECK(request["reason_msg"] == "a phone, \"held up\"");
}

TEST_CASE("a review for edX never judges") {
  const auto all = lines(to_exchange(example(), ExchangeFormat::edx));
  REQUIRE(all.size() == 1);
  CHECK(all[0]["status"] == "not_reviewed");
  const auto& comments = all[0]["comments"];
  REQUIRE(comments.size() == 2);
  CHECK(comments[0]["status"] == "not_reviewed");
  CHECK(comments[1]["status"] == "suspicious");
  CHECK(comments[1]["start"] == 12.5);
  CHECK(comments[1]["stop"] == 15.75);
  CHECK(comments[1]["comment"] == "phone: a phone, \"held up\"");
}

TEST_CASE("xAPI statements, one a flag") {
  const auto all = lines(to_exchange(example(), ExchangeFormat::xapi, options()));
  REQUIRE(all.size() == 3);
  const auto& phone = all[2];
  CHECK(phone["actor"]["account"] == Json{{"homePage", "https://lms.example"}, {"name", "s123"}});
  CHECK(phone["verb"]["id"] == "urn:x-invigil:verb:flagged");
  CHECK(phone["object"]["id"] == "urn:x-invigil:exam:stat2");
  CHECK(phone["result"]["duration"] == "PT3.25S");
  CHECK(phone["context"]["extensions"]["urn:x-invigil:flag"] == "phone");
  CHECK(phone["context"]["extensions"]["urn:x-invigil:points"].get<double>() > 2);
  CHECK(phone["timestamp"] == "2026-06-12T07:00:12.500Z");
}

TEST_CASE("wall time") {
  using namespace std::chrono;
  using namespace std::chrono_literals;
  const auto noon = sys_time<milliseconds>{sys_days{2026y / June / 12} + 12h};
  CHECK(parse_wall_time("2026-06-12T12:00:00Z") == noon);
  CHECK(parse_wall_time("2026-06-12T12:00:00.25Z") == noon + 250ms);
  CHECK(parse_wall_time("2026-06-12T12:00:00.123456789Z") == noon + 123ms);
  CHECK(parse_wall_time("2026-06-12T14:00:00+0200") == noon);
  CHECK(parse_wall_time("2026-06-12T08:30:00-03:30") == noon);
  for (const auto* bad :
       {"", "today", "2026-06-12", "2026-02-30T12:00:00Z", "2026-06-12T25:00:00Z", "2026-06-12T12:00:00",
        "2026-06-12T12:00:00Zzz", "2026-06-12T12:00:00.xZ", "-026-06-12T12:00:00Z"})
    CHECK_THROWS_AS((void)parse_wall_time(bad), Error);
}

TEST_CASE("nothing to export is still valid") {
  CHECK(to_exchange({}, ExchangeFormat::acs).empty());
  CHECK(to_exchange({}, ExchangeFormat::edx) == "{\"status\":\"not_reviewed\",\"comments\":[]}\n");
}
