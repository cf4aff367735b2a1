// Whether a stream of pictures repeats itself.
#pragma once

#include "vision/picture_measure.hpp"

#include <invigil/observation.hpp>

#include <deque>
#include <optional>
#include <vector>

#include <Eigen/Core>

namespace invigil::behaviour {

/// Normalised cross-correlation of the last 2 s with every 2 s before, at five pictures a second.
///
/// With x the 32x18 grey picture less its mean over the last 2 s, d(t, l) = x(t) . x(t - l), S(t, l) the sum
/// of d over the ten pictures up to t and E(t) that of d(t, 0):  similarity(l) = S(t, l) / sqrt(E(t) E(t -
/// l)). A lag counts where both stretches move: root mean square of x above 0.8. One step is one product of a
/// matrix of 3,000 pictures with a vector.
class RepetitionWatch {
 public:
  /// For pictures at five a second, in order of time; after a gap it begins anew. The best lag, from 4 s on,
  /// where something moves.
  [[nodiscard]] std::optional<Repetition> look(const vision::PictureMeasure& picture, Timestamp time);

 private:
  static constexpr int pixels = 32 * 18;
  void begin();
  [[nodiscard]] Eigen::VectorXf without_mean(const vision::PictureMeasure& picture);
  void keep(const Eigen::VectorXf& x);
  [[nodiscard]] std::optional<Repetition> best(Timestamp time) const;

  Eigen::MatrixXf pictures_;                 ///< A column a picture, the newest over the oldest.
  std::vector<float> energies_;              ///< E, by column.
  std::deque<Eigen::VectorXf> grey_;         ///< The last 2 s.
  std::deque<std::vector<float>> products_;  ///< d(t, l) by l, of the last 2 s.
  std::int64_t count_ = 0;
  Timestamp last_{};
};

}  // namespace invigil::behaviour
