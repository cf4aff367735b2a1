// Pictures: a raw one has no pixels for Python; a redacted one shows them as NumPy views.
#include "module.hpp"
#include "numpy.hpp"

#include <invigil/error.hpp>
#include <invigil/frame.hpp>

#include <algorithm>
#include <cstring>
#include <sstream>

#include <pybind11/numpy.h>
#include <pybind11/stl.h>

namespace binding {

namespace {

using invigil::Frame;
using invigil::RawFrame;

using RgbArray = py::array_t<std::uint8_t, py::array::c_style>;

RawFrame raw_from_rgb(const RgbArray& rgb, double time, std::uint64_t index) {
  if (rgb.ndim() != 3 || rgb.shape(2) != 3)
    throw invigil::Error(invigil::Errc::argument, "RawFrame",
                         "takes an array of shape (height, width, 3), uint8");
  const auto height = static_cast<int>(std::min<py::ssize_t>(rgb.shape(0), 1 << 20));
  const auto width = static_cast<int>(std::min<py::ssize_t>(rgb.shape(1), 1 << 20));
  return {invigil::Image::from_rgb(rgb.data(), width, height, width * std::ptrdiff_t{3}),
          invigil::from_seconds(time), index};
}

py::array to_rgb(const Frame& frame) {
  const auto rgb = frame.image().to_rgb();
  py::array_t<std::uint8_t> array({frame.image().height(), frame.image().width(), 3});
  std::memcpy(array.mutable_data(), rgb.data(), rgb.size());
  return array;
}

template <class F>
std::string describe(const char* type, const F& frame, const invigil::Image& image, invigil::Timestamp time) {
  std::ostringstream text;
  text << "<invigil." << type << " " << image.width() << "x" << image.height() << " at "
       << invigil::seconds(time) << " s>";
  static_cast<void>(frame);
  return text.str();
}

py::list concealed(const Frame& frame) {
  py::list documents;
  for (const auto& d : frame.concealed()) {
    py::list quads;
    for (const auto& q : d.quads) {
      py::list points;
      for (const auto& p : q.points) points.append(py::make_tuple(p.x, p.y));
      quads.append(py::dict(py::arg("what") = std::string{to_string(q.what)}, py::arg("points") = points));
    }
    documents.append(py::dict(py::arg("document") = std::string{to_string(d.type)},
                              py::arg("state") = std::string{to_string(d.state)}, py::arg("quads") = quads,
                              py::arg("late") = d.late));
  }
  return documents;
}

}  // namespace

void add_frames(py::module_& m) {
  py::class_<RawFrame>(m, "RawFrame",
                       "A picture before redaction. Its pixels are not shown: pass it through RedactIdCard.")
      .def(py::init(&raw_from_rgb), py::arg("rgb").noconvert(), py::kw_only(), py::arg("time") = 0.0,
           py::arg("index") = 0, "From an array of shape (height, width, 3), uint8; `time` in seconds.")
      .def_property_readonly("time", [](const RawFrame& f) { return invigil::seconds(f.time); })
      .def_readonly("index", &RawFrame::index)
      .def_property_readonly("width", [](const RawFrame& f) { return f.image.width(); })
      .def_property_readonly("height", [](const RawFrame& f) { return f.image.height(); })
      .def("__repr__", [](const RawFrame& f) { return describe("RawFrame", f, f.image, f.time); });

  py::class_<Frame>(m, "Frame", "A picture in which document numbers are concealed.")
      .def_property_readonly(
          "time", [](const Frame& f) { return invigil::seconds(f.time()); }, "Seconds.")
      .def_property_readonly("index", &Frame::index)
      .def_property_readonly("width", [](const Frame& f) { return f.image().width(); })
      .def_property_readonly("height", [](const Frame& f) { return f.image().height(); })
      .def_property_readonly(
          "luma", [](const Frame& f) { return plane_view(f.image(), 0); },
          "Read-only view of Y, shape (height, width), uint8, without a copy.")
      .def_property_readonly(
          "planes",
          [](const Frame& f) {
            return py::make_tuple(plane_view(f.image(), 0), plane_view(f.image(), 1),
                                  plane_view(f.image(), 2));
          },
          "Read-only views of Y, U and V; U and V have half the size, rounded up.")
      .def_property_readonly("unredacted", &Frame::unredacted, "True when KeepUnredacted made it.")
      .def_property_readonly("concealed", &concealed, "What was covered: a dict a document.")
      .def("rgb", &to_rgb, "A copy as RGB, shape (height, width, 3), uint8.")
      .def("__repr__", [](const Frame& f) { return describe("Frame", f, f.image(), f.time()); });
}

}  // namespace binding
