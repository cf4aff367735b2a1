// The machine readable zone: check digits, and reading it in pictures at any angle.
#include "drawn_mrz.hpp"
#include "idcard/mrz_reader.hpp"
#include "idcard/watch.hpp"
#include "support.hpp"

#include <chrono>
#include <fstream>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>

using namespace invigil;
using namespace invigil::test;
using namespace invigil::idcard;

namespace {

MrzText text_of(const std::vector<std::string>& lines) {
  MrzText text;
  for (std::size_t l = 0; l < lines.size(); ++l)
    for (std::size_t k = 0; k < lines[l].size(); ++k)
      text.set(static_cast<int>(l), static_cast<int>(k), lines[l][k]);
  return text;
}

/// Scores of a classifier that is sure of these lines.
cv::Mat_<float> sure_scores(const std::vector<std::string>& lines) {
  const int length = static_cast<int>(lines[0].size());
  cv::Mat_<float> scores(static_cast<int>(lines.size()) * length, 38, -8.0F);
  for (int l = 0; l < static_cast<int>(lines.size()); ++l)
    for (int k = 0; k < length; ++k)
      scores(l * length + k, static_cast<int>(mrz_alphabet.find(
                                 lines[static_cast<std::size_t>(l)][static_cast<std::size_t>(k)]))) = -0.01F;
  return scores;
}

cv::Mat gray(const cv::Mat& bgr) {
  cv::Mat luma;
  cv::cvtColor(bgr, luma, cv::COLOR_BGR2GRAY);
  return luma;
}

/// The passport in the room, `wide` pixels wide and turned.
cv::Mat shown(double wide, double degrees, cv::Size size = {1280, 720}) {
  cv::Mat picture = drawn_room(size.width, size.height);
  put_page(picture, drawn_passport(), page_pose(size.width / 2.0, size.height / 2.0, wide, degrees));
  return gray(picture);
}

double distance(cv::Point2f a, cv::Point2d b) { return std::hypot(a.x - b.x, a.y - b.y); }

/// The characters that differ.
int wrong(const MrzText& text, const std::vector<std::string>& lines) {
  int count = 0;
  for (std::size_t l = 0; l < lines.size(); ++l)
    for (std::size_t k = 0; k < lines[l].size(); ++k)
      count += text.at(static_cast<int>(l), static_cast<int>(k)) != lines[l][k];
  return count;
}

}  // namespace

TEST_CASE("check digits are those of ICAO 9303-3") {
  CHECK(check_digit("520727") == 3);
  CHECK(check_digit("AB2134<<<") == 5);
  CHECK(check_digit("HA672242<658022549601086<<<<<<<<<<<<<<0") == 8);
  CHECK(check_digit("D231458907<<<<<<<<<<<<<<<34071279507122<<<<<<<<<<") == 2);
  CHECK(check_digit("") == 0);
}

