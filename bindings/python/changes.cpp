// Shredding recordings, and changing their recipients.
#include "module.hpp"

#include <invigil/error.hpp>
#include <invigil/rewrap.hpp>
#include <invigil/shred.hpp>

#include <cmath>
#include <optional>

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

namespace binding {

namespace {

using namespace invigil;
using Path = std::filesystem::path;

/// Where to: a new file, or, when that is asked for by its name, the recording itself.
struct Place {
  std::optional<Path> out;
  bool in_place = false;
  bool overwrite = false;

  void check() const {
    if (out.has_value() == in_place)
      throw Error(Errc::argument, "out", "give either out=PATH or in_place=True");
  }
  /// Throws when the output is the input, whose reading it would end.
  void check_distinct(const Path& input) const {
    std::error_code ignored;
    if (out && std::filesystem::equivalent(input, *out, ignored))
      throw Error(Errc::argument, out->string(), "is the input itself; use in_place=True");
  }
};

/// Runs `in_file` or `into`, with Python left alone; gives the report as a dict.
template <class InFile, class Into>
py::object changed(const Path& path, const Place& place, const InFile& in_file, const Into& into) {
  std::string json;
  {
    const py::gil_scoped_release release;
    place.check();
    place.check_distinct(path);
    if (place.in_place) {
      json = to_json(in_file());
    } else {
      const auto recording = open_file(path);
      const auto out = create_file_atomically(*place.out, {.overwrite = place.overwrite});
      json = to_json(into(*recording, *out));
      out->close();
    }
  }
  return py::module_::import("json").attr("loads")(json);
}

Duration padding(double seconds) {
  if (!std::isfinite(seconds) || std::abs(seconds) > 1e6)
    throw Error(Errc::argument, "pad", "must be within 0 s to 24 h");
  return duration_from_seconds(seconds);
}

py::object shred_file(const Path& path, const std::vector<Identity>& identities,
                      const std::optional<Path>& out, bool in_place, bool keep_flagged,
                      const std::optional<std::vector<FlagKind>>& kinds, double pad, bool logs,
                      const std::string& why, bool overwrite) {
  const ShredOptions options{.keep_flagged = keep_flagged,
                             .kinds = kinds.value_or(std::vector<FlagKind>{}),
                             .pad = padding(pad),
                             .logs = logs,
                             .why = why};
  return changed(
      path, {out, in_place, overwrite}, [&] { return shred_in_place(path, identities, options); },
      [&](ByteSource& recording, ByteSink& to) { return shred(recording, identities, to, options); });
}

py::object rewrap_file(const Path& path, const std::vector<Identity>& identities,
                       const std::vector<std::string>& recipients, const std::optional<Path>& out,
                       bool in_place, const std::string& why, bool overwrite) {
  std::vector<Recipient> keys;
  for (const auto& text : recipients) keys.push_back(Recipient::parse(text));
  const RewrapOptions options{.why = why};
  return changed(
      path, {out, in_place, overwrite}, [&] { return rewrap_in_place(path, identities, keys, options); },
      [&](ByteSource& recording, ByteSink& to) { return rewrap(recording, identities, keys, to, options); });
}

}  // namespace

void add_changes(py::module_& m) {
  m.def("shred", &shred_file, py::arg("path"), py::arg("identities"), py::kw_only(),
        py::arg("out") = py::none(), py::arg("in_place") = false, py::arg("keep_flagged") = true,
        py::arg("kinds") = py::none(), py::arg("pad") = 10.0, py::arg("logs") = false, py::arg("why") = "",
        py::arg("overwrite") = false, "Destroys the keys of what need not be kept: a dict of what was done.");
  m.def("rewrap", &rewrap_file, py::arg("path"), py::arg("identities"), py::arg("recipients"), py::kw_only(),
        py::arg("out") = py::none(), py::arg("in_place") = false, py::arg("why") = RewrapOptions{}.why,
        py::arg("overwrite") = false, "Changes who can open a recording: a dict of what was done.");
}

}  // namespace binding
