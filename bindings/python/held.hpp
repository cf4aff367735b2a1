// Python objects that C++ threads hold.
#pragma once

#include <invigil/error.hpp>

#include <memory>
#include <string>
#include <utility>

#include <pybind11/pybind11.h>

namespace binding {

namespace py = pybind11;

/// A reference that may be dropped on any thread.
class Held {
 public:
  /// With the GIL.
  explicit Held(py::object object) : object_(object.release().ptr()) {}
  ~Held() {
    if (!Py_IsInitialized()) return;
    const py::gil_scoped_acquire acquire;
    Py_DECREF(object_);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  /// With the GIL.
  [[nodiscard]] py::handle get() const { return object_; }

 private:
  PyObject* object_;
};

/// A failure whose cause is a Python exception: raised in Python with that as `__cause__`.
class PythonError : public invigil::Error {
 public:
  /// With the GIL. `code` and `where`: as of `invigil::Error`.
  PythonError(invigil::Errc code, const std::string& where, const py::error_already_set& cause);
  [[nodiscard]] py::handle cause() const { return cause_->get(); }

 private:
  std::shared_ptr<Held> cause_;
};

/// Runs `job` with the GIL; what Python raises becomes an `Error{io}` that names `where`.
template <class Job>
auto with_python(const std::string& where, Job&& job) {
  const py::gil_scoped_acquire acquire;
  try {
    return job();
  } catch (const py::error_already_set& e) {
    throw PythonError(invigil::Errc::io, where, e);
  }
}

}  // namespace binding
