// `invigil.Error` and one class a code, each also the builtin that a Python programmer would catch.
#include "held.hpp"
#include "module.hpp"

#include <invigil/device.hpp>
#include <invigil/error.hpp>

#include <array>
#include <string>

namespace binding {

namespace {

struct Class {
  invigil::Errc code;
  const char* name;
  PyObject* builtin;
};

/// Immortal: exceptions may be raised while the interpreter winds down.
py::object& base_class() {
  static auto* object = new py::object;
  return *object;
}
std::array<py::object, 11>& classes() {
  static auto* objects = new std::array<py::object, 11>;
  return *objects;
}

void raise(const invigil::Error& error, py::handle cause = {}) {
  const auto& type = classes().at(static_cast<std::size_t>(error.code()));
  py::object value = type(error.what());
  value.attr("code") = std::string{invigil::to_string(error.code())};
  value.attr("where") = error.where();
  if (const auto* device = dynamic_cast<const invigil::DeviceError*>(&error))
    value.attr("trouble") = std::string{invigil::to_string(device->trouble())};
  if (cause) PyException_SetCause(value.ptr(), cause.inc_ref().ptr());
  PyErr_SetObject(type.ptr(), value.ptr());
}

void translate(std::exception_ptr pointer) {
  try {
    if (pointer) std::rethrow_exception(pointer);
  } catch (const PythonError& error) {
    raise(error, error.cause());
  } catch (const invigil::Error& error) {
    raise(error);
  }
}

}  // namespace

void add_errors(py::module_& m) {
  using invigil::Errc;
  base_class() = py::reinterpret_steal<py::object>(PyErr_NewExceptionWithDoc(
      "invigil.Error", "Every failure that invigil reports: `code`, `where`.", PyExc_Exception, nullptr));
  m.attr("Error") = base_class();
  const Class all[] = {
      {Errc::argument, "ArgumentError", PyExc_ValueError},
      {Errc::device, "DeviceError", PyExc_OSError},
      {Errc::unsupported, "UnsupportedError", PyExc_NotImplementedError},
      {Errc::bad_header, "BadHeaderError", PyExc_ValueError},
      {Errc::no_identity, "NoIdentityError", PyExc_LookupError},
      {Errc::tampered, "TamperedError", PyExc_ValueError},
      {Errc::truncated, "TruncatedError", PyExc_EOFError},
      {Errc::io, "IoError", PyExc_OSError},
      {Errc::closed, "ClosedError", PyExc_ValueError},
      {Errc::policy, "PolicyError", PyExc_ValueError},
      {Errc::model, "ModelError", PyExc_RuntimeError},
  };
  for (const auto& c : all) {
    const py::tuple bases = py::make_tuple(base_class(), py::reinterpret_borrow<py::object>(c.builtin));
    const std::string name = std::string{"invigil."} + c.name;
    auto type = py::reinterpret_steal<py::object>(PyErr_NewException(name.c_str(), bases.ptr(), nullptr));
    m.attr(c.name) = type;
    classes().at(static_cast<std::size_t>(c.code)) = std::move(type);
  }
  py::register_exception_translator(&translate);
}

}  // namespace binding
