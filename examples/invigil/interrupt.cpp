// A handler and a pipe, not sigwait: libraries run threads of their own, whose signal masks are not ours to
// set.
#include "interrupt.hpp"

#include <invigil/error.hpp>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace app {

namespace {

std::atomic<int> signals_seen{0};
std::atomic<int> wake_write{-1};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may touch lock-free atomics only");
int wake_read = -1;
struct sigaction previous_int, previous_term;

void wake(char why) {
  while (::write(wake_write.load(), &why, 1) < 0 && errno == EINTR) {
  }
}

extern "C" void invigil_app_on_signal(int number) {
  const int saved = errno;
  if (signals_seen.fetch_add(1) == 0) {
    wake('s');
  } else {
    std::signal(number, SIG_DFL);  // it is delivered again, with its default action, when this returns
    ::raise(number);
  }
  errno = saved;
}

void open_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw invigil::Error(invigil::Errc::io, "pipe", std::strerror(errno));
  wake_read = ends[0];
  wake_write = ends[1];
}

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = invigil_app_on_signal;
  action.sa_flags = SA_RESTART;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, &previous_int);
  ::sigaction(SIGTERM, &action, &previous_term);
}

}  // namespace

OnInterrupt::OnInterrupt(std::function<void()> stop) {
  signals_seen = 0;
  open_pipe();
  watcher_ = std::jthread{[stop = std::move(stop)] {
    char why = 0;
    while (::read(wake_read, &why, 1) < 0 && errno == EINTR) {
    }
    if (why == 's') stop();
  }};
  catch_signals();
}

OnInterrupt::~OnInterrupt() {
  ::sigaction(SIGINT, &previous_int, nullptr);
  ::sigaction(SIGTERM, &previous_term, nullptr);
  wake('e');
  watcher_.join();
  ::close(wake_write.exchange(-1));
  ::close(std::exchange(wake_read, -1));
}

bool OnInterrupt::interrupted() const noexcept { return signals_seen > 0; }

}  // namespace app
