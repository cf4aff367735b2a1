// What detectors see.
#include "module.hpp"

#include <invigil/event.hpp>
#include <invigil/event_log.hpp>
#include <invigil/observation.hpp>

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

namespace binding {

namespace {

py::tuple box(const invigil::Box& b) { return py::make_tuple(b.x, b.y, b.width, b.height); }

template <class T>
double time_of(const T& x) {
  return invigil::seconds(x.time);
}

void add_faces(py::module_& m) {
  using invigil::Face;
  using invigil::Faces;
  using invigil::HeadPose;
  py::class_<HeadPose>(
      m, "HeadPose",
      "Degrees: yaw to the picture's left edge, pitch up, roll of the head's top to its right edge.")
      .def_readonly("yaw", &HeadPose::yaw)
      .def_readonly("pitch", &HeadPose::pitch)
      .def_readonly("roll", &HeadPose::roll);
  py::class_<Face>(m, "Face")
      .def_property_readonly(
          "box", [](const Face& f) { return box(f.box); }, "x, y, width, height in pixels.")
      .def_readonly(
          "gaze", &Face::gaze,
          "How far the irises lie from the middle of their eyes, in widths of an eye; None when unknown.")
      .def_readonly("confidence", &Face::confidence)
      .def_readonly("pose", &Face::pose);
  py::class_<Faces>(m, "Faces", "The faces of one picture, largest first.")
      .def_property_readonly("time", &time_of<Faces>)
      .def_readonly("faces", &Faces::faces)
      .def_readonly("quality", &Faces::quality,
                    "0 when nothing can be told, 1 when the detector is to be trusted.")
      .def("__len__", [](const Faces& f) { return f.faces.size(); });
}

void add_picture(py::module_& m) {
  using invigil::Object;
  using invigil::PictureHealth;
  using invigil::PictureObservation;
  py::class_<PictureHealth>(m, "PictureHealth")
      .def_property_readonly("time", &time_of<PictureHealth>)
      .def_readonly("luma", &PictureHealth::luma)
      .def_readonly("spread", &PictureHealth::spread)
      .def_readonly("sharpness", &PictureHealth::sharpness)
      .def_readonly("change", &PictureHealth::change)
      .def_readonly("repeats", &PictureHealth::repeats,
                    "How far the last 2 s move as earlier ones did, 0 to 1.")
      .def_readonly("repeats_after", &PictureHealth::repeats_after, "Seconds between the two.")
      .def_readonly("repeats_for", &PictureHealth::repeats_for,
                    "Seconds since the pictures began to be as they were.")
      .def_property_readonly(
          "state", [](const PictureHealth& p) { return std::string{to_string(p.state)}; },
          "ok, dark, covered or frozen.")
      .def_readonly("width", &PictureHealth::width, "As the source gave it, in pixels; 0 when not known.")
      .def_readonly("height", &PictureHealth::height, "As the source gave it, in pixels; 0 when not known.")
      .def_readonly("resized", &PictureHealth::resized,
                    "How often the source's size changed since the last picture that was looked at.");
  py::class_<Object>(m, "Object")
      .def_readonly("label", &Object::label)
      .def_property_readonly("box", [](const Object& o) { return box(o.box); })
      .def_readonly("confidence", &Object::confidence);
  py::class_<PictureObservation>(m, "PictureObservation", "All that was seen in one analysed picture.")
      .def_property_readonly("time", &time_of<PictureObservation>)
      .def_readonly("faces", &PictureObservation::faces)
      .def_readonly("objects", &PictureObservation::objects)
      .def_readonly("objects_looked", &PictureObservation::objects_looked,
                    "Objects are not looked for in every picture.")
      .def_readonly("likeness", &PictureObservation::likeness, "Likeness.similarity, when compared.")
      .def_readonly("picture", &PictureObservation::picture)
      .def("json", [](const PictureObservation& o) { return to_json(invigil::Observation{o}); });
}

void add_sightings(py::module_& m) {
  using namespace invigil;
  py::class_<Objects>(m, "Objects", "The objects of one picture, most confident first.")
      .def_property_readonly("time", &time_of<Objects>)
      .def_readonly("objects", &Objects::objects)
      .def("__len__", [](const Objects& o) { return o.objects.size(); });
  py::class_<Likeness>(m, "Likeness", "Whether the face is that of the candidate.")
      .def_property_readonly("time", &time_of<Likeness>)
      .def_readonly("similarity", &Likeness::similarity,
                    "Cosine between two faces; two persons are below about 0.4.");
  py::class_<Repetition>(m, "Repetition", "How far the last 2 s of pictures move as earlier ones did.")
      .def_property_readonly("time", &time_of<Repetition>)
      .def_readonly("similarity", &Repetition::similarity, "0 to 1; people reach 0.91, loops 0.99.")
      .def_property_readonly(
          "after", [](const Repetition& r) { return seconds(r.after); }, "Seconds between the two.")
      .def_property_readonly(
          "lasts", [](const Repetition& r) { return seconds(r.lasts); },
          "Seconds for which the pictures have been as they were that time before.");
}

}  // namespace

void add_observations(py::module_& m) {
  add_faces(m);
  add_picture(m);
  add_sightings(m);
  using invigil::PlatformEvent;
  using invigil::Speech;
  py::class_<Speech>(m, "Speech", "One block of 32 ms of sound.")
      .def_property_readonly("time", &time_of<Speech>)
      .def_readonly("probability", &Speech::probability, ">= 0.5 means speech; -1 without a model.")
      .def_readonly("level", &Speech::level, "RMS, dBFS.")
      .def_readonly("loudness", &Speech::loudness, "LUFS.")
      .def_readonly("clipped", &Speech::clipped, "Share of its samples at full scale.")
      .def("json", [](const Speech& s) { return to_json(invigil::Observation{s}); });
  py::class_<PlatformEvent>(m, "PlatformEvent", "What the exam platform tells, e.g. focus_lost.")
      .def(py::init([](double time, std::string event, double duration) {
             return PlatformEvent{invigil::from_seconds(time), std::move(event),
                                  invigil::duration_from_seconds(duration)};
           }),
           py::arg("time"), py::arg("event"), py::arg("duration") = 0.0)
      .def_property_readonly("time", &time_of<PlatformEvent>)
      .def_readonly("event", &PlatformEvent::event)
      .def_property_readonly("duration", [](const PlatformEvent& e) { return invigil::seconds(e.duration); });
  using invigil::EventLog;
  py::class_<EventLog>(m, "EventLog", "A file of platform events, read as far as it can be read.")
      .def_readonly("events", &EventLog::events, "In order of time.")
      .def_readonly("bad", &EventLog::bad, "What is wrong with the first 20 lines that could not be read.")
      .def_readonly("bad_lines", &EventLog::bad_lines, "How many there are in all.")
      .def_property_readonly(
          "gap", [](const EventLog& log) { return invigil::gap_of(log); },
          "The technical flag that says so, or None.");
  m.def("load_events", &invigil::read_event_log, py::arg("path"),
        "Reads JSON lines; a bad one is left out and named, the rest is used.");
}

}  // namespace binding
