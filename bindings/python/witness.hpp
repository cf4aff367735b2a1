// How a Python callable becomes a witness.
#pragma once

#include <invigil/witness.hpp>

#include <memory>

#include <pybind11/pybind11.h>

namespace binding {

/// Of a callable; nothing of None. To be called with the GIL.
[[nodiscard]] std::shared_ptr<invigil::Witness> make_witness(const pybind11::object& call);

}  // namespace binding
