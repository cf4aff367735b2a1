// A server that cosigns while a recording grows: what it has seen cannot be cut off or changed, and whatever
// it does wrong harms nothing.
#include "memory.hpp"
#include "support.hpp"

#include <invigil/playback.hpp>
#include <invigil/proof.hpp>
#include <invigil/recording.hpp>
#include <invigil/verify.hpp>
#include <invigil/witness.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

using namespace invigil;
using namespace invigil::test;
using namespace std::chrono_literals;

namespace {

const Identity& staff() {
  static const Identity identity = Identity::generate();
  return identity;
}

/// A server in this process. Answers as it should, unless told otherwise.
class Server final : public Witness {
 public:
  WitnessAnswer add_checkpoint(const std::string& request, std::stop_token stop) override {
    ++asked;
    if (misbehave) return misbehave(request, stop);
    return honest(request);
  }
  WitnessAnswer honest(const std::string& request) {
    const std::lock_guard lock{mutex};
    requests.push_back(request);
    const auto reply = cosigner.answer(request, signer, known, std::chrono::sys_seconds{1'800'000'000s});
    if (reply.status == 409) return {.known_size = std::stoull(reply.body)};
    if (reply.status != 200) throw std::runtime_error("status " + std::to_string(reply.status));
    known = reply.checkpoint;
    return {.cosignatures = reply.body, .beacon = beacon};
  }
  [[nodiscard]] std::string newest() {
    const std::lock_guard lock{mutex};
    return known;
  }

  Cosigner cosigner = Cosigner::generate("exams.example/witness");
  std::string signer;
  std::vector<std::string> requests;
  std::vector<std::byte> beacon;
  std::function<WitnessAnswer(const std::string&, std::stop_token)> misbehave;
  std::atomic<int> asked = 0;

 private:
  std::mutex mutex;
  std::string known;
};

struct Made {
  Bytes bytes;
  std::string signer, checkpoint;
};

/// Events over about 2.5 s, in which the witness is asked three times.
Made record(const std::shared_ptr<Server>& server, Duration deadline = 10s, bool close = true,
            int events = 25) {
  const auto out = std::make_shared<Bytes>();
  std::string signer;
  {
    // The signer's key must be registered before the first question.
    std::mutex gate;
    std::unique_lock closed{gate};
    const auto waiting = std::make_shared<Server>();
    waiting->misbehave = [&gate, server](const std::string& request, std::stop_token stop) {
      { const std::lock_guard open{gate}; }
      return server->add_checkpoint(request, std::move(stop));
    };
    Recording recording{std::make_unique<MemorySink>(out),
                        {staff().recipient()},
                        {.witness = waiting, .witness_every = 1s, .witness_deadline = deadline}};
    server->signer = signer = recording.signer();
    closed.unlock();
    for (int i = 0; i < events; ++i) {
      recording.events().write({Timestamp{i * 100ms}, "paste"});
      std::this_thread::sleep_for(100ms);
    }
    if (close) recording.close();
    return {*out, signer, recording.checkpoint()};
  }
}

Verification check(const Bytes& bytes, const VerifyOptions& options) {
  MemorySource source{bytes};
  return verify(source, options);
}
std::vector<Flag> flags(const Bytes& bytes) {
  return Playback{std::make_unique<MemorySource>(bytes), {staff()}}.flags();
}
int not_cosigned(const Bytes& bytes) {
  int count = 0;
  for (const Flag& flag : flags(bytes))
    if (flag.what == "not_cosigned") {
      CHECK(flag.kind == FlagKind::technical);
      ++count;
    }
  return count;
}

}  // namespace

TEST_CASE("witness: cosignatures are in the recording, and a tail cut off is told from a crash") {
  const auto server = std::make_shared<Server>();
  server->beacon = to_bytes("something new");
  const Made made = record(server);
  CHECK(server->asked >= 3);
  CHECK(not_cosigned(made.bytes) == 0);
  const VerifyOptions known{.signers = {made.signer},
                            .cosigners = {server->cosigner.verifier_key()},
                            .newest_checkpoint = server->newest()};
  const auto v = check(made.bytes, known);
  CAPTURE(v.message);
  CHECK(v.state == RecordingState::whole);
  CHECK(v.missing == 0);
  REQUIRE(v.cosigned.size() == 1);
  CHECK(v.cosigned[0].cosigner == "exams.example/witness");
  CHECK(v.cosigned[0].members > 1);
  CHECK(v.cosigned[0].time == std::chrono::sys_seconds{1'800'000'000s});
  CHECK(v.message.find("exams.example/witness saw its first") != std::string::npos);
  CHECK(to_json(v).find("\"cosigned\":[{\"by\":\"exams.example/witness\"") != std::string::npos);
  // The server has seen the very end: close() asked about it.
  CHECK(server->newest().starts_with(made.checkpoint.substr(0, made.checkpoint.find("\n\n"))));
  CHECK(to_text(made.bytes).find("beacon A") != std::string::npos);

  for (const std::size_t left : {made.bytes.size() - 1024, made.bytes.size() * 2 / 3, std::size_t{5000}}) {
    CAPTURE(left);
    const Bytes cut(made.bytes.begin(), made.bytes.begin() + static_cast<std::ptrdiff_t>(left));
    CHECK(check(cut, {}).state == RecordingState::unterminated);  // looks like a crash
    const auto told = check(cut, known);
    if (left + 1024 == made.bytes.size()) {
      CHECK(told.state == RecordingState::unterminated);  // all that was signed is there
      continue;
    }
    CHECK(told.state == RecordingState::damaged);
    CHECK(told.missing > 0);
    CHECK(told.message.find("its tail was cut off") != std::string::npos);
  }
}

TEST_CASE("witness: without its key cosignatures say nothing; a foreign or false checkpoint is told") {
  const auto server = std::make_shared<Server>();
  const Made made = record(server, 10s, true, 12);
  CHECK(check(made.bytes, {}).cosigned.empty());
  const auto stranger = Cosigner::generate("exams.example/witness").verifier_key();
  CHECK(check(made.bytes, {.cosigners = {stranger}}).cosigned.empty());
  MemorySource source{made.bytes};
  CHECK(verify(source, {.newest_checkpoint = made.checkpoint}).state == RecordingState::whole);

  const Made other = record(std::make_shared<Server>(), 10s, true, 1);
  for (const auto& signers : {std::vector<std::string>{}, std::vector{other.signer}})
    CHECK(check(made.bytes, {.signers = signers, .newest_checkpoint = other.checkpoint}).state ==
          RecordingState::damaged);
  std::string forged = made.checkpoint;
  forged[forged.find('\n') + 1] = '9';  // more members than there are
  CHECK(thrown_by([&] { (void)check(made.bytes, {.newest_checkpoint = forged}); }) == Errc::argument);
  CHECK(thrown_by([&] { (void)check(made.bytes, {.newest_checkpoint = "nonsense"}); }) == Errc::argument);
  CHECK(thrown_by([&] { (void)check(made.bytes, {.cosigners = {made.signer}}); }) == Errc::argument);
  CHECK(thrown_by([&] {
          (void)check(made.bytes, {.signers = {made.signer, made.signer}});
        }) == Errc::argument);
}

TEST_CASE("witness: one that fails, lies or hangs is written down and harms nothing") {
  const auto misbehaving = [](auto how, Duration deadline = 10s) {
    const auto server = std::make_shared<Server>();
    server->misbehave = how;
    const auto made = record(server, deadline, true, 24);
    CHECK(check(made.bytes, {.signers = {made.signer}}).state == RecordingState::whole);
    CHECK(not_cosigned(made.bytes) >= 1);
    return made;
  };
  using Stop = std::stop_token;
  misbehaving(
      [](const std::string&, Stop) -> WitnessAnswer { throw std::runtime_error("connection refused"); });
  misbehaving([](const std::string&, Stop) -> WitnessAnswer { throw 1; });
  misbehaving([](const std::string&, Stop) { return WitnessAnswer{}; });
  misbehaving([](const std::string&, Stop) { return WitnessAnswer{.cosignatures = "nonsense"}; });
  misbehaving([](const std::string&, Stop) { return WitnessAnswer{.known_size = 1'000'000}; });
  misbehaving([](const std::string&, Stop) { return WitnessAnswer{.known_size = 0}; });

  std::mutex mutex;
  std::condition_variable_any never;
  std::atomic<bool> stopped = false;
  const auto before = std::chrono::steady_clock::now();
  misbehaving(
      [&](const std::string&, Stop stop) -> WitnessAnswer {
        std::unique_lock lock{mutex};
        never.wait(lock, stop, [] { return false; });
        stopped = true;
        return {};
      },
      500ms);
  CHECK(std::chrono::steady_clock::now() - before < 8s);
  for (int i = 0; i < 100 && !stopped; ++i) std::this_thread::sleep_for(20ms);
  CHECK(stopped);
}

TEST_CASE("witness: a server that missed an answer is asked again from where it stands") {
  const auto server = std::make_shared<Server>();
  bool lost = false;
  server->misbehave = [&](const std::string& request, std::stop_token) {
    auto answer = server->honest(request);
    if (!std::exchange(lost, true)) throw std::runtime_error("the answer was lost");
    return answer;
  };
  const Made made = record(server);
  CHECK(check(made.bytes, {.cosigners = {server->cosigner.verifier_key()}}).cosigned.size() == 1);
  CHECK(not_cosigned(made.bytes) >= 1);
}

TEST_CASE("cosigner: answers as C2SP tlog-witness, and keeps its key as text") {
  const Cosigner cosigner = Cosigner::generate("w.example/1");
  const Cosigner again = Cosigner::parse(cosigner.secret_text() + "\n");
  CHECK(again.verifier_key() == cosigner.verifier_key());
  CHECK(again.verifier_key().starts_with("w.example/1+"));
  for (const std::string bad : {"", "PRIVATE+KEY+", "PRIVATE+KEY+w+00000000+AAAA"})
    CHECK(thrown_by([&] { (void)Cosigner::parse(bad); }) == Errc::argument);
  std::string message;
  auto spoiled = cosigner.secret_text();
  spoiled[14] = 'X';
  CHECK(thrown_by([&] { (void)Cosigner::parse(spoiled); }, &message) == Errc::argument);
  CHECK(message.find(spoiled.substr(20)) == std::string::npos);
  CHECK(thrown_by([] { (void)Cosigner::generate("a+b"); }) == Errc::argument);

  const auto out = std::make_shared<Bytes>();
  Recording recording{std::make_unique<MemorySink>(out), {staff().recipient()}, {}};
  recording.close();
  MemorySource source{*out};
  const auto first = prove_consistency(source, 0).to_string(),
             step = prove_consistency(source, 2).to_string();
  const std::chrono::sys_seconds now{1'700'000'000s};
  const auto signer = recording.signer();
  CHECK(origin_of(first) == signer.substr(0, signer.find('+')));
  CHECK(origin_of("nonsense").empty());
  CHECK(cosigner.answer("nonsense", signer, "", now).status == 400);
  CHECK(cosigner.answer(first, "", "", now).status == 404);
  CHECK(cosigner.answer(step, signer, "", now).status == 409);
  CHECK(cosigner.answer(step, signer, "", now).body == "0\n");
  const auto reply = cosigner.answer(first, signer, "", now);
  CHECK(reply.status == 200);
  CHECK(reply.checkpoint.find(reply.body) != std::string::npos);
  CHECK(cosigner.answer(first, signer, reply.checkpoint, now).status == 409);
  auto empty = first;  // claims to continue what is known, with no proof
  empty.replace(0, 5, "old " + recording.checkpoint().substr(recording.checkpoint().find('\n') + 1, 1));
  CHECK(cosigner.answer(empty, signer, reply.checkpoint, now).status == 200);  // the same head again
  CHECK(thrown_by([&] { (void)cosigner.answer(first, signer, "nonsense", now); }) == Errc::argument);
  auto forged = first;
  forged[forged.size() - 5] = forged[forged.size() - 5] == 'A' ? 'B' : 'A';
  CHECK(cosigner.answer(forged, signer, "", now).status == 403);
}
