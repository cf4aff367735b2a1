// Flags for other systems. Sources:
// - 1EdTech Proctoring Services Specification 1.0, section 4.3 "Assessment Control Service"
// - edx-proctoring, docs/backends.rst, "exam attempt review"
// - ADL xAPI 1.0.3, part two, "Statements"
#include "base/json.hpp"

#include <invigil/error.hpp>
#include <invigil/exchange.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace invigil {

namespace {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using json::Object;

/// Every flag of a score in order of begin, with its points.
std::vector<Contribution> in_order(const Score& score) {
  auto all = score.because;
  for (const auto& flag : score.technical) all.push_back({flag, 0});
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& a, const auto& b) { return a.flag.begin < b.flag.begin; });
  return all;
}

std::string iso(WallTime time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(whole)),
                     (time - whole).count());
}

std::string iso(WallTime started, Timestamp t) {
  return iso(started + std::chrono::round<std::chrono::milliseconds>(t.time_since_epoch()));
}

/// A field of a table. Text from a platform that a spreadsheet would run as a formula is defused.
std::string field(std::string_view text) {
  std::string quoted = "\"";
  if (!text.empty() && std::string_view{"=+-@\t\r"}.find(text.front()) != std::string_view::npos)
    quoted += '\'';
  for (const char c : text) quoted += c == '"' ? std::string{"\"\""} : std::string{c};
  return quoted + '"';
}

std::string csv(const Score& score) {
  std::string text = "flag,kind,begin,end,confidence,points,count,evidence_begin,evidence_end,because\n";
  for (const auto& [flag, points] : in_order(score))
    text += fmt::format("{},{},{},{},{},{},{},{},{},{}\n", field(flag.what), to_string(flag.kind),
                        seconds(flag.begin), seconds(flag.end), flag.confidence, points, flag.count,
                        seconds(flag.evidence_begin), seconds(flag.evidence_end), field(flag.because));
  return text;
}

/// 0 to 1. Points are logarithms of improbability, so this is the probability that they are not chance.
std::string severity(double points) { return fmt::format("{:.2f}", -std::expm1(-points)); }

std::string acs(const Score& score, const ExchangeOptions& options) {
  std::string lines;
  for (const auto& [flag, points] : score.because) {
    Object request;
    request["user"] = {{"iss", options.issuer}, {"sub", options.user}};
    request["resource_link"] = {{"id", options.exam}};
    request["attempt_number"] = options.attempt;
    request["action"] = "flag";
    request["incident_time"] = iso(options.started, flag.begin);
    request["incident_severity"] = severity(points);
    request["reason_code"] = flag.what;
    request["reason_msg"] = flag.because;
    lines += json::line(request) + '\n';
  }
  return lines;
}

std::string edx(const Score& score) {
  Object review;
  review["status"] = "not_reviewed";
  review["comments"] = Object::array();
  for (const auto& [flag, points] : in_order(score)) {
    if (flag.kind == FlagKind::milestone) continue;
    Object comment;
    comment["comment"] = fmt::format("{}: {}", flag.what, flag.because);
    comment["status"] = flag.kind == FlagKind::behaviour ? "suspicious" : "not_reviewed";
    comment["start"] = seconds(flag.begin);
    comment["stop"] = seconds(flag.end);
    review["comments"].push_back(std::move(comment));
  }
  return json::line(review) + '\n';
}

