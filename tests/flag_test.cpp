// The vocabulary as JSON lines: what is written, what is read back, what is refused and how it is said.
#include "support.hpp"

#include <invigil/consent.hpp>
#include <invigil/error.hpp>
#include <invigil/event.hpp>
#include <invigil/event_log.hpp>
#include <invigil/flag.hpp>
#include <invigil/observation.hpp>

#include <clocale>
#include <fstream>
#include <string>
#include <vector>

namespace {

using namespace invigil;
using namespace std::chrono_literals;
using namespace std::string_literals;

Timestamp at(double s) { return from_seconds(s); }

Flag example() {
  Flag flag;
  flag.what = "face_absent";
  flag.begin = at(12.34);
  flag.end = at(15.6);
  flag.confidence = 0.93;
  flag.because = "no face for 3.3 s (policy: 3 s)";
  flag.evidence_begin = at(7.34);
  flag.evidence_end = at(20.6);
  return flag;
}

/// The message of the `Error` that `job` throws; fails the test when there is none or its code differs.
template <class Job>
std::string refusal(Errc code, Job&& job) {
  try {
    job();
  } catch (const Error& e) {
    CHECK(to_string(e.code()) == to_string(code));
    return e.what();
  }
  FAIL("nothing was thrown");
  return {};
}

std::string bad_event(const std::string& line) {
  return refusal(Errc::bad_header, [&] { (void)parse_event(line, "events.jsonl:3"); });
}

}  // namespace

TEST_CASE("a flag is one JSON line, as the manual says") {
  CHECK(to_json(example(), 4.1) ==
        R"({"flag":"face_absent","kind":"behaviour","begin":12.34,"end":15.6,"confidence":0.93,"points":4.1,)"
        R"j("because":"no face for 3.3 s (policy: 3 s)","evidence":{"begin":7.34,"end":20.6}})j");
}

TEST_CASE("a flag comes back as it was written") {
  auto flag = example();
  CHECK(parse_flag(to_json(flag)) == flag);
  flag.kind = FlagKind::technical;
  flag.count = 7;
  flag.begin = Timestamp{Duration{33366667}};
  flag.because = "\"quoted\", ünïcode,\nand a line break";
  CHECK(parse_flag(to_json(flag)) == flag);
}

TEST_CASE("text that is not UTF-8 does not break a line") {
  auto flag = example();
  flag.because = "caf\xe9";
  CHECK(parse_flag(to_json(flag)).because == "caf\xef\xbf\xbd");
}

TEST_CASE("numbers do not follow the locale") {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* locale : {"de_DE.UTF-8", "nl_NL.UTF-8", "C"}) std::setlocale(LC_ALL, locale);
  const auto text = to_json(example(), 4.1);
  std::setlocale(LC_ALL, before.c_str());
  CHECK(text.find("12.34") != std::string::npos);
}

TEST_CASE("a flag that is none is refused, by name") {
  const auto bad = [](const std::string& line) {
    return refusal(Errc::bad_header, [&] { (void)parse_flag(line, "f.jsonl:2"); });
  };
  CHECK(bad(R"({"kind":"behaviour","begin":1,"end":2})") == R"(f.jsonl:2: "flag" is missing)");
  CHECK(bad(R"({"flag":"","kind":"behaviour","begin":1,"end":2})") == R"(f.jsonl:2: "flag" is empty)");
  CHECK(bad(R"({"flag":"x","kind":"evil","begin":1,"end":2})").find("none of behaviour") !=
        std::string::npos);
  CHECK(bad(R"({"flag":"x","kind":"behaviour","begin":3,"end":2})").find("before") != std::string::npos);
  CHECK(bad(R"({"flag":"x","kind":"behaviour","begin":"1","end":2})").find("not a number") !=
        std::string::npos);
  CHECK(
      bad(R"({"flag":"x","kind":"behaviour","begin":1,"end":2,"confidence":2})").find("not within 0 to 1") !=
      std::string::npos);
  CHECK(bad(R"({"flag":"x","kind":"behaviour","begin":1,"end":2,"count":1.5})").find("whole number") !=
        std::string::npos);
  CHECK(bad(R"({"flag":"x","kind":"behaviour","begin":1,"end":2,"evidence":{"begin":5,"end":1}})")
            .find("ends before") != std::string::npos);
}

TEST_CASE("an event is read strictly, and unknown keys are left alone") {
  const auto event = parse_event(R"({"t":2.5,"event":"focus_lost","duration":1.25,"page":{"n":3}})");
  CHECK(event.time == at(2.5));
  CHECK(event.event == "focus_lost");
  CHECK(event.duration == 1250ms);
  CHECK(parse_event(R"({"t":0,"event":"paste"})").duration == 0ns);
  CHECK(to_json(event) == R"({"t":2.5,"event":"focus_lost","duration":1.25})");
  CHECK(to_json(parse_event(R"({"t":1,"event":"paste"})")) == R"({"t":1.0,"event":"paste"})");
}

