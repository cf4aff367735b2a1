// Thresholds stand where they are used. Those of light, sharpness and cover are those of the flags
// (lib/behaviour/README.md); the others say what an exam of one hour and a half at 720p needs.
#include "check/judge.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace invigil::check {

namespace {

constexpr auto ok = CheckState::ok;
constexpr auto warn = CheckState::warn;
constexpr auto fail = CheckState::fail;

CheckItem item(const char* name, CheckState state, std::string seen, std::string advice = {},
               std::map<std::string, double> values = {}) {
  return {.name = name,
          .state = state,
          .seen = std::move(seen),
          .advice = state == ok ? std::string{} : std::move(advice),
          .values = std::move(values)};
}

template <class T, class Value>
double median(const std::vector<T>& all, Value value, double share = 0.5) {
  if (all.empty()) return 0;
  std::vector<double> values;
  for (const auto& x : all) values.push_back(value(x));
  const auto at = std::min(values.size() - 1, static_cast<std::size_t>(double(values.size()) * share));
  std::nth_element(values.begin(), values.begin() + std::ptrdiff_t(at), values.end());
  return values[at];
}

void judge_device(const char* name, const DeviceOutcome& device, Items& items) {
  if (!device.trouble) return items.push_back(item(name, ok, device.name));
  // "<where>: <what>; <what to do>"
  const auto split = device.why.rfind("; ");
  auto said = item(name, fail, device.why.substr(0, split),
                   split == std::string::npos ? "use another one" : device.why.substr(split + 2));
  said.trouble = device.trouble;
  items.push_back(std::move(said));
}

CheckItem resolution(const Pictures& p) {
  const auto state = p.height >= 720 ? ok : p.height >= 480 ? warn : fail;
  return item("resolution", state, fmt::format("{}x{} pixels", p.width, p.height),
              "use a camera of at least 1280x720: documents and small phones are not seen in less",
              {{"width", p.width}, {"height", p.height}});
}

CheckItem rate(const Pictures& p) {
  const double fps = p.seconds > 0 ? double(p.counted.delivered - 1) / p.seconds : 0;
  const double lost = double(p.counted.lost_by_driver + p.counted.lost_in_queue + p.counted.damaged);
  const double share = lost / std::max(1.0, lost + double(p.counted.delivered));
  const auto state = fps < 5 ? fail : fps < 12 || share > 0.02 ? warn : ok;
  return item("rate", state, fmt::format("{:.1f} pictures a second, {:.1f} % lost", fps, share * 100),
              share > 0.02 ? "plug the camera in without a hub, and close programs that use the computer"
                           : "give more light, since cameras slow down in the dark; or use another camera",
              {{"per_second", fps}, {"lost_share", share}});
}

CheckItem light(const Pictures& p) {
  const auto luma = median(p.observations, [](const auto& o) { return o.picture.luma; });
  const auto bad = [&](PictureState state) {
    const auto n = std::count_if(p.observations.begin(), p.observations.end(),
                                 [&](const auto& o) { return o.picture.state == state; });
    return 2 * n > std::ptrdiff_t(p.observations.size());
  };
  const std::map<std::string, double> values{{"luma", luma}};
  if (bad(PictureState::covered))
    return item("light", fail, "the camera is covered", "open its shutter, take off what covers it", values);
  if (bad(PictureState::dark))
    return item("light", fail, "the picture is dark", "switch on a lamp in front of you", values);
  if (luma < 60)
    return item("light", warn, fmt::format("the picture is dim ({:.0f} of 255)", luma),
                "switch on a lamp in front of you", values);
  if (luma > 215)
    return item("light", warn, fmt::format("the picture is too bright ({:.0f} of 255)", luma),
                "turn away from the window or lamp", values);
  return item("light", ok, fmt::format("brightness {:.0f} of 255", luma), {}, values);
}

CheckItem sharpness(const Pictures& p) {
  const auto value = median(p.observations, [](const auto& o) { return o.picture.sharpness; });
  return item("sharpness",
              value < 8    ? fail
              : value < 30 ? warn
                           : ok,
              fmt::format("sharpness {:.0f} (usual: above 100)", value),
              "clean the lens and sit an arm's length away", {{"laplacian_variance", value}});
}

CheckItem face(const Pictures& p) {
  std::vector<const PictureObservation*> looked;
  for (const auto& o : p.observations)
    if (o.faces.quality > 0) looked.push_back(&o);
  if (looked.empty())
    return item("face", warn, "no detector can look for a face here",
                "fetch the models (invigil models fetch), or give more light");
  const auto share = [&](auto holds) {
    return double(std::count_if(looked.begin(), looked.end(),
                                [&](const auto* o) { return holds(o->faces.faces.size()); })) /
           double(looked.size());
  };
  const double one = share([](std::size_t n) { return n >= 1; }),
               more = share([](std::size_t n) { return n > 1; });
  const bool fallback = looked.front()->faces.quality <= fallback_quality;
  const std::map<std::string, double> values{{"seen_share", one}, {"several_share", more}};
  if (more > 0.3)
    return item("face", warn, "more than one face is in view",
                "be alone; take pictures of people off the wall", values);
  if (one >= 0.5)
    return item("face", ok, fmt::format("a face is seen in {:.0f} % of looks", one * 100), {}, values);
  return item("face", fallback ? warn : fail, fmt::format("a face is seen in {:.0f} % of looks", one * 100),
              fallback ? "sit in front of the camera; without models (invigil models fetch) faces are missed"
                       : "sit in front of the camera, with light on your face",
              values);
}

}  // namespace

