// Policies and consent.
#include "module.hpp"

#include <invigil/consent.hpp>
#include <invigil/policy.hpp>

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

namespace binding {

namespace {

using invigil::Consent;
using invigil::Policy;

Consent make_consent(bool given, std::string purpose, std::string audience, std::string retention,
                     std::string by, std::string at) {
  return {given, std::move(purpose), std::move(audience), std::move(retention), std::move(by), std::move(at)};
}

}  // namespace

void add_policy(py::module_& m) {
  py::class_<Policy>(m, "Policy", "What is flagged, from when on and how much it weighs.")
      .def(py::init<>(), "The default policy.")
      .def_static(
          "parse", [](const std::string& toml) { return invigil::parse_policy(toml); }, py::arg("toml"))
      .def_static("load", &invigil::load_policy, py::arg("path"))
      .def("to_toml", &Policy::to_toml)
      .def_property_readonly("digest", &Policy::digest)
      .def("__repr__", [](const Policy& p) { return "<invigil.Policy " + p.digest() + ">"; });
  py::class_<Consent>(m, "Consent", "What the candidate agreed to.")
      .def(py::init(&make_consent), py::kw_only(), py::arg("given") = false, py::arg("purpose") = "",
           py::arg("audience") = "", py::arg("retention") = "", py::arg("by") = "", py::arg("at") = "")
      .def_readonly("given", &Consent::given)
      .def_readonly("purpose", &Consent::purpose)
      .def_readonly("audience", &Consent::audience)
      .def_readonly("retention", &Consent::retention)
      .def_readonly("by", &Consent::by)
      .def_readonly("at", &Consent::at);
}

}  // namespace binding