TEST_CASE("hostile and broken events are refused with their place") {
  CHECK(bad_event("").starts_with("events.jsonl:3: is not valid JSON"));
  CHECK(bad_event("[1]") == "events.jsonl:3: is not a JSON object {...}");
  CHECK(bad_event("{\"t\":1").starts_with("events.jsonl:3: is not valid JSON"));
  CHECK(bad_event(R"({"t":NaN,"event":"x"})").starts_with("events.jsonl:3: is not valid JSON"));
  CHECK(bad_event(R"({"t":1e999,"event":"x"})").starts_with("events.jsonl:3: is not valid JSON"));
  CHECK(bad_event(R"({"t":1e300,"event":"x"})").find("\"t\" is 1e+300, not within") != std::string::npos);
  CHECK(bad_event(R"({"t":true,"event":"x"})") == R"(events.jsonl:3: "t" is not a number)");
  CHECK(bad_event(R"({"event":"x"})") == R"(events.jsonl:3: "t" is missing)");
  CHECK(bad_event(R"({"t":1,"event":7})") == R"(events.jsonl:3: "event" is not a string)");
  CHECK(bad_event(R"({"t":1,"event":""})").find("1 to 64 bytes") != std::string::npos);
  CHECK(bad_event(R"({"t":1,"event":"x","duration":-1})").find("\"duration\" is -1") != std::string::npos);
  CHECK(bad_event("{\"t\":1,\"event\":\"\xff\xfe\"}").starts_with("events.jsonl:3: is not valid JSON"));
  CHECK(bad_event("{\"t\":1,\"event\":\""s + std::string(2 << 20, 'x') + "\"}").find("at most") !=
        std::string::npos);
  CHECK(bad_event("{\"t\":1,\"x\":"s + std::string(500000, '[')).starts_with("events.jsonl:3: is not valid"));
  CHECK(bad_event("{\"t\":1,\"event\":\"e\",\"x\":"s + std::string(1000, '[') + std::string(1000, ']') +
                  "}") == "events.jsonl:3: is nested deeper than 16 levels");
}

TEST_CASE("a file of events: in order of time, and a bad line is named") {
  const test::TemporaryFolder folder;
  const auto path = folder / "events.jsonl";
  std::ofstream{path} << "{\"t\":2,\"event\":\"paste\"}\r\n\n  \n{\"t\":1,\"event\":\"copy\"}";
  const auto events = load_events(path);
  REQUIRE(events.size() == 2);
  CHECK(events[0].event == "copy");
  CHECK(events[1].event == "paste");
  std::ofstream{path} << "{\"t\":2,\"event\":\"paste\"}\n\n{\"t\":\n";
  CHECK(refusal(Errc::bad_header, [&] { (void)load_events(path); }).find("events.jsonl:3: ") !=
        std::string::npos);
  CHECK(refusal(Errc::io, [&] { (void)load_events(folder / "absent"); }).find("absent") != std::string::npos);
}

TEST_CASE("of a file of events with bad lines the rest is used, and a technical flag names them") {
  const test::TemporaryFolder folder;
  const auto path = folder / "events.jsonl";
  std::ofstream{path} << "{\"t\":2,\"event\":\"paste\"}\n{\"t\":oops}\n\n{\"event\":\"copy\"}\n"
                      << "{\"t\":9,\"event\":\"copy\"}\n{\"t\":8,\"event\":\"paste\"}";
  const auto log = read_event_log(path);
  REQUIRE(log.events.size() == 3);
  CHECK(log.events[1].time == from_seconds(8));
  CHECK(log.bad_lines == 2);
  REQUIRE(log.bad.size() == 2);
  CHECK(log.bad[0].find("events.jsonl:2: ") != std::string::npos);
  CHECK(log.bad[1].find("events.jsonl:4: ") != std::string::npos);
  const auto gap = gap_of(log);
  REQUIRE(gap);
  CHECK(gap->what == "gap");
  CHECK(gap->kind == FlagKind::technical);
  CHECK(gap->begin == from_seconds(2));
  CHECK(gap->end == from_seconds(9));
  CHECK(gap->because.starts_with("2 lines of what the exam page told could not be read: "));
  CHECK(gap->because.find("events.jsonl:4: ") != std::string::npos);

  std::ofstream{path} << "{\"t\":2,\"event\":\"paste\"}\n";
  CHECK_FALSE(gap_of(read_event_log(path)));
  std::ofstream many{path};
  for (int i = 0; i < 1000; ++i) many << "x\n";
  many.close();
  const auto all_bad = read_event_log(path);
  CHECK(all_bad.events.empty());
  CHECK(all_bad.bad_lines == 1000);
  CHECK(all_bad.bad.size() == 20);
  CHECK(gap_of(all_bad)->because.size() < 4000);
  CHECK(refusal(Errc::io, [&] { (void)read_event_log(folder / "absent"); }).find("absent") !=
        std::string::npos);
}

