// Shredding, step by step: for `invigil::shred_in_place`, and for tests that stop it between two steps.
#pragma once

#include "recording/edit_file.hpp"

#include <invigil/shred.hpp>

#include <vector>

namespace invigil::recording {

/// `recording` reads what `file` changes.
ShredReport shred_in_place(ByteSource& recording, EditFile& file, const std::vector<Identity>& identities,
                           const ShredOptions& options);

}  // namespace invigil::recording
