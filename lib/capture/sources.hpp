// What stands behind `Camera`, `Microphone` and `Screen`: devices, or in test builds test sources.
#pragma once

#include "capture/camera_source.hpp"
#include "capture/microphone_source.hpp"

#include <invigil/capture.hpp>

#include <memory>
#include <string>

namespace invigil::capture {

[[nodiscard]] std::unique_ptr<CameraSource> open_camera(const CameraOptions& options);
/// `device` as for `Camera`, in place of the options'.
[[nodiscard]] std::unique_ptr<CameraSource> libavdevice_camera(const std::string& device,
                                                               const CameraOptions& options);
[[nodiscard]] std::unique_ptr<MicrophoneSource> open_microphone(const MicrophoneOptions& options);
/// `device`: "pulse:..." or "alsa:..." on Linux.
[[nodiscard]] std::unique_ptr<MicrophoneSource> libavdevice_microphone(const std::string& device);
[[nodiscard]] std::unique_ptr<Source<RawFrame>> open_screen(const ScreenOptions& options);

/// Only in builds with INVIGIL_TEST_HOOKS, and only when the environment says INVIGIL_TEST_SOURCES=1: then
/// devices are played by libavfilter, live, so that the README's examples run where there is no camera.
[[nodiscard]] bool test_sources_wanted();
[[nodiscard]] std::unique_ptr<Source<RawFrame>> test_picture_source(int width, int height, double rate);
[[nodiscard]] std::unique_ptr<CameraSource> test_camera(int width, int height, double rate);
[[nodiscard]] std::unique_ptr<MicrophoneSource> test_microphone();

}  // namespace invigil::capture
