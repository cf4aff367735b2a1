// Policies: what a file says, what it may not say, and the digest under which a score names it.
#include "base/known_flags.hpp"
#include "support.hpp"

#include <invigil/error.hpp>
#include <invigil/policy.hpp>

#include <fstream>
#include <string>

namespace {

using namespace invigil;
using namespace std::chrono_literals;

std::string refusal(const std::string& toml) {
  try {
    (void)parse_policy(toml, "p.toml");
  } catch (const Error& e) {
    CHECK(to_string(e.code()) == "policy");
    return e.what();
  }
  FAIL("nothing was thrown for: " << toml);
  return {};
}

}  // namespace

TEST_CASE("an empty policy is the default one, which knows every flag") {
  const Policy policy = parse_policy("");
  CHECK(policy.digest() == Policy{}.digest());
  CHECK(policy.flags.size() == known_flags().size());
  CHECK(policy.of("face_absent").longer_than == 3s);
  CHECK(policy.of("speech").longer_than == 500ms);
  CHECK(policy.of("low_light").weight == 0);
  CHECK(policy.of("started").weight == 0);
  CHECK_FALSE(policy.of("no_such_flag").enabled);
  CHECK(policy.face_confidence == 0.8);
}

TEST_CASE("a policy says what it says") {
  const auto policy = parse_policy(R"(
consent = "required"
[flags.face_absent]
longer_than = 5
weight = 2
per_hour = 0.5
[flags.speech]
enabled = false
[faces]
confidence = 0.9
[redaction]
cover = "whole_document"
[score]
medium = 1.5
high = 4
[accommodations.face_absent]
longer_than_factor = 3
reason = "bends down to a guide dog"
[accommodations.phone]
mute = true
reason = "reads glucose from a phone"
)");
  CHECK(policy.consent == ConsentRule::required);
  CHECK(policy.flags.at("face_absent").longer_than == 5s);
  CHECK(policy.of("face_absent").longer_than == 15s);
  CHECK(policy.of("face_absent").weight == 2);
  CHECK(policy.of("face_absent").per_hour == 0.5);
  CHECK_FALSE(policy.of("speech").enabled);
  CHECK_FALSE(policy.of("phone").enabled);
  CHECK(policy.flags.at("phone").enabled);
  CHECK(policy.face_confidence == 0.9);
  CHECK(policy.cover == CoverRule::whole_document);
  CHECK(policy.medium == 1.5);
  CHECK(policy.high == 4);
  CHECK(policy.accommodations.size() == 2);
}

TEST_CASE("the canonical text reads back to itself") {
  Policy policy;
  policy.consent = ConsentRule::required;
  policy.face_confidence = 0.1 + 0.2;
  policy.flags["paste"].weight = 1e-7;
  policy.flags["speech"].longer_than = Duration{1};
  policy.flags["copy"].shape = 2.5;
  policy.accommodations = {{"speech", true, 1, "a \"reader\"\nsits\x7f beside"},
                           {"voices", true, 1, "one"},
                           {"voices", false, 4, "two at once amount to the first"},
                           {"face_absent", false, 2, "break"},
                           {"face_absent", false, 3, "other"}};
  const auto text = policy.to_toml();
  const auto back = parse_policy(text);
  CHECK(back.to_toml() == text);
  CHECK(back.digest() == policy.digest());
  CHECK(back.face_confidence == policy.face_confidence);
  CHECK(back.flags == policy.flags);
  for (const auto& known : known_flags())
    if (known.name != "voices") CHECK(back.of(known.name) == policy.of(known.name));
  CHECK_FALSE(back.of("voices").enabled);
}

TEST_CASE("the digest is that of the canonical text, not of the file's") {
  const auto plain = parse_policy("[score]\nmedium = 2\nhigh=5");
  const auto commented = parse_policy("# ours\n\n[score]\nhigh = 5.0 # two\nmedium = 2.0\n");
  CHECK(plain.digest() == commented.digest());
  CHECK(plain.digest() != Policy{}.digest());
  CHECK(plain.digest().starts_with("sha256:"));
  CHECK(plain.digest().size() == 7 + 64);
}

