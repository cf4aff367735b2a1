// From looks that are far apart to one kind of flag.
#pragma once

#include "behaviour/raiser.hpp"

#include <deque>
#include <string>

namespace invigil::behaviour {

/// A thing counts where it was seen in two of three looks that follow each other; one seen once does not, and
/// one that was missed between two others does. So two later looks decide on each.
class SeenTwice {
 public:
  explicit SeenTwice(RaiserOptions options) : raiser_(std::move(options)) {}

  /// Only pictures that were looked through. `look.likely`: 0 where the thing was not seen.
  void add(const Evidence& look, const Emit<Flag>& emit);
  void finish(const Emit<Flag>& emit);
  [[nodiscard]] Timestamp horizon(Timestamp seen) const;

 private:
  [[nodiscard]] Evidence decided(std::size_t at) const;

  Raiser raiser_;
  std::deque<Evidence> looks_;  ///< Two that are decided, and those that are not.
  std::size_t undecided_ = 0;   ///< The first that is not.
};

/// "a phone was seen", for the label.
[[nodiscard]] RaiserOptions object_options(std::string what, std::string sentence, Duration longer_than);

}  // namespace invigil::behaviour
