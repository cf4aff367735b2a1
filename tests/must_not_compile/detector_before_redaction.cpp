// What a detector sees, it may keep or show: it sees only what is concealed.
#include <invigil/behaviour.hpp>
#include <invigil/capture.hpp>
#include <invigil/idcard.hpp>
#include <invigil/session.hpp>

void wire_up(invigil::Session& session) {
  auto video = session.add(invigil::Camera{});
  video.via(invigil::FindFaces{});  // BAD: a detector sees only frames in which document numbers are concealed
  // GOOD: video.via(invigil::RedactIdCard{}).via(invigil::FindFaces{});
}
