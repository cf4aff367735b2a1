// Which microphone is meant, and by which backend it is read.
#include "capture/microphones.hpp"

#include "capture/device_error.hpp"
#include "capture/sound_server.hpp"
#include "capture/sources.hpp"
#ifdef INVIGIL_WITH_ALSA
#include "capture/alsa.hpp"
#endif
#ifdef INVIGIL_WITH_PULSE
#include "capture/pulse.hpp"
#endif

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace invigil::capture {

namespace {

constexpr std::string_view by_libavdevice = "libavdevice:";

bool is_monitor(const std::string& id) { return id.ends_with(".monitor"); }

// Each backend of the library's own where it is built, else libavdevice's, else none.
#if !defined(INVIGIL_WITH_PULSE)
std::optional<std::vector<SoundSource>> pulse_sources() { return sound_server_sources(); }
std::unique_ptr<MicrophoneSource> open_pulse(const std::string& source, const MicrophoneOptions&) {
  return libavdevice_microphone("pulse:" + source);
}
#else
std::unique_ptr<MicrophoneSource> open_pulse(const std::string& source, const MicrophoneOptions& options) {
  return read_microphone(pulse_port(source), {.longest_absence = options.longest_absence});
}
#endif

#if !defined(INVIGIL_WITH_ALSA)
std::vector<SoundSource> alsa_microphones() { return alsa_sources(); }
std::unique_ptr<MicrophoneSource> open_alsa(const std::string& device, const MicrophoneOptions&) {
  return libavdevice_microphone("alsa:" + device);
}
#else
std::unique_ptr<MicrophoneSource> open_alsa(const std::string& device, const MicrophoneOptions& options) {
  return read_microphone(alsa_port(device), {.longest_absence = options.longest_absence});
}
#endif

std::vector<SoundSource> prefixed(const char* prefix, std::vector<SoundSource> sources) {
  for (auto& source : sources) source.id.insert(0, prefix);
  return sources;
}

DeviceError none(const std::string& wanted) {
  if (wanted.empty())
    return {DeviceTrouble::absent, "microphone",
            "none is attached; plug one in, or switch it on in the sound settings"};
  return {DeviceTrouble::absent, fmt::format("microphone {}", wanted),
          "there is no sound server; start PulseAudio or PipeWire, or choose an alsa: device"};
}

}  // namespace

void choose_standard(std::vector<SoundSource>& sources, const std::string& id) {
  auto found = std::find_if(sources.begin(), sources.end(),
                            [&](const SoundSource& s) { return s.id == id && !is_monitor(id); });
  if (found == sources.end())
    found = std::find_if(sources.begin(), sources.end(), [](const auto& s) { return !is_monitor(s.id); });
  if (found != sources.end()) found->standard = true;
}

std::vector<SoundSource> find_microphones() {
  if (auto server = pulse_sources()) return prefixed("pulse:", std::move(*server));
  return prefixed("alsa:", alsa_microphones());
}

std::unique_ptr<MicrophoneSource> open_microphone(const MicrophoneOptions& options) {
  const auto& wanted = options.device;
  if (wanted.starts_with(by_libavdevice)) return libavdevice_microphone(wanted.substr(by_libavdevice.size()));
#if !defined(__linux__)
  return libavdevice_microphone(wanted);
#else
  if (wanted.starts_with("alsa:")) return open_alsa(wanted.substr(5), options);
  const auto servers = pulse_sources();
  if (!servers) {
    if (!wanted.empty() || alsa_microphones().empty()) throw none(wanted);
    return open_alsa("default", options);
  }
  const auto name = wanted.starts_with("pulse:") ? wanted.substr(6) : wanted;
  for (const auto& source : *servers)
    if (name.empty() ? source.standard : source.id == name || source.name == name)
      return open_pulse(source.id, options);
  if (name.empty()) throw none({});
  throw device_error("microphone", name, ENOENT);
#endif
}

}  // namespace invigil::capture
