// The identity step: guidance, the redacted still, the second look.
#include "drawn_mrz.hpp"
#include "environment.hpp"
#include "idcard/fill.hpp"
#include "identity/second_look.hpp"
#include "memory.hpp"
#include "support.hpp"
#include "vision/same_person.hpp"

#include <invigil/error.hpp>
#include <invigil/identify.hpp>

#include <chrono>
#include <cstdlib>
#include <fstream>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>

using namespace invigil;
using namespace invigil::test;
using namespace std::chrono_literals;

namespace {

std::vector<RawFrame> held(const cv::Mat& bgr, int frames, double rate = 10) {
  std::vector<RawFrame> result;
  for (int k = 0; k < frames; ++k) result.push_back(raw_frame(bgr, static_cast<std::uint64_t>(k), rate));
  return result;
}

cv::Mat with_page(double wide, double degrees = 4, double y = 380) {
  cv::Mat picture = drawn_room(1280, 720);
  put_page(picture, drawn_passport(), page_pose(640, y, wide, degrees));
  return picture;
}

bool says(const std::vector<IdentifyEvent>& events, Guidance guidance) {
  return std::any_of(events.begin(), events.end(), [&](const auto& e) { return e.guidance == guidance; });
}

cv::Mat mat_of(const RgbPicture& p) {
  return cv::Mat(p.height, p.width, CV_8UC3, const_cast<std::uint8_t*>(p.rgb.data())).clone();
}

/// The share of a rectangle of the page, in millimetres, that has the cover's colour.
double covered(const RgbPicture& still, cv::Rect2d mm) {
  const double s = still.width / 125.0;
  const cv::Mat part = mat_of(still)(
      cv::Rect(cvRound(mm.x * s), cvRound(mm.y * s), cvRound(mm.width * s), cvRound(mm.height * s)));
  cv::Mat same;
  cv::inRange(part, cv::Scalar::all(idcard::cover_rgb), cv::Scalar::all(idcard::cover_rgb), same);
  return cv::countNonZero(same) / static_cast<double>(same.total());
}

}  // namespace

TEST_CASE("a passport that is held still is identified, and no number is in what is kept") {
  Identify identify;
  const auto events = run_stage(identify, held(with_page(700), 40));
  REQUIRE_FALSE(events.empty());
  CHECK(std::count_if(events.begin(), events.end(), [](const auto& e) { return e.identified != nullptr; }) <=
        1);
  REQUIRE(events.back().identified);
  const Identified& seen = *events.back().identified;
  REQUIRE(seen.documents.size() == 1);
  const auto& document = seen.documents[0];
  CHECK(document.type == DocumentType::passport);
  CHECK(document.mrz_checks_passed == 5);
  CHECK(document.mrz_checks == 5);
  CHECK(document.numbers_concealed);
  CHECK(document.still.width >= 500);
  CHECK(covered(document.still, {80, 5, 40, 12}) == 1);   // number
  CHECK(covered(document.still, {2, 66, 120, 20}) == 1);  // zone
  CHECK(covered(document.still, {40, 15, 25, 12}) < 1);   // name
  CHECK(seen.milestone.what == "identified");
  CHECK(seen.milestone.kind == FlagKind::milestone);
  CHECK(seen.milestone.because.find("passport") != std::string::npos);
  CHECK(seen.milestone.because.find("L898902C3") == std::string::npos);
}

TEST_CASE("guidance: nothing there, too small, cut off, too dark") {
  const auto heard = [](const cv::Mat& picture) {
    Identify identify;
    std::vector<IdentifyEvent> events;
    for (auto& frame : held(picture, 3))
      identify.process(std::move(frame), [&](IdentifyEvent e) { events.push_back(std::move(e)); });
    return events;
  };
  CHECK(says(heard(drawn_room(1280, 720)), Guidance::show_document));
  CHECK(says(heard(with_page(225)), Guidance::move_closer));
  CHECK(says(heard(with_page(700, 0, 150)), Guidance::move_back));
  CHECK(says(heard(with_page(700) * 0.2), Guidance::more_light));
  for (int k = 0; k <= static_cast<int>(Guidance::done); ++k) {
    CHECK_FALSE(to_string(static_cast<Guidance>(k)).empty());
    CHECK_FALSE(advice(static_cast<Guidance>(k)).empty());
  }
}

TEST_CASE("without a document nothing is identified; a short film with one is enough") {
  Identify nothing;
  for (const auto& event : run_stage(nothing, held(drawn_room(1280, 720), 20))) CHECK_FALSE(event.identified);
  Identify shortly;
  const auto events = run_stage(shortly, held(with_page(700), 3));
  REQUIRE_FALSE(events.empty());
  CHECK(events.back().identified);
  Identify two{{.documents = {Asked::identity_document, Asked::identity_document}}};
  const auto half = run_stage(two, held(with_page(700), 30));
  CHECK(says(half, Guidance::show_next));
  CHECK_FALSE(half.back().identified);
}

