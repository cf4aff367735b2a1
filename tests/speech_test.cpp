// Silero's net against ONNX Runtime, and FindSpeech.
#include "support.hpp"
#include "vision/model_store.hpp"
#include "vision/silero.hpp"

#include <invigil/error.hpp>

#include <cmath>
#include <fstream>
#include <iterator>
#include <numbers>

namespace {

using namespace invigil;

std::vector<std::byte> read_all(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  const auto bytes = std::as_bytes(std::span{text});
  return {bytes.begin(), bytes.end()};
}

/// A buzz of 12 harmonics of 140 Hz, swelling three times a second, with a little noise from a congruential
/// generator, so that anybody can make the same signal.
std::vector<float> buzz(std::size_t samples) {
  std::vector<float> out(samples);
  std::uint64_t state = 12345;
  for (std::size_t i = 0; i < samples; ++i) {
    state = (state * 1103515245U + 12345U) % (1ULL << 31U);
    const double noise = static_cast<double>(state) / static_cast<double>(1ULL << 31U) - 0.5;
    const double t = static_cast<double>(i) / 16000.0;
    const double swell = 0.5 + 0.5 * std::sin(2 * std::numbers::pi * 3 * t);
    double tone = 0;
    for (int k = 1; k <= 12; ++k) tone += std::sin(2 * std::numbers::pi * 140 * k * t) / k;
    out[i] = static_cast<float>(0.12 * swell * tone + 0.02 * noise);
  }
  return out;
}

}  // namespace

TEST_CASE("Silero's net agrees with ONNX Runtime") {
  const auto folder = test::models("Silero's net");
  if (!folder) return;
  vision::Silero net{read_all(*folder / "silero_vad_16k_op15.onnx")};
  // onnxruntime 1.32.0 on the same file, 64 samples of context, state carried over.
  constexpr std::array expected = {
      0.20162910F, 0.20605373F, 0.09157884F, 0.13426301F, 0.04249877F, 0.06675982F, 0.20653182F, 0.23366776F,
      0.30674917F, 0.29194567F, 0.18746743F, 0.06176236F, 0.04143643F, 0.02648190F, 0.02974930F, 0.01858285F,
      0.05332184F, 0.08255810F, 0.06022993F, 0.08143997F, 0.04859889F, 0.02055964F, 0.02107355F, 0.00817549F,
      0.00804210F, 0.00421804F, 0.01230907F, 0.02928367F, 0.03307948F, 0.07460612F, 0.05218431F};
  const auto signal = buzz(expected.size() * vision::Silero::block);
  float worst = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto block = std::span{signal}.subspan(i * vision::Silero::block).first<vision::Silero::block>();
    worst = std::max(worst, std::abs(net.probability(block) - expected[i]));
  }
  MESSAGE("largest difference to ONNX Runtime: ", worst);
  CHECK(worst <= 1e-5F);
}
