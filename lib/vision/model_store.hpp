// Where models lie, and their bytes once their digest was checked.
#pragma once

#include <invigil/models.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace invigil::vision {

/// No known model is larger; what is, is not read.
inline constexpr std::uint64_t largest_model = 64U << 20U;

/// $XDG_DATA_HOME/invigil/models or ~/.local/share/invigil/models; empty when neither variable is set.
[[nodiscard]] std::filesystem::path user_models_folder();

/// The digest of a file. Throws `Error{io}`, or `Error{model}` when it is larger than any model.
[[nodiscard]] std::string digest_of(const std::filesystem::path& file);

/// The bytes of a known model, or nothing when it lies nowhere. Throws `Error{model}` when its digest
/// differs: a detector that is not the one in the report would make the report untrue.
[[nodiscard]] std::optional<std::vector<std::byte>> load_model(std::string_view name);

}  // namespace invigil::vision
