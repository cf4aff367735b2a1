#include "passphrase.hpp"

#include <invigil/error.hpp>
#include <invigil/io.hpp>

#include <array>
#include <csignal>
#include <cstring>
#include <string_view>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace app {

namespace {

using invigil::Errc;
using invigil::Error;

constexpr std::size_t longest = 4096;

/// What is typed, wiped in the end.
struct Typed {
  std::array<char, longest> text{};
  ~Typed() { ::explicit_bzero(text.data(), text.size()); }
};

/// The terminal, with echo off as long as the object lives; also when a signal ends the program.
class QuietTerminal {
 public:
  QuietTerminal() : fd_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (fd_ < 0 || ::tcgetattr(fd_, &before_) != 0) {
      if (fd_ >= 0) ::close(fd_);
      throw Error(Errc::no_identity, "passphrase", "there is no terminal to ask on; give --passphrase-file");
    }
    current_ = this;
    struct sigaction restore {};
    restore.sa_handler = [](int signal) {
      current_->restore();
      ::raise(signal);  // with its own effect again
    };
    restore.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &restore, &actions_[i]);
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(fd_, TCSAFLUSH, &quiet);
  }
  ~QuietTerminal() {
    restore();
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &actions_[i], nullptr);
    current_ = nullptr;
    ::close(fd_);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  QuietTerminal& operator=(const QuietTerminal&) = delete;

  void show(std::string_view text) const { (void)!::write(fd_, text.data(), text.size()); }
  /// A line without its end; as much as fits.
  [[nodiscard]] std::string_view line(Typed& typed) const {
    std::size_t size = 0;
    for (char c = 0; ::read(fd_, &c, 1) == 1 && c != '\n';)
      if (size < typed.text.size()) typed.text[size++] = c;
    return {typed.text.data(), size};
  }

 private:
  static constexpr std::array signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  inline static QuietTerminal* current_ = nullptr;
  void restore() const { ::tcsetattr(fd_, TCSAFLUSH, &before_); }
  int fd_;
  termios before_{};
  std::array<struct sigaction, signals.size()> actions_{};
};

}  // namespace

invigil::Passphrase ask_passphrase(const std::string& prompt) {
  Typed typed;
  const QuietTerminal terminal;
  terminal.show(prompt + ": ");
  const auto text = terminal.line(typed);
  terminal.show("\n");
  if (text.empty()) throw Error(Errc::no_identity, "passphrase", "none was given");
  return invigil::Passphrase{text};
}

invigil::Passphrase read_passphrase(const std::string& path) {
  const auto file = invigil::open_file(path);
  Typed typed;
  std::size_t size = 0;
  const auto room = std::as_writable_bytes(std::span{typed.text});
  while (const std::size_t n = file->read(room.subspan(size))) size += n;
  const std::string_view all{typed.text.data(), size};
  std::string_view line = all.substr(0, all.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty()) throw Error(Errc::argument, path, "its first line holds no passphrase");
  if (line.size() == longest) throw Error(Errc::argument, path, "its first line is longer than 4 KiB");
  return invigil::Passphrase{line};
}

}  // namespace app
