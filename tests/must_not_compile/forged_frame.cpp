// Nobody but the redaction stage makes a Frame.
#include <invigil/frame.hpp>
#include <invigil/idcard.hpp>

void forge(invigil::RawFrame raw, const invigil::Emit<invigil::Frame>& emit) {
  invigil::RedactIdCard redact;
  emit(invigil::Frame{raw, nullptr, false});  // BAD: private within this context
  // GOOD: redact.process(raw, emit);
}