TEST_CASE("each format's check digits are found and counted") {
  const auto checks = [](const std::vector<std::string>& lines, MrzFormat format) {
    const MrzChecks c = checks_of(text_of(lines), format);
    return std::pair(c.passed, c.all);
  };
  CHECK(checks(utopia_passport, MrzFormat::td3) == std::pair(5, 5));
  CHECK(checks(utopia_card, MrzFormat::td1) == std::pair(4, 4));
  CHECK(checks(utopia_td2, MrzFormat::td2) == std::pair(4, 4));
  CHECK(
      checks({"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"},
             MrzFormat::mrv_a) == std::pair(3, 3));
  CHECK(checks({"V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "L8988901C4XXX4009078F9612109<<<<<<<<"},
               MrzFormat::mrv_b) == std::pair(3, 3));
  CHECK(checks({"IDFRABERTHIER<<<<<<<<<<<<<<<<<<<<<<<", "9409923102854CORINNE<<<<<<<6512068F4"},
               MrzFormat::french_id) == std::pair(3, 3));
  // 9303-5, 4.2.2: a number of more than nine characters goes on in the optional data.
  CHECK(checks({"I<UTOD23145890<7349<<<<<<<<<<<", "3407127M9507122UTO<<<<<<<<<<<2",
                "STEVENSON<<PETER<JOHN<<<<<<<<<"},
               MrzFormat::td1) == std::pair(4, 4));
  auto broken = utopia_passport;
  broken[1][3] = '7';  // in the number: its digit and the one of the whole
  CHECK(checks(broken, MrzFormat::td3) == std::pair(3, 5));
  CHECK(checks({std::string(44, '<'), std::string(44, '<')}, MrzFormat::td3) == std::pair(1, 5));
}

TEST_CASE("the first letters tell the type") {
  const auto type = [](std::string line, MrzFormat format) {
    return type_of(text_of({std::move(line)}), format);
  };
  CHECK(type("P<UTO", MrzFormat::td3) == DocumentType::passport);
  CHECK(type("V<UTO", MrzFormat::mrv_a) == DocumentType::visa);
  CHECK(type("I<UTO", MrzFormat::td1) == DocumentType::id_card);
  CHECK(type("C<UTO", MrzFormat::td1) == DocumentType::id_card);
  CHECK(type("IRNLD", MrzFormat::td1) == DocumentType::residence_permit);
  CHECK(type("C1USA", MrzFormat::td1) == DocumentType::residence_permit);
  CHECK(type("X<UTO", MrzFormat::td1) == DocumentType::unknown);
}

TEST_CASE("letters and digits that look alike are told apart by their position, or by the check digit") {
  auto seen = utopia_passport;
  seen[1].replace(13, 7, "74O8I22");
  auto scores = sure_scores(seen);
  const auto doubt = [&](int k, char instead) {
    scores(44 + k, static_cast<int>(mrz_alphabet.find(instead))) = -2;
  };
  doubt(15, '0');
  doubt(17, '1');
  CHECK(wrong(read_as(MrzFormat::td3, scores, 44, 0).text, utopia_passport) == 0);
  seen = utopia_passport;
  seen[1][5] = 'O';  // L898902C3
  scores = sure_scores(seen);
  doubt(5, '0');
  const MrzReading reading = read_as(MrzFormat::td3, scores, 44, 0);
  CHECK(reading.checks.passed == 5);
  CHECK(wrong(reading.text, utopia_passport) == 0);
  CHECK(read_as(MrzFormat::mrv_a, scores, 44, 0).score() < reading.score());
}

TEST_CASE("text is overwritten when it goes") {
  alignas(MrzText) std::array<char, sizeof(MrzText)> memory{};
  auto* text = new (memory.data()) MrzText(text_of(utopia_passport));
  CHECK(std::string_view(memory.data(), memory.size()).find("L898902C3") != std::string_view::npos);
  text->~MrzText();
  CHECK(std::all_of(memory.begin(), memory.end(), [](char c) { return c == 0; }));
}

TEST_CASE("a drawn passport is read at any angle, upside down too, and its page is found") {
  MrzReader reader;
  for (int degrees = 0; degrees < 360; degrees += 15) {
    CAPTURE(degrees);
    const auto read = reader.read_text(shown(640, degrees));
    REQUIRE(read);
    const MrzSight& sight = read->sight;
    CHECK(sight.sure());
    CHECK(sight.format == MrzFormat::td3);
    CHECK(sight.type == DocumentType::passport);
    CHECK_FALSE(sight.mirrored);
    CHECK(sight.checks_passed == 5);
    CHECK(wrong(read->text, utopia_passport) <= 1);
    CHECK(sight.pitch == doctest::Approx(640 * 2.54 / 125).epsilon(0.03));
    const auto pose = page_pose(640, 360, 640, degrees);
    const auto page = in_picture({0, 0, page_width, page_height}, pose);
    const Polygon outline = sight.outline();
    for (const auto& corner : page) {
      double nearest = 1e9;
      for (const auto& p : outline) nearest = std::min(nearest, distance(p, corner));
      CHECK(nearest < 25);  // 5 mm, at the far end of the page
    }
    const auto number = in_picture(page_number, pose);
    for (const auto& p : number) CHECK(cv::pointPolygonTest(outline, p, false) > 0);
  }
}

TEST_CASE("mirrored, small and large") {
  MrzReader reader;
  cv::Mat mirrored;
  cv::flip(shown(700, 10), mirrored, 1);
  const auto sight = reader.read(mirrored);
  REQUIRE(sight);
  CHECK(sight->sure());
  CHECK(sight->mirrored);
  for (const double wide : {330.0, 400.0, 900.0, 1200.0}) {
    CAPTURE(wide);
    const auto other = reader.read(shown(wide, 3));
    REQUIRE(other);
    CHECK(other->sure());
  }
  const auto large = reader.read(shown(2600, -8, {3840, 2160}));
  REQUIRE(large);
  CHECK(large->sure());
}

TEST_CASE("cards, in perspective, light on dark, within a region") {
  MrzReader reader;
  const auto card = [](const std::vector<std::string>& lines, double spacing) {
    cv::Mat picture(600, 1000, CV_8UC3, cv::Scalar(215, 220, 225));
    put_zone(picture, lines, 120, 380, 25, spacing);
    return picture;
  };
  const auto flat = gray(card(utopia_card, 1.67));
  const auto td1 = reader.read(flat);
  REQUIRE(td1);
  CHECK(td1->sure());
  CHECK(td1->format == MrzFormat::td1);
  CHECK(td1->type == DocumentType::id_card);
  const auto td2 = reader.read(gray(card(utopia_td2, 2.5)));
  REQUIRE(td2);
  CHECK(td2->format == MrzFormat::td2);
  cv::Mat dark;
  cv::bitwise_not(flat, dark);
  const auto light = reader.read(dark);
  REQUIRE(light);
  CHECK(light->sure());
  const std::vector<cv::Point2f> from{{0, 0}, {1000, 0}, {1000, 600}, {0, 600}},
      to{{180, 90}, {880, 50}, {830, 560}, {150, 520}};
  cv::Mat tilted;
  cv::warpPerspective(flat, tilted, cv::getPerspectiveTransform(from, to), {960, 600}, cv::INTER_AREA,
                      cv::BORDER_REPLICATE);
  const auto seen = reader.read(tilted);
  REQUIRE(seen);
  CHECK(seen->sure());
  const Polygon zone = rectangle(50, 330, 900, 200), above = rectangle(0, 0, 1000, 300);
  const auto within = reader.read(flat, &zone);
  REQUIRE(within);
  CHECK(distance(within->zone[0], td1->zone[0]) < 3);
  CHECK_FALSE(reader.read(flat, &above));
}

TEST_CASE("pictures without a zone, of any size") {
  MrzReader reader;
  CHECK_FALSE(reader.read(gray(drawn_room(1280, 720))));
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(3, 500), cv::Size(500, 3), cv::Size(61, 13)})
    CHECK_FALSE(reader.read(cv::Mat(size, CV_8U, cv::Scalar(90))));
  cv::Mat noise(480, 640, CV_8U);
  cv::theRNG().state = 7;
  cv::randu(noise, 0, 255);
  const auto seen = reader.read(noise);
  CHECK_FALSE((seen && seen->sure()));
  const Polygon outside = rectangle(-500, -500, 100, 100);
  CHECK_FALSE(reader.read(noise, &outside));
}

