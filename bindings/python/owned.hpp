// A C++ object that Python holds until a session takes it over.
#pragma once

#include <invigil/error.hpp>

#include <memory>
#include <string>
#include <utility>

namespace binding {

template <class T>
class Owned {
 public:
  explicit Owned(std::unique_ptr<T> object) : object_(std::move(object)) {}
  template <class... Arguments>
  static Owned make(Arguments&&... arguments) {
    return Owned{std::make_unique<T>(std::forward<Arguments>(arguments)...)};
  }
  /// Throws `Error{closed}` once a session has it.
  [[nodiscard]] T& get() {
    if (!object_)
      throw invigil::Error(invigil::Errc::closed, "object", "belongs to a session already; make a new one");
    return *object_;
  }
  [[nodiscard]] std::unique_ptr<T> take() {
    static_cast<void>(get());
    return std::move(object_);
  }

 private:
  std::unique_ptr<T> object_;
};

}  // namespace binding
