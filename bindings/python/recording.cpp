// Recordings, and the keys that open them.
#include "module.hpp"

#include <invigil/media.hpp>
#include <invigil/media_writer.hpp>
#include <invigil/recording.hpp>

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
          py::call_guard<py::gil_scoped_release>());
}

std::unique_ptr<Recording> make_recording(const std::filesystem::path& path,
                                          const std::vector<std::string>& recipients, bool overwrite,
                                          double segment, const std::string& video_codec, int quality,
                                          const Consent& consent, const Policy& policy) {
  std::vector<Recipient> keys;
  for (const auto& text : recipients) keys.push_back(Recipient::parse(text));
  return std::make_unique<Recording>(create_file(path, {.overwrite = overwrite}), std::move(keys),
                                     RecordingOptions{.segment = duration_from_seconds(segment),
                                                      .video_codec = video_codec,
                                                      .quality = quality,
                                                      .consent = consent,
                                                      .policy = policy});
}

py::dict statistics(const Recording& r) {
  const auto s = r.statistics();
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
  py::class_<Recording>(m, "Recording",
                        "Writes an encrypted recording. A context manager: leaving it commits.")
      .def(py::init(&make_recording), py::arg("path"), py::kw_only(), py::arg("recipients"),
           py::arg("overwrite") = false, py::arg("segment") = 1.0, py::arg("video_codec") = "",
           py::arg("quality") = 28, py::arg("consent") = Consent{}, py::arg("policy") = Policy{})
      .def_property_readonly(
          "video", [](Recording& r) -> Sink<Frame>& { return r.video(); }, inside)
      .def_property_readonly("audio", &Recording::audio, inside)
      .def_property_readonly("flags", &Recording::flags, inside)
      .def_property_readonly("events", &Recording::events, inside)
      .def_property_readonly("observations", &Recording::observations, inside)
      .def(
          "track", [](Recording& r, const std::string& name) -> Sink<Frame>& { return r.video(name); },
          inside, py::arg("name"), "A further picture track, e.g. \"screen\".")
      .def(
          "gap",
          [](Recording& r, double begin, double end, const std::string& why) {
            r.gap(from_seconds(begin), from_seconds(end), why);
          },
          py::arg("begin"), py::arg("end"), py::arg("why"))
      .def_property_readonly("signer", &Recording::signer, "The verifier key to register at the start.")
      .def_property_readonly("statistics", &statistics)
      .def("close", &Recording::close, py::call_guard<py::gil_scoped_release>(), "Commits.")
      .def("__enter__", [](py::object self) { return self; })
      .def("__exit__", [](Recording& r, const py::args&) {
        const py::gil_scoped_release release;
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

  py::class_<Identity>(m, "Identity", "A private key; never printed.")
      .def_static("generate", &Identity::generate)
      .def_static(
          "parse", [](const std::string& text) { return Identity::parse(text); }, py::arg("text"))
      .def_static("load", &Identity::load, py::arg("path"), "All keys of an age identity file.")
      .def_property_readonly("recipient", [](const Identity& i) { return i.recipient().to_string(); })
      .def("secret_text", &Identity::secret_text, "The secret itself: keep it where only its owner can read.")
      .def("__repr__",
           [](const Identity& i) { return "<invigil.Identity of " + i.recipient().to_string() + ">"; });
}

}  // namespace binding
