// Flags on sound, from synthetic levels and from real speech.
#include "support.hpp"

#include <invigil/behaviour.hpp>
#include <invigil/flag_sound.hpp>
#include <invigil/media.hpp>
#include <invigil/raise.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace invigil;
using namespace std::chrono_literals;

std::vector<Speech> sequence(double length, const std::function<Speech(double)>& at) {
  std::vector<Speech> all;
  for (int i = 0; i * 0.032 < length; ++i) {
    all.push_back(at(i * 0.032));
    all.back().time = from_seconds(i * 0.032);
  }
  return all;
}

std::vector<Flag> flags_of(const std::vector<Speech>& heard, const Policy& policy = {}) {
  FlagSound stage{policy};
  return run_stage(stage, heard);
}

std::vector<AudioBlock> blocks_of(const std::vector<float>& samples) {
  std::vector<AudioBlock> blocks;
  for (std::size_t i = 0; i + 960 <= samples.size(); i += 960)
    blocks.emplace_back(from_seconds(static_cast<double>(i) / AudioBlock::rate), 1,
                        std::vector<float>(samples.begin() + static_cast<std::ptrdiff_t>(i),
                                           samples.begin() + static_cast<std::ptrdiff_t>(i) + 960));
  return blocks;
}

std::vector<float> louder(std::vector<float> samples, float gain) {
  for (auto& x : samples) x = std::clamp(x * gain, -1.0F, 1.0F);
  return samples;
}

std::vector<Flag> hear(const std::vector<float>& samples) {
  FindSpeech find;
  return flags_of(run_stage(find, blocks_of(samples)));
}

std::vector<Flag> named(const std::vector<Flag>& flags, std::string_view name) {
  std::vector<Flag> found;
  std::copy_if(flags.begin(), flags.end(), std::back_inserter(found),
               [&](const Flag& f) { return f.what == name; });
  return found;
}

}  // namespace

TEST_CASE("digital silence is a muted microphone, technical, with its times") {
  const auto flags = flags_of(sequence(
      40, [](double t) { return Speech{.probability = 0, .level = t >= 10 && t < 20 ? -120.F : -55.F}; }));
  REQUIRE(flags.size() == 1);
  CHECK(flags[0].what == "microphone_muted");
  CHECK(flags[0].kind == FlagKind::technical);
  CHECK(std::abs(seconds(flags[0].begin) - 10) < 0.05);
  CHECK(std::abs(seconds(flags[0].end) - 20) < 0.05);
  CHECK(flags[0].because == "the microphone gave no sound at all for 10.0 s (policy: 3 s)");
}

TEST_CASE("a quiet room is not silence, a short gap is none, a minute of next to nothing is") {
  const auto level = [](float db, double length) {
    return flags_of(sequence(length, [=](double) { return Speech{.probability = 0, .level = db}; }));
  };
  CHECK(level(-75, 300).empty());
  CHECK(level(-90, 50).empty());
  CHECK(level(-120, 2).empty());
  const auto nothing = level(-90, 90);
  REQUIRE(nothing.size() == 1);
  CHECK(nothing[0].kind == FlagKind::technical);
  CHECK(nothing[0].because.starts_with("next to no sound reached the microphone for 90"));
}

TEST_CASE("each flag on sound can be switched off, and without a model only speech is missing") {
  const auto heard = sequence(60, [](double t) {
    if (t < 10) return Speech{.probability = 0.95F, .level = -20};
    if (t < 30) return Speech{.probability = 0, .level = -5, .clipped = 0.3F};
    return Speech{.probability = 0, .level = -120};
  });
  CHECK(flags_of(heard).size() == 3);
  for (const auto* name : {"speech", "clipping", "microphone_muted"}) {
    Policy policy;
    policy.flags[name].enabled = false;
    CHECK(flags_of(heard, policy).size() == 2);
    CHECK(named(flags_of(heard, policy), name).empty());
  }
  auto no_model = heard;
  for (auto& one : no_model) one.probability = -1;
  CHECK(flags_of(no_model).size() == 2);
}

TEST_CASE("speech is flagged as by the stage for speech alone") {
  std::mt19937 random{1};
  const auto heard = sequence(120, [&](double t) {
    return Speech{.probability = std::fmod(t, 9) < 4 ? 0.5F + float(random() % 50) / 100 : 0.1F,
                  .level = -30};
  });
  FlagSpeech alone;
  const auto expected = run_stage(alone, heard);
  CHECK(expected.size() > 3);
  CHECK(named(flags_of(heard), "speech") == expected);
}

TEST_CASE("nothing ends before the horizon that was promised") {
  FlagSound stage;
  Timestamp promised = Timestamp::min();
  int out = 0;
  const Emit<Flag> emit = [&](const Flag& flag) {
    CHECK(flag.end >= promised);
    ++out;
  };
  for (auto& heard : sequence(120, [](double t) {
         return Speech{.probability = std::fmod(t, 20) < 5 ? 0.9F : 0.F,
                       .level = std::fmod(t, 30) < 6 ? -120.F : -30.F,
                       .clipped = std::fmod(t, 40) < 7 ? 0.2F : 0.F};
       })) {
    const auto time = heard.time;
    stage.process(heard, emit);
    promised = std::max(promised, stage.horizon(time));
  }
  stage.finish(emit);
  CHECK(out >= 9);
}

TEST_CASE("real speech clips when it is 20 dB too loud, and not as it was recorded") {
  const auto data = test::test_data("clipping");
  if (!data) return;
  for (const auto* file : {"silerovad__test.wav", "pyannoteaudio__sample.wav"}) {
    const auto source = MediaFile{(*data / "behaviour" / "audio" / file).string()}.audio();
    std::vector<float> samples;
    while (const auto block = source->read({})) {
      const auto mono = block->mono();
      samples.insert(samples.end(), mono.begin(), mono.end());
    }
    samples.resize(std::min<std::size_t>(samples.size(), 30 * AudioBlock::rate));
    const auto [low, high] = std::minmax_element(samples.begin(), samples.end());
    const float peak = std::max(-*low, *high);
    CAPTURE(file);
    CHECK(named(hear(samples), "clipping").empty());
    CHECK(named(hear(louder(samples, 1 / peak)), "clipping").empty());  // at full scale, and not beyond
    CHECK_FALSE(named(hear(louder(samples, 10 / peak)), "clipping").empty());
    CHECK(named(hear(samples), "microphone_muted").empty());
  }
  CHECK(named(hear(std::vector<float>(10 * AudioBlock::rate)), "microphone_muted").size() == 1);
}
