#include "behaviour/faces_evidence.hpp"
#include "behaviour/gaze_evidence.hpp"
#include "behaviour/head_evidence.hpp"
#include "behaviour/person_evidence.hpp"
#include "behaviour/resolution_changes.hpp"
#include "behaviour/seen_twice.hpp"

#include <invigil/flag_pictures.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <vector>

namespace invigil {

namespace {

using behaviour::Evidence;
using behaviour::RaiserOptions;
using behaviour::Sighting;

/// A state is measured, not guessed, yet no measure is certain.
constexpr double measured = 0.95;
/// Below, `Faces::quality` falls; a dim but usable picture has 98.
constexpr float sharp = 20;
/// `CheckPicture` says "frozen" when the picture has stood still for this long.
constexpr Duration frozen_window = std::chrono::seconds{2};

RaiserOptions state_options(std::string_view what, FlagKind kind, Duration longer_than,
                            std::string sentence) {
  RaiserOptions options;
  options.what = what;
  options.kind = kind;
  options.longer_than = longer_than;
  options.because = [sentence = std::move(sentence)](const Sighting& seen) {
    return behaviour::how_long(sentence, seen);
  };
  return options;
}

/// A picture with the policy's eyes.
struct View {
  const PictureObservation& seen;
  double confidence;
  Evidence other{};  ///< Of another person in the candidate's place.

  [[nodiscard]] bool is(PictureState state) const { return seen.picture.state == state; }
  [[nodiscard]] std::size_t faces() const { return behaviour::count_faces(seen.faces, confidence); }
  [[nodiscard]] bool has_face() const { return faces() > 0; }
  /// An empty room stands still as a frozen picture does; a face never does.
  [[nodiscard]] bool frozen() const { return is(PictureState::frozen) && has_face(); }
  /// What is played again is not what the candidate does.
  [[nodiscard]] bool looped() const { return seen.picture.repeats > behaviour::is_loop; }
  [[nodiscard]] bool blind() const {
    return is(PictureState::dark) || is(PictureState::covered) || frozen() || looped();
  }
  /// How far it can be trusted for what it says about people.
  [[nodiscard]] double quality() const { return blind() ? 0.0 : double{seen.faces.quality}; }
  /// The same about how the candidate differs from their own usual direction: another person's is another.
  [[nodiscard]] double quality_of_habits() const { return quality() * (1 - other.likely * other.quality); }
  /// Of the candidate, who is alone in the picture.
  [[nodiscard]] const HeadPose* pose() const {
    return faces() == 1 && seen.faces.faces[0].pose ? &*seen.faces.faces[0].pose : nullptr;
  }
  [[nodiscard]] std::optional<float> gaze() const {
    return faces() == 1 ? seen.faces.faces[0].gaze : std::nullopt;
  }
  [[nodiscard]] bool unsure() const {
    const bool clear = is(PictureState::ok) || is(PictureState::frozen);
    return clear && double{seen.faces.quality} < Sighting::sure;
  }
};

Evidence given(const View& view, bool present) { return {view.seen.time, present ? measured : 0.0, 1}; }

/// What a picture is evidence of; may keep what it needs from earlier ones.
using Look = std::function<Evidence(const View&)>;

/// An object lies on the desk or is held; what stands on a shelf behind the candidate is above the face.
bool is_within_reach(const Object& object, const View& view) {
  if (!view.has_face()) return true;
  const auto& face = view.seen.faces.faces[0].box;
  return object.box.y + object.box.height / 2 > face.y + face.height / 2;
}

struct Thing {
  std::string_view what, label, sentence;
  bool anywhere;
};
constexpr auto things = std::to_array<Thing>({
    {"phone", "phone", "a phone was in the picture", true},
    {"book", "book", "a book was in the picture, below the face,", false},
    {"second_screen_device", "laptop", "another screen was in the picture", true},
});

/// A badge on a lanyard is seen as a phone of 0.3 to 0.6 again and again; a flag needs more than a sighting.
constexpr float flagged_from = 0.5F;

/// What is flagged is more likely there than not: of 44 pictures without a phone none has one from a
/// confidence of 0.3 on.
double likely(float confidence) { return 0.8 + 0.19 * double{confidence}; }

Evidence evidence_of(const Thing& thing, const View& view) {
  Evidence evidence{view.seen.time, 0, view.blind() ? 0.0 : 1.0};
  for (const auto& object : view.seen.objects)
    if (object.label == thing.label && object.confidence >= flagged_from &&
        (thing.anywhere || is_within_reach(object, view)))
      evidence.likely = std::max(evidence.likely, likely(object.confidence));
  return evidence;
}

struct ThingRule {
  behaviour::SeenTwice raiser;
  const Thing* thing;
};

struct Rule {
  behaviour::Raiser raiser;
  Look evidence;
};

Evidence absence(const View& v) { return behaviour::absence(v.seen.faces, v.confidence, v.quality()); }
Evidence second_face(const View& v) {
  return behaviour::second_face(v.seen.faces, v.confidence, v.quality());
}
Evidence covered(const View& v) { return given(v, v.is(PictureState::covered)); }
Evidence frozen(const View& v) { return given(v, v.frozen()); }
Evidence dark(const View& v) { return given(v, v.is(PictureState::dark)); }
Evidence blurred(const View& v) {
  const float sharpness = v.seen.picture.sharpness;  // 0: not measured
  return given(v, v.is(PictureState::ok) && sharpness > 0 && sharpness < sharp);
}
Evidence unsure(const View& v) { return given(v, v.unsure()); }

}  // namespace

struct FlagPictures::Impl {
  double confidence;
  behaviour::OtherPerson person;
  std::vector<Rule> rules;
  std::vector<Rule> gaze_rules;  ///< For pictures in which the eyes tell.
  std::vector<ThingRule> thing_rules;
  std::optional<behaviour::ResolutionChanges> resolution;

