// A spool that Python made, as the destination of a recording.
#pragma once

#include <invigil/io.hpp>

#include <memory>

#include <pybind11/pybind11.h>

namespace binding {

namespace py = pybind11;

/// Null when `object` is no `Spool`. What is returned shares it, so that its statistics stay readable.
[[nodiscard]] std::unique_ptr<invigil::ByteSink> spool_of(const py::object& object);

}  // namespace binding
