// From what was measured to what is said about it.
#pragma once

#include "check/measured.hpp"

#include <vector>

namespace invigil::check {

using Items = std::vector<CheckItem>;

void judge_pictures(const Pictures& pictures, Items& items);
void judge_sound(const Sound& sound, Items& items);
/// `free_bytes`: none where the place cannot be looked at.
void judge_disk(const std::string& place, std::optional<std::uint64_t> free_bytes, const Cost& cost,
                Duration length, Items& items);
void judge_cost(const Cost& cost, unsigned processors, Items& items);
/// What others used between two looks, `seconds` apart.
void judge_processes(const std::vector<Process>& before, const std::vector<Process>& after, double seconds,
                     Items& items);
void judge_power(const Power& power, Duration length, Items& items);
void judge_clock(std::optional<bool> kept, Items& items);
void judge_displays(const Displays& displays, Items& items);
void judge_connection(const Connection& connection, const Cost& cost, Items& items);

/// Bits a second of the recording: as measured, or what 720p takes where nothing was.
[[nodiscard]] double bit_rate(const Cost& cost);

}  // namespace invigil::check
