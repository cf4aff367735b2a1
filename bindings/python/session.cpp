// Sessions and streams: the graph, run with the GIL released.
#include "session.hpp"

#include "module.hpp"
#include "owned.hpp"

#include <invigil/analysis.hpp>
#include <invigil/behaviour.hpp>
#include <invigil/flag_events.hpp>
#include <invigil/gaze.hpp>
#include <invigil/head_pose.hpp>
#include <invigil/idcard.hpp>
#include <invigil/objects.hpp>
#include <invigil/person.hpp>
#include <invigil/raise.hpp>
#include <invigil/repetition.hpp>

#include <chrono>
#include <future>
#include <map>
#include <optional>

#include <pybind11/functional.h>
#include <pybind11/stl.h>

namespace binding {

namespace {

using namespace invigil;

/// Runs on a thread of its own while this one looks for signals, so that Ctrl-C ends a session cleanly.
void run(PySession& self, std::optional<double> limit) {
  auto done = std::async(std::launch::async, [&] {
    if (limit)
      self.session.run_for(duration_from_seconds(*limit));
    else
      self.session.run();
  });
  bool interrupted = false;
  for (;;) {
    {
      const py::gil_scoped_release release;
      if (done.wait_for(std::chrono::milliseconds{50}) == std::future_status::ready) break;
    }
    if (!interrupted && PyErr_CheckSignals() != 0) {
      interrupted = true;
      self.session.stop();
    }
  }
  if (interrupted) {
    py::error_already_set interrupt;  // takes the KeyboardInterrupt while the session ends
    done.get();
    throw interrupt;
  }
  done.get();
}

py::list statistics(const PySession& self) {
  std::vector<WireStatistics> wires;
  {
    const py::gil_scoped_release release;
    wires = self.session.statistics();
  }
  py::list list;
  for (const auto& w : wires)
    list.append(py::dict(py::arg("from") = w.from, py::arg("items") = w.items, py::arg("dropped") = w.dropped,
                         py::arg("last") = seconds(w.last)));
  return list;
}

template <class T>
void add_collected(py::module_& m, const char* name) {
  using G = Gather<T>;
  py::class_<G, std::shared_ptr<G>>(m, name, "What a wire has given so far: a sequence.")
      .def("__len__", [](const G& g) { return g.items().size(); })
      .def("__iter__", [](const G& g) { return py::iter(py::cast(g.items())); })
      .def("__getitem__",
           [](const G& g, const py::object& index) { return py::cast(g.items()).attr("__getitem__")(index); })
      .def("__repr__", [](const G& g) { return py::repr(py::cast(g.items())); });
}

template <class T>
using StreamClass = py::class_<PyStream<T>>;

template <class T>
StreamClass<T> add_stream(py::module_& m, const char* name) {
  using S = PyStream<T>;
  return StreamClass<T>(m, name, "A wire of a session.")
      .def(
          "buffered",
          [](const S& s, std::size_t capacity, WhenFull when_full) {
            return S{s.stream.buffered({.capacity = capacity, .when_full = when_full}), s.session};
          },
          py::arg("capacity") = 4, py::arg("when_full") = WhenFull::block, "Continues on another thread.")
      .def(
          "merge",
          [](const S& s, const S& other) {
            return S{s.stream.merge(other.stream), s.session};
          },
          py::arg("other"), "Both wires' items in order of time.");
}

/// `via` for one stage; overloads add up.
template <class Stage>
void add_via(StreamClass<typename Stage::input_type>& c) {
  using In = typename Stage::input_type;
  using Out = typename Stage::output_type;
  c.def(
      "via",
      [](const PyStream<In>& s, Owned<Stage>& stage) {
        std::unique_ptr<invigil::Stage<In, Out>> owned = stage.take();
        return PyStream<Out>{s.stream.via(std::move(owned)), s.session};
      },
      py::arg("stage"), "Puts a stage behind this wire; the session takes the stage over.");
}

/// Not for raw frames: those end in no sink.
template <class T>
void add_ends(py::module_& m, StreamClass<T>& c, const char* collected) {
  using S = PyStream<T>;
  add_collected<T>(m, collected);
  c.def(
       "collect",
       [](const S& s) {
         auto gather = std::make_shared<Gather<T>>();
         s.session->kept.push_back(py::cast(gather));
         s.stream.to(*gather);
         return gather;
       },
       "A list-like object that holds everything after the session has run.")
      .def(
          "each",
          [](const S& s, py::function function) {
            auto sink = std::make_shared<Callback<T>>(std::move(function));
            s.session->session.graph().keep(sink);
            s.stream.to(*sink);
          },
          py::arg("function"), "Calls a function for every item, on the wire's thread.");
}

/// A sink of a recording.
template <class T>
void add_to(StreamClass<T>& c) {
  c.def(
      "to",
      [](const PyStream<T>& s, const py::object& sink) {
        s.session->kept.push_back(sink);
        s.stream.to(sink.cast<Sink<T>&>());
      },
      py::arg("sink"), "Ends this wire in a sink.");
}

template <class T>
void add_source_to(py::class_<PySession, std::shared_ptr<PySession>>& c) {
  c.def(
       "add",
       [](const std::shared_ptr<PySession>& self, Owned<Source<T>>& source) {
         return PyStream<T>{self->session.add(source.take()), self};
       },
       py::arg("source"), "Takes a source over; gives the wire that comes out of it.")
      .def(
          "add",
          [](const std::shared_ptr<PySession>& self, std::vector<T> items) {
            return PyStream<T>{self->session.add(Feed<T>{std::move(items)}), self};
          },
          py::arg("items"), "The same for a list of items in order of time.");
}

void add_streams(py::module_& m) {
  auto raw = add_stream<RawFrame>(m, "RawFrameStream");
  auto frames = add_stream<Frame>(m, "FrameStream");
  auto audio = add_stream<AudioBlock>(m, "AudioStream");
  auto faces = add_stream<Faces>(m, "FacesStream");
  auto picture = add_stream<PictureHealth>(m, "PictureStream");
  auto objects = add_stream<Objects>(m, "ObjectsStream");
  auto likeness = add_stream<Likeness>(m, "LikenessStream");
  auto repetition = add_stream<Repetition>(m, "RepetitionStream");
  auto speech = add_stream<Speech>(m, "SpeechStream");
  auto flags = add_stream<Flag>(m, "FlagStream");
  auto events = add_stream<PlatformEvent>(m, "EventStream");
  auto observations = add_stream<Observation>(m, "ObservationStream");
  add_via<RedactIdCard>(raw);
  add_via<KeepUnredacted>(raw);
  add_via<FindFaces>(frames);
  add_via<CheckPicture>(frames);
  add_via<FindHeadPose>(frames);
  add_via<FindGaze>(frames);
  add_via<FindObjects>(frames);
  add_via<ComparePerson>(frames);
  add_via<FindRepetition>(frames);
  add_via<FindSpeech>(audio);
  add_via<FlagAbsence>(faces);
  add_via<FlagSpeech>(speech);
  add_via<FlagEvents>(events);
  add_ends(m, frames, "FrameList");
  add_ends(m, audio, "AudioList");
  add_ends(m, faces, "FacesList");
  add_ends(m, picture, "PictureList");
  add_ends(m, objects, "ObjectsList");
  add_ends(m, likeness, "LikenessList");
  add_ends(m, repetition, "RepetitionList");
  add_ends(m, speech, "SpeechList");
  add_ends(m, flags, "FlagList");
  add_ends(m, events, "EventList");
  add_ends(m, observations, "ObservationList");
  add_to(frames);
  add_to(audio);
  add_to(flags);
  add_to(events);
  add_to(observations);
}

/// The wires of an analysis; the session stays alive with them.
struct PyAnalysis {
  PyStream<Flag> flags;
  PyStream<Observation> observations;
  std::map<std::string, std::string> models;
};

template <class T>
std::optional<Stream<T>> stream_of(const PyStream<T>* s) {
  return s ? std::optional{s->stream} : std::nullopt;
}

PyAnalysis add_analysis_to(const std::shared_ptr<PySession>& self, const PyStream<Frame>* video,
                           const PyStream<AudioBlock>* audio, const PyStream<PlatformEvent>* events,
                           const Policy& policy, bool drop_when_late, const std::optional<Frame>& portrait) {
  auto added = analyse(self->session, stream_of(video), stream_of(audio), stream_of(events),
                       {.policy = policy,
                        .drop_when_late = drop_when_late,
                        .portrait = portrait ? portrait->image() : Image{}});
  return {{added.flags, self}, {added.observations, self}, added.models};
}

}  // namespace

void add_session(py::module_& m) {
  py::enum_<WhenFull>(m, "WhenFull")
      .value("block", WhenFull::block)
      .value("drop_oldest", WhenFull::drop_oldest);
  add_streams(m);
  py::class_<PySession, std::shared_ptr<PySession>> session(m, "Session", "Owns and runs a graph, once.");
  session.def(py::init<>());
  py::class_<PyAnalysis>(m, "Analysis", "The wires that Session.analyse adds.")
      .def_readonly("flags", &PyAnalysis::flags)
      .def_readonly("observations", &PyAnalysis::observations)
      .def_readonly("models", &PyAnalysis::models);
  add_source_to<RawFrame>(session);
  session.def(
      "add",
      [](const std::shared_ptr<PySession>& self, Owned<Source<Frame>>& source) {
        return PyStream<Frame>{self->session.add(source.take()), self};
      },
      py::arg("source"), "Takes what was recorded.");
  add_source_to<AudioBlock>(session);
  add_source_to<PlatformEvent>(session);
  add_source_to<Flag>(session);
  session
      .def("analyse", &add_analysis_to, py::arg("video") = py::none(), py::arg("audio") = py::none(),
           py::arg("events") = py::none(), py::kw_only(), py::arg("policy") = Policy{},
           py::arg("drop_when_late") = false, py::arg("portrait") = py::none(),
           "Adds the detectors and flags that the policy enables.")
      .def("run", &run, py::kw_only(), py::arg("seconds") = py::none(),
           "Until every source has ended, `seconds` have passed or stop(). Raises the first failure of any "
           "thread.")
      .def(
          "stop", [](PySession& s) { s.session.stop(); }, "Ends a running session, from any thread.")
      .def_property_readonly("statistics", &statistics, "A dict a wire: from, items, dropped, last.");
}

}  // namespace binding
