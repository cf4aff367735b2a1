#include "capture/line_source.hpp"

#include <utility>

namespace invigil::capture {

void LineSource::put(media::UniqueFrame sound, Timestamp begin, bool torn) {
  line_.push(std::move(sound), begin, torn, [this](AudioBlock b) { ready_.push_back(std::move(b)); });
}

void LineSource::end() {
  over_ = true;
  line_.finish([this](AudioBlock b) { ready_.push_back(std::move(b)); });
}

std::optional<AudioBlock> LineSource::read(std::stop_token stop) {
  while (ready_.empty()) {
    if (failure_) std::rethrow_exception(failure_);
    if (std::exchange(over_, false)) return std::nullopt;
    try {
      if (!hear(stop)) end();
    } catch (...) {
      failure_ = std::current_exception();
      end();
    }
  }
  auto block = std::move(ready_.front());
  ready_.pop_front();
  return block;
}

}  // namespace invigil::capture
