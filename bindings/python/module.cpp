#include "module.hpp"

#include <invigil/version.hpp>

PYBIND11_MODULE(_core, m) {
  m.doc() = "Bindings of libinvigil; import `invigil` instead.";
  m.attr("__version__") = INVIGIL_VERSION;
  // Errors first: what the others register may throw.
  binding::add_errors(m);
  binding::add_frames(m);
  binding::add_audio(m);
  binding::add_observations(m);
  binding::add_flags(m);
  binding::add_policy(m);
  binding::add_crypto(m);
  binding::add_spool(m);
  binding::add_witness(m);
  binding::add_recording(m);
  binding::add_sources(m);
  binding::add_chunks(m);
  binding::add_stages(m);
  binding::add_session(m);
  binding::add_playback(m);
  binding::add_proof(m);
  binding::add_changes(m);
  binding::add_analysis(m);
  binding::add_check(m);
}