  void add_things(const Policy& policy) {
    for (const auto& thing : things)
      if (const auto how = policy.of(thing.what); how.enabled)
        thing_rules.push_back({behaviour::SeenTwice{behaviour::object_options(
                                   std::string{thing.what}, std::string{thing.sentence}, how.longer_than)},
                               &thing});
  }
  void add(const Policy& policy, std::string_view what, Look evidence,
           RaiserOptions (*options)(Duration longer_than)) {
    const auto how = policy.of(what);
    if (how.enabled) rules.push_back({behaviour::Raiser{options(how.longer_than)}, std::move(evidence)});
  }
};

FlagPictures::FlagPictures(const Policy& policy) : impl_(std::make_unique<Impl>()) {
  impl_->confidence = policy.face_confidence;
  impl_->add(policy, "face_absent", absence, behaviour::absence_options);
  impl_->add(policy, "multiple_faces", second_face, behaviour::second_face_options);
  impl_->add(
      policy, "head_away",
      [head = behaviour::HeadAway{}](const View& v) mutable {
        return head.look(v.pose(), v.seen.time, v.quality_of_habits());
      },
      behaviour::head_away_options);
  if (const auto how = policy.of("gaze_away"); how.enabled)
    impl_->gaze_rules.push_back({behaviour::Raiser{behaviour::gaze_away_options(how.longer_than)},
                                 [away = behaviour::GazeAway{}](const View& v) mutable {
                                   return away.look(v.gaze(), v.pose(), v.seen.time, v.quality_of_habits());
                                 }});
  impl_->add(
      policy, "other_person", [](const View& v) { return v.other; }, behaviour::other_person_options);
  impl_->add_things(policy);
  impl_->add(
      policy, "camera_loop",
      [loop = behaviour::Loop{}](const View& v) mutable { return loop.look(v.seen.picture); },
      behaviour::camera_loop_options);
  impl_->add(policy, "camera_covered", covered, [](Duration longer_than) {
    return state_options("camera_covered", FlagKind::behaviour, longer_than, "the camera was covered");
  });
  impl_->add(policy, "camera_frozen", frozen, [](Duration longer_than) {
    auto options = state_options("camera_frozen", FlagKind::behaviour, longer_than,
                                 "the picture stood still, with a face in it,");
    options.window = frozen_window;
    return options;
  });
  impl_->add(policy, "low_light", dark, [](Duration longer_than) {
    return state_options("low_light", FlagKind::technical, longer_than, "too dark to see");
  });
  impl_->add(policy, "blurred", blurred, [](Duration longer_than) {
    return state_options("blurred", FlagKind::technical, longer_than, "the picture was blurred");
  });
  impl_->add(policy, "detector_unsure", unsure, [](Duration longer_than) {
    return state_options("detector_unsure", FlagKind::technical, longer_than,
                         "the face detector could not see well");
  });
  if (policy.of("resolution_changed").enabled) impl_->resolution.emplace();
}
FlagPictures::~FlagPictures() = default;
FlagPictures::FlagPictures(FlagPictures&&) noexcept = default;
FlagPictures& FlagPictures::operator=(FlagPictures&&) noexcept = default;

void FlagPictures::process(PictureObservation seen, const Emit<Flag>& emit) {
  View view{seen, impl_->confidence};
  view.other = impl_->person.look(seen, view.faces() == 1, view.quality());
  if (impl_->resolution) impl_->resolution->add(seen.picture, emit);
  for (auto& rule : impl_->rules) {
    auto evidence = rule.evidence(view);
    evidence.time = seen.time;
    rule.raiser.add(evidence, emit);
  }
  if (view.gaze())
    for (auto& rule : impl_->gaze_rules) rule.raiser.add(rule.evidence(view), emit);
  if (!seen.objects_looked) return;
  for (auto& rule : impl_->thing_rules) rule.raiser.add(evidence_of(*rule.thing, view), emit);
}

void FlagPictures::finish(const Emit<Flag>& emit) {
  if (impl_->resolution) impl_->resolution->finish(emit);
  for (auto& rule : impl_->rules) rule.raiser.finish(emit);
  for (auto& rule : impl_->gaze_rules) rule.raiser.finish(emit);
  for (auto& rule : impl_->thing_rules) rule.raiser.finish(emit);
}

double FlagPictures::evidence() const {
  double strongest = 0;
  for (const auto& rule : impl_->rules) strongest = std::max(strongest, rule.raiser.evidence());
  for (const auto& rule : impl_->gaze_rules) strongest = std::max(strongest, rule.raiser.evidence());
  return strongest;
}

Timestamp FlagPictures::horizon(Timestamp seen) const {
  Timestamp earliest = impl_->resolution ? impl_->resolution->horizon(seen) : seen;
  for (const auto& rule : impl_->rules) earliest = std::min(earliest, rule.raiser.horizon(seen));
  for (const auto& rule : impl_->gaze_rules) earliest = std::min(earliest, rule.raiser.horizon(seen));
  for (const auto& rule : impl_->thing_rules) earliest = std::min(earliest, rule.raiser.horizon(seen));
  return earliest;
}

}  // namespace invigil