TEST_CASE("an unknown key is named, with its line and the nearest known one") {
  CHECK(refusal("consent = \"asked\"\n[flags.face_absent]\nlongerthan = 3\n") ==
        "p.toml:3: unknown key \"flags.face_absent.longerthan\"; the nearest known one is "
        "\"flags.face_absent.longer_than\"");
  CHECK(refusal("\n[flags.face_absnt]\nenabled = false\n") ==
        "p.toml:2: unknown key \"flags.face_absnt\"; the nearest known one is \"flags.face_absent\"");
  CHECK(refusal("consnet = \"asked\"").find("nearest known one is \"consent\"") != std::string::npos);
  CHECK(refusal("[acommodations]").find("\"accommodations\"") != std::string::npos);
  CHECK(refusal("[accommodations.speach]\nreason=\"x\"").find("accommodations.speech") != std::string::npos);
  CHECK(refusal(std::string(200000, 'k') + " = 1").size() < 300);
}

TEST_CASE("wrong types and values out of range are named with their line") {
  CHECK(refusal("\nconsent = \"maybe\"") == "p.toml:2: consent must be one of \"asked\", \"required\"");
  CHECK(refusal("consent = 1") == "p.toml:1: consent must be a string");
  CHECK(refusal("flags = 3").starts_with("p.toml:1: flags is not a table"));
  CHECK(refusal("[flags]\nspeech = true").starts_with("p.toml:2: flags.speech is not a table"));
  CHECK(refusal("[flags.speech]\nenabled = 1") == "p.toml:2: flags.speech.enabled must be true or false");
  CHECK(refusal("[flags.speech]\nlonger_than = \"3s\"") ==
        "p.toml:2: flags.speech.longer_than must be a number");
  CHECK(refusal("[flags.speech]\nlonger_than = -1").find("is -1, but must be 0 to") != std::string::npos);
  CHECK(refusal("[flags.speech]\nweight = nan").find("is nan") != std::string::npos);
  CHECK(refusal("[flags.speech]\nweight = inf").find("is inf") != std::string::npos);
  CHECK(refusal("[flags.speech]\nper_hour = 0").find("per_hour") != std::string::npos);
  CHECK(refusal("[flags.low_light]\nweight = 1") ==
        "p.toml:2: flags.low_light.weight must be 0: a technical flag never scores");
  CHECK(refusal("[flags.low_light]\nper_hour = 3") ==
        "p.toml:2: flags.low_light.per_hour means nothing here: a technical flag never scores");
  CHECK(refusal("[flags.speech]\nshape = 0").find("shape is 0, but must be 0.01 to") != std::string::npos);
  CHECK(refusal("[accommodations.speech]\nmute = true\nlonger_than_factor = 3\nreason = \"x\"")
            .starts_with("p.toml:3: accommodations.speech.longer_than_factor contradicts mute = true"));
  CHECK(refusal("[faces]\nconfidence = 80").find("must be 0 to 1") != std::string::npos);
  CHECK(refusal("[score]\nmedium = 9\nhigh = 2").find("below medium = 9") != std::string::npos);
  CHECK(refusal("[accommodations.speech]\nmute = true").find("reason is missing") != std::string::npos);
  CHECK(refusal("[accommodations.speech]\nlonger_than_factor = 0.5\nreason=\"x\"").find("must be 1 to") !=
        std::string::npos);
}

TEST_CASE("what is not TOML is refused with its line") {
  CHECK(refusal("a = 1\nb = = 2").starts_with("p.toml:2: is not valid TOML: "));
  CHECK(refusal("{\"consent\": 1}").starts_with("p.toml:1: is not valid TOML: "));
  CHECK(refusal("a = \"\xff\"") == "p.toml: is not UTF-8; save it as UTF-8");
  CHECK(refusal("a = " + std::string(100000, '[')).starts_with("p.toml:1: is not valid TOML: "));
  CHECK(refusal("consent = \"asked\"\nconsent = \"asked\"").starts_with("p.toml:2: is not valid TOML: "));
  CHECK(refusal(std::string(2 << 20, '#')).find("larger than") != std::string::npos);
}