void judge_pictures(const Pictures& p, Items& items) {
  judge_device("camera", p.device, items);
  if (p.device.trouble && p.counted.delivered == 0) return;
  items.push_back(
      item("camera_real", p.device.seems_virtual ? warn : ok,
           p.device.seems_virtual ? "a program seems to play this camera" : "no sign of a played camera",
           "choose the computer's own camera; virtual cameras are pointed out to staff"));
  items.push_back(resolution(p));
  items.push_back(rate(p));
  if (p.observations.empty()) return;
  items.push_back(light(p));
  items.push_back(sharpness(p));
  items.push_back(face(p));
}

void judge_sound(const Sound& s, Items& items) {
  judge_device("microphone", s.device, items);
  if (s.blocks.empty()) return;
  const auto level_of = [](const Speech& b) { return b.level; };
  const double loud = median(s.blocks, level_of, 0.95), quiet = median(s.blocks, level_of, 0.1);
  const std::map<std::string, double> levels{{"loud_dbfs", loud}, {"quiet_dbfs", quiet}};
  if (loud <= -90)
    items.push_back(item("level", fail, "the microphone gives silence",
                         "switch it on: a key on the keyboard, a switch on the headset, the sound settings",
                         levels));
  else
    items.push_back(item("level", loud < -55 ? warn : ok, fmt::format("loudest {:.0f} dBFS", loud),
                         "speak while this runs; turn the microphone up in the sound settings", levels));
  items.push_back(item("noise", quiet > -35 ? warn : ok, fmt::format("quietest {:.0f} dBFS", quiet),
                       "speech is hard to tell in this noise: close the window, switch off fans and music",
                       levels));
  const auto clipped = double(std::count_if(s.blocks.begin(), s.blocks.end(),
                                            [](const Speech& b) { return b.clipped > 0.001F; })) /
                       double(s.blocks.size());
  items.push_back(item("clipping", clipped > 0.02 ? warn : ok,
                       fmt::format("{:.0f} % of the sound is overdriven", clipped * 100),
                       "turn the microphone down, or move away from it", {{"share", clipped}}));
  if (s.blocks.front().probability < 0) {
    items.push_back(
        item("speech", warn, "no model can tell speech here", "fetch the models (invigil models fetch)"));
    return;
  }
  const auto spoken = 0.032 * double(std::count_if(s.blocks.begin(), s.blocks.end(),
                                                   [](const Speech& b) { return b.probability >= 0.5F; }));
  items.push_back(item("speech", spoken >= 0.3 ? ok : warn, fmt::format("speech for {:.1f} s", spoken),
                       "say a sentence while this runs, to see that you are heard", {{"seconds", spoken}}));
}

