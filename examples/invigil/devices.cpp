// invigil devices: what can be recorded here.
#include "app.hpp"
#include "interrupt.hpp"

#include <invigil/capture.hpp>
#include <invigil/device_watch.hpp>

#include <memory>
#include <stop_token>

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

void show(const app::Common& common, const std::vector<invigil::Device>& devices) {
  if (common.json)
    app::print(as_json(devices));
  else if (devices.empty())
    app::say(common, "No camera, microphone or screen was found");
  else
    app::print(as_text(devices));
}

int run(const app::Common& common, bool watch) {
  if (!watch) {
    show(common, invigil::list_devices());
    return app::Exit::done;
  }
  std::stop_source stop;
  const app::OnInterrupt interrupt{[&] { stop.request_stop(); }};
  invigil::DeviceWatch devices;
  while (const auto changed = devices.next(invigil::Duration::max(), stop.get_token()))
    show(common, *changed);
  return app::Exit::done;
}

app::Job add(CLI::App& command, const app::Common& common) {
  const auto watch = std::make_shared<bool>(false);
  command.add_flag("--watch", *watch, "List them again whenever one comes or goes, until interrupted");
  app::teach(command, {{"devices", "what `record --camera`, `--microphone` and `--screen` take"},
                       {"devices --json", "the same for a script"},
                       {"devices --watch", "whether a cable is loose"}});
  return [&common, watch] { return run(common, *watch); };
}

const app::Subcommand registered{80, "devices", "list cameras, microphones and screens", add};

}  // namespace
