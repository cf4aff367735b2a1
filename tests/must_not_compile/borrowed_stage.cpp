// A session owns its stages; a borrowed one might be gone when the session runs.
#include <invigil/behaviour.hpp>
#include <invigil/session.hpp>

void wire_up(invigil::Stream<invigil::Frame> video, invigil::FindFaces& faces) {
  video.via(faces);  // BAD: a session owns its stages
  // GOOD: video.via(std::move(faces));
}
