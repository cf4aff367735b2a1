#include "watched.hpp"

#include <algorithm>

namespace invigil::vm {

using namespace std::chrono_literals;

double quantile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(double(values.size()) * share))];
}

std::vector<double> Watch::steps() const {
  std::vector<double> steps;
  for (std::size_t i = 1; i < seen.size(); ++i) steps.push_back(seen[i].time - seen[i - 1].time);
  return steps;
}

std::vector<double> Watch::ages() const {
  std::vector<double> ages;
  for (const auto& picture : seen) ages.push_back(picture.age);
  return ages;
}

const Flag* Watch::flag(const std::string& what) const {
  const auto found = std::find_if(flags.begin(), flags.end(), [&](const Flag& f) { return f.what == what; });
  return found == flags.end() ? nullptr : &*found;
}

Watched::Watched(const CameraOptions& options, std::chrono::milliseconds pause)
    : camera_(std::make_unique<Camera>(options)),
      monitor_(camera_->monitor()),
      flags_(camera_->flags()),
      pause_(pause),
      reader_([this](const std::stop_token& stop) { read(stop); }) {}

Watched::~Watched() = default;

void Watched::read(const std::stop_token& stop) {
  const auto begin = Wall::now();  // session time begins with the first read
  try {
    while (const auto frame = camera_->read(stop)) {
      {
        const std::lock_guard lock{mutex_};
        const double time = seconds(frame->time);
        watch_.seen.push_back(
            {time, since(begin) - time, frame->index, frame->image.width(), frame->image.height()});
      }
      std::this_thread::sleep_for(pause_);
    }
  } catch (const DeviceError& error) {
    const std::lock_guard lock{mutex_};
    watch_.trouble = error.trouble();
  }
}

bool Watched::more(std::size_t pictures, double limit) {
  const auto count = [&] {
    const std::lock_guard lock{mutex_};
    return watch_.seen.size();
  };
  const auto wanted = count() + pictures;
  for (const auto begin = Wall::now(); count() < wanted; std::this_thread::sleep_for(5ms))
    if (since(begin) > limit) return false;
  return true;
}

std::optional<double> Watched::until_present(bool present, double limit) const {
  const auto begin = Wall::now();
  for (; monitor_->statistics().present != present; std::this_thread::sleep_for(1ms))
    if (since(begin) > limit) return std::nullopt;
  return since(begin);
}

Watch Watched::end() {
  const auto begin = Wall::now();
  reader_.request_stop();
  reader_.join();
  camera_.reset();
  watch_.stopped_after = since(begin);
  watch_.counted = monitor_->statistics();
  while (auto flag = flags_->read({})) watch_.flags.push_back(std::move(*flag));
  return std::move(watch_);
}

}  // namespace invigil::vm
