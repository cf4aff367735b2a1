// The stage: what to say, when to conclude, what to keep.
#include "identity/document_view.hpp"
#include "identity/kept_still.hpp"
#include "identity/second_look.hpp"
#include "vision/pixels.hpp"
#include "vision/same_person.hpp"

#include <invigil/error.hpp>
#include <invigil/idcard.hpp>
#include <invigil/identify.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <opencv2/imgproc.hpp>

namespace invigil {

namespace {

using namespace identity;
using vision::Embedding;
using vision::SamePerson;

constexpr Duration between_looks = std::chrono::milliseconds{120};
constexpr Duration patience = std::chrono::seconds{10};  // for the portrait's side of a card, and for a face
constexpr int looks_without_zone =
    6;  // of a document with a portrait before it is taken for one without a zone

struct Words {
  std::string_view name, sentence;
};
constexpr std::array<Words, 13> words{
    {{"show_document", "Hold your document in front of the camera"},
     {"show_front", "Now show the side with your portrait"},
     {"show_next", "Thank you; now show the other document"},
     {"show_statement", "Now hold your statement of registration in front of the camera, the whole page"},
     {"show_other",
      "This seems to be a driving licence: show your passport, identity card, university or transport card"},
     {"move_closer", "Hold the document closer to the camera"},
     {"move_back", "Hold the document further away: it must be in the picture as a whole"},
     {"hold_still", "Hold the document still"},
     {"turn_flat", "Turn the document so that it faces the camera"},
     {"avoid_glare", "A light is reflected by the document: tilt it a little"},
     {"more_light", "It is too dark: switch on a light"},
     {"show_face", "Look into the camera, with your face beside the document"},
     {"done", "Thank you: your document was read"}}};

constexpr int looks_away = 3;                            // between two documents, without either ...
constexpr Duration time_away = std::chrono::seconds{1};  // ... or so long without a frame

/// The candidate, as seen so far.
struct Candidate {
  RgbPicture portrait;
  std::optional<Embedding> embedding;
  float worth = 0;
};

cv::Rect around(const vision::FoundFace& face, cv::Size frame) {
  const auto& b = face.box;
  const cv::Rect2f wide(b.x - 0.6F * b.width, b.y - 0.6F * b.height, 2.2F * b.width, 2.2F * b.height);
  return cv::Rect(wide) & cv::Rect(cv::Point(), frame);
}

bool is_in(const vision::FoundFace& face, const idcard::Polygon& place) {
  const cv::Point2f middle(face.box.x + face.box.width / 2, face.box.y + face.box.height / 2);
  return place.size() > 2 && cv::pointPolygonTest(place, middle, false) >= 0;
}

/// What the milestone says of a document.
std::string sentence_of(const IdentifiedDocument& d) {
  const auto readable = std::count_if(d.shown.begin(), d.shown.end(),
                                      [](const auto& s) { return s.what != ShownPart::What::portrait; });
  if (d.type == DocumentType::statement)
    return fmt::format("statement of registration shown, {} words readable, all digits covered", readable);
  const auto type = d.type == DocumentType::unknown ? "document of unknown kind" : to_string(d.type);
  if (d.mrz_checks == 0) return fmt::format("{} shown, without machine readable zone, numbers covered", type);
  return fmt::format("{} shown, {} of {} check digits fit, numbers covered", type, d.mrz_checks_passed,
                     d.mrz_checks);
}

bool same_text(const idcard::MrzText& a, const idcard::MrzText& b) {
  for (int line = 0; line < 3; ++line)
    if (a.line(line, 44) != b.line(line, 44)) return false;
  return true;
}

idcard::Polygon polygon_of(const ConcealedQuad& quad) {
  idcard::Polygon p;
  for (const auto& q : quad.points) p.emplace_back(q.x, q.y);
  return idcard::hull(p);
}

}  // namespace

std::string_view to_string(Guidance guidance) noexcept {
  return words[static_cast<std::size_t>(guidance)].name;
}
std::string_view to_string(ShownPart::What what) noexcept {
  constexpr std::array<std::string_view, 3> names{"portrait", "name", "words"};
  return names[static_cast<std::size_t>(what)];
}
std::string_view advice(Guidance guidance) noexcept {
  return words[static_cast<std::size_t>(guidance)].sentence;
}

struct Identify::Impl {
  explicit Impl(const IdentifyOptions& o)
      : options(o), faces(vision::make_face_detector()), finder(faces.get()) {
    keeper.cover = options.cover;
    with_statement = std::count(options.documents.begin(), options.documents.end(), Asked::statement) > 0;
  }

