// One thing that must hold on a real kernel: what it is called, how long it may take, and what came of it.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace invigil::vm {

using Wall = std::chrono::steady_clock;

inline double since(Wall::time_point begin) {
  return std::chrono::duration<double>(Wall::now() - begin).count();
}

/// Figures, and what did not hold.
class Outcome {
 public:
  void note(const std::string& figure) { text_ += (text_.empty() ? "" : ", ") + figure; }
  void require(bool holds, const std::string& what) {
    if (holds) return;
    passed_ = false;
    note("NOT " + what);
  }
  [[nodiscard]] bool passed() const { return passed_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  bool passed_ = true;
  std::string text_;
};

struct Case {
  std::string name;
  std::function<void(Outcome&)> run;
  /// Past it, something hangs.
  std::chrono::seconds deadline{40};
  bool quick = true;  ///< Part of the short run.
};

[[nodiscard]] std::vector<Case> camera_cases();
[[nodiscard]] std::vector<Case> microphone_cases();
[[nodiscard]] std::vector<Case> sync_cases();

}  // namespace invigil::vm
