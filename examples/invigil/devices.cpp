// invigil devices: what can be recorded here.
#include "app.hpp"

#include <invigil/capture.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace {

const char* kind_name(invigil::DeviceKind kind) {
  switch (kind) {
    case invigil::DeviceKind::camera:
      return "camera";
    case invigil::DeviceKind::microphone:
      return "microphone";
    case invigil::DeviceKind::screen:
      return "screen";
  }
  return "device";
}

std::string as_json(const std::vector<invigil::Device>& devices) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& d : devices)
    list.push_back({{"kind", kind_name(d.kind)},
                    {"id", d.id},
                    {"name", d.name},
                    {"formats", d.formats},
                    {"path", d.path},
                    {"driver", d.driver},
                    {"seems_virtual", d.seems_virtual},
                    {"trouble", d.trouble ? nlohmann::ordered_json(to_string(*d.trouble)) : nullptr}});
  // Names come from hardware and may be in any encoding.
  return list.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string as_text(const std::vector<invigil::Device>& devices) {
  std::string text;
  for (const auto& d : devices) {
    text += fmt::format("{:<11} {}  ({}{}{})\n", kind_name(d.kind), d.id, d.name,
                        d.path.empty() || d.path == d.name ? "" : ", " + d.path,
                        d.seems_virtual ? ", seems to be played by a program" : "");
    for (const auto& format : d.formats) text += fmt::format("{:<11}   {}\n", "", format);
  }
  return text;
}

int run(const app::Common& common) {
  const auto devices = invigil::list_devices();
  if (common.json)
    app::print(as_json(devices));
  else if (devices.empty())
    app::say(common, "No camera, microphone or screen was found");
  else
    app::print(as_text(devices));
  return app::Exit::done;
}

app::Job add(CLI::App& command, const app::Common& common) {
  app::teach(command, {{"devices", "what `record --camera`, `--microphone` and `--screen` take"},
                       {"devices --json", "the same for a script"}});
  return [&common] { return run(common); };
}

const app::Subcommand registered{80, "devices", "list cameras, microphones and screens", add};

}  // namespace
