#include "capture/sound_server.hpp"

#ifndef INVIGIL_WITH_AVDEVICE

namespace invigil::capture {

std::optional<std::vector<SoundSource>> sound_server_sources() { return std::nullopt; }
std::vector<SoundSource> alsa_sources() { return {}; }

}  // namespace invigil::capture

#else

#include "media/av.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <system_error>
#include <utility>

extern "C" {
#include <libavdevice/avdevice.h>
}
#ifdef __linux__
#include <dlfcn.h>
#endif

namespace invigil::capture {

namespace {

struct FreeList {
  void operator()(AVDeviceInfoList* p) const { avdevice_free_list_devices(&p); }
};
using UniqueList = std::unique_ptr<AVDeviceInfoList, FreeList>;

UniqueList list(const char* driver) {
  media::silence_libav();
  static std::once_flag once;
  std::call_once(once, avdevice_register_all);
  const auto* format = av_find_input_format(driver);
  AVDeviceInfoList* devices = nullptr;
  if (!format || avdevice_list_input_sources(format, nullptr, nullptr, &devices) < 0) return nullptr;
  return UniqueList{devices};
}

std::vector<SoundSource> sources_of(const AVDeviceInfoList& devices) {
  std::vector<SoundSource> sources;
  for (int i = 0; i < devices.nb_devices; ++i)
    sources.push_back({devices.devices[i]->device_name, devices.devices[i]->device_description, false});
  const auto given = static_cast<std::size_t>(devices.default_device);
  choose_standard(sources, given < sources.size() ? sources[given].id : std::string{});
  return sources;
}

/// Without this look, alsa-lib would try what is not there, at length.
bool has_cards() {
  std::error_code ignored;
  return std::filesystem::exists("/dev/snd/controlC0", ignored) ||
         std::filesystem::exists("/dev/snd/seq", ignored);
}

void say_nothing(const char*, int, const char*, int, const char*, ...) {}

}  // namespace

std::optional<std::vector<SoundSource>> sound_server_sources() {
  const auto devices = list("pulse");
  return devices ? std::optional{sources_of(*devices)} : std::nullopt;
}

std::vector<SoundSource> alsa_sources() {
  if (!has_cards()) return {};
  silence_alsa();
  const auto devices = list("alsa");
  return devices ? sources_of(*devices) : std::vector<SoundSource>{};
}

void silence_alsa() {
#ifdef __linux__
  // libavdevice brings alsa-lib along where it was built with it, so there is nothing to link.
  using Handler = void (*)(const char*, int, const char*, int, const char*, ...);
  using SetHandler = int (*)(Handler);
  static std::once_flag once;
  std::call_once(once, [] {
    if (void* symbol = dlsym(RTLD_DEFAULT, "snd_lib_error_set_handler"))
      reinterpret_cast<SetHandler>(symbol)(say_nothing);
  });
#endif
}

}  // namespace invigil::capture
#endif
