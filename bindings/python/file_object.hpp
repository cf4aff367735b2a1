// Python's file objects as the library's sinks and sources.
#pragma once

#include <invigil/io.hpp>

#include <memory>

#include <pybind11/pybind11.h>

namespace binding {

namespace py = pybind11;

/// `destination`: a path, a `Spool`, or an object with `write(bytes)` and, where they exist, `flush()` and
/// `fileno()`. Of those, flush and fdatasync(2) make what is written safe. They are not closed: they belong
/// to the caller.
[[nodiscard]] std::unique_ptr<invigil::ByteSink> sink_of(const py::object& destination, bool overwrite);

/// Guards a call of a recording: releases the GIL for it, and throws `Error{argument}` when it comes from
/// inside a file object's own write() or flush(), where it would wait for itself.
class OutsideSinks {
 public:
  OutsideSinks();

 private:
  py::gil_scoped_release release_;
};

/// `source`: a path, or an object with `read(n)` and, if it can, `seek(offset, whence)` and `tell()`.
[[nodiscard]] std::unique_ptr<invigil::ByteSource> source_of(const py::object& source);

}  // namespace binding
