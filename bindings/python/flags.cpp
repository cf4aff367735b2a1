// Flags and scores.
#include "module.hpp"

#include <invigil/flag.hpp>
#include <invigil/score.hpp>

#include <sstream>

#include <pybind11/stl.h>

namespace binding {

namespace {

using invigil::Contribution;
using invigil::Flag;
using invigil::FlagKind;
using invigil::Score;

Flag make_flag(std::string what, double begin, double end, FlagKind kind, double confidence,
               std::string because) {
  Flag flag;
  flag.what = std::move(what);
  flag.kind = kind;
  flag.begin = flag.evidence_begin = invigil::from_seconds(begin);
  flag.end = flag.evidence_end = invigil::from_seconds(end);
  flag.confidence = confidence;
  flag.because = std::move(because);
  return flag;
}

std::string describe(const Flag& f) {
  std::ostringstream text;
  text << "<invigil.Flag " << f.what << " " << invigil::seconds(f.begin) << "-" << invigil::seconds(f.end)
       << " s>";
  return text.str();
}

std::string describe(const Score& s) {
  std::ostringstream text;
  text << "<invigil.Score " << s.value << " (" << to_string(s.level) << ") from " << s.because.size()
       << " flags>";
  return text.str();
}

}  // namespace

void add_flags(py::module_& m) {
  py::enum_<FlagKind>(m, "FlagKind")
      .value("behaviour", FlagKind::behaviour)
      .value("technical", FlagKind::technical)
      .value("milestone", FlagKind::milestone);
  py::class_<Flag>(m, "Flag", "One stretch of the session that deserves a look. Times in seconds.")
      .def(py::init(&make_flag), py::arg("what"), py::arg("begin"), py::arg("end"), py::kw_only(),
           py::arg("kind") = FlagKind::behaviour, py::arg("confidence") = 1.0, py::arg("because") = "")
      .def_readonly("what", &Flag::what)
      .def_readonly("kind", &Flag::kind)
      .def_property_readonly("begin", [](const Flag& f) { return invigil::seconds(f.begin); })
      .def_property_readonly("end", [](const Flag& f) { return invigil::seconds(f.end); })
      .def_readonly("confidence", &Flag::confidence)
      .def_readonly("because", &Flag::because)
      .def_readonly("count", &Flag::count)
      .def_property_readonly(
          "evidence",
          [](const Flag& f) {
            return py::make_tuple(invigil::seconds(f.evidence_begin), invigil::seconds(f.evidence_end));
          },
          "The stretch to watch when judging: begin, end.")
      .def("json", [](const Flag& f) { return to_json(f); })
      .def(
          "__eq__", [](const Flag& a, const Flag& b) { return a == b; }, py::is_operator())
      .def("__repr__", [](const Flag& f) { return describe(f); });
  py::class_<Score>(m, "Score", "How much there is to review, never a verdict.")
      .def_readonly("value", &Score::value, "The sum of the points in `because`.")
      .def_property_readonly("level", [](const Score& s) { return std::string{to_string(s.level)}; })
      .def_property_readonly(
          "because",
          [](const Score& s) {
            py::list list;
            for (const auto& c : s.because) list.append(py::make_tuple(c.flag, c.points));
            return list;
          },
          "(flag, points) for every behaviour flag, in order of begin.")
      .def_readonly("technical", &Score::technical, "What could not be seen, and milestones: weigh nothing.")
      .def("__repr__", [](const Score& s) { return describe(s); });
}

}  // namespace binding
