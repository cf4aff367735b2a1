#include "behaviour/sound_evidence.hpp"

namespace invigil::behaviour {

namespace {

/// A level is measured, not guessed, yet no measure is certain.
constexpr double measured = 0.95;
/// Below the smallest step of 16 bits (-90 dBFS): no converter was listening.
constexpr float digital_silence = -100;
/// The quietest room is 20 dB louder through any microphone that works; an open input is not.
constexpr float next_to_nothing = -80;
/// So much quieter than usual happens for a while; for a minute (of the default 3 s) it does not.
constexpr int near_silence_factor = 20;
/// A sine at exactly full scale has 13 % of its samples there, but nobody speaks sines: normalised speech
/// stays below, speech 6 dB too loud is above in most of its blocks.
constexpr float clipped_share = 0.02F;

RaiserOptions options_of(std::string_view what, FlagKind kind, Duration longer_than, std::string sentence) {
  RaiserOptions options;
  options.what = what;
  options.kind = kind;
  options.longer_than = longer_than;
  options.because = [sentence = std::move(sentence)](const Sighting& heard) {
    return how_long(sentence, heard);
  };
  return options;
}

Evidence given(const Speech& heard, bool present) { return {heard.time, present ? measured : 0.0, 1}; }

}  // namespace

RaiserOptions speech_options(Duration longer_than) {
  auto options = options_of("speech", FlagKind::behaviour, longer_than, "speech");
  options.time_constant = std::chrono::milliseconds{100};  // a syllable
  return options;
}

RaiserOptions clipping_options(Duration longer_than) {
  auto options =
      options_of("clipping", FlagKind::technical, longer_than, "the sound was too loud for the microphone");
  options.time_constant = std::chrono::milliseconds{500};  // what is too loud is so in its loud syllables
  return options;
}

RaiserOptions muted_options(Duration longer_than) {
  return options_of("microphone_muted", FlagKind::technical, longer_than,
                    "the microphone gave no sound at all");
}

RaiserOptions near_silence_options(Duration longer_than) {
  return options_of("microphone_muted", FlagKind::technical, near_silence_factor * longer_than,
                    "next to no sound reached the microphone");
}

Evidence clipping(const Speech& heard) { return given(heard, heard.clipped >= clipped_share); }
Evidence muted(const Speech& heard) { return given(heard, heard.level <= digital_silence); }
Evidence near_silence(const Speech& heard) {
  return given(heard, heard.level > digital_silence && heard.level <= next_to_nothing);
}

}  // namespace invigil::behaviour
