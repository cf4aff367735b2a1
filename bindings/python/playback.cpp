// Reading and checking recordings.
#include "file_object.hpp"
#include "module.hpp"
#include "owned.hpp"

#include <invigil/playback.hpp>
#include <invigil/verify.hpp>

#include <functional>
#include <variant>

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

namespace binding {

namespace {

using namespace invigil;

template <class T>
void add_source(py::module_& m, const char* name) {
  py::class_<Owned<Source<T>>>(m, name, "Gives what was recorded; iterate, or add it to a session.")
      .def_property_readonly("name", [](Owned<Source<T>>& s) { return s.get().name(); })
      .def("__iter__", [](py::object self) { return self; })
      .def("__next__", [](Owned<Source<T>>& source) {
        std::optional<T> item;
        {
          const py::gil_scoped_release release;
          item = source.get().read({});
        }
        if (!item) throw py::stop_iteration();
        return std::move(*item);
      });
}

/// Of one source, or of a list of them: the parts of one session.
std::vector<std::unique_ptr<ByteSource>> sources_of(const py::object& source) {
  std::vector<std::unique_ptr<ByteSource>> sources;
  if (!py::isinstance<py::list>(source) && !py::isinstance<py::tuple>(source)) {
    sources.push_back(source_of(source));
  } else {
    for (const py::handle part : source)
      sources.push_back(source_of(py::reinterpret_borrow<py::object>(part)));
  }
  return sources;
}

std::unique_ptr<Playback> open(const py::object& source, const std::vector<Identity>& identities) {
  auto parts = sources_of(source);
  const py::gil_scoped_release release;
  return std::make_unique<Playback>(std::move(parts), identities);
}

template <class T>
Owned<Source<T>> give(std::unique_ptr<Source<T>> source, const char* what) {
  if (!source) throw Error(Errc::unsupported, "Playback", std::string{"the recording has no "} + what);
  return Owned<Source<T>>{std::move(source)};
}

void extract(const Playback& p, const std::filesystem::path& out, std::optional<double> from,
             std::optional<double> to, bool overwrite) {
  const py::gil_scoped_release release;
  const auto time = [](std::optional<double> s) {
    return s ? std::optional{from_seconds(*s)} : std::nullopt;
  };
  const auto file = create_file_atomically(out, {.overwrite = overwrite});
  p.write_media(*file, time(from), time(to));
  file->close();
}

using Texts = std::variant<std::string, std::vector<std::string>>;

std::vector<std::string> list_of(const Texts& texts) {
  const auto* one = std::get_if<std::string>(&texts);
  if (!one) return std::get<std::vector<std::string>>(texts);
  return one->empty() ? std::vector<std::string>{} : std::vector<std::string>{*one};
}

py::dict check(const py::object& source, const Texts& signer, const Texts& cosigner,
               const std::string& checkpoint) {
  const VerifyOptions options{
      .signers = list_of(signer), .cosigners = list_of(cosigner), .newest_checkpoint = checkpoint};
  const auto sources = sources_of(source);
  const bool one = !py::isinstance<py::list>(source) && !py::isinstance<py::tuple>(source);
  std::string json;
  {
    const py::gil_scoped_release release;
    std::vector<ByteSource*> parts;
    for (const auto& part : sources) parts.push_back(part.get());
    json = one ? to_json(verify(*parts.front(), options)) : to_json(verify(parts, options));
  }
  return py::module_::import("json").attr("loads")(json);
}

double duration_of(const Playback& p) { return seconds(p.duration()); }

/// Without the GIL: the first of them reads the whole recording, maybe from a Python file object and under a
/// lock of the playback's.
using Release = py::call_guard<py::gil_scoped_release>;
template <auto Get>
py::cpp_function get() {
  return py::cpp_function([](const Playback& p) { return std::invoke(Get, p); }, Release());
}

}  // namespace

void add_playback(py::module_& m) {
  add_source<Frame>(m, "FrameSource");
  py::class_<Playback, std::shared_ptr<Playback>>(
      m, "Playback",
      "An opened recording: of a path or a binary file object. Opening and `extract` of a part read only "
      "what they need; all else reads the whole recording once.")
      .def(py::init(&open), py::arg("source"), py::kw_only(), py::arg("identities"))
      .def_property_readonly("consent", get<&Playback::consent>())
      .def_property_readonly("policy_text", get<&Playback::policy_text>())
      .def_property_readonly("flags", get<&Playback::flags>())
      .def_property_readonly("events", get<&Playback::events>())
      .def_property_readonly("observations", get<&Playback::observations>(), "JSON lines.")
      .def_property_readonly("duration", get<&duration_of>())
      .def_property_readonly("unredacted", get<&Playback::unredacted>())
      .def_property_readonly("damage", get<&Playback::damage>(),
                             "Empty when all is well, of the whole recording.")
      .def_property_readonly("damage_so_far", get<&Playback::damage_so_far>(),
                             "Empty when all is well, of what has been read until now.")
      .def_property_readonly("container", get<&Playback::container>())
      .def(
          "video", [](const Playback& p) { return give(p.video(), "pictures"); }, Release())
      .def(
          "audio", [](const Playback& p) { return give(p.audio(), "sound"); }, Release())
      .def("extract", &extract, py::arg("out"), py::kw_only(), py::arg("from_") = py::none(),
           py::arg("to") = py::none(), py::arg("overwrite") = false,
           "Writes a standard media file, without encoding again. With a time, only that part is read and "
           "checked.");
  m.def("verify", &check, py::arg("source"), py::kw_only(), py::arg("signer") = "", py::arg("cosigner") = "",
        py::arg("checkpoint") = "", "What can be said without any private key: a dict.");
}

}  // namespace binding
