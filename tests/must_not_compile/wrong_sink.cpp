// Sound does not go where pictures are expected.
#include <invigil/capture.hpp>
#include <invigil/recording.hpp>
#include <invigil/session.hpp>

void wire_up(invigil::Session& session, invigil::Recording& recording) {
  auto audio = session.add(invigil::Microphone{});
  audio.to(recording.video());  // BAD: this sink does not take what this stream carries
  // GOOD: audio.to(recording.audio());
}