double bit_rate(const Cost& cost) {
  constexpr double usual = 1e6;  // 720p30 and speech: 0.92 Mbit/s (README's figures)
  const bool measured = !cost.stand_in && cost.media_seconds >= 1 && cost.bytes > 0;
  return measured ? double(cost.bytes) * 8 / cost.media_seconds : usual;
}

void judge_disk(const std::string& place, std::optional<std::uint64_t> free_bytes, const Cost& cost,
                Duration length, Items& items) {
  if (!free_bytes)
    return items.push_back(item("disk", fail, fmt::format("{} cannot be looked at", place),
                                "name a folder that exists and can be written to"));
  // A scene that moves more than now takes more; the disk of a laptop is never the recording's alone.
  const double needed = bit_rate(cost) / 8 * seconds(length), free = double(*free_bytes);
  const auto gb = [](double bytes) { return fmt::format("{:.2f} GB", bytes / 1e9); };
  items.push_back(
      item("disk",
           free < 1.2 * needed ? fail
           : free < 2 * needed ? warn
                               : ok,
           fmt::format("{} free, {:.0f} min will take about {}{}", gb(free), seconds(length) / 60, gb(needed),
                       cost.stand_in ? " (assumed)" : ""),
           "delete what is not needed, empty the bin, or choose another disk",
           {{"free_bytes", free}, {"needed_bytes", needed}, {"bits_per_second", bit_rate(cost)}}));
}

void judge_cost(const Cost& cost, unsigned processors, Items& items) {
  if (cost.media_seconds <= 0)
    return items.push_back(item("cpu", warn, "could not be measured", "try again with a camera"));
  const double own = cost.cpu_seconds / cost.media_seconds / std::max(1U, processors);
  const double others = cost.others_busy.value_or(0);
  const double left = 1 - own - others;
  const double unseen = double(cost.unseen) / std::max(1.0, double(cost.seen + cost.unseen));
  const auto state = left < 0.1 || unseen > 0.2 ? fail : left < 0.3 || unseen > 0.02 ? warn : ok;
  const auto shared = cost.others_busy ? fmt::format(", others {:.0f} %", others * 100) : std::string{};
  auto judged = item(
      "cpu", state,
      fmt::format("recording takes {:.0f} % of {} processors{}{}, {:.0f} % are left", own * 100, processors,
                  cost.stand_in ? " (on a test picture)" : "", shared, std::max(0.0, left) * 100),
      "close other programs and browser tabs, plug the computer in; if that does not help, use another",
      {{"own_share", own}, {"left_share", left}, {"unseen_share", unseen}});
  if (cost.others_busy) judged.values["others_share"] = others;
  items.push_back(std::move(judged));
}

void judge_processes(const std::vector<Process>& before, const std::vector<Process>& after, double elapsed,
                     Items& items) {
  std::map<int, double> used;
  for (const auto& p : before) used[p.id] = p.cpu_seconds;
  std::vector<std::pair<double, std::string>> heavy;
  for (const auto& p : after) {
    const auto had = used.find(p.id);
    const double share = (p.cpu_seconds - (had == used.end() ? 0 : had->second)) / std::max(0.1, elapsed);
    if (share > 0.25) heavy.emplace_back(share, p.name);
  }
  std::sort(heavy.rbegin(), heavy.rend());
  if (heavy.size() > 5) heavy.resize(5);
  std::string text;
  for (const auto& [share, name] : heavy)
    text += fmt::format("{}{} ({:.0f} % of a processor)", text.empty() ? "" : ", ", name, share * 100);
  items.push_back(item("processes", heavy.empty() ? ok : warn,
                       heavy.empty() ? "no other program is busy" : text, "close them before the exam",
                       {{"busy", double(heavy.size())}}));
}

