// From observations to flags, by hysteresis.
#pragma once

#include <invigil/event.hpp>
#include <invigil/export.hpp>
#include <invigil/flag.hpp>
#include <invigil/observation.hpp>
#include <invigil/policy.hpp>
#include <invigil/stream.hpp>

#include <chrono>
#include <memory>

namespace invigil {

struct FlagAbsenceOptions {
  /// Shorter absences are not flagged. Default: 3 s.
  Duration longer_than = std::chrono::seconds{3};
};

/// Faces -> `face_absent`. A picture of quality 0 is no absence.
class INVIGIL_API FlagAbsence final : public Stage<Faces, Flag> {
 public:
  explicit FlagAbsence(FlagAbsenceOptions options = {});
  ~FlagAbsence() override;
  FlagAbsence(FlagAbsence&&) noexcept;
  FlagAbsence& operator=(FlagAbsence&&) noexcept;
  void process(Faces faces, const Emit<Flag>& emit) override;
  void finish(const Emit<Flag>& emit) override;
  [[nodiscard]] Timestamp horizon(Timestamp seen) const override;
  [[nodiscard]] std::string name() const override { return "flag absence"; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct FlagSpeechOptions {
  /// Shorter utterances are not flagged. Default: 0.5 s.
  Duration longer_than = std::chrono::milliseconds{500};
};

/// Speech -> `speech`. Emits nothing where there is no model.
class INVIGIL_API FlagSpeech final : public Stage<Speech, Flag> {
 public:
  explicit FlagSpeech(FlagSpeechOptions options = {});
  ~FlagSpeech() override;
  FlagSpeech(FlagSpeech&&) noexcept;
  FlagSpeech& operator=(FlagSpeech&&) noexcept;
  void process(Speech speech, const Emit<Flag>& emit) override;
  void finish(const Emit<Flag>& emit) override;
  [[nodiscard]] Timestamp horizon(Timestamp seen) const override;
  [[nodiscard]] std::string name() const override { return "flag speech"; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace invigil
