// A program as somebody else would write it: it must build from the installed package alone.
#include <invigil/invigil.hpp>

#include <iostream>

int main() {
  using namespace std::chrono_literals;
  const invigil::Flag absent{.what = "face_absent",
                             .begin = invigil::Timestamp{3s},
                             .end = invigil::Timestamp{9s},
                             .because = "no face for 6 s"};
  const auto back = invigil::parse_flag(invigil::to_json(absent));
  std::cout << "invigil " << invigil::build_info().version << " built for " INVIGIL_VERSION ": " << back.what
            << '\n';
  return back.what == absent.what && invigil::build_info().version == INVIGIL_VERSION ? 0 : 1;
}