TEST_CASE("consent comes back as it was written, and types are checked") {
  const Consent consent{.given = true,
                        .purpose = "exam of 2026-06-12",
                        .audience = "examiners",
                        .retention = "P6M",
                        .by = "s1234567",
                        .at = "2026-06-12T09:00:00+02:00"};
  const auto back = parse_consent(to_json(consent));
  CHECK(back.given);
  CHECK(back.purpose == consent.purpose);
  CHECK(back.audience == consent.audience);
  CHECK(back.retention == consent.retention);
  CHECK(back.by == consent.by);
  CHECK(back.at == consent.at);
  CHECK_FALSE(parse_consent("{}").given);
  CHECK(refusal(Errc::bad_header, [] { (void)parse_consent(R"({"given":"yes"})", "c.json"); }) ==
        R"(c.json: "given" is neither true nor false)");
  CHECK(refusal(Errc::bad_header, [] { (void)parse_consent(R"({"purpose":1})", "c.json"); }) ==
        R"(c.json: "purpose" is not a string)");
}

TEST_CASE("a consent file of absurd size is not read whole") {
  const test::TemporaryFolder folder;
  const auto path = folder / "consent.json";
  std::ofstream{path} << std::string(3 << 20, ' ');
  CHECK(refusal(Errc::bad_header, [&] { (void)load_consent(path); }).find("larger than") !=
        std::string::npos);
}

TEST_CASE("an observation comes back to the last bit") {
  PictureObservation seen;
  seen.time = Timestamp{Duration{33366667}};
  seen.faces = {seen.time, {{{0.1F, 2.7F, 1.0F / 3, 100}, 0.8765432F, HeadPose{-3.3F, 1e-7F, 45}}}, 0.5F};
  seen.faces.faces.push_back({{1, 2, 3, 4}, 0.9F, {}});
  seen.objects = {{"phone", {5, 6, 7, 8}, 0.3F}};
  seen.picture = {seen.time, 101.7F, 33.3F, 512.25F, 0.07F, 0.97F, 12.4F, 3.2F, PictureState::frozen};
  const auto text = to_json(Observation{seen});
  CHECK(text.find(R"("faces":[{"box":[0.1,2.7,)") != std::string::npos);
  CHECK(text.find(R"("state":"frozen")") != std::string::npos);
  CHECK(to_json(parse_observation(text)) == text);
  const auto back = std::get<PictureObservation>(parse_observation(text));
  CHECK(back.time == seen.time);
  CHECK(back.faces.faces[0].box.width == 1.0F / 3);
  CHECK(back.faces.faces[0].confidence == 0.8765432F);
  CHECK(back.faces.faces[0].pose->pitch == 1e-7F);
  CHECK(back.picture.change == 0.07F);
}

TEST_CASE("sound is one line, and without a model speech is null") {
  const Speech heard{at(0.032), 0.75F, -31.5F, -30.25F};
  CHECK(to_json(Observation{heard}) == R"({"t":0.032,"speech":0.75,"loudness":-30.25,"level":-31.5})");
  const Speech untold{at(0.064)};
  const auto text = to_json(Observation{untold});
  CHECK(text == R"({"t":0.064,"speech":null,"loudness":-120.0,"level":-120.0})");
  CHECK(std::get<Speech>(parse_observation(text)).probability == -1);
  CHECK(to_json(Observation{PictureObservation{}}).find(R"("faces":[])") != std::string::npos);
}

TEST_CASE("a broken observation is refused with its place") {
  const auto bad = [](const std::string& line) {
    return refusal(Errc::bad_header, [&] { (void)parse_observation(line, "o.jsonl:9"); });
  };
  CHECK(bad(R"({"t":1})").starts_with("o.jsonl:9: \"faces\" is missing"));
  CHECK(bad(R"({"t":1,"faces":[7]})") == R"(o.jsonl:9: "faces" does not hold objects)");
  CHECK(bad(R"({"t":1,"faces":[{"box":[1,2,3],"confidence":1}]})").find("four numbers") != std::string::npos);
  CHECK(bad(R"({"t":1,"faces":[{"box":[1,2,3,1e9],"confidence":1}]})").find("outside") != std::string::npos);
  CHECK(bad(R"({"t":1,"faces":[],"picture":{"luma":1,"sharpness":1,"state":"odd"}})").find("none of ok") !=
        std::string::npos);
  CHECK(bad(R"({"t":1,"speech":"loud"})") == R"(o.jsonl:9: "speech" is not a number)");
}