void judge_power(const Power& power, Duration length, Items& items) {
  if (!power.charge) return items.push_back(item("power", ok, "no battery"));
  const double charge = *power.charge;
  if (!power.on_battery)
    return items.push_back(item("power", ok, fmt::format("plugged in, battery at {:.0f} %", charge * 100), {},
                                {{"charge", charge}}));
  // A recording laptop lasts two hours and a half or so.
  const bool short_of = charge * 150 * 60 < seconds(length) * 1.2;
  items.push_back(item("power", short_of ? fail : warn, fmt::format("on battery, at {:.0f} %", charge * 100),
                       "plug the computer in", {{"charge", charge}}));
}

void judge_clock(std::optional<bool> kept, Items& items) {
  items.push_back(item("clock", kept.value_or(false) ? ok : warn,
                       !kept   ? "whether it is kept right cannot be told here"
                       : *kept ? "kept right by a time server"
                               : "not kept right by a time server",
                       "switch on automatic date and time in the settings"));
}

void judge_displays(const Displays& displays, Items& items) {
  std::string seen = displays.connected == 0 ? "how many are connected cannot be told here"
                                             : fmt::format("{} connected", displays.connected);
  std::string advice = displays.connected > 1    ? "unplug all but one"
                       : displays.connected == 0 ? "see that only one is connected"
                                                 : "";
  if (displays.wayland) {
    seen += ", a Wayland session";
    advice += std::string{advice.empty() ? "" : "; "} +
              "if the screen is to be recorded, log in again and choose \"on Xorg\"";
  }
  items.push_back(item("displays", displays.connected == 1 && !displays.wayland ? ok : warn, std::move(seen),
                       std::move(advice), {{"connected", double(displays.connected)}}));
}

void judge_connection(const Connection& c, const Cost& cost, Items& items) {
  const auto back = c.round_trips.size();
  if (back == 0)
    return items.push_back(item("connection", fail, c.why.empty() ? "no answer" : c.why,
                                "check the network cable or wireless network, and the address"));
  const double loss = 1 - double(back) / std::max(1, c.asked);
  const double trip = median(c.round_trips, [](double t) { return t; });
  double jitter = 0;
  for (std::size_t i = 1; i < back; ++i) jitter += std::abs(c.round_trips[i] - c.round_trips[i - 1]);
  jitter /= double(std::max<std::size_t>(1, back - 1));
  const double needed = bit_rate(cost), speed = c.bits_per_second.value_or(0);
  std::map<std::string, double> values{{"loss_share", loss},
                                       {"jitter_s", jitter},
                                       {"round_trip_s", trip},
                                       {"bits_per_second", speed},
                                       {"needed_bits_per_second", needed}};
  auto seen = fmt::format("round trip {:.0f} ms, jitter {:.0f} ms, {:.0f} % lost", trip * 1e3, jitter * 1e3,
                          loss * 100);
  seen += c.bits_per_second ? fmt::format(", {:.1f} Mbit/s up", speed / 1e6) : ", nothing could be sent";
  if (!c.refused.empty()) seen += fmt::format(" ({})", c.refused);
  const bool slow = speed < 1.2 * needed, tight = speed < 2 * needed;
  const auto state = slow || loss > 0.3                                                     ? fail
                     : tight || loss > 0 || jitter > 0.15 || trip > 1 || !c.refused.empty() ? warn
                                                                                            : ok;
  items.push_back(item("connection", state, std::move(seen),
                       slow || tight || loss > 0 || jitter > 0.15 || trip > 1
                           ? "use a cable or move closer to the router; stop downloads, backups and films"
                           : "ask staff: the server did not take what was sent",
                       std::move(values)));
}

}  // namespace invigil::check
