// From a file or flags to a score.
#include "module.hpp"

#include <invigil/analysis.hpp>
#include <invigil/media.hpp>
#include <invigil/models.hpp>
#include <invigil/playback.hpp>
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

}  // namespace

void add_analysis(py::module_& m) {
  m.def(
      "score_flags",
      [](std::vector<Flag> flags, const Policy& policy) { return score(std::move(flags), policy); },
      py::arg("flags"), py::arg("policy") = Policy{});
  m.def("models", &models, "The detection models: a dict each.");
}

}  // namespace binding