TEST_CASE("bad options and frames are refused") {
  CHECK_THROWS_WITH_AS((Identify{{.documents = {}}}), doctest::Contains("documents"), Error);
  CHECK_THROWS_WITH_AS((Identify{{.documents = {Asked::statement}}}), doctest::Contains("identity document"),
                       Error);
  CHECK_THROWS_WITH_AS((Identify{{.settle = 11s}}), doctest::Contains("settle"), Error);
  Identify identify;
  CHECK_THROWS_AS(identify.process(RawFrame{}, [](const IdentifyEvent&) {}), Error);
  MemorySink out{std::make_shared<Bytes>()};
  CHECK_THROWS_AS(write_png({}, out), Error);
}

TEST_CASE("the second look sees numbers") {
  const auto data = test_data("Tesseract's second look");
  const NoModels none;
  const Environment no_data{"INVIGIL_TEST_DATA", "/nonexistent"};
  identity::SecondLook look;
  cv::Mat clean(200, 900, CV_8UC3, cv::Scalar::all(220)), name = clean.clone(), number = clean.clone();
  put_zone(name, {"ERIKSSON<ANNA"}, 60, 100, 25);
  put_zone(number, {"L898902C36"}, 60, 100, 25);
  CHECK_FALSE(look.sees_number(clean));
  CHECK_FALSE(look.sees_number(name));
  CHECK(look.sees_number(number));
  CHECK(look.name() == "own glyph reader");
  if (!data) return;
  const Environment there{"INVIGIL_TEST_DATA", data->string()};
  identity::SecondLook other;
  CHECK_FALSE(other.sees_number(name));
  CHECK(other.sees_number(number));
  MESSAGE("second look: " << other.name());
}

TEST_CASE("real specimens with portraits, and who shows them") {
  const auto data = test_data("identification with real specimens");
  const auto nets = models("faces");
  if (!data || !nets) return;
  const Environment m{"INVIGIL_MODELS", nets->string()}, d{"INVIGIL_TEST_DATA", data->string()};
  int identified = 0, portraits = 0, compared = 0, all = 0;
  for (const char* file :
       {"pe__100_pass-fin.png", "pe__100_pass-cze.jpg", "pe__100_pass-bdr.jpg", "pe__79_pass-hun.jpg"}) {
    const cv::Mat document = cv::imread((*data / "idcard" / "real" / file).string());
    cv::Mat face = cv::imread((*data / "idcard" / "templates" / "docx__photos_man_1.jpg").string());
    REQUIRE_FALSE(document.empty());
    REQUIRE_FALSE(face.empty());
    cv::Mat picture = drawn_room(1280, 720);
    cv::resize(face, face, {300, 300}, 0, 0, cv::INTER_AREA);
    face.copyTo(picture(cv::Rect(60, 60, 300, 300)));
    if (const char* out = std::getenv("INVIGIL_STILLS"))
      cv::imwrite(std::string{out} + "/frame.png", picture);
    cv::Mat page;
    cv::resize(document, page, {page_width, page_height}, 0, 0, cv::INTER_AREA);
    put_page(picture, page, page_pose(860, 400, 720, 3));
    Identify identify;
    const auto events = run_stage(identify, held(picture, 20));
    ++all;
    REQUIRE_FALSE(events.empty());
    if (!events.back().identified) continue;
    ++identified;
    const Identified& seen = *events.back().identified;
    CHECK(seen.documents[0].type == DocumentType::passport);
    CHECK(covered(seen.documents[0].still, {80, 3, 40, 9}) == 1);
    CHECK(covered(seen.documents[0].still, {2, 66, 120, 20}) == 1);
    portraits += !seen.portrait.rgb.empty();
    if (seen.documents[0].same_person) {
      ++compared;
      CHECK(*seen.documents[0].same_person < 0.5);
    }
    if (const char* out = std::getenv("INVIGIL_STILLS")) {
      const auto bytes = std::make_shared<Bytes>();
      MemorySink png{bytes};
      write_png(sheet_of(seen), png);
      std::ofstream(std::filesystem::path{out} / (std::string{file} + ".sheet.png"), std::ios::binary)
          .write(reinterpret_cast<const char*>(bytes->data()), static_cast<std::streamsize>(bytes->size()));
    }
  }
  MESSAGE("specimens shown: " << all << ", identified " << identified << ", portraits " << portraits
                              << ", compared " << compared);
  CHECK(identified == all);
}
