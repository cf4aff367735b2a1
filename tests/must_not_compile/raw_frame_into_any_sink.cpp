// Not even a sink that would take raw frames may have them.
#include <invigil/capture.hpp>
#include <invigil/idcard.hpp>
#include <invigil/session.hpp>

void wire_up(invigil::Session& session) {
  invigil::Collect<invigil::RawFrame> raw;
  invigil::Collect<invigil::Frame> redacted;
  auto video = session.add(invigil::Camera{});
  video.to(raw);  // BAD: a raw frame must not leave memory
  // GOOD: video.via(invigil::RedactIdCard{}).to(redacted);
}
