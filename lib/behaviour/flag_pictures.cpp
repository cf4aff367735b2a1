#include "behaviour/faces_evidence.hpp"
#include "behaviour/head_evidence.hpp"

#include <invigil/flag_pictures.hpp>

#include <algorithm>
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

  [[nodiscard]] bool is(PictureState state) const { return seen.picture.state == state; }
  [[nodiscard]] bool has_face() const { return behaviour::count_faces(seen.faces, confidence) > 0; }
  /// An empty room stands still as a frozen picture does; a face never does.
  [[nodiscard]] bool frozen() const { return is(PictureState::frozen) && has_face(); }
  /// How far it can be trusted for what it says about people.
  [[nodiscard]] double quality() const {
    const bool blind = is(PictureState::dark) || is(PictureState::covered) || frozen();
    return blind ? 0.0 : double{seen.faces.quality};
  }
  /// Of the candidate, who is alone in the picture.
  [[nodiscard]] const HeadPose* pose() const {
    const bool alone = behaviour::count_faces(seen.faces, confidence) == 1;
    const auto& faces = seen.faces.faces;
    return alone && faces[0].pose ? &*faces[0].pose : nullptr;
  }
  [[nodiscard]] bool unsure() const {
    const bool clear = is(PictureState::ok) || is(PictureState::frozen);
    return clear && double{seen.faces.quality} < Sighting::sure;
  }
};

Evidence given(const View& view, bool present) { return {view.seen.time, present ? measured : 0.0, 1}; }

/// What a picture is evidence of; may keep what it needs from earlier ones.
using Look = std::function<Evidence(const View&)>;

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
Evidence unsure(const View& v) { return given(v, v.unsure()); }

}  // namespace

struct FlagPictures::Impl {
  double confidence;
  std::vector<Rule> rules;

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
        return head.look(v.pose(), v.seen.time, v.quality());
      },
      behaviour::head_away_options);
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
  impl_->add(policy, "detector_unsure", unsure, [](Duration longer_than) {
    return state_options("detector_unsure", FlagKind::technical, longer_than,
                         "the face detector could not see well");
  });
}
FlagPictures::~FlagPictures() = default;
FlagPictures::FlagPictures(FlagPictures&&) noexcept = default;
FlagPictures& FlagPictures::operator=(FlagPictures&&) noexcept = default;

void FlagPictures::process(PictureObservation seen, const Emit<Flag>& emit) {
  const View view{seen, impl_->confidence};
  for (auto& rule : impl_->rules) {
    auto evidence = rule.evidence(view);
    evidence.time = seen.time;
    rule.raiser.add(evidence, emit);
  }
}

void FlagPictures::finish(const Emit<Flag>& emit) {
  for (auto& rule : impl_->rules) rule.raiser.finish(emit);
}

Timestamp FlagPictures::horizon(Timestamp seen) const {
  Timestamp earliest = seen;
  for (const auto& rule : impl_->rules) earliest = std::min(earliest, rule.raiser.horizon(seen));
  return earliest;
}

}  // namespace invigil
