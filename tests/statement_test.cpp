// A statement of registration: found by its edges, words shown where they are surely words, digits never.
#include "drawn_mrz.hpp"
#include "drawn_statement.hpp"
#include "idcard/fill.hpp"
#include "identity/kept_still.hpp"
#include "identity/paper.hpp"
#include "identity/printed_type.hpp"
#include "identity/second_look.hpp"
#include "identity/words.hpp"
#include "support.hpp"

#include <invigil/error.hpp>
#include <invigil/identify.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace invigil;
using namespace invigil::test;
using namespace std::chrono_literals;
using identity::letters_of;

namespace {

cv::Mat held_up(const DrawnStatement& drawn, const cv::Matx33d& pose, cv::Size size = {1920, 1080}) {
  cv::Mat picture = drawn_room(size.width, size.height) * 0.6;
  put_page(picture, drawn.page, pose);
  return picture;
}

cv::Mat with_passport() {
  cv::Mat picture = drawn_room(1280, 720);
  put_page(picture, drawn_passport(), page_pose(640, 380, 700, 4));
  return picture;
}

/// Passport, then statement, six looks each; the events.
std::vector<IdentifyEvent> shown(const cv::Mat& statement, Cover cover = Cover::all_but_portrait_and_name) {
  Identify identify{
      {.documents = {Asked::identity_document, Asked::statement}, .cover = cover, .settle = 300ms}};
  std::vector<RawFrame> frames;
  for (const auto& picture : {with_passport(), statement})
    for (int k = 0; k < 6; ++k) frames.push_back(raw_frame(picture, frames.size(), 8));
  return run_stage(identify, frames);
}

cv::Mat mat_of(const RgbPicture& p) {
  return {p.height, p.width, CV_8UC3, const_cast<std::uint8_t*>(p.rgb.data())};
}

/// The share of a field's pixels in the still that do not have the cover's colour.
double open(const IdentifiedDocument& document, const cv::Rect& field, const cv::Matx33d& pose) {
  std::vector<cv::Point2f> corners, there;
  for (const auto& c : document.corners) corners.emplace_back(c.x, c.y);
  const auto w = static_cast<float>(document.still.width), h = static_cast<float>(document.still.height);
  const cv::Matx33d to_still =
      cv::getPerspectiveTransform(corners, std::vector<cv::Point2f>{{0, 0}, {w, 0}, {w, h}, {0, h}});
  cv::perspectiveTransform(in_picture(field, pose), there, to_still);
  std::vector<cv::Point> quad;
  for (const auto& p : there) quad.emplace_back(cvRound(p.x), cvRound(p.y));
  cv::Mat inside(document.still.height, document.still.width, CV_8U, cv::Scalar(0)), covered;
  cv::fillConvexPoly(inside, quad, 255);
  cv::inRange(mat_of(document.still), cv::Scalar::all(idcard::cover_rgb), cv::Scalar::all(idcard::cover_rgb),
              covered);
  return cv::countNonZero(inside & ~covered) / static_cast<double>(std::max(1, cv::countNonZero(inside)));
}

bool tesseract_reads_words() {
  if (identity::WordReader{}.ready()) return true;
  const char* ci = std::getenv("CI");
  CHECK_MESSAGE(!(ci && std::string{ci} == "true"), "skipped in CI: words need Tesseract's eng.traineddata");
  MESSAGE("skipped: words need Tesseract's eng.traineddata");
  return false;
}

}  // namespace

TEST_CASE("letters: what can be a number is none") {
  for (const char* word :
       {"Eriksson", "University,", "(Anna", "d'Artagnan", "Full-time", "M\xc3\xbcller", "van"})
    CHECK_FALSE(letters_of(word).empty());
  CHECK(letters_of("(Maria).") == "Maria");
  for (const char* no : {"", "2719384", "s2719384", "A4", "IO", "of", "Boss", "lOOS", "SOLO", "BIZ",
                         "ZE184226B", "P<UTO", "12-08-1974", "l\xe2\x80\x94", "x1yvnm", "...", "i\xc3\xa9l"})
    CHECK_MESSAGE(letters_of(no).empty(), no);
}

TEST_CASE("a sheet is found by its edges, at any angle, with fingers over them") {
  const auto drawn = drawn_statement();
  for (const double degrees : {0.0, 4.0, -8.0, 90.0, 180.0}) {
    CAPTURE(degrees);
    const auto pose = sheet_pose(900, 540, degrees == 90 ? 1200 : 900, degrees);
    cv::Mat picture = held_up(drawn, pose), luma;
    for (const int y : {420, 480, 540})  // fingers over the left edge
      cv::ellipse(picture, {900 - (degrees == 90 ? 600 : 318), y}, {50, 22}, 0, 0, 360, {90, 110, 160}, -1);
    cv::cvtColor(picture, luma, cv::COLOR_BGR2GRAY);
    const auto corners = identity::paper_in(luma);
    REQUIRE(corners);
    const auto truth = in_picture({0, 0, drawn.page.cols, drawn.page.rows}, pose);
    for (const auto& t : truth) {
      double nearest = 1e9;
      for (const auto& c : *corners) nearest = std::min<double>(nearest, std::hypot(c.x - t.x, c.y - t.y));
      CHECK(nearest < 12);
    }
  }
  cv::Mat luma;
  cv::cvtColor(drawn_room(1280, 720), luma, cv::COLOR_BGR2GRAY);
  CHECK_FALSE(identity::paper_in(luma));
  CHECK_FALSE(identity::paper_in(cv::Mat(1, 1, CV_8U, cv::Scalar(255))));
}

