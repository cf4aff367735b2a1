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
/// With x the 32x18 grey picture, less its mean brightness and its mean over the last 2 s (since the last
/// cut), d(t, l) = x(t) . x(t - l), S(t, l) the sum of d over the ten pictures up to t and E(t) that of d(t,
/// 0):  similarity(l) = S(t, l) / sqrt(E(t) E(t - l)). A lag counts where both stretches move: root mean
/// square of x above 0.8. One step is one product of a matrix of 3,000 pictures with a vector.
///
/// How long the repetition lasts is followed backwards from there, picture by picture, for as long as what is
/// seen differs from what was seen no more than twice as much as within the 2 s.
class RepetitionWatch {
 public:
  /// For pictures at five a second, in order of time; after a gap it begins anew. The best lag, from 4 s on,
  /// where something moves.
  [[nodiscard]] std::optional<Repetition> look(const vision::PictureMeasure& picture, Timestamp time);

 private:
  static constexpr int pixels = 32 * 18;
  void begin();
  [[nodiscard]] float difference(std::int64_t ago, int lag) const;
  [[nodiscard]] Duration lasts(int lag) const;
  [[nodiscard]] Eigen::VectorXf without_mean(const vision::PictureMeasure& picture);
  void show(const Eigen::VectorXf& grey);
  void keep(const Eigen::VectorXf& x);
  [[nodiscard]] std::optional<Repetition> best(Timestamp time) const;

  Eigen::MatrixXf pictures_;  ///< x: a column a picture, the newest over the oldest.
  Eigen::Matrix<std::int8_t, Eigen::Dynamic, Eigen::Dynamic> shown_;  ///< Less their brightness, halved.
  std::vector<float> energies_;                                       ///< E, by column.
  std::deque<Eigen::VectorXf> grey_;                                  ///< The last 2 s.
  std::deque<std::vector<float>> products_;                           ///< d(t, l) by l, of the last 2 s.
  std::int64_t count_ = 0;
  vision::PictureMeasure before_;
  Timestamp last_{};
};

}  // namespace invigil::behaviour
