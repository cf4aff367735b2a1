// Where frames, sound and events come from.
#include "chunks.hpp"
#include "module.hpp"
#include "owned.hpp"

#include <invigil/capture.hpp>
#include <invigil/device_watch.hpp>
#include <invigil/event.hpp>
#include <invigil/media.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <sstream>

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

namespace binding {

namespace {

using invigil::AudioBlock;
using invigil::RawFrame;
template <class T>
using OwnedSource = Owned<invigil::Source<T>>;

/// A source of its own Python class, so that `isinstance` and the documentation tell it apart. Its monitor
/// and flags outlive the moment at which a session takes it.
template <class T>
struct Watched : OwnedSource<T> {
  template <class Device>
  explicit Watched(std::unique_ptr<Device> device)
      : Watched{device->monitor(), device->flags(), std::unique_ptr<invigil::Source<T>>{std::move(device)}} {}
  std::shared_ptr<const invigil::CaptureMonitor> monitor;
  std::shared_ptr<OwnedSource<invigil::Flag>> flags;

 private:
  Watched(std::shared_ptr<const invigil::CaptureMonitor> monitor_,
          std::unique_ptr<invigil::Source<invigil::Flag>> flags_, std::unique_ptr<invigil::Source<T>> source)
      : OwnedSource<T>(std::move(source)),
        monitor(std::move(monitor_)),
        flags(std::make_shared<OwnedSource<invigil::Flag>>(std::move(flags_))) {}
};
using Camera = Watched<RawFrame>;
using Microphone = Watched<AudioBlock>;
struct Screen : OwnedSource<RawFrame> {
  using OwnedSource<RawFrame>::Owned;
};

/// The next item while other Python threads run; Ctrl-C is noticed between items.
template <class T>
T next(OwnedSource<T>& source) {
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
  std::optional<T> item;
  {
    const py::gil_scoped_release release;
    item = source.get().read({});
  }
  if (!item) throw py::stop_iteration();
  return std::move(*item);
}

template <class T>
void add_source(py::module_& m, const char* name, const char* doc) {
  py::class_<OwnedSource<T>, std::shared_ptr<OwnedSource<T>>>(m, name, doc)
      .def("__iter__", [](py::object self) { return self; })
      .def("__next__", &next<T>)
      .def_property_readonly("name", [](OwnedSource<T>& s) { return s.get().name(); });
}

Camera make_camera(std::string device, int width, int height, double rate, std::size_t queue,
                   std::optional<double> longest_absence) {
  invigil::CameraOptions options{
      .device = std::move(device), .width = width, .height = height, .rate = rate, .queue = queue};
  if (longest_absence) options.longest_absence = invigil::duration_from_seconds(*longest_absence);
  const py::gil_scoped_release release;
  return Camera{std::make_unique<invigil::Camera>(std::move(options))};
}
template <class T>
py::dict statistics(const Watched<T>& device) {
  const auto s = device.monitor->statistics();
  using py::arg;
  return py::dict(arg("delivered") = s.delivered, arg("lost_by_driver") = s.lost_by_driver,
                  arg("lost_in_queue") = s.lost_in_queue, arg("damaged") = s.damaged,
                  arg("restarts") = s.restarts, arg("absences") = s.absences, arg("present") = s.present,
                  arg("seems_virtual") = s.seems_virtual);
}
Screen make_screen(std::string device, double rate) {
  const py::gil_scoped_release release;
  return Screen{
      std::make_unique<invigil::Screen>(invigil::ScreenOptions{.device = std::move(device), .rate = rate})};
}
Microphone make_microphone(std::string device, std::optional<double> longest_absence) {
  invigil::MicrophoneOptions options{.device = std::move(device)};
  if (longest_absence) options.longest_absence = invigil::duration_from_seconds(*longest_absence);
  const py::gil_scoped_release release;
  return Microphone{std::make_unique<invigil::Microphone>(std::move(options))};
}

std::unique_ptr<invigil::MediaFile> open_media(const py::object& input, bool realtime, double timeout) {
  const invigil::MediaOptions options{.realtime = realtime,
                                      .timeout = invigil::duration_from_seconds(timeout)};
  if (py::isinstance<BoundChunks>(input)) return open_chunks(input.cast<BoundChunks&>(), options);
  const auto path = py::cast<std::string>(py::module_::import("os").attr("fspath")(input));
  const py::gil_scoped_release release;
  return std::make_unique<invigil::MediaFile>(path, options);
}

py::dict describe(const invigil::MediaInfo& info) {
  using py::arg;
  py::object duration = py::none();
  if (info.duration) duration = py::float_(invigil::seconds(*info.duration));
  return py::dict(arg("format") = info.format, arg("has_video") = info.has_video,
                  arg("has_audio") = info.has_audio, arg("videos") = info.videos, arg("still") = info.still,
                  arg("width") = info.width, arg("height") = info.height, arg("rate") = info.rate,
                  arg("channels") = info.channels, arg("duration") = duration);
}

void add_media(py::module_& m) {
  using invigil::MediaFile;
  py::class_<MediaFile>(m, "MediaFile", "A media file, pipe (\"-\"), URL, or a page's Chunks.")
      .def(py::init(&open_media), py::arg("input"), py::kw_only(), py::arg("realtime") = false,
           py::arg("timeout") = 30.0)
      .def_property_readonly("info", [](const MediaFile& f) { return describe(f.info()); })
      .def(
          "video", [](MediaFile& f) { return OwnedSource<RawFrame>{f.video()}; }, "The pictures; once.")
      .def(
          "audio", [](MediaFile& f) { return OwnedSource<AudioBlock>{f.audio()}; }, "The sound; once.");
  m.def(
      "test_video",
      [](const std::string& graph) { return OwnedSource<RawFrame>{invigil::test_video(graph)}; },
      py::arg("graph"),
      "Synthetic pictures: a libavfilter graph such as \"testsrc2=size=640x360:duration=2\".");
  m.def(
      "test_audio",
      [](const std::string& graph) { return OwnedSource<AudioBlock>{invigil::test_audio(graph)}; },
      py::arg("graph"), "Synthetic sound: a libavfilter graph such as \"sine=frequency=440:duration=2\".");
}

py::list as_list(const std::vector<invigil::Device>& found) {
  py::list list;
  for (const auto& d : found) {
    const char* kind = d.kind == invigil::DeviceKind::camera       ? "camera"
                       : d.kind == invigil::DeviceKind::microphone ? "microphone"
                                                                   : "screen";
    py::object trouble = py::none();
    if (d.trouble) trouble = py::str(std::string{to_string(*d.trouble)});
    list.append(py::dict(py::arg("kind") = kind, py::arg("id") = d.id, py::arg("name") = d.name,
                         py::arg("formats") = d.formats, py::arg("path") = d.path,
                         py::arg("driver") = d.driver, py::arg("seems_virtual") = d.seems_virtual,
                         py::arg("trouble") = trouble));
  }
  return list;
}
py::list devices() {
  std::vector<invigil::Device> found;
  {
    const py::gil_scoped_release release;
    found = invigil::list_devices();
  }
  return as_list(found);
}

/// Ctrl-C is noticed five times a second.
std::optional<py::list> next_change(invigil::DeviceWatch& watch, double timeout) {
  using namespace std::chrono;
  using namespace std::chrono_literals;
  const auto until = steady_clock::now() + invigil::duration_from_seconds(std::clamp(timeout, 0.0, 1e9));
  for (;;) {
    std::optional<std::vector<invigil::Device>> found;
    const auto left = duration_cast<nanoseconds>(until - steady_clock::now());
    {
      const py::gil_scoped_release release;
      found = watch.next(std::min<nanoseconds>(left, milliseconds{200}));
    }
    if (found) return as_list(*found);
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    if (left <= 0ns) return std::nullopt;
  }
}

}  // namespace

void add_sources(py::module_& m) {
  add_source<RawFrame>(m, "RawFrameSource", "Gives raw frames; iterate, or add it to a session.");
  add_source<invigil::Flag>(m, "FlagSource", "Gives flags; iterate, or add it to a session.");
  add_source<AudioBlock>(m, "AudioSource", "Gives sound; iterate, or add it to a session.");
  py::class_<Camera, OwnedSource<RawFrame>, std::shared_ptr<Camera>>(
      m, "Camera", "A webcam; open from construction until it is gone.")
      .def(py::init(&make_camera), py::kw_only(), py::arg("device") = "", py::arg("width") = 1280,
           py::arg("height") = 720, py::arg("rate") = 30.0, py::arg("queue") = 8,
           py::arg("longest_absence") = py::none())
      .def_property_readonly("statistics", &statistics<RawFrame>,
                             "What it gave and what was lost where; also while a session has it.")
      .def_property_readonly(
          "flags", [](const Camera& c) { return c.flags; },
          "virtual_camera, camera_lost and frames_dropped: a source for the session that takes the camera.");
  py::class_<Screen, OwnedSource<RawFrame>, std::shared_ptr<Screen>>(m, "Screen", "The whole screen.")
      .def(py::init(&make_screen), py::kw_only(), py::arg("device") = "", py::arg("rate") = 5.0);
  py::class_<Microphone, OwnedSource<AudioBlock>, std::shared_ptr<Microphone>>(m, "Microphone",
                                                                               "A microphone.")
      .def(py::init(&make_microphone), py::kw_only(), py::arg("device") = "",
           py::arg("longest_absence") = py::none())
      .def_property_readonly("statistics", &statistics<AudioBlock>,
                             "What it gave and what was lost where, in runs of sound of about 20 ms.")
      .def_property_readonly(
          "flags", [](const Microphone& device) { return device.flags; },
          "microphone_lost and frames_dropped: a source for the session that takes the microphone.");
  add_media(m);
  m.def("devices", &devices, "Cameras, microphones and screens: a dict each.");
  py::class_<invigil::DeviceWatch>(m, "DeviceWatch", "Tells when devices come and go.")
      .def(py::init<>())
      .def("next", &next_change, py::kw_only(), py::arg("timeout") = 1e9,
           "The list as `devices` gives it, once it has changed (the first time at once); None after "
           "`timeout` "
           "seconds.");
}

}  // namespace binding
