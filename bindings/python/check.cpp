// The check before the exam.
#include "module.hpp"

#include <invigil/check.hpp>

#include <future>
#include <optional>

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

namespace binding {

namespace {

using namespace invigil;

/// On a thread of its own while this one looks for signals, so that Ctrl-C ends it.
SystemCheckReport run(const SystemCheck& check) {
  std::stop_source stop;
  auto done = std::async(std::launch::async, [&] { return check.run(stop.get_token()); });
  std::optional<py::error_already_set> interrupt;
  for (;;) {
    {
      const py::gil_scoped_release release;
      if (done.wait_for(std::chrono::milliseconds{50}) == std::future_status::ready) break;
    }
    if (!interrupt && PyErr_CheckSignals() != 0) {
      interrupt.emplace();
      stop.request_stop();
    }
  }
  if (interrupt) throw std::move(*interrupt);
  return done.get();
}

SystemCheck make(std::string camera, std::string microphone, std::filesystem::path disk, double length,
                 std::string upload, double watch) {
  return SystemCheck{{.camera = std::move(camera),
                      .microphone = std::move(microphone),
                      .disk = std::move(disk),
                      .length = duration_from_seconds(length),
                      .upload = std::move(upload),
                      .watch = duration_from_seconds(watch)}};
}

std::string name_of(CheckState state) { return std::string{to_string(state)}; }

}  // namespace

void add_check(py::module_& m) {
  py::class_<CheckItem>(m, "CheckItem", "One thing that was checked: what was seen, and what to do.")
      .def_readonly("name", &CheckItem::name)
      .def_property_readonly("state", [](const CheckItem& i) { return name_of(i.state); })
      .def_readonly("seen", &CheckItem::seen)
      .def_readonly("advice", &CheckItem::advice)
      .def_readonly("values", &CheckItem::values)
      .def_property_readonly("trouble",
                             [](const CheckItem& i) -> py::object {
                               if (!i.trouble) return py::none();
                               return py::str(std::string{to_string(*i.trouble)});
                             })
      .def("__repr__", [](const CheckItem& i) {
        return "<CheckItem " + i.name + ": " + name_of(i.state) + ", " + i.seen + ">";
      });
  py::class_<SystemCheckReport>(m, "SystemCheckReport", "All items of a check.")
      .def_readonly("items", &SystemCheckReport::items)
      .def_property_readonly("state", [](const SystemCheckReport& r) { return name_of(r.state()); })
      .def("to_json", &SystemCheckReport::to_json, "One JSON object, as `invigil check --json` prints it.");
  py::class_<SystemCheck>(m, "SystemCheck",
                          "Before the exam: will camera, microphone, disk, computer and connection do?")
      .def(py::init(&make), py::kw_only(), py::arg("camera") = "", py::arg("microphone") = "",
           py::arg("disk") = std::filesystem::path{"."}, py::arg("length") = 5400.0, py::arg("upload") = "",
           py::arg("watch") = 5.0)
      .def("run", &run, "Takes `watch` seconds, and half a minute more at most for a dead connection.");
}

}  // namespace binding
