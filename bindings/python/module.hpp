// The parts of the module, one file a concept; each adds its classes.
#pragma once

#include <pybind11/pybind11.h>

namespace binding {

namespace py = pybind11;

void add_errors(py::module_& m);
void add_frames(py::module_& m);
void add_audio(py::module_& m);
void add_observations(py::module_& m);
void add_flags(py::module_& m);
void add_policy(py::module_& m);
void add_sources(py::module_& m);
void add_chunks(py::module_& m);
void add_stages(py::module_& m);
void add_crypto(py::module_& m);
void add_recording(py::module_& m);
void add_spool(py::module_& m);
void add_playback(py::module_& m);
void add_proof(py::module_& m);
void add_witness(py::module_& m);
void add_changes(py::module_& m);
void add_session(py::module_& m);
void add_analysis(py::module_& m);
void add_check(py::module_& m);

}  // namespace binding