Object statement(const Contribution& one, const ExchangeOptions& options) {
  const auto& flag = one.flag;
  Object s;
  s["actor"] = {{"objectType", "Agent"}, {"account", {{"homePage", options.issuer}, {"name", options.user}}}};
  s["verb"] = {{"id", "urn:x-invigil:verb:flagged"}, {"display", {{"en", "was flagged for review"}}}};
  s["object"] = {{"objectType", "Activity"},
                 {"id", fmt::format("urn:x-invigil:exam:{}", options.exam)},
                 {"definition", {{"type", "http://adlnet.gov/expapi/activities/assessment"}}}};
  s["result"] = {{"response", flag.because},
                 {"duration", fmt::format("PT{:.2f}S", seconds(flag.end - flag.begin))}};
  s["context"]["extensions"] = {
      {"urn:x-invigil:attempt", options.attempt},   {"urn:x-invigil:flag", flag.what},
      {"urn:x-invigil:kind", to_string(flag.kind)}, {"urn:x-invigil:begin", seconds(flag.begin)},
      {"urn:x-invigil:end", seconds(flag.end)},     {"urn:x-invigil:confidence", flag.confidence},
      {"urn:x-invigil:count", flag.count},          {"urn:x-invigil:points", one.points}};
  s["timestamp"] = iso(options.started, flag.begin);
  return s;
}

std::string xapi(const Score& score, const ExchangeOptions& options) {
  std::string lines;
  for (const auto& one : in_order(score)) lines += json::line(statement(one, options)) + '\n';
  return lines;
}

/// Reads fixed-width numbers and separators off the front of a text.
class TimeText {
 public:
  explicit TimeText(std::string_view text) : rest_(text), all_(text) {}

  int number(std::size_t digits, int least, int most) {
    int value = 0;
    if (rest_.size() < digits) fail();
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') fail();
      value = value * 10 + (c - '0');
    }
    if (value < least || value > most) fail();
    rest_.remove_prefix(digits);
    return value;
  }
  bool skip(char c) {
    const bool is = rest_.starts_with(c);
    if (is) rest_.remove_prefix(1);
    return is;
  }
  void expect(char c) {
    if (!skip(c)) fail();
  }
  int milliseconds() {
    int value = 0, scale = 100;
    if (!rest_.empty() && (rest_[0] < '0' || rest_[0] > '9')) fail();
    for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; rest_.remove_prefix(1), scale /= 10)
      value += scale * (rest_[0] - '0');
    return value;
  }
  void end() const {
    if (!rest_.empty()) fail();
  }
  [[noreturn]] void fail() const {
    throw Error(Errc::argument, std::string{all_.substr(0, 64)},
                "is no time; write it like 2026-06-12T09:00:00Z or 2026-06-12T09:00:00+02:00");
  }

 private:
  std::string_view rest_, all_;
};

std::chrono::minutes read_offset(TimeText& text) {
  if (text.skip('Z')) return std::chrono::minutes{0};
  const bool west = text.skip('-');
  if (!west) text.expect('+');
  const int hours = text.number(2, 0, 23);
  text.skip(':');
  const std::chrono::minutes offset{hours * 60 + text.number(2, 0, 59)};
  return west ? -offset : offset;
}

}  // namespace

std::string to_exchange(const Score& score, ExchangeFormat format, const ExchangeOptions& options) {
  switch (format) {
    case ExchangeFormat::csv:
      return csv(score);
    case ExchangeFormat::acs:
      return acs(score, options);
    case ExchangeFormat::edx:
      return edx(score);
    case ExchangeFormat::xapi:
      return xapi(score, options);
  }
  return {};
}

WallTime parse_wall_time(std::string_view text) {
  namespace c = std::chrono;
  TimeText t{text};
  const c::year year{t.number(4, 1970, 9999)};
  t.expect('-');
  const c::month month{static_cast<unsigned>(t.number(2, 1, 12))};
  t.expect('-');
  const c::year_month_day date{year, month, c::day{static_cast<unsigned>(t.number(2, 1, 31))}};
  if (!date.ok()) t.fail();
  t.expect('T');
  const c::hours hours{t.number(2, 0, 23)};
  t.expect(':');
  const c::minutes minutes{t.number(2, 0, 59)};
  t.expect(':');
  const c::seconds secs{t.number(2, 0, 60)};
  const c::milliseconds fraction{t.skip('.') ? t.milliseconds() : 0};
  const auto offset = read_offset(t);
  t.end();
  return c::sys_days{date} + hours + minutes + secs + fraction - offset;
}

}  // namespace invigil
