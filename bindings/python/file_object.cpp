#include "file_object.hpp"

#include "held.hpp"
#include "spool.hpp"

#include <invigil/error.hpp>

#include <cerrno>
#include <cstring>
#include <optional>

#include <pybind11/stl/filesystem.h>
#include <unistd.h>

namespace binding {

namespace {

using namespace invigil;

/// "SomeError: what it says", without the traceback that pybind11 adds.
std::string first_line(const char* text) {
  const std::string all{text};
  return all.substr(0, all.find('\n'));
}

std::string name_of(const py::object& object) {
  const auto name = py::getattr(object, "name", py::none());
  return "file object " + std::string{py::str(name.is_none() ? py::repr(object) : name)};
}

bool has(py::handle object, const char* method) {
  return py::hasattr(object, method) && PyCallable_Check(object.attr(method).ptr()) != 0;
}

/// What can be synced: the object's file descriptor, or -1.
int descriptor_of(const py::object& object) {
  if (!has(object, "fileno")) return -1;
  try {
    return object.attr("fileno")().cast<int>();
  } catch (const py::error_already_set&) {
    return -1;  // io.UnsupportedOperation: it lies in memory
  } catch (const py::cast_error&) {
    return -1;
  }
}

// Note [locks and the GIL]: these are called while the library holds locks of its own, by threads that do not
// have the GIL. So whoever has the GIL must not wait for such a lock: every binding of `Recording`,
// `Playback` and `Spool` releases it before it calls the library.
thread_local bool inside_sink = false;

class PythonSink final : public ByteSink {
 public:
  /// With the GIL.
  explicit PythonSink(const py::object& object)
      : name_(name_of(object)), object_(object), fd_(descriptor_of(object)), flushes_(has(object, "flush")) {}

  void write(std::span<const std::byte> bytes) override {
    attempt([&] {
      with_python(name_, [&] {
        while (!bytes.empty()) bytes = bytes.subspan(write_some(bytes));
      });
    });
  }
  void sync() override {
    attempt([&] {
      if (flushes_) with_python(name_, [&] { object_.get().attr("flush")(); });
      while (fd_ >= 0 && ::fdatasync(fd_) != 0) {
        if (errno == EINTR) continue;
        if (errno == EINVAL || errno == EROFS) break;  // a pipe cannot sync
        throw Error(Errc::io, name_, std::strerror(errno));
      }
    });
  }
  void close() override {
    if (closed_) return;
    sync();
    closed_ = true;
  }
  [[nodiscard]] std::string name() const override { return name_; }

 private:
  template <class Job>
  void attempt(Job&& job) {
    if (closed_) throw Error(Errc::closed, name_, "is closed");
    if (failed_) throw Error(Errc::closed, name_, "an earlier write failed");
    failed_ = inside_sink = true;  // until it is done
    try {
      job();
    } catch (...) {
      inside_sink = false;
      throw;
    }
    failed_ = inside_sink = false;
  }
  /// How much the object took.
  std::size_t write_some(std::span<const std::byte> bytes) {
    // A copy, which the object may keep.
    const py::bytes piece(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const py::object taken = object_.get().attr("write")(piece);
    if (taken.is_none() && !py::isinstance(object_.get(), py::module_::import("io").attr("RawIOBase")))
      return bytes.size();  // simple objects return nothing
    const auto count = PyLong_Check(taken.ptr()) ? PyLong_AsSsize_t(taken.ptr()) : -1;
    if (PyErr_Occurred()) PyErr_Clear();
    if (count <= 0 || static_cast<std::size_t>(count) > bytes.size())
      throw Error(
          Errc::io, name_,
          "write() of " + std::to_string(bytes.size()) + " bytes returned " + std::string{py::repr(taken)});
    return static_cast<std::size_t>(count);
  }

  std::string name_;
  Held object_;
  int fd_;
  bool flushes_;
  bool failed_ = false, closed_ = false;
};

class PythonSource final : public ByteSource {
 public:
  /// With the GIL.
  explicit PythonSource(const py::object& object) : name_(name_of(object)), object_(object) {
    if (!has(object, "seek") || !has(object, "tell")) return;
    if (has(object, "seekable") && !py::bool_(object.attr("seekable")())) return;
    with_python(name_, [&] {
      object.attr("seek")(0, 2);
      size_ = to_size(object.attr("tell")());
      object.attr("seek")(0);
    });
  }
  std::size_t read(std::span<std::byte> buffer) override {
    return with_python(name_, [&] {
      const py::object data = object_.get().attr("read")(buffer.size());
      if (!PyObject_CheckBuffer(data.ptr())) refuse(buffer.size(), data);
      const auto info = py::buffer(data).request();
      const auto size = static_cast<std::size_t>(info.size * info.itemsize);
      if (size > buffer.size()) refuse(buffer.size(), data);
      if (size > 0) std::memcpy(buffer.data(), info.ptr, size);
      return size;
    });
  }
  [[nodiscard]] std::optional<std::uint64_t> size() const override { return size_; }
  void seek(std::uint64_t offset) override {
    if (!size_) ByteSource::seek(offset);
    with_python(name_, [&] { object_.get().attr("seek")(offset); });
  }
  [[nodiscard]] std::string name() const override { return name_; }

 private:
  [[noreturn]] void refuse(std::size_t asked, const py::object& data) const {
    const auto size =
        PyObject_CheckBuffer(data.ptr()) ? " of " + std::to_string(py::len(data)) : std::string{};
    throw Error(Errc::io, name_,
                "read(" + std::to_string(asked) + ") returned " + std::string{py::str(py::type::of(data))} +
                    size + "; it must be opened in binary mode and return at most what was asked for");
  }
  [[nodiscard]] std::uint64_t to_size(const py::object& position) const {
    try {
      return position.cast<std::uint64_t>();
    } catch (const py::cast_error&) {
      throw Error(Errc::io, name_, "tell() returned " + std::string{py::repr(position)});
    }
  }
  std::string name_;
  Held object_;
  std::optional<std::uint64_t> size_;
};

bool is_path(const py::object& object) {
  return py::isinstance<py::str>(object) || py::isinstance<py::bytes>(object) ||
         py::hasattr(object, "__fspath__");
}

[[noreturn]] void refuse(const char* what, const py::object& object) {
  throw py::type_error(std::string{what} + ", not " + std::string{py::str(py::type::of(object))});
}

}  // namespace

OutsideSinks::OutsideSinks() {
  if (inside_sink)
    throw Error(Errc::argument, "Recording",
                "was called by its own destination, from inside write() or flush()");
}

PythonError::PythonError(Errc code, const std::string& where, const py::error_already_set& cause)
    : Error(code, where, first_line(cause.what())),
      cause_(std::make_shared<Held>(py::reinterpret_borrow<py::object>(cause.value()))) {
  if (cause.trace()) PyException_SetTraceback(cause.value().ptr(), cause.trace().ptr());
}

std::unique_ptr<ByteSink> sink_of(const py::object& destination, bool overwrite) {
  if (is_path(destination))
    return create_file(destination.cast<std::filesystem::path>(), {.overwrite = overwrite});
  if (auto spool = spool_of(destination)) return spool;
  if (!has(destination, "write"))
    refuse("a destination is a path, a Spool or an object with write()", destination);
  return std::make_unique<PythonSink>(destination);
}

std::unique_ptr<ByteSource> source_of(const py::object& source) {
  if (is_path(source)) return open_file(source.cast<std::filesystem::path>());
  if (!has(source, "read")) refuse("a source is a path or an object with read()", source);
  return std::make_unique<PythonSource>(source);
}

}  // namespace binding
