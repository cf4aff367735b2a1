#include "spool.hpp"

#include "held.hpp"
#include "module.hpp"

#include <invigil/spool.hpp>

#include <algorithm>
#include <string_view>

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

namespace binding {

namespace {

using namespace invigil;

/// A Python object with `acknowledged()`, `send(offset, bytes)` and, where it exists, `finish(size)`.
class PythonTransport final : public Transport {
 public:
  /// With the GIL.
  explicit PythonTransport(const py::object& object)
      : object_(object), name_(py::str(py::getattr(object, "name", py::type::of(object).attr("__name__")))) {
    for (const char* method : {"acknowledged", "send"})
      if (!py::hasattr(object, method))
        throw py::type_error("a transport has acknowledged() and send(offset, bytes)");
  }
  std::uint64_t acknowledged() override {
    return call([&] { return object_.get().attr("acknowledged")(); });
  }
  std::uint64_t send(std::uint64_t offset, std::span<const std::byte> bytes) override {
    return call([&] {
      return object_.get().attr("send")(offset,
                                        py::bytes(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
    });
  }
  void finish(std::uint64_t size) override {
    call([&]() -> py::object {
      if (py::hasattr(object_.get(), "finish")) object_.get().attr("finish")(size);
      return py::int_(0);
    });
  }
  [[nodiscard]] std::string name() const override { return name_; }

 private:
  /// An offset; what Python raises decides whether it is tried again.
  template <class Job>
  std::uint64_t call(Job&& job) const {
    const py::gil_scoped_acquire acquire;
    try {
      const py::object result = job();
      if (!py::isinstance<py::int_>(result))
        throw Error(Errc::argument, name_,
                    "must return how many bytes are there, not " + std::string{py::repr(result)});
      return result.cast<std::uint64_t>();
    } catch (py::error_already_set& e) {
      classify(e);
    } catch (const py::cast_error&) {
      throw Error(Errc::argument, name_, "must return how many bytes are there, at least 0");
    }
  }
  [[noreturn]] void classify(const py::error_already_set& e) const {
    const PythonError error{Errc::io, name_, e};
    const auto what = std::string{error.what()}.substr(name_.size() + 2);
    if (const auto wait = py::getattr(e.value(), "wait", py::none());
        PyNumber_Check(wait.ptr()) && !wait.is_none())
      throw TryLater(name_, what,
                     duration_from_seconds(std::clamp(py::float_(wait).cast<double>(), 0.0, 1e6)));
    const auto http = py::module_::import("http.client").attr("HTTPException");
    if (e.matches(PyExc_OSError) || e.matches(PyExc_EOFError) || e.matches(http)) throw error;
    throw PythonError(Errc::unsupported, name_, e);
  }
  Held object_;
  std::string name_;
};

/// Joins the sender's thread, which may be waiting for the GIL.
void destroy(Spool* spool) {
  if (!PyGILState_Check()) return delete spool;
  const py::gil_scoped_release release;
  delete spool;
}
using Shared = std::shared_ptr<Spool>;

class SharedSink final : public ByteSink {
 public:
  explicit SharedSink(Shared spool) : spool_(std::move(spool)) {}
  void write(std::span<const std::byte> bytes) override { spool_->write(bytes); }
  void sync() override { spool_->sync(); }
  [[nodiscard]] bool reserve(std::uint64_t bytes) override { return spool_->reserve(bytes); }
  void close() override { spool_->close(); }
  [[nodiscard]] std::string name() const override { return spool_->name(); }

 private:
  Shared spool_;
};

SpoolOptions options_of(std::uint64_t most_stored, std::size_t most_sent, double first_wait,
                        double longest_wait, double drain) {
  return {.most_stored = most_stored,
          .most_sent = most_sent,
          .first_wait = duration_from_seconds(first_wait),
          .longest_wait = duration_from_seconds(longest_wait),
          .drain = duration_from_seconds(drain)};
}

template <class Make>
Shared make(const py::object& transport, Make&& make_spool) {
  auto wrapped = std::make_unique<PythonTransport>(transport);
  const py::gil_scoped_release release;
  return Shared{make_spool(std::move(wrapped)), &destroy};
}

Shared create(const std::filesystem::path& folder, const py::object& transport, std::uint64_t most_stored,
              std::size_t most_sent, double first_wait, double longest_wait, double drain) {
  return make(transport, [&](std::unique_ptr<Transport> t) {
    return new Spool(folder, std::move(t),
                     options_of(most_stored, most_sent, first_wait, longest_wait, drain));
  });
}
Shared resume(const std::filesystem::path& folder, const py::object& transport, std::size_t most_sent,
              double first_wait, double longest_wait, double drain) {
  return make(transport, [&](std::unique_ptr<Transport> t) {
    const auto usual = SpoolOptions{}.most_stored;
    return Spool::resume(folder, std::move(t), options_of(usual, most_sent, first_wait, longest_wait, drain))
        .release();
  });
}

py::dict statistics(const Spool& spool) {
  SpoolStatistics s;
  {
    const py::gil_scoped_release release;
    s = spool.statistics();
  }
  return py::dict(py::arg("written") = s.written, py::arg("acknowledged") = s.acknowledged,
                  py::arg("stored") = s.stored, py::arg("failures") = s.failures,
                  py::arg("last_failure") = s.last_failure, py::arg("given_up") = s.given_up);
}

std::size_t write(Spool& spool, const py::bytes& data) {
  const std::string_view bytes{data};  // immutable, and the caller holds it
  const py::gil_scoped_release release;
  spool.write(std::as_bytes(std::span{bytes.data(), bytes.size()}));
  return bytes.size();
}

}  // namespace

std::unique_ptr<ByteSink> spool_of(const py::object& object) {
  if (!py::isinstance<Spool>(object)) return nullptr;
  return std::make_unique<SharedSink>(object.cast<Shared>());
}

void add_spool(py::module_& m) {
  using Release = py::call_guard<py::gil_scoped_release>;
  py::class_<Spool, Shared>(m, "Spool", "Writes to a folder and sends from there, on a thread of its own.")
      .def(py::init(&create), py::arg("folder"), py::arg("transport"), py::kw_only(),
           py::arg("most_stored") = SpoolOptions{}.most_stored,
           py::arg("most_sent") = SpoolOptions{}.most_sent, py::arg("first_wait") = 0.5,
           py::arg("longest_wait") = 30.0, py::arg("drain") = 60.0)
      .def_static("resume", &resume, py::arg("folder"), py::arg("transport"), py::kw_only(),
                  py::arg("most_sent") = SpoolOptions{}.most_sent, py::arg("first_wait") = 0.5,
                  py::arg("longest_wait") = 30.0, py::arg("drain") = 60.0,
                  "Goes on with what an earlier run left in the folder; close() waits for the end.")
      .def("write", &write, py::arg("data"))
      .def("flush", &Spool::sync, Release(), "On this machine's disk, and sent next.")
      .def("close", &Spool::close, Release(),
           "Waits until all is acknowledged; says what is left if it takes too long.")
      .def_property_readonly("statistics", &statistics)
      .def("__enter__", [](py::object self) { return self; })
      .def("__exit__", [](Spool& spool, const py::args&) {
        const py::gil_scoped_release release;
        spool.close();
      });
}

}  // namespace binding
