#include "recording/witness_loop.hpp"

#include "crypto/cosignature.hpp"
#include "crypto/merkle.hpp"
#include "recording/beacon.hpp"

#include <invigil/error.hpp>
#include <invigil/proof.hpp>

#include <condition_variable>
#include <exception>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace invigil::recording {

namespace {

using Clock = std::chrono::steady_clock;
using Outcome = WitnessLoop::Outcome;

constexpr std::size_t most_cosignatures = 16;

struct Question {
  std::string checkpoint;
  std::vector<crypto::Digest> leaves;
};

/// What an answer gives to write down. Throws `Error{bad_header}` when it is none.
std::vector<std::string> beacons_of(const WitnessAnswer& answer, std::uint64_t size) {
  std::vector<std::string> beacons;
  std::string_view lines = answer.cosignatures;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    const auto line = lines.substr(0, end == std::string_view::npos ? end : end + 1);
    lines.remove_prefix(line.size());
    const auto parsed = crypto::NoteSignature::parse(line);
    const auto cosignature = parsed ? crypto::Cosignature::from(*parsed) : std::nullopt;
    if (!cosignature || beacons.size() == most_cosignatures)
      throw Error(Errc::bad_header, "witness", "answered something that is no cosignature");
    beacons.push_back(CosignedHead{size, *cosignature}.beacon());
  }
  if (beacons.empty()) throw Error(Errc::bad_header, "witness", "answered without a cosignature");
  if (answer.beacon.size() > max_beacon_size)
    throw Error(Errc::bad_header, "witness", "answered a beacon of more than 64 bytes");
  if (!answer.beacon.empty()) beacons.push_back(opaque_beacon(answer.beacon));
  return beacons;
}

}  // namespace

struct WitnessLoop::Shared {
  std::shared_ptr<Witness> witness;
  Duration every{}, deadline{};

  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Question> question;  // waiting for the thread
  std::optional<Outcome> outcome;    // waiting for the recording
  std::optional<Clock::time_point> asked;
  bool busy = false;     // from a question until its outcome
  bool overdue = false;  // that was told
  std::stop_source stop;
  std::thread thread;

  void run();
  [[nodiscard]] Outcome ask(const Question& asked_now);
  std::uint64_t known = 0;  // members that the witness has cosigned; of the thread alone
};

/// One question, and once more from where the witness says that it stands.
Outcome WitnessLoop::Shared::ask(const Question& asked_now) {
  const std::uint64_t size = asked_now.leaves.size();
  try {
    for (const bool again : {false, true}) {
      const ConsistencyProof request{known, crypto::consistency_proof(asked_now.leaves, known),
                                     asked_now.checkpoint};
      const auto answer = witness->add_checkpoint(request.to_string(), stop.get_token());
      if (!again && answer.known_size && answer.cosignatures.empty() && *answer.known_size <= size) {
        known = *answer.known_size;
        continue;
      }
      auto beacons = beacons_of(answer, size);
      known = size;
      return {std::move(beacons), {}};
    }
  } catch (const std::exception& e) {
    return {{}, e.what()};
  } catch (...) {
    return {{}, "an unknown failure"};
  }
  return {{}, "the witness does not know where it stands"};
}

void WitnessLoop::Shared::run() {
  std::unique_lock lock{mutex};
  for (;;) {
    changed.wait(lock, [&] { return question || stop.stop_requested(); });
    if (stop.stop_requested()) return;
    const Question now = *std::exchange(question, std::nullopt);
    lock.unlock();
    auto result = ask(now);
    lock.lock();
    outcome = std::move(result);
    busy = false;
    changed.notify_all();
  }
}

WitnessLoop::WitnessLoop(std::shared_ptr<Witness> witness, Duration every, Duration deadline)
    : shared_(std::make_shared<Shared>()) {
  shared_->witness = std::move(witness);
  shared_->every = every;
  shared_->deadline = deadline;
  shared_->thread = std::thread{[shared = shared_] { shared->run(); }};
}

WitnessLoop::~WitnessLoop() {
  shared_->stop.request_stop();
  bool idle = false;
  {
    const std::lock_guard lock{shared_->mutex};
    idle = !shared_->busy;
  }
  shared_->changed.notify_all();
  if (idle)
    shared_->thread.join();
  else
    shared_->thread.detach();
}

bool WitnessLoop::due() const {
  const std::lock_guard lock{shared_->mutex};
  return !shared_->busy && !shared_->outcome &&
         (!shared_->asked || Clock::now() - *shared_->asked >= shared_->every);
}

bool WitnessLoop::idle() const {
  const std::lock_guard lock{shared_->mutex};
  return !shared_->busy && !shared_->outcome;
}

void WitnessLoop::ask(std::string checkpoint, std::vector<crypto::Digest> leaves) {
  {
    const std::lock_guard lock{shared_->mutex};
    shared_->question = {std::move(checkpoint), std::move(leaves)};
    shared_->asked = Clock::now();
    shared_->busy = true;
    shared_->overdue = false;
  }
  shared_->changed.notify_all();
}

std::optional<Outcome> WitnessLoop::poll() {
  const std::lock_guard lock{shared_->mutex};
  if (shared_->outcome) return std::exchange(shared_->outcome, std::nullopt);
  if (!shared_->busy || shared_->overdue || Clock::now() - *shared_->asked < shared_->deadline)
    return std::nullopt;
  shared_->overdue = true;
  return Outcome{{}, fmt::format("no answer within {} s", seconds(shared_->deadline))};
}

std::optional<Outcome> WitnessLoop::wait() {
  {
    std::unique_lock lock{shared_->mutex};
    if (shared_->asked)
      shared_->changed.wait_until(lock, *shared_->asked + shared_->deadline, [&] { return !shared_->busy; });
  }
  return poll();
}

}  // namespace invigil::recording