  IdentifyOptions options;
  std::unique_ptr<vision::FaceDetector> faces;
  DocumentFinder finder;
  SamePerson same;
  Keeper keeper;
  Candidate candidate;
  bool with_statement = false;
  std::optional<DocumentView> best;  ///< Of the document that is shown now.
  std::optional<DocumentView> back;  ///< The side with the zone, when the portrait is on the other.
  std::optional<Timestamp> good_since, back_since, face_since, first_seen, last_look, last_view;
  int without_zone = 0;
  int looks = 0, views = 0;  ///< Since the last document was kept, and those of them that saw one.
  int away = 0;              ///< Looks without a document since one was kept.
  std::vector<IdentifiedDocument> documents;
  std::vector<std::string> names;  ///< Of the holder, by machine readable zones.
  idcard::MrzText kept_text;       ///< Of the zone that was kept last; wiped.
  std::optional<Guidance> said;
  bool concluded = false;

  void look(const RawFrame& frame, const Emit<IdentifyEvent>& emit);
  std::optional<Asked> asks() const;
  Guidance invitation() const;
  bool enough() const;
  bool was_away(bool zone, Timestamp now) const;
  Guidance consider(std::optional<DocumentView> view, Timestamp now);
  void see_candidate(const cv::Mat& rgb, const RedactedStill& redacted, const idcard::Polygon& document);
  bool keep_document();
  void say(Guidance guidance, Timestamp now, const Emit<IdentifyEvent>& emit);
  void conclude(Timestamp now, const Emit<IdentifyEvent>& emit);
};

void Identify::Impl::look(const RawFrame& frame, const Emit<IdentifyEvent>& emit) {
  WipedBytes pixels{frame.image.to_rgb()};
  const int width = frame.image.width(), height = frame.image.height();
  const cv::Mat rgb(height, width, CV_8UC3, pixels.data());
  std::optional<DocumentView> view;
  if (asks() == Asked::statement) {
    view = finder.find_statement(rgb);
  } else {
    // Whole: where a document is, is asked, and a portrait on one is not the candidate's.
    const auto redacted = redact_still(pixels.data(), width, height, std::ptrdiff_t{width} * 3,
                                       {.cover = Cover::whole_document});
    if (asks()) view = finder.find(rgb, redacted.concealed);
    // Nothing covers a statement in the frame, so where a page is in it, no portrait is cut from it.
    if (!with_statement || !finder.sees_page(rgb))
      see_candidate(rgb, redacted, view ? view->place : idcard::Polygon{});
  }
  ++looks;
  Guidance guidance = consider(std::move(view), frame.time);
  if (guidance == Guidance::done) {
    const bool refused = best && !keep_document();
    guidance = refused                                   ? Guidance::show_other
               : asks()                                  ? invitation()
               : candidate.portrait.rgb.empty() && faces ? Guidance::show_face
                                                         : Guidance::done;
  }
  if (guidance == Guidance::show_face) {
    if (!face_since) face_since = frame.time;
    if (frame.time - *face_since >= patience) guidance = Guidance::done;  // the document alone must do
  }
  if (guidance == Guidance::done) return conclude(frame.time, emit);
  say(guidance, frame.time, emit);
}

/// What is to be shown now; nothing once all was.
std::optional<Asked> Identify::Impl::asks() const {
  if (documents.size() >= options.documents.size()) return std::nullopt;
  return options.documents[documents.size()];
}

/// Whether the best view can be taken though the input ended: without a zone or a page, chance shows a face
/// in what the net takes for a document now and then, but not in every second look.
bool Identify::Impl::enough() const {
  return best->zone || best->statement || views >= looks_without_zone || 2 * views >= looks;
}

Guidance Identify::Impl::invitation() const {
  return back                         ? Guidance::show_front
         : asks() == Asked::statement ? Guidance::show_statement
         : documents.empty()          ? Guidance::show_document
                                      : Guidance::show_next;
}

/// Whether what is seen can be another document than the one that was kept last. A zone with another text is.
bool Identify::Impl::was_away(bool zone, Timestamp now) const {
  return zone || away >= looks_away || (last_view && now - *last_view >= time_away);
}

/// What to say of what is seen; `done` when the best view is good enough.
Guidance Identify::Impl::consider(std::optional<DocumentView> view, Timestamp now) {
  if (!asks()) return candidate.portrait.rgb.empty() && faces ? Guidance::show_face : Guidance::done;
  if (!view) {
    ++away;
    good_since.reset();
    return invitation();
  }
  if (!first_seen) first_seen = now;
  const bool zone = view->zone.has_value();
  if (zone && same_text(view->text, kept_text)) return invitation();
  // The next document is another one only once the first was taken away.
  if (!documents.empty() && !view->statement && documents.back().type != DocumentType::statement &&
      !was_away(zone, now)) {
    last_view = now;
    return Guidance::show_next;
  }
  if (zone && !view->portrait && faces && view->zone->format == idcard::MrzFormat::td1) {
    // The zone is on the back of cards.
    if (!back || view->worth > back->worth) back = std::move(view);
    if (!back_since) back_since = now;
    if (now - *back_since < patience) return Guidance::show_front;
    best = std::move(back);
    back.reset();
    return Guidance::done;
  }
  without_zone = zone ? 0 : without_zone + 1;
  ++views;
  const Guidance wish = view->wish;
  const bool early = !zone && !back && !view->statement && without_zone < looks_without_zone;
  // A zone tells more than sharpness does.
  const auto rank = [](const DocumentView& v) {
    return std::tuple(v.wish == Guidance::done, v.zone.has_value(), v.worth);
  };
  if (!best || rank(*view) > rank(*best)) best = std::move(view);
  if (wish != Guidance::done) return wish;
  if (early) return Guidance::hold_still;
  if (!good_since) good_since = now;
  return now - *good_since >= options.settle ? Guidance::done : Guidance::hold_still;
}

/// The largest face that is on no document; its portrait is cut from the redacted frame.
void Identify::Impl::see_candidate(const cv::Mat& rgb, const RedactedStill& redacted,
                                   const idcard::Polygon& document) {
  if (!faces) return;
  const auto image = Image::from_rgb(rgb.data, rgb.cols, rgb.rows, static_cast<std::ptrdiff_t>(rgb.step));
  for (const auto& face : faces->detect(image, 640, 0.7F)) {
    const bool covered =
        is_in(face, document) ||
        std::any_of(redacted.concealed.begin(), redacted.concealed.end(), [&](const auto& d) {
          return std::any_of(d.quads.begin(), d.quads.end(),
                             [&](const auto& q) { return is_in(face, polygon_of(q)); });
        });
    const float worth = face.box.width * face.confidence;
    if (covered || worth <= candidate.worth || face.box.width < 40) continue;
    const cv::Mat safe(rgb.rows, rgb.cols, CV_8UC3, const_cast<std::uint8_t*>(redacted.rgb.data()));
    cv::Mat cut = safe(around(face, rgb.size())).clone();
    if (keeper.second.sees_number(cut)) continue;
    candidate = {picture_of(cut), same.look(rgb, face), worth};
  }
}

/// Whether it was kept.
bool Identify::Impl::keep_document() {
  const DocumentView* told = best->zone ? &*best : back ? &*back : nullptr;
  if (told) kept_text = told->text;
  if (told)
    for (auto& name : names_in(told->text, told->zone->format)) names.push_back(std::move(name));
  auto document = keeper.kept(*best, names);
  if (back && !best->zone) {
    document.type = back->zone->type;
    document.mrz_checks_passed = back->zone->checks_passed;
    document.mrz_checks = back->zone->checks;
  }
  if (best->portrait && candidate.embedding)
    if (const auto theirs = same.look(best->straight, *best->portrait))
      document.same_person = SamePerson::confidence(*theirs, *candidate.embedding);
  const bool refused = document.type == DocumentType::driving_licence && !options.driving_licence;
  if (!refused) documents.push_back(std::move(document));
  best.reset();
  away = looks = views = 0;
  last_view = last_look;
  back.reset();
  good_since.reset();
  back_since.reset();
  without_zone = 0;
  return !refused;
}

void Identify::Impl::say(Guidance guidance, Timestamp now, const Emit<IdentifyEvent>& emit) {
  if (said == guidance) return;
  said = guidance;
  emit({now, guidance, nullptr});
}

void Identify::Impl::conclude(Timestamp now, const Emit<IdentifyEvent>& emit) {
  concluded = true;
  auto result = std::make_shared<Identified>();
  result->documents = std::move(documents);
  result->portrait = std::move(candidate.portrait);
  result->second_look = keeper.second.name();
  result->compared_by = !faces          ? "nothing: no face detector is there"
                        : !same.ready() ? "nothing: the model mobilefacenet is absent"
                                        : "mobilefacenet";
  std::string because;
  for (const auto& d : result->documents) because += (because.empty() ? "" : "; ") + sentence_of(d);
  if (result->portrait.rgb.empty()) because += "; no face beside the document";
  const Timestamp begin = first_seen.value_or(now);
  result->milestone = {.what = "identified",
                       .kind = FlagKind::milestone,
                       .begin = begin,
                       .end = now,
                       .confidence = 1,
                       .because = std::move(because),
                       .evidence_begin = begin,
                       .evidence_end = now};
  emit({now, Guidance::done, std::move(result)});
}

Identify::Identify(IdentifyOptions options) {
  using namespace std::chrono_literals;
  if (options.documents.empty() || options.documents.size() > 2)
    throw Error(Errc::argument, "IdentifyOptions::documents",
                fmt::format("{} documents are neither 1 nor 2", options.documents.size()));
  if (std::count(options.documents.begin(), options.documents.end(), Asked::identity_document) == 0)
    throw Error(Errc::argument, "IdentifyOptions::documents",
                "a statement of registration needs an identity document beside it: it shows no portrait");
  if (options.settle < 0s || options.settle > 10s)
    throw Error(Errc::argument, "IdentifyOptions::settle",
                fmt::format("{} s is outside 0 to 10 s", seconds(options.settle)));
  vision::prepare_opencv();
  impl_ = std::make_unique<Impl>(options);
}
Identify::~Identify() = default;
Identify::Identify(Identify&&) noexcept = default;
Identify& Identify::operator=(Identify&&) noexcept = default;

void Identify::process(RawFrame frame, const Emit<IdentifyEvent>& emit) {
  if (frame.image.empty()) throw Error(Errc::argument, "Identify", "a frame has no picture");
  Impl& i = *impl_;
  if (i.concluded || (i.last_look && frame.time - *i.last_look < between_looks)) return;
  i.last_look = frame.time;
  i.look(frame, emit);
}

void Identify::finish(const Emit<IdentifyEvent>& emit) {
  Impl& i = *impl_;
  if (i.concluded) return;
  if (!i.best && i.back) i.best = std::move(i.back);
  if (i.best && i.enough() && !i.keep_document())
    i.say(Guidance::show_other, i.last_look.value_or(Timestamp{}), emit);
  if (!i.asks()) i.conclude(i.last_look.value_or(Timestamp{}), emit);
}

}  // namespace invigil
