// From a file or flags to a score.
#include "module.hpp"

#include <invigil/examine.hpp>
#include <invigil/models.hpp>
#include <invigil/score.hpp>

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

namespace binding {

namespace {

using namespace invigil;

py::list models() {
  py::list list;
  for (const auto& model : list_models())
    list.append(py::dict(
        py::arg("name") = model.name, py::arg("file") = model.file, py::arg("sha256") = model.sha256,
        py::arg("url") = model.url, py::arg("licence") = model.licence, py::arg("purpose") = model.purpose,
        py::arg("path") = model.path.empty() ? py::object(py::none()) : py::cast(model.path)));
  return list;
}

Examination examine_media(const std::string& input, std::vector<PlatformEvent> events, const Policy& policy) {
  const py::gil_scoped_release release;
  MediaFile file{input};
  return examine(file, std::move(events), policy);
}

Examination examine_recording(const Playback& recording, std::vector<PlatformEvent> events,
                              const Policy& policy) {
  const py::gil_scoped_release release;
  return examine(recording, std::move(events), policy);
}

}  // namespace

void add_analysis(py::module_& m) {
  py::class_<Examination>(m, "Examination", "What was seen, what was flagged, and how much that rests on.")
      .def_readonly("flags", &Examination::flags)
      .def_readonly("observations", &Examination::observations)
      .def_property_readonly(
          "video", [](const Examination& e) { return seconds(e.video); }, "Seconds of pictures.")
      .def_property_readonly(
          "audio", [](const Examination& e) { return seconds(e.audio); }, "Seconds of sound.")
      .def_property_readonly(
          "gaps", [](const Examination& e) { return seconds(e.gaps); }, "Seconds missing.")
      .def_readonly("models", &Examination::models)
      .def_readonly("damage", &Examination::damage, "Empty, or why reading ended early.");
  m.def("_examine_media", &examine_media, py::arg("input"), py::arg("events"), py::arg("policy"));
  m.def("_examine_recording", &examine_recording, py::arg("recording"), py::arg("events"), py::arg("policy"));
  m.def(
      "_score_flags",
      [](std::vector<Flag> flags, const Policy& policy) { return score(std::move(flags), policy); },
      py::arg("flags"), py::arg("policy"));
  m.def("models", &models, "The detection models: a dict each.");
}

}  // namespace binding
