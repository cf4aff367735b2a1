// Runs the cases, one line each; exit status 1 if one failed.
//   vm_cases all|quick|TEXT...      (TEXT: a part of the names of those that are wanted)
#include "case.hpp"
#include "machine.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <mutex>
#include <string_view>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

namespace {

using namespace invigil::vm;

void say(bool passed, const Case& c, double took, const std::string& text) {
  fmt::print("{}  {} ({:.1f} s): {}\n", passed ? "pass" : "FAIL", c.name, took, text);
  std::fflush(stdout);
}

/// Ends the program when a case hangs: a thread inside a driver cannot be ended alone.
class Watchdog {
 public:
  Watchdog(const Case& c, Wall::time_point begin)
      : thread_([this, &c, begin](const std::stop_token& done) {
          std::unique_lock lock{mutex_};
          changed_.wait_until(lock, done, begin + c.deadline, [] { return false; });
          if (done.stop_requested()) return;
          say(false, c, since(begin), "NOT an end: what follows was not run");
          ::_exit(1);
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::jthread thread_;
};

bool passes(const Case& c) {
  const auto begin = Wall::now();
  Outcome outcome;
  const Watchdog watchdog{c, begin};
  try {
    c.run(outcome);
  } catch (const std::exception& error) {
    outcome.require(false, fmt::format("free of errors: {}", error.what()));
  }
  say(outcome.passed(), c, since(begin), outcome.text());
  return outcome.passed();
}

std::vector<Case> all_cases() {
  auto cases = camera_cases();
  for (auto& more : {microphone_cases(), sync_cases()}) cases.insert(cases.end(), more.begin(), more.end());
  return cases;
}

bool wanted(const Case& c, int argc, char** argv) {
  return std::any_of(argv + 1, argv + argc, [&](std::string_view word) {
    return word == "all" || (word == "quick" && c.quick) || c.name.find(word) != std::string::npos;
  });
}

}  // namespace

int main(int argc, char** argv) {
  int failed = 0, run = 0;
  for (const auto& c : all_cases()) {
    if (!wanted(c, argc, argv)) continue;
    ++run;
    if (!passes(c)) ++failed;
    renew_cameras();
  }
  fmt::print("{} of {} cases passed\n", run - failed, run);
  return failed || run == 0 ? 1 : 0;
}
