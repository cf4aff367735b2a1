// A session and its wires as Python sees them.
#pragma once

#include <invigil/session.hpp>

#include <memory>
#include <mutex>
#include <vector>

#include <pybind11/pybind11.h>

namespace binding {

namespace py = pybind11;

/// The session with the Python objects that its wires end in.
struct PySession {
  invigil::Session session;
  std::vector<py::object> kept;
};

template <class T>
struct PyStream {
  invigil::Stream<T> stream;
  std::shared_ptr<PySession> session;
};

/// Gathers items for Python, which may look while the session runs.
template <class T>
class Gather final : public invigil::Sink<T> {
 public:
  void write(T item) override {
    const std::lock_guard lock{mutex_};
    items_.push_back(std::move(item));
  }
  [[nodiscard]] std::string name() const override { return "collect"; }
  [[nodiscard]] std::vector<T> items() const {
    const std::lock_guard lock{mutex_};
    return items_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<T> items_;
};

/// Calls a Python function for every item, on the wire's thread.
template <class T>
class Callback final : public invigil::Sink<T> {
 public:
  explicit Callback(py::function function) : function_(std::move(function)) {}
  void write(T item) override {
    const py::gil_scoped_acquire acquire;
    function_(std::move(item));
  }
  [[nodiscard]] std::string name() const override { return "each"; }

 private:
  py::function function_;
};

}  // namespace binding