TEST_CASE("passport and statement in one step: both are evidence, words stay, digits and codes never") {
  if (!tesseract_reads_words()) return;
  const auto drawn = drawn_statement();
  for (const double degrees : {2.0, 178.0, 92.0}) {
    CAPTURE(degrees);
    const auto pose = sheet_pose(960, 540, 1000, degrees);
    const auto events = shown(held_up(drawn, pose));
    REQUIRE(events.back().identified);
    const auto& seen = *events.back().identified;
    CHECK(std::any_of(events.begin(), events.end(),
                      [](const auto& e) { return e.guidance == Guidance::show_statement; }));
    REQUIRE(seen.documents.size() == 2);
    CHECK(seen.documents[0].type == DocumentType::passport);
    const auto& statement = seen.documents[1];
    CHECK(statement.type == DocumentType::statement);
    CHECK(statement.numbers_concealed);
    for (const auto& field : drawn.numbers) CHECK(open(statement, field, pose) == 0);
    CHECK(open(statement, drawn.name, pose) > 0.5);
    CHECK(open(statement, drawn.heading, pose) > 0.3);
    // The passport's zone says ERIKSSON, so here it is known to be the name.
    CHECK(std::any_of(statement.shown.begin(), statement.shown.end(),
                      [](const auto& s) { return s.what == ShownPart::What::name; }));
    CHECK(seen.milestone.because.find("passport") != std::string::npos);
    CHECK(seen.milestone.because.find("statement of registration") != std::string::npos);
    CHECK(seen.milestone.because.find("2719384") == std::string::npos);
  }
}

TEST_CASE("whatever the student number looks like, it is covered") {
  if (!tesseract_reads_words()) return;
  const auto pose = sheet_pose(960, 540, 1000, 1);
  identity::DocumentFinder finder{nullptr};
  identity::Keeper keeper;
  for (const char* number : {"s1234567", "8055801", "1111111", "0 1 0 1 0 1 0", "27/19384", "USIS-805"}) {
    CAPTURE(number);
    const auto drawn = drawn_statement(number);
    cv::Mat rgb;
    cv::cvtColor(held_up(drawn, pose), rgb, cv::COLOR_BGR2RGB);
    auto view = finder.find_statement(rgb);
    REQUIRE(view);
    const auto document = keeper.kept(*view, {});
    CHECK(document.shown.size() > 20);
    for (const auto& field : drawn.numbers) CHECK(open(document, field, pose) == 0);
  }
}

TEST_CASE("the whole statement is covered by policy; guidance asks for more") {
  const auto drawn = drawn_statement();
  const auto near = sheet_pose(960, 540, 1000, 2);
  const auto events = shown(held_up(drawn, near), Cover::whole_document);
  REQUIRE(events.back().identified);
  for (const auto& document : events.back().identified->documents) CHECK(document.shown.empty());
  CHECK(open(events.back().identified->documents[1], {0, 0, drawn.page.cols, drawn.page.rows}, near) == 0);

  const auto heard = shown(held_up(drawn, sheet_pose(960, 540, 550, 2)), Cover::whole_document);
  CHECK(std::any_of(heard.begin(), heard.end(),
                    [](const auto& e) { return e.guidance == Guidance::move_closer; }));
}

TEST_CASE("a statement is taken only where one is asked for, and a passport is none") {
  const auto drawn = drawn_statement();
  Identify identify{{.settle = 300ms}};
  std::vector<RawFrame> frames;
  for (int k = 0; k < 12; ++k)
    frames.push_back(raw_frame(held_up(drawn, sheet_pose(960, 540, 1000, 2)), frames.size(), 8));
  const auto events = run_stage(identify, frames);
  CHECK((events.empty() || !events.back().identified));
  CHECK_FALSE(shown(with_passport()).back().identified);
}

TEST_CASE("names of a zone, and where a number is") {
  using idcard::MrzFormat;
  idcard::MrzText text;
  for (int l = 0; l < 2; ++l)
    for (int k = 0; k < 44; ++k)
      text.set(l, k, utopia_passport[static_cast<std::size_t>(l)][static_cast<std::size_t>(k)]);
  CHECK(identity::names_in(text, MrzFormat::td3) == std::vector<std::string>{"ERIKSSON", "ANNA", "MARIA"});
  cv::Mat picture(200, 900, CV_8UC3, cv::Scalar::all(220));
  put_zone(picture, {"123456"}, 60, 100, 25);
  identity::SecondLook look;
  const auto found = look.numbers(picture);
  REQUIRE_FALSE(found.empty());
  CHECK((found[0] & cv::Rect(40, 80, 180, 40)).area() > 0);
}

TEST_CASE("a document without a zone is what it calls itself") {
  const auto called = [](std::vector<std::string> texts) {
    std::vector<identity::Word> words;
    for (auto& text : texts) words.push_back({{}, std::move(text)});
    return identity::printed_type(words);
  };
  CHECK(called({"Driving", "of", "Licence"}) == DocumentType::driving_licence);
  CHECK(called({"RIJBEWIJS"}) == DocumentType::driving_licence);
  CHECK(called({"OV-chipkaart"}) == DocumentType::ov_card);
  CHECK(called({"Universiteit", "Leiden", "Student"}) == DocumentType::lu_card);
  CHECK(called({"IDENTITY", "CARD"}) == DocumentType::id_card);
  CHECK(called({"Driving", "Card"}) == DocumentType::unknown);
  CHECK(called({}) == DocumentType::unknown);
}

TEST_CASE("what showed a number is overwritten when it goes") {
  cv::Mat page(20, 30, CV_8UC3, cv::Scalar::all(200));
  {
    const identity::Wiped wiped{page};
    CHECK(cv::countNonZero(page.reshape(1)) > 0);
  }
  CHECK(cv::countNonZero(page.reshape(1)) == 0);
}
