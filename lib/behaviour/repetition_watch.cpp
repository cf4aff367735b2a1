#include "behaviour/repetition_watch.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace invigil::behaviour {

namespace {

constexpr Duration step = std::chrono::milliseconds{200}, longest_step = std::chrono::milliseconds{300};
constexpr int window = 10;         // 2 s
constexpr int shortest_lag = 10;   // 2 s
constexpr int longest_lag = 3000;  // 10 min
constexpr int columns = longest_lag + window;
constexpr float least_motion = 0.8F;
constexpr float alike = 0.9F;  ///< Below, nothing repeats.
constexpr float clearly = 0.01F;
/// Of the difference within the window, and of half a step of brightness on top.
constexpr float still_alike = 2, slack = 0.5F;

int column_of(std::int64_t index) { return static_cast<int>(index % columns); }

}  // namespace

void RepetitionWatch::begin() {
  pictures_.resize(pixels, columns);  // 7 MB, of which nothing is read before it was written
  shown_.resize(pixels, columns);
  energies_.assign(columns, 0);
  grey_.clear();
  products_.clear();
  count_ = 0;
}

Eigen::VectorXf RepetitionWatch::without_mean(const vision::PictureMeasure& picture) {
  Eigen::VectorXf x(pixels);
  std::copy(picture.coarse.begin<std::uint8_t>(), picture.coarse.end<std::uint8_t>(), x.data());
  x.array() -= x.mean();
  show(x);
  // What changes at a cut is no movement, and would be like every other cut.
  if (vision::is_cut(before_, picture)) grey_.clear();
  before_ = picture;
  grey_.push_back(x);
  if (grey_.size() > window) grey_.pop_front();
  Eigen::VectorXf mean = Eigen::VectorXf::Zero(pixels);
  for (const auto& g : grey_) mean += g;
  return x - mean / static_cast<float>(grey_.size());
}

void RepetitionWatch::show(const Eigen::VectorXf& grey) {
  shown_.col(column_of(count_)) = (grey / 2).array().round().cast<std::int8_t>();
}

/// Between the picture `ago` pictures ago and the one `lag` pictures before it: mean, of brightness.
float RepetitionWatch::difference(std::int64_t ago, int lag) const {
  const auto now = shown_.col(column_of(count_ - 1 - ago)).cast<float>();
  const auto then = shown_.col(column_of(count_ - 1 - ago - lag)).cast<float>();
  return 2 * (now - then).cwiseAbs().mean();
}

Duration RepetitionWatch::lasts(int lag) const {
  float most = 0;
  for (int ago = 0; ago < window; ++ago) most = std::max(most, difference(ago, lag));
  // One after the other: what repeats cannot reach back into what it repeats.
  const std::int64_t reach = std::min<std::int64_t>({lag, count_ - lag, columns - lag});
  std::int64_t length = window;
  while (length < reach && difference(length, lag) <= still_alike * most + slack) ++length;
  return (length - 1) * step;
}

/// The products with all earlier pictures, by lag.
void RepetitionWatch::keep(const Eigen::VectorXf& x) {
  pictures_.col(column_of(count_)) = x;
  const auto used = static_cast<Eigen::Index>(std::min<std::int64_t>(count_ + 1, columns));
  const Eigen::VectorXf products = pictures_.leftCols(used).transpose() * x;
  const auto lags = static_cast<int>(std::min<std::int64_t>(count_, longest_lag));
  std::vector<float> by_lag(static_cast<std::size_t>(lags) + 1);
  for (int lag = 0; lag <= lags; ++lag)
    by_lag[static_cast<std::size_t>(lag)] = products[column_of(count_ - lag)];
  products_.push_back(std::move(by_lag));
  if (products_.size() > window) products_.pop_front();
  float energy = 0;
  for (const auto& p : products_) energy += p[0];
  energies_[static_cast<std::size_t>(column_of(count_))] = energy;
  ++count_;
}

std::optional<Repetition> RepetitionWatch::best(Timestamp time) const {
  constexpr float still = least_motion * least_motion * window * pixels;
  const auto energy_at = [&](int lag) {
    return energies_[static_cast<std::size_t>(column_of(count_ - 1 - lag))];
  };
  if (products_.size() < window || energy_at(0) < still) return std::nullopt;
  std::optional<Repetition> found;
  // Every product of the window must reach back to a whole window of its own.
  const auto lags = static_cast<int>(std::min<std::int64_t>(count_ - window, longest_lag));
  for (int lag = shortest_lag; lag <= lags; ++lag) {
    const float energy = energy_at(lag);
    if (energy < still) continue;
    float sum = 0;
    for (const auto& p : products_)
      if (static_cast<std::size_t>(lag) < p.size()) sum += p[static_cast<std::size_t>(lag)];
    const float similarity = std::clamp(sum / std::sqrt(energy_at(0) * energy), 0.0F, 1.0F);
    // A loop that has come round several times is like each of them: the latest is told.
    if (!found || similarity > found->similarity + clearly)
      found = Repetition{time, similarity, lag * step, {}};
  }
  return found;
}

std::optional<Repetition> RepetitionWatch::look(const vision::PictureMeasure& picture, Timestamp time) {
  if (count_ == 0 || time <= last_ || time - last_ > longest_step) begin();
  last_ = time;
  keep(without_mean(picture));
  auto found = best(time);
  if (found && found->similarity > alike) found->lasts = lasts(static_cast<int>(found->after / step));
  return found;
}

}  // namespace invigil::behaviour
