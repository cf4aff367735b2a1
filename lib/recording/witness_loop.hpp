// Asks a witness to cosign, beside the recording: nothing here waits for it.
#pragma once

#include "crypto/primitives.hpp"

#include <invigil/time.hpp>
#include <invigil/witness.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace invigil::recording {

/// Owned by one recording, which calls it under its lock. The witness is called on a thread of its own, which
/// outlives this object when a call does not return: it then owns all it uses.
class WitnessLoop {
 public:
  WitnessLoop(std::shared_ptr<Witness> witness, Duration every, Duration deadline);
  /// Does not wait for a call under way.
  ~WitnessLoop();
  WitnessLoop(const WitnessLoop&) = delete;
  WitnessLoop& operator=(const WitnessLoop&) = delete;

  /// Time to ask again, and no call is under way.
  [[nodiscard]] bool due() const;
  /// No call is under way, nor an outcome that nobody has taken.
  [[nodiscard]] bool idle() const;
  /// Asks for a cosignature. `checkpoint`: a signed note over `leaves`.
  void ask(std::string checkpoint, std::vector<crypto::Digest> leaves);

  struct Outcome {
    std::vector<std::string> beacons;  ///< For entries to come, in order.
    std::string trouble;               ///< Why there is no cosignature; empty when there is one.
  };
  /// What has come back, or that nothing has within the deadline; told once. An answer after that counts.
  [[nodiscard]] std::optional<Outcome> poll();
  /// The same, after waiting until the deadline at most.
  [[nodiscard]] std::optional<Outcome> wait();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace invigil::recording
