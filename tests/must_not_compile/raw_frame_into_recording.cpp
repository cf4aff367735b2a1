// A camera's frame may show a document number: it must not reach a recording.
#include <invigil/capture.hpp>
#include <invigil/idcard.hpp>
#include <invigil/recording.hpp>
#include <invigil/session.hpp>

void wire_up(invigil::Session& session, invigil::Recording& recording) {
  auto video = session.add(invigil::Camera{});
  video.to(recording.video());  // BAD: a raw frame must not leave memory
  // GOOD: video.via(invigil::RedactIdCard{}).to(recording.video());
}
