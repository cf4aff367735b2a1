#include "behaviour/faces_evidence.hpp"

#include <invigil/error.hpp>
#include <invigil/raise.hpp>

namespace invigil {

struct FlagAbsence::Impl {
  behaviour::Raiser raiser;
};

FlagAbsence::FlagAbsence(FlagAbsenceOptions options) {
  if (options.longer_than < Duration::zero())
    throw Error(Errc::argument, "FlagAbsence", "longer_than is negative; give 0 s or more");
  impl_ = std::make_unique<Impl>(Impl{behaviour::Raiser{behaviour::absence_options(options.longer_than)}});
}
FlagAbsence::~FlagAbsence() = default;
FlagAbsence::FlagAbsence(FlagAbsence&&) noexcept = default;
FlagAbsence& FlagAbsence::operator=(FlagAbsence&&) noexcept = default;

void FlagAbsence::process(Faces faces, const Emit<Flag>& emit) {
  impl_->raiser.add(behaviour::absence(faces, 0, double{faces.quality}), emit);
}
void FlagAbsence::finish(const Emit<Flag>& emit) { impl_->raiser.finish(emit); }
Timestamp FlagAbsence::horizon(Timestamp seen) const { return impl_->raiser.horizon(seen); }

}  // namespace invigil
