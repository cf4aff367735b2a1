// Silero's net against ONNX Runtime, and FindSpeech.
#include "environment.hpp"
#include "support.hpp"
#include "vision/model_store.hpp"
#include "vision/silero.hpp"

#include <invigil/behaviour.hpp>
#include <invigil/error.hpp>
#include <invigil/media.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <numbers>
#include <random>

#include <nlohmann/json.hpp>

namespace {

using namespace invigil;
using namespace std::chrono_literals;

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

/// `samples` at 48 kHz in blocks of `block`, from `begin` on.
std::vector<AudioBlock> blocks_of(const std::vector<float>& samples, std::size_t block,
                                  Timestamp begin = {}) {
  std::vector<AudioBlock> blocks;
  for (std::size_t i = 0; i < samples.size(); i += block) {
    const auto part = std::span{samples}.subspan(i, std::min(block, samples.size() - i));
    const auto time = begin + Duration{static_cast<std::int64_t>(i) * 1'000'000'000 / AudioBlock::rate};
    blocks.emplace_back(time, 1, std::vector<float>{part.begin(), part.end()});
  }
  return blocks;
}

std::vector<float> sine(double frequency, double amplitude, std::size_t samples) {
  std::vector<float> out(samples);
  for (std::size_t i = 0; i < samples; ++i)
    out[i] = static_cast<float>(
        amplitude * std::sin(2 * std::numbers::pi * frequency * static_cast<double>(i) / AudioBlock::rate));
  return out;
}

std::vector<float> sound_of(const std::filesystem::path& path) {
  const auto source = MediaFile{path.string()}.audio();
  std::vector<float> samples;
  while (const auto block = source->read({})) {
    const auto mono = block->mono();
    samples.insert(samples.end(), mono.begin(), mono.end());
  }
  return samples;
}

/// White noise from the standard's own generator, the same on every machine.
std::vector<float> white(std::size_t samples) {
  std::mt19937 random{3};
  std::vector<float> out(samples);
  for (auto& x : out) x = static_cast<float>(static_cast<double>(random()) / 4294967295.0 - 0.5) * 0.2F;
  return out;
}

double power(const std::vector<float>& samples) {
  double sum = 0;
  for (const float x : samples) sum += double{x} * x;
  return sum / static_cast<double>(std::max<std::size_t>(samples.size(), 1));
}

std::vector<Speech> hear(const std::vector<float>& samples) {
  FindSpeech find;
  return run_stage(find, blocks_of(samples, 960));
}

using Intervals = std::vector<std::pair<double, double>>;

Intervals labelled_speech(const std::filesystem::path& data, const std::string& file) {
  std::ifstream in{data / "behaviour" / "labels.json"};
  Intervals all;
  for (const auto& entry : nlohmann::json::parse(in))
    if (entry.at("file") == file)
      for (const auto& pair : entry.at("label").at("speech")) all.emplace_back(pair.at(0), pair.at(1));
  return all;
}

struct Rates {
  double recall, false_alarms;
};

/// In frames of 10 ms, as usual.
Rates rates_of(const std::vector<Speech>& heard, const Intervals& truth) {
  double speech = 0, hits = 0, other = 0, alarms = 0;
  for (std::size_t i = 0; i < heard.size() * 16 / 5; ++i) {
    const double t = (static_cast<double>(i) + 0.5) * 0.01;
    const bool told = heard.at(static_cast<std::size_t>(t / 0.032)).probability >= 0.5F;
    const bool is = std::ranges::any_of(truth, [&](const auto& x) { return t >= x.first && t < x.second; });
    (is ? speech : other) += 1;
    if (told) (is ? hits : alarms) += 1;
  }
  return {.recall = hits / std::max(speech, 1.0), .false_alarms = alarms / std::max(other, 1.0)};
}

std::string written(const std::vector<Speech>& all) {
  std::string text;
  for (const auto& speech : all) text += to_json(speech) + "\n";
  return text;
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

TEST_CASE("damaged and foreign files are no Silero") {
  const auto folder = test::models("damaged models");
  if (!folder) return;
  const auto refused = [](std::span<const std::byte> bytes) {
    try {
      (void)vision::Silero{bytes};
      return false;
    } catch (const Error& e) {
      return e.code() == Errc::model;
    }
  };
  const auto whole = read_all(*folder / "silero_vad_16k_op15.onnx");
  CHECK_FALSE(refused(whole));
  CHECK(refused({}));
  for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, whole.size() / 2, whole.size() - 1})
    CHECK(refused(std::span{whole}.first(size)));
  CHECK(refused(read_all(*folder / "face_detection_yunet_2023mar.onnx")));
  CHECK(refused(read_all(*folder / "silero_vad_openvino_16k.onnx")));  // the same net under other names
  std::mt19937 random{1};
  for (int i = 0; i < 50; ++i) {
    std::vector<std::byte> bytes(random() % 4096);
    std::ranges::generate(bytes, [&] { return static_cast<std::byte>(random()); });
    CHECK(refused(bytes));
  }
}

TEST_CASE("a tensor of another shape is refused by name") {
  const auto folder = test::models("another shape");
  if (!folder) return;
  auto bytes = read_all(*folder / "silero_vad_16k_op15.onnx");
  const std::string name = "model.encoder.1.reparam_conv.bias";
  const auto text = std::as_bytes(std::span{name});
  const auto at = std::find_end(bytes.begin(), bytes.end(), text.begin(), text.end());  // after the nodes
  REQUIRE(at != bytes.end());
  *at = std::byte{'X'};
  try {
    (void)vision::Silero{bytes};
    FAIL("accepted");
  } catch (const Error& e) {
    CHECK(std::string{e.what()}.find("model.encoder.1.reparam_conv.bias") != std::string::npos);
  }
}

TEST_CASE("without the model levels are told, and no probability") {
  const test::NoModels no_models;
  FindSpeech find;
  CHECK(find.detector() == "none");
  const auto heard = run_stage(find, blocks_of(sine(1000, 0.1, 48000), 960));
  REQUIRE(heard.size() == 32);  // 31 blocks, and the last quarter
  for (std::size_t i = 0; i < heard.size(); ++i) {
    CHECK(heard[i].time == Timestamp{static_cast<std::int64_t>(i) * 32ms});
    CHECK(heard[i].probability == -1);
    CHECK(heard[i].level == doctest::Approx(-23.01).epsilon(0.001));
  }
}

TEST_CASE("a 997 Hz sine at full scale in one channel has -3.01 LUFS") {  // ITU-R BS.1770-4, annex 1
  const test::NoModels no_models;
  const float lufs = hear(sine(997, 1, 96000)).back().loudness;
  if (lufs == -120) {
    MESSAGE("skipped: built without libebur128");
    return;
  }
  CHECK(lufs == doctest::Approx(-3.01).epsilon(0.01));
}

TEST_CASE("silence is no speech, and its level has a floor") {
  const auto folder = test::models("silence");
  const test::Environment models{"INVIGIL_MODELS", folder ? folder->string() : ""};
  for (const auto& speech : hear(std::vector<float>(96000))) {
    CHECK(speech.probability < 0.5F);
    CHECK(speech.level == -120);
    CHECK(speech.loudness == -120);
  }
}

TEST_CASE("how sound is cut into blocks does not matter") {
  const auto data = test::test_data("blocks of sound");
  const auto folder = test::models("blocks of sound");
  if (!data || !folder) return;
  const test::Environment models{"INVIGIL_MODELS", folder->string()};
  auto samples = sound_of(*data / "behaviour/audio/silerovad__test.wav");
  samples.resize(48000 * 5);
  const auto once = hear(samples);
  CHECK(written(once) == written(hear(samples)));
  for (const std::size_t block : {std::size_t{1}, std::size_t{317}, std::size_t{1024}, samples.size()}) {
    FindSpeech find;
    CHECK(written(run_stage(find, blocks_of(samples, block))) == written(once));
  }
}

TEST_CASE("a hole in the sound begins anew, and what comes twice is heard once") {
  const test::NoModels no_models;
  const auto tone = sine(500, 0.1, 4800);  // 100 ms: three blocks and a bit
  const auto times = [](const std::vector<AudioBlock>& sound) {
    FindSpeech find;
    std::vector<std::int64_t> all;
    for (const auto& speech : run_stage(find, sound)) all.push_back(speech.time.time_since_epoch() / 1ms);
    return all;
  };
  const auto block = [&](Duration at) { return AudioBlock{Timestamp{at}, 1, tone}; };
  CHECK(times({block(0ms), block(1000ms)}) ==
        std::vector<std::int64_t>{0, 32, 64, 96, 1000, 1032, 1064, 1096});
  CHECK(times({block(0ms), block(110ms)}) == std::vector<std::int64_t>{0, 32, 64, 96, 128, 160, 192});
  CHECK(times({block(0ms), block(0ms), block(100ms)}) ==
        std::vector<std::int64_t>{0, 32, 64, 96, 128, 160, 192});
  FindSpeech find;
  const Emit<Speech> ignore = [](const Speech&) {};
  CHECK(find.horizon(Timestamp{5s}) == Timestamp{5s});
  find.process(block(0ms), ignore);
  CHECK(find.horizon(Timestamp{100ms}) == Timestamp{96ms});
}

TEST_CASE("samples that are no numbers do no lasting harm") {
  const auto folder = test::models("hostile samples");
  if (!folder) return;
  const test::Environment models{"INVIGIL_MODELS", folder->string()};
  std::vector<float> samples(48000, std::numeric_limits<float>::quiet_NaN());
  samples[5] = std::numeric_limits<float>::infinity();
  samples[6] = 1e30F;
  for (const auto& speech : hear(samples)) {
    CHECK(std::isfinite(speech.probability));
    CHECK(std::isfinite(speech.level));
    CHECK(std::isfinite(speech.loudness));
  }
}

TEST_CASE("speech is heard, also in noise, and noise is not taken for it") {
  const auto data = test::test_data("speech");
  const auto folder = test::models("speech");
  if (!data || !folder) return;
  const test::Environment models{"INVIGIL_MODELS", folder->string()};
  const auto audio = *data / "behaviour" / "audio";
  const std::string file = "audio/pyannoteaudio__sample.wav";
  const auto truth = labelled_speech(*data, file);
  const auto clean = sound_of(*data / "behaviour" / file);
  const auto [recall, alarms] = rates_of(hear(clean), truth);
  MESSAGE("clean: recall ", recall, ", false alarms ", alarms);
  CHECK(recall >= 0.97);
  CHECK(alarms <= 0.05);

  std::vector<std::vector<float>> noises{white(clean.size())};
  for (const char* name :
       {"speechbrain__noise1.wav", "speechbrain__noise2.wav", "speechbrain__noise_diffuse.flac"})
    noises.push_back(sound_of(audio / name));
  Rates sum{0, 0};
  double pure = 0;
  for (const auto& noise : noises) {
    pure += rates_of(hear(noise), {}).false_alarms;
    const double gain = std::sqrt(power(clean) / power(noise));  // 0 dB over the whole
    auto mixed = clean;
    for (std::size_t i = 0; i < mixed.size(); ++i)
      mixed[i] += static_cast<float>(gain * static_cast<double>(noise[i % noise.size()]));
    const auto rates = rates_of(hear(mixed), truth);
    sum.recall += rates.recall;
    sum.false_alarms += rates.false_alarms;
  }
  const auto n = static_cast<double>(noises.size());
  MESSAGE("at 0 dB: recall ", sum.recall / n, ", false alarms ", sum.false_alarms / n, "; pure noise ",
          pure / n);
  CHECK(sum.recall / n >= 0.95);
  CHECK(sum.false_alarms / n <= 0.05);
  CHECK(pure / n <= 0.01);
}