TEST_CASE("the watch sees a page by its zone within a second, confirms it at once, and keeps it in sight") {
  Watch watch{Pace{}};
  const cv::Mat luma = shown(640, 20), room = gray(drawn_room(1280, 720));
  cv::Mat half, half_room;
  cv::resize(luma, half, {}, 0.5, 0.5, cv::INTER_AREA);
  cv::resize(room, half_room, {}, 0.5, 0.5, cv::INTER_AREA);
  // The net never answers exactly 1.
  const auto by_zone = [](const Sight& s) { return s.peak == 1.0F; };
  std::vector<int> seen;
  const auto page =
      scaled(in_picture({0, 0, page_width, page_height}, page_pose(640, 360, 640, 20)), 0.5F, 0.5F);
  for (int k = 0; k < 90; ++k) {
    const bool there = k >= 20;
    const Timestamp now = from_seconds(k / 30.0);
    const auto sights = watch.look(there ? luma : room, there ? half : half_room, now, false);
    const auto found = std::find_if(sights.begin(), sights.end(), by_zone);
    if (found == sights.end()) continue;
    seen.push_back(k);
    CHECK(found->sure());
    CHECK(shared_area(found->place, page) >= 0.98F * area(page));
    CHECK(area(found->place) <= 1.5F * area(page));
  }
  REQUIRE(seen.size() >= 3);
  CHECK(seen[0] >= 20);
  CHECK(seen[0] <= 52);
  CHECK(seen[1] == seen[0] + 1);
  for (std::size_t k = 2; k < seen.size(); ++k) CHECK(seen[k] - seen[k - 1] <= 13);
}

TEST_CASE("real specimens are read") {
  const auto data = test_data("zones of real specimens");
  if (!data) return;
  MrzReader reader;
  std::ifstream file(*data / "idcard" / "labels.json");
  int zones = 0, sure = 0, exact = 0, with_text = 0;
  for (const auto& entry : nlohmann::json::parse(file)) {
    const cv::Mat luma =
        cv::imread((*data / "idcard" / entry.at("file").get<std::string>()).string(), cv::IMREAD_GRAYSCALE);
    REQUIRE_FALSE(luma.empty());
    bool has_zone = false;
    for (const auto& field : entry.at("fields")) has_zone = has_zone || field.at(0) == "mrz";
    const auto read = reader.read_text(luma);
    if (!has_zone) {
      CHECK_FALSE((read && read->sight.sure()));
      continue;
    }
    ++zones;
    sure += read && read->sight.sure();
    const std::string text = entry.at("mrz_text");
    if (text.empty()) continue;
    ++with_text;
    if (!read) continue;
    const int length = length_of(read->sight.format);
    std::string all;
    for (int l = 0; l < lines_of(read->sight.format); ++l) {
      if (l > 0) all.push_back('|');
      all.append(read->text.line(l, length));
    }
    exact += all == text;
  }
  REQUIRE(zones > 0);
  MESSAGE("zones of real specimens: " << sure << " of " << zones << " sure, " << exact << " of " << with_text
                                      << " without a wrong character");
  CHECK(sure >= 0.85 * zones);
  CHECK(exact >= 0.5 * with_text);
}

TEST_CASE("no zone is seen where there is none") {
  const auto data = test_data("false alarms of the zone reader");
  if (!data) return;
  MrzReader reader;
  int pictures = 0, sure = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*data / "behaviour" / "images")) {
    const cv::Mat luma = cv::imread(entry.path().string(), cv::IMREAD_GRAYSCALE);
    if (luma.empty()) continue;
    ++pictures;
    const auto sight = reader.read(luma);
    sure += sight && sight->sure();
  }
  REQUIRE(pictures > 0);
  MESSAGE("zones seen in pictures without one: " << sure << " of " << pictures);
  CHECK(sure == 0);
}