TEST_CASE("a policy file") {
  const test::TemporaryFolder folder;
  const auto path = folder / "policy.toml";
  CHECK_THROWS_AS((void)load_policy(path), Error);
  std::ofstream{path} << "[score]\nhigh = 20\n";
  CHECK(load_policy(path).high == 20);
  std::ofstream{path} << "\n[score]\nhihg = 20\n";
  try {
    (void)load_policy(path);
    FAIL("nothing was thrown");
  } catch (const Error& e) {
    CHECK(e.where() == path.string() + ":3");
  }
}

TEST_CASE("the policies for kinds of exams say what they are for") {
  const std::filesystem::path folder = test::source_folder() / "examples" / "policies";
  const auto open = load_policy(folder / "open_book.toml");
  const auto closed = load_policy(folder / "closed_book.toml");
  const auto oral = load_policy(folder / "oral.toml");
  // A book is allowed, and so is looking into it and at other pages; a phone and another person are not.
  for (const auto* allowed : {"book", "copy", "paste", "focus_lost", "navigation", "window_resized"})
    CHECK_FALSE(open.of(allowed).enabled);
  for (const auto* watched : {"phone", "other_person", "multiple_faces", "voices", "face_absent"}) {
    CHECK(open.of(watched).enabled);
    CHECK(closed.of(watched).enabled);
  }
  CHECK(open.of("gaze_away").longer_than > closed.of("gaze_away").longer_than);
  CHECK(closed.of("book").enabled);
  CHECK(closed.of("paste").enabled);
  // An examination by word of mouth: talking is what it is about.
  CHECK_FALSE(oral.of("speech").enabled);
  CHECK_FALSE(oral.of("voices").enabled);
  CHECK_FALSE(oral.of("typing_anomaly").enabled);
  CHECK(oral.of("face_absent").longer_than <= closed.of("face_absent").longer_than);
  // What could not be seen or heard is told in all of them.
  for (const auto* policy : {&open, &closed, &oral})
    for (const auto& known : known_flags())
      if (known.kind == FlagKind::technical) CHECK(policy->of(known.name).enabled);
}

TEST_CASE("the example policy is the default one, spelt out") {
  const auto example = load_policy(test::source_folder() / "examples" / "policy.toml");
  CHECK(example.to_toml() == Policy{}.to_toml());
}

TEST_CASE("letters beyond ASCII are fine in strings and comments, and refused as syntax") {
  CHECK(parse_policy("\xEF\xBB\xBF# b\xC3\xABta, it's \"\nconsent = \"asked\" # \xC3\xAB\n").digest() ==
        Policy{}.digest());
  CHECK(refusal("# it's\n\xD1\x99 = 2\n").find("p.toml:2") != std::string::npos);
  CHECK(refusal("[flags\xD1\x99]\n").find("quote letters beyond ASCII") != std::string::npos);
  CHECK(refusal("\"\xC3\xAB\" = 1\n").find("\"\xC3\xAB\"") != std::string::npos);
  CHECK(refusal("consent = \"\xC3\"\n").find("not UTF-8") != std::string::npos);
  // Which toml++ would look at letter by letter, for what kind of value it is.
  CHECK(refusal("consent = -e{\"\xEF\xBB\xB7\"\n").find("p.toml:1") != std::string::npos);
}

TEST_CASE("a reason is kept letter by letter") {
  const std::string reason =
      "sp\xC3\xA9"
      "cial 50 % %41 \xF0\x9F\x99\x82";
  const auto policy = parse_policy("[accommodations.speech]\nmute = true\nreason = \"" + reason + "\"\n");
  CHECK(policy.accommodations.at(0).reason == reason);
  CHECK(parse_policy(policy.to_toml()).accommodations.at(0).reason == reason);
}
