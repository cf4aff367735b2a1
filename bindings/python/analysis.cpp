// From a file or flags to a score.
#include "module.hpp"

#include <invigil/examine.hpp>
#include <invigil/models.hpp>
#include <invigil/replay.hpp>
#include <invigil/review_list.hpp>
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

/// Seconds in, seconds out, over `review_list`.
py::list review(const Score& score, double minutes_per_hour, double session, double longest_clip) {
  const ReviewBudget budget{.minutes_per_hour = minutes_per_hour,
                            .session = duration_from_seconds(session),
                            .longest_clip = duration_from_seconds(longest_clip)};
  py::list list;
  for (const auto& clip : review_list(score, budget)) {
    const auto& [flag, points] = score.because[clip.index];
    list.append(py::make_tuple(flag, points, seconds(clip.begin), seconds(clip.end)));
  }
  return list;
}

void add_replay(py::module_& m) {
  m.def(
      "_replay",
      [](const std::vector<Observation>& observations, std::vector<PlatformEvent> events,
         const Policy& policy, const std::optional<Consent>& consent) {
        const py::gil_scoped_release release;
        return replay(observations, std::move(events), {.policy = policy, .consent = consent});
      },
      py::arg("observations"), py::arg("events"), py::arg("policy"), py::arg("consent"));
  m.def(
      "parse_observations", [](const std::string& lines) { return parse_observations(lines); },
      py::arg("lines"), "Reads JSON lines, e.g. those of `Playback.observations`.");
  m.def("load_observations", &load_observations, py::arg("path"),
        "Reads a file that `invigil score --observations` wrote.");
  m.def("review_list", &review, py::arg("score"), py::kw_only(), py::arg("minutes_per_hour") = 6.0,
        py::arg("session") = 0.0, py::arg("longest_clip") = 60.0,
        "The clips to watch within a budget, the most telling first.");
}

}  // namespace

void add_analysis(py::module_& m) {
  add_replay(m);
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
  m.def("times_counted", &times_counted, py::arg("flag"), "How many times a flag counts in a rate.");
  m.def("models", &models, "The detection models: a dict each.");
}

}  // namespace binding
