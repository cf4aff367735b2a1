// A temporary would be gone before the session runs.
#include <invigil/flag.hpp>
#include <invigil/session.hpp>

void wire_up(invigil::Session& session, invigil::Collect<invigil::Flag>& flags) {
  auto wire = session.add(invigil::Feed<invigil::Flag>{{}});
  wire.to(invigil::Collect<invigil::Flag>{});  // BAD: a sink must outlive the session
  // GOOD: wire.to(flags);
}
