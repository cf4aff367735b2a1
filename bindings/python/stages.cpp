// Stages, usable alone: feed items, get lists.
#include "module.hpp"
#include "owned.hpp"

#include <invigil/behaviour.hpp>
#include <invigil/flag_events.hpp>
#include <invigil/flag_pictures.hpp>
#include <invigil/flag_sound.hpp>
#include <invigil/gaze.hpp>
#include <invigil/head_pose.hpp>
#include <invigil/idcard.hpp>
#include <invigil/identify.hpp>
#include <invigil/objects.hpp>
#include <invigil/order_events.hpp>
#include <invigil/person.hpp>
#include <invigil/raise.hpp>
#include <invigil/repetition.hpp>

#include <cstring>
#include <optional>

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

namespace binding {

namespace {

template <class S>
using Outputs = std::vector<typename S::output_type>;

template <class S>
Outputs<S> process(Owned<S>& stage, typename S::input_type item) {
  const py::gil_scoped_release release;
  Outputs<S> out;
  stage.get().process(std::move(item), [&](typename S::output_type x) { out.push_back(std::move(x)); });
  return out;
}

template <class S>
Outputs<S> finish(Owned<S>& stage) {
  const py::gil_scoped_release release;
  Outputs<S> out;
  stage.get().finish([&](typename S::output_type x) { out.push_back(std::move(x)); });
  return out;
}

template <class S>
py::class_<Owned<S>> add_stage(py::module_& m, const char* name, const char* doc) {
  return py::class_<Owned<S>>(m, name, doc)
      .def("process", &process<S>, py::arg("item"), "Feeds one item; what comes out, as a list.")
      .def("finish", &finish<S>, "What was still held back, as a list.")
      .def(
          "run",
          [](Owned<S>& stage, const std::vector<typename S::input_type>& items) {
            const py::gil_scoped_release release;
            return invigil::run_stage(stage.get(), items);
          },
          py::arg("items"), "Feeds all items and finishes; what comes out, as a list.");
}

invigil::Cover cover_from(const std::string& name) {
  if (name == "numbers") return invigil::Cover::numbers;
  if (name == "all_but_portrait_and_name") return invigil::Cover::all_but_portrait_and_name;
  if (name == "whole_document") return invigil::Cover::whole_document;
  throw invigil::Error(invigil::Errc::argument, "cover",
                       "cover is numbers, all_but_portrait_and_name or whole_document");
}

std::vector<invigil::Asked> asked_from(const std::vector<std::string>& names) {
  std::vector<invigil::Asked> asked;
  for (const auto& name : names) {
    if (name != "identity_document" && name != "statement")
      throw invigil::Error(invigil::Errc::argument, "Identify",
                           "documents are identity_document or statement, not " + name);
    asked.push_back(name == "statement" ? invigil::Asked::statement : invigil::Asked::identity_document);
  }
  return asked;
}

py::object array_of(const invigil::RgbPicture& picture) {
  if (picture.rgb.empty()) return py::none();
  py::array_t<std::uint8_t> array({picture.height, picture.width, 3});
  std::memcpy(array.mutable_data(), picture.rgb.data(), picture.rgb.size());
  return array;
}

void add_identify(py::module_& m) {
  using namespace invigil;
  py::class_<IdentifiedDocument>(m, "IdentifiedDocument", "What is kept of a document.")
      .def_property_readonly("type",
                             [](const IdentifiedDocument& d) { return std::string{to_string(d.type)}; })
      .def_property_readonly(
          "still", [](const IdentifiedDocument& d) { return array_of(d.still); },
          "(height, width, 3) uint8, RGB: all covered but what is in `shown`.")
      .def_property_readonly(
          "shown",
          [](const IdentifiedDocument& d) {
            std::vector<std::pair<std::string, std::array<float, 4>>> parts;
            for (const auto& s : d.shown)
              parts.push_back(
                  {std::string{to_string(s.what)}, {s.box.x, s.box.y, s.box.width, s.box.height}});
            return parts;
          },
          "(what, (x, y, width, height)) of what is not covered, in pixels of the still.")
      .def_property_readonly(
          "corners",
          [](const IdentifiedDocument& d) {
            std::vector<std::pair<float, float>> corners;
            for (const auto& c : d.corners) corners.emplace_back(c.x, c.y);
            return corners;
          },
          "Where the still's corners were in the frame, from the upper left one clockwise.")
      .def_readonly("numbers_concealed", &IdentifiedDocument::numbers_concealed)
      .def_readonly("mrz_checks_passed", &IdentifiedDocument::mrz_checks_passed)
      .def_readonly("mrz_checks", &IdentifiedDocument::mrz_checks)
      .def_readonly("same_person", &IdentifiedDocument::same_person);
  py::class_<Identified, std::shared_ptr<Identified>>(m, "Identified", "What the identity step keeps.")
      .def_readonly("documents", &Identified::documents)
      .def_property_readonly(
          "portrait", [](const Identified& i) { return array_of(i.portrait); },
          "(height, width, 3) uint8, RGB, or None.")
      .def_property_readonly(
          "sheet", [](const Identified& i) { return array_of(sheet_of(i)); },
          "Documents and portrait in one picture.")
      .def_readonly("second_look", &Identified::second_look)
      .def_readonly("compared_by", &Identified::compared_by)
      .def_readonly("milestone", &Identified::milestone);
  py::class_<IdentifyEvent>(m, "IdentifyEvent", "A change of guidance; the last one has what is kept.")
      .def_property_readonly("time", [](const IdentifyEvent& e) { return seconds(e.time); })
      .def_property_readonly("guidance",
                             [](const IdentifyEvent& e) { return std::string{to_string(e.guidance)}; })
      .def_property_readonly("advice", [](const IdentifyEvent& e) { return std::string{advice(e.guidance)}; })
      .def_property_readonly("identified", [](const IdentifyEvent& e) {
        return std::const_pointer_cast<Identified>(e.identified);
      });
  add_stage<Identify>(m, "Identify",
                      "Guides the candidate and keeps a redacted still: RawFrame -> IdentifyEvent.")
      .def(py::init([](const std::vector<std::string>& documents, const std::string& cover,
                       bool driving_licence, double settle) {
             return Owned<Identify>::make(IdentifyOptions{.documents = asked_from(documents),
                                                          .driving_licence = driving_licence,
                                                          .cover = cover_from(cover),
                                                          .settle = duration_from_seconds(settle)});
           }),
           py::kw_only(), py::arg("documents") = std::vector<std::string>{"identity_document"},
           py::arg("cover") = "all_but_portrait_and_name", py::arg("driving_licence") = false,
           py::arg("settle") = 1.0);
}

void add_sight(py::module_& m) {
  using namespace invigil;
  add_stage<FindHeadPose>(m, "FindHeadPose", "Frame -> Faces, the largest with its pose.")
      .def(py::init([](double rate, double confidence) {
             return Owned<FindHeadPose>::make(FindHeadPoseOptions{.rate = rate, .confidence = confidence});
           }),
           py::kw_only(), py::arg("rate") = 5.0, py::arg("confidence") = 0.8)
      .def_property_readonly("detector", [](Owned<FindHeadPose>& s) { return s.get().detector(); });
  add_stage<FindGaze>(m, "FindGaze", "Frame -> Faces, the largest with its pose and gaze.")
      .def(py::init([](double rate, double confidence) {
             return Owned<FindGaze>::make(FindGazeOptions{.rate = rate, .confidence = confidence});
           }),
           py::kw_only(), py::arg("rate") = 2.0, py::arg("confidence") = 0.8)
      .def_property_readonly("detector", [](Owned<FindGaze>& s) { return s.get().detector(); });
  add_stage<FindObjects>(m, "FindObjects", "Frame -> Objects.")
      .def(py::init([](double rate, bool closely) {
             return Owned<FindObjects>::make(FindObjectsOptions{.rate = rate, .closely = closely});
           }),
           py::kw_only(), py::arg("rate") = 0.5, py::arg("closely") = false)
      .def_property_readonly("detector", [](Owned<FindObjects>& s) { return s.get().detector(); });
  add_stage<ComparePerson>(m, "ComparePerson", "Frame -> Likeness to the candidate.")
      .def(py::init([](const std::optional<Frame>& portrait, double confidence) {
             return Owned<ComparePerson>::make(ComparePersonOptions{
                 .portrait = portrait ? portrait->image() : Image{}, .confidence = confidence});
           }),
           py::kw_only(), py::arg("portrait") = py::none(), py::arg("confidence") = 0.8)
      .def_property_readonly("detector", [](Owned<ComparePerson>& s) { return s.get().detector(); });
  add_stage<FindRepetition>(m, "FindRepetition", "Frame -> Repetition.").def(py::init([] {
    return Owned<FindRepetition>::make();
  }));
}

}  // namespace

void add_stages(py::module_& m) {
  using invigil::duration_from_seconds;
  add_identify(m);
  add_stage<invigil::RedactIdCard>(m, "RedactIdCard", "Conceals document numbers: RawFrame -> Frame.")
      .def(py::init([](const std::string& cover, double look_back, double hold, int every) {
             return Owned<invigil::RedactIdCard>::make(
                 invigil::RedactIdCardOptions{.cover = cover_from(cover),
                                              .look_back = duration_from_seconds(look_back),
                                              .hold = duration_from_seconds(hold),
                                              .every = every});
           }),
           py::kw_only(), py::arg("cover") = "numbers", py::arg("look_back") = 0.5, py::arg("hold") = 0.5,
           py::arg("every") = 4);
  add_stage<invigil::KeepUnredacted>(m, "KeepUnredacted", "Lets frames pass as they are; recordings say so.")
      .def(py::init([] { return Owned<invigil::KeepUnredacted>::make(); }));
  add_stage<invigil::FindFaces>(m, "FindFaces", "Frame -> Faces.")
      .def(py::init([](double rate, double confidence) {
             return Owned<invigil::FindFaces>::make(
                 invigil::FindFacesOptions{.rate = rate, .confidence = confidence});
           }),
           py::kw_only(), py::arg("rate") = 5.0, py::arg("confidence") = 0.8)
      .def_property_readonly("detector", [](Owned<invigil::FindFaces>& s) { return s.get().detector(); });
  add_sight(m);
  add_stage<invigil::CheckPicture>(m, "CheckPicture", "Frame -> PictureHealth.")
      .def(py::init([](double rate) {
             return Owned<invigil::CheckPicture>::make(invigil::CheckPictureOptions{.rate = rate});
           }),
           py::kw_only(), py::arg("rate") = 5.0);
  add_stage<invigil::FindSpeech>(m, "FindSpeech", "AudioBlock -> Speech, one a 32 ms.")
      .def(py::init([] { return Owned<invigil::FindSpeech>::make(); }))
      .def_property_readonly("detector", [](Owned<invigil::FindSpeech>& s) { return s.get().detector(); });
  add_stage<invigil::FlagAbsence>(m, "FlagAbsence", "Faces -> Flag face_absent.")
      .def(py::init([](double longer_than) {
             return Owned<invigil::FlagAbsence>::make(
                 invigil::FlagAbsenceOptions{.longer_than = duration_from_seconds(longer_than)});
           }),
           py::kw_only(), py::arg("longer_than") = 3.0);
  add_stage<invigil::FlagSpeech>(m, "FlagSpeech", "Speech -> Flag speech.")
      .def(py::init([](double longer_than) {
             return Owned<invigil::FlagSpeech>::make(
                 invigil::FlagSpeechOptions{.longer_than = duration_from_seconds(longer_than)});
           }),
           py::kw_only(), py::arg("longer_than") = 0.5);
  add_stage<invigil::FlagPictures>(m, "FlagPictures", "PictureObservation -> every flag on pictures.")
      .def(py::init([](const invigil::Policy& policy) { return Owned<invigil::FlagPictures>::make(policy); }),
           py::kw_only(), py::arg("policy") = invigil::Policy{})
      .def_property_readonly(
          "evidence", [](Owned<invigil::FlagPictures>& s) { return s.get().evidence(); },
          "The strongest evidence now of what may become a flag, 0 to 1.");
  add_stage<invigil::FlagSound>(m, "FlagSound", "Speech -> every flag on sound.")
      .def(py::init([](const invigil::Policy& policy) { return Owned<invigil::FlagSound>::make(policy); }),
           py::kw_only(), py::arg("policy") = invigil::Policy{});
  add_stage<invigil::OrderEvents>(m, "OrderEvents",
                                  "Puts events in order that come late: PlatformEvent -> PlatformEvent.")
      .def(py::init([](double within) {
             return Owned<invigil::OrderEvents>::make(
                 invigil::OrderEventsOptions{.within = duration_from_seconds(within)});
           }),
           py::kw_only(), py::arg("within") = 2.0)
      .def(
          "flush",
          [](Owned<invigil::OrderEvents>& stage) {
            std::vector<invigil::PlatformEvent> out;
            stage.get().flush([&](invigil::PlatformEvent e) { out.push_back(std::move(e)); });
            return out;
          },
          "What is held, in order, as a list.");
  add_stage<invigil::FlagEvents>(m, "FlagEvents", "PlatformEvent -> Flag of the same name.")
      .def(py::init([](const invigil::Policy& policy) { return Owned<invigil::FlagEvents>::make(policy); }),
           py::kw_only(), py::arg("policy") = invigil::Policy{});
}

}  // namespace binding
