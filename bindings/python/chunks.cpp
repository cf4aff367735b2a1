// A browser's recording that arrives in numbered pieces.
#include "chunks.hpp"

#include "module.hpp"

#include <chrono>
#include <future>
#include <optional>

#include <pybind11/stl.h>

namespace binding {

namespace {

using namespace std::chrono_literals;

std::unique_ptr<BoundChunks> make(std::string name, std::uint64_t first, double wait, double timeout,
                                  std::size_t most_bytes, std::uint64_t furthest) {
  const auto in_range = [](double s) { return s >= -1e9 && s <= 1e9; };
  if (!in_range(wait) || !in_range(timeout))
    throw invigil::Error(invigil::Errc::argument, "Chunks", "wait and timeout are seconds, at most 1e9");
  return std::make_unique<BoundChunks>(
      invigil::ChunkOptions{.name = std::move(name),
                            .first = first,
                            .wait = invigil::duration_from_seconds(wait),
                            .timeout = invigil::duration_from_seconds(timeout),
                            .most_bytes = most_bytes,
                            .furthest = furthest});
}

bool push(BoundChunks& self, std::uint64_t number, const py::buffer& data, std::optional<double> at) {
  const auto info = data.request();
  if (info.ndim != 1 || info.strides[0] != info.itemsize)
    throw invigil::Error(invigil::Errc::argument, "data", "must lie in one piece");
  if (at && !(*at >= -1e9 && *at <= 1e9))
    throw invigil::Error(invigil::Errc::argument, "at", "is seconds on one clock, at most 1e9");
  std::optional<invigil::Duration> moment;
  if (at) moment = invigil::duration_from_seconds(*at);
  const std::span bytes{static_cast<const std::byte*>(info.ptr),
                        static_cast<std::size_t>(info.size * info.itemsize)};
  const py::gil_scoped_release release;
  return self.chunks.push(number, bytes, moment);
}

void end(BoundChunks& self, std::optional<std::uint64_t> last) {
  const py::gil_scoped_release release;
  if (last)
    self.chunks.end(*last);
  else
    self.chunks.end();
}

py::dict statistics(const BoundChunks& self) {
  const auto s = self.chunks.statistics();
  using py::arg;
  return py::dict(arg("received") = s.received, arg("doubled") = s.doubled, arg("differing") = s.differing,
                  arg("reordered") = s.reordered, arg("lost") = s.lost, arg("late") = s.late,
                  arg("bytes") = s.bytes, arg("waiting") = s.waiting);
}

}  // namespace

std::unique_ptr<invigil::MediaFile> open_chunks(BoundChunks& chunks, invigil::MediaOptions options) {
  auto source = chunks.chunks.source();
  auto name = source->name();
  auto opening = std::async(std::launch::async, [&] {
    return std::make_unique<invigil::MediaFile>(std::move(source), std::move(name), options);
  });
  for (;;) {
    {
      const py::gil_scoped_release release;
      if (opening.wait_for(200ms) == std::future_status::ready) break;
    }
    if (PyErr_CheckSignals() == 0) continue;
    chunks.chunks.end();
    {
      const py::gil_scoped_release release;
      opening.wait();
    }
    throw py::error_already_set();
  }
  return opening.get();
}

void add_chunks(py::module_& m) {
  py::class_<BoundChunks>(m, "Chunks",
                          "The chunks of a browser's MediaRecorder, as a server gets them: the input of a "
                          "MediaFile.")
      .def(py::init(&make), py::kw_only(), py::arg("name") = invigil::ChunkOptions{}.name,
           py::arg("first") = 0, py::arg("wait") = 10.0, py::arg("timeout") = 300.0,
           py::arg("most_bytes") = invigil::ChunkOptions{}.most_bytes,
           py::arg("furthest") = invigil::ChunkOptions{}.furthest)
      .def("push", &push, py::arg("number"), py::arg("data"), py::kw_only(), py::arg("at") = py::none(),
           "Takes a chunk; False when it is known already or was given up.")
      .def("end", &end, py::arg("last") = py::none(), "No more will come, or none after chunk `last`.")
      .def_property_readonly("statistics", &statistics, "What came, how, and what did not.")
      .def_property_readonly(
          "flags", [](const BoundChunks& c) { return c.flags; },
          "`gap` for what is missing: a source for the session that reads the chunks.");
}

}  // namespace binding
