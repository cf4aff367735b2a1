// Environment variables for the length of a test.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace invigil::test {

/// Sets a variable, and puts back what was there.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    setenv(name, value.c_str(), 1);
  }
  ~Environment() {
    if (before_)
      setenv(name_, before_->c_str(), 1);
    else
      unsetenv(name_);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

/// As on a machine where no model was ever fetched.
struct NoModels {
  Environment models{"INVIGIL_MODELS", "/nonexistent"};
  Environment data{"XDG_DATA_HOME", "/nonexistent"};
};

}  // namespace invigil::test
