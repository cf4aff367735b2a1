// Recordings.
#include "file_object.hpp"
#include "module.hpp"
#include "witness.hpp"

#include <invigil/media.hpp>
#include <invigil/media_writer.hpp>
#include <invigil/recording.hpp>

#include <functional>

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

namespace binding {

namespace {

using namespace invigil;

template <class T>
void add_sink(py::module_& m, const char* name) {
  py::class_<Sink<T>>(m, name, "A track or log of a recording.")
      .def(
          "write", [](Sink<T>& sink, T item) { sink.write(std::move(item)); }, py::arg("item"),
          py::call_guard<OutsideSinks>());
}

std::unique_ptr<Recording> make_recording(const py::object& destination,
                                          const std::vector<std::string>& recipients, bool overwrite,
                                          double segment, const std::string& video_codec, int quality,
                                          const Consent& consent, const Policy& policy,
                                          const std::optional<EarlierPart>& resumes,
                                          const py::object& witness, double witness_every,
                                          double witness_deadline) {
  std::vector<Recipient> keys;
  for (const auto& text : recipients) keys.push_back(Recipient::parse(text));
  auto caller = make_witness(witness);
  auto sink = sink_of(destination, overwrite);
  const py::gil_scoped_release release;
  return std::make_unique<Recording>(
      std::move(sink), std::move(keys),
      RecordingOptions{.segment = duration_from_seconds(segment),
                       .video_codec = video_codec,
                       .quality = quality,
                       .consent = consent,
                       .policy = policy,
                       .resumes = resumes,
                       .witness = std::move(caller),
                       .witness_every = duration_from_seconds(witness_every),
                       .witness_deadline = duration_from_seconds(witness_deadline)});
}

Sink<Frame>& first_video(Recording& r) { return r.video(); }

/// A property that is read without the GIL: see Note [locks and the GIL] in file_object.cpp.
template <auto Get>
py::cpp_function sink() {
  return py::cpp_function(
      [](Recording & r) -> auto& { return std::invoke(Get, r); }, py::return_value_policy::reference_internal,
      py::call_guard<OutsideSinks>());
}

py::dict statistics(const Recording& r) {
  RecordingStatistics s;
  {
    const OutsideSinks release;
    s = r.statistics();
  }
  return py::dict(py::arg("segments") = s.segments, py::arg("frames") = s.frames, py::arg("bytes") = s.bytes,
                  py::arg("media") = seconds(s.media));
}

}  // namespace

void add_recording(py::module_& m) {
  add_sink<Frame>(m, "FrameSink");
  add_sink<AudioBlock>(m, "AudioSink");
  add_sink<Flag>(m, "FlagSink");
  add_sink<PlatformEvent>(m, "EventSink");
  add_sink<Observation>(m, "ObservationSink");
  constexpr auto inside = py::return_value_policy::reference_internal;
  py::class_<Recording>(
      m, "Recording",
      "Writes an encrypted recording to a path, a Spool or a binary file object. A context manager: "
      "leaving it commits.")
      .def(py::init(&make_recording), py::arg("destination"), py::kw_only(), py::arg("recipients"),
           py::arg("overwrite") = false, py::arg("segment") = 1.0, py::arg("video_codec") = "",
           py::arg("quality") = 28, py::arg("consent") = Consent{}, py::arg("policy") = Policy{},
           py::arg("resumes") = py::none(), py::arg("witness") = py::none(), py::arg("witness_every") = 60.0,
           py::arg("witness_deadline") = 10.0)
      .def_property_readonly("video", sink<&first_video>(), inside)
      .def_property_readonly("audio", sink<&Recording::audio>(), inside)
      .def_property_readonly("flags", sink<&Recording::flags>(), inside)
      .def_property_readonly("events", sink<&Recording::events>(), inside)
      .def_property_readonly("observations", sink<&Recording::observations>(), inside)
      .def(
          "track", [](Recording& r, const std::string& name) -> Sink<Frame>& { return r.video(name); },
          inside, py::call_guard<OutsideSinks>(), py::arg("name"),
          "A further picture track, e.g. \"screen\".")
      .def(
          "gap",
          [](Recording& r, double begin, double end, const std::string& why) {
            r.gap(from_seconds(begin), from_seconds(end), why);
          },
          py::call_guard<OutsideSinks>(), py::arg("begin"), py::arg("end"), py::arg("why"))
      .def_property_readonly("signer", &Recording::signer, "The verifier key to register at the start.")
      .def_property_readonly("checkpoint",
                             py::cpp_function(&Recording::checkpoint, py::call_guard<OutsideSinks>()),
                             "The newest signed checkpoint, a text.")
      .def_property_readonly("statistics", &statistics)
      .def("close", &Recording::close, py::call_guard<OutsideSinks>(), "Commits.")
      .def("__enter__", [](py::object self) { return self; })
      .def("__exit__", [](Recording& r, const py::args&) {
        const OutsideSinks release;
        r.close();  // after a failure too: what was recorded is evidence
      });

  py::class_<MediaWriter>(m, "MediaWriter",
                          "Writes concealed pictures to a plain media file; leaving it commits.")
      .def(py::init(
               [](const std::filesystem::path& path, const std::string& like, bool lossless, bool overwrite) {
                 const auto start = like.empty() ? Duration{} : MediaFile{like}.info().start;
                 return std::make_unique<MediaWriter>(
                     path, MediaWriterOptions{
                               .like = like, .start = start, .lossless = lossless, .overwrite = overwrite});
               }),
           py::arg("path"), py::kw_only(), py::arg("like") = "", py::arg("lossless") = false,
           py::arg("overwrite") = false)
      .def_property_readonly("video", &MediaWriter::video, inside)
      .def("close", &MediaWriter::close, py::call_guard<py::gil_scoped_release>(), "Publishes the file.")
      .def("__enter__", [](py::object self) { return self; })
      .def("__exit__", [](MediaWriter& w, const py::object& type, const py::object&, const py::object&) {
        const py::gil_scoped_release release;
        if (type.is_none()) w.close();  // a file that is not whole never appears
      });
}

}  // namespace binding
