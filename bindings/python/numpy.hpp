// Views of C++ memory as NumPy arrays.
#pragma once

#include <invigil/image.hpp>

#include <memory>
#include <utility>

#include <pybind11/numpy.h>

namespace binding {

namespace py = pybind11;

/// Keeps `object` alive as long as an array that views it.
template <class T>
[[nodiscard]] py::capsule keep_alive(T object) {
  return py::capsule(new T(std::move(object)), [](void* p) { delete static_cast<T*>(p); });
}

/// A read-only (height, width) view without a copy: the pixels are shared with recorders and detectors.
[[nodiscard]] inline py::array plane_view(const invigil::Image& image, int index) {
  const auto plane = image.plane(index);
  py::array_t<std::uint8_t> view({py::ssize_t{plane.height}, py::ssize_t{plane.width}},
                                 {static_cast<py::ssize_t>(plane.stride), py::ssize_t{1}}, plane.data,
                                 keep_alive(image));
  view.attr("flags").attr("writeable") = false;
  return view;
}

}  // namespace binding
