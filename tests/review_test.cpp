// The review page, from plain data to HTML.
#include "review/html.hpp"
#include "review/page.hpp"
#include "review/stills.hpp"
#include "review/summary.hpp"
#include "review/timeline.hpp"
#include "support.hpp"

#include <invigil/idcard.hpp>

#include <cmath>
#include <string>

using namespace invigil;
using namespace invigil::review;

namespace {

Flag flag(const char* what, FlagKind kind, double begin, double end, const char* because) {
  Flag made;
  made.what = what;
  made.kind = kind;
  made.begin = from_seconds(begin);
  made.end = from_seconds(end);
  made.because = because;
  return made;
}

ReportModel example() {
  ReportModel model;
  model.title = "Exam <4> & \"more\"";
  model.duration = duration_from_seconds(100);
  model.verification.state = RecordingState::whole;
  model.verification.signer = SignerState::checked;
  model.verification.segments = 100;
  model.consent.given = true;
  model.consent.purpose = "exam";
  model.score.because = {{flag("face_absent", FlagKind::behaviour, 10, 20, "no face for 10 s"), 2.5},
                         {flag("paste", FlagKind::behaviour, 50, 50, "<script>alert('x')</script>"), 1.0},
                         {flag("face_absent", FlagKind::behaviour, 70, 75, "no face for 5 s"), 0.5}};
  model.score.value = 4.0;
  model.score.level = Level::medium;
  model.score.technical = {flag("low_light", FlagKind::technical, 30, 40, "too dark to see a face"),
                           flag("started", FlagKind::milestone, 0, 0, "the session began")};
  return model;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("text is escaped, and what is not text is replaced") {
  CHECK(escape("a<b>&\"'") == "a&lt;b&gt;&amp;&quot;&#39;");
  CHECK(escape("Zoë – 試") == "Zoë – 試");
  CHECK(escape(std::string_view{"\0\x01\x7f", 3}) == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(escape("\xC0\xAF") == "\xEF\xBF\xBD\xEF\xBF\xBD");                  // overlong
  CHECK(escape("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
  CHECK(escape("x\xE2\x82") == "x\xEF\xBF\xBD\xEF\xBF\xBD");                // cut off
}

TEST_CASE("times read as on a player") {
  CHECK(clock(from_seconds(0)) == "0:00.0");
  CHECK(clock(from_seconds(59.96)) == "1:00.0");
  CHECK(clock(from_seconds(3723.04)) == "1:02:03.0");
  CHECK(whole_clock(from_seconds(61.9)) == "1:01");
  CHECK(stretch(from_seconds(5), from_seconds(5.01)) == "0:05.0");
  CHECK(stretch(from_seconds(5), from_seconds(6)) == "0:05.0–0:06.0");
}

TEST_CASE("the page shows every flag, with its reason and points, and its parts add up") {
  const auto html = page(example());
  CHECK(count(html, "<tr id=\"flag-") == 3);
  CHECK(count(html, "href=\"#flag-") == 3);
  CHECK(html.find("no face for 10 s") != std::string::npos);
  CHECK(html.find("Face absent × 2</td><td>+3.00") != std::string::npos);
  CHECK(html.find("<td>4.00</td>") != std::string::npos);
  CHECK(html.find("The recording is whole") != std::string::npos);
  CHECK(html.find("What could not be seen") < html.find("too dark to see a face</span>"));
  CHECK(page(example()) == html);
}

TEST_CASE("the page loads nothing and runs nothing") {
  auto model = example();
  model.stills = {{std::byte{0xFF}, std::byte{0xD8}}, {}, {}};
  const auto html = page(model);
  CHECK(html.find("<script") == std::string::npos);
  CHECK(html.find("&lt;script&gt;") != std::string::npos);
  CHECK(html.find("default-src 'none'") != std::string::npos);
  CHECK(html.find("http://") == std::string::npos);
  CHECK(html.find("https://") == std::string::npos);
  CHECK(html.find("data:image/jpeg;base64,/9g=") != std::string::npos);
  CHECK(html.find("Exam &lt;4&gt; &amp; &quot;more&quot;") != std::string::npos);
}

TEST_CASE("the page passes no verdict") {
  const auto html = page(example());
  for (const char* word : {"cheat", "guilt", "fraud", "suspic", "violation", "innocen", "misconduct"})
    CHECK_MESSAGE(html.find(word) == std::string::npos, word);
}

TEST_CASE("trouble stands at the top") {
  auto model = example();
  model.verification.state = RecordingState::damaged;
  model.verification.signer = SignerState::wrong;
  model.verification.bad = {17};
  model.damage = "segment 17 was changed";
  model.consent.given = false;
  model.unredacted = true;
  const auto html = page(model);
  for (const char* sentence :
       {"The recording is damaged", "segment 17 was changed", "Another signer wrote this",
        "No consent is on record", "Recorded without concealing documents"})
    CHECK_MESSAGE(html.find(sentence) < html.find("Points for review"), sentence);
}

TEST_CASE("flags outside the session stay inside the picture") {
  auto model = example();
  model.score.because[0].flag.begin = from_seconds(99.9999);
  model.score.because[0].flag.end = from_seconds(1e6);
  model.duration = Duration{};  // a recording without media
  const auto svg = timeline(model);
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(svg.find("inf") == std::string::npos);
  CHECK(svg.find("x=\"-") == std::string::npos);
}

TEST_CASE("observations become runs and slices") {
  const char* lines =
      "{\"t\":0,\"faces\":[{}]}\n{\"t\":0.2,\"faces\":[{}]}\n{\"t\":0.4,\"faces\":[]}\n"
      "not json\n[1]\n{\"t\":\"x\",\"faces\":[]}\n{\"t\":1e300,\"faces\":[]}\n"
      "{\"t\":0.6,\"faces\":[{},{}],\"picture\":{\"state\":\"ok\"}}\n"
      "{\"t\":9,\"faces\":[],\"picture\":{\"state\":\"dark\"}}\n"
      "{\"t\":0.1,\"speech\":0.9,\"level\":-20}\n{\"t\":9.9,\"speech\":0.1,\"level\":-50}\n";
  const auto [seen, sound] = summarise(lines, duration_from_seconds(10), 10);
  REQUIRE(seen.size() == 4);
  CHECK(seen[0] == SeenRun{from_seconds(0), from_seconds(0.4), Seen::one});
  CHECK(seen[1] == SeenRun{from_seconds(0.4), from_seconds(0.6), Seen::nobody});
  CHECK(seen[2].seen == Seen::several);
  CHECK(seen[2].end == from_seconds(2.6));  // nothing was looked at until 9 s
  CHECK(seen[3] == SeenRun{from_seconds(9), from_seconds(10), Seen::not_visible});
  REQUIRE(sound.size() == 10);
  CHECK(sound[0].speech);
  CHECK(sound[0].level == -20);
  CHECK_FALSE(sound[5].measured);
  CHECK_FALSE(sound[9].speech);
}

TEST_CASE("nothing observed gives no strips") {
  const auto [seen, sound] = summarise("", duration_from_seconds(10));
  CHECK(seen.empty());
  CHECK(sound.empty());
}

TEST_CASE("a still is a small JPEG of the picture") {
  const auto bytes = jpeg(Image{1280, 720}, 480);
  REQUIRE(bytes.size() > 100);
  CHECK(bytes[0] == std::byte{0xFF});
  CHECK(bytes[1] == std::byte{0xD8});
  CHECK_FALSE(jpeg(Image{1, 1}, 480).empty());
}

TEST_CASE("each time gets the picture that was on then") {
  KeepUnredacted door;
  std::vector<RawFrame> raw;
  for (int i = 0; i < 4; ++i) raw.push_back({Image{64 + 2 * i, 48}, from_seconds(i), std::uint64_t(i)});
  Feed<Frame> pictures{run_stage(door, raw)};
  const auto found = stills(pictures, {from_seconds(9), from_seconds(2.5), from_seconds(0)}, 480);
  REQUIRE(found.size() == 3);
  CHECK(found[0].empty());  // the pictures end before
  CHECK(found[1] == jpeg(Image{68, 48}, 480));
  CHECK(found[2] == jpeg(Image{64, 48}, 480));
}
