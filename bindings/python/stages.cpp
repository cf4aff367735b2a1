// Stages, usable alone: feed items, get lists.
#include "module.hpp"
#include "owned.hpp"

#include <invigil/behaviour.hpp>
#include <invigil/flag_events.hpp>
#include <invigil/flag_pictures.hpp>
#include <invigil/idcard.hpp>
#include <invigil/raise.hpp>

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
  throw invigil::Error(invigil::Errc::argument, "RedactIdCard",
                       "cover is numbers, all_but_portrait_and_name or whole_document");
}

}  // namespace

void add_stages(py::module_& m) {
  using invigil::duration_from_seconds;
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
           py::kw_only(), py::arg("policy") = invigil::Policy{});
  add_stage<invigil::FlagEvents>(m, "FlagEvents", "PlatformEvent -> Flag of the same name.")
      .def(py::init([](const invigil::Policy& policy) { return Owned<invigil::FlagEvents>::make(policy); }),
           py::kw_only(), py::arg("policy") = invigil::Policy{});
}

}  // namespace binding
