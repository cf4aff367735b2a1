#include "behaviour/repetition_watch.hpp"
#include "behaviour/sampler.hpp"
#include "vision/pixels.hpp"

#include <invigil/repetition.hpp>

namespace invigil {

struct FindRepetition::Impl {
  behaviour::Sampler sampler{5};
  behaviour::RepetitionWatch watch;
};

FindRepetition::FindRepetition() : impl_(std::make_unique<Impl>()) { vision::prepare_opencv(); }
FindRepetition::~FindRepetition() = default;
FindRepetition::FindRepetition(FindRepetition&&) noexcept = default;
FindRepetition& FindRepetition::operator=(FindRepetition&&) noexcept = default;

void FindRepetition::process(Frame frame, const Emit<Repetition>& emit) {
  if (frame.image().empty() || !impl_->sampler.take(frame.time())) return;
  if (auto found = impl_->watch.look(vision::measure(frame.image()), frame.time())) emit(*found);
}

}  // namespace invigil
