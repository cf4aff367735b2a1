// A server that watches a recording grow: it cosigns checkpoints while they are made (C2SP tlog-cosignature
// and tlog-witness), so that what it has seen can be neither changed nor cut off later without being noticed.
#pragma once

#include <invigil/export.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace invigil {

/// What came back from a witness.
struct WitnessAnswer {
  /// Signature lines of type cosignature/v1, as the body of an answer 200 to "add-checkpoint". At most 16.
  std::string cosignatures = {};
  /// Something that nobody could know before, e.g. of a public randomness beacon: written into the next
  /// entry, which is thereby not older. At most 64 bytes. A cosignature is one too, so it may be empty.
  std::vector<std::byte> beacon = {};
  /// Of an answer 409: how many members the witness knows of. It is asked once more, from there.
  std::optional<std::uint64_t> known_size = {};
};

/// The way to a witness. Called from a thread of its own, one call at a time, never after `Recording` was
/// destroyed and the call under way had ended.
class INVIGIL_API Witness {
 public:
  virtual ~Witness() = default;
  /// Sends `request`, the body of an "add-checkpoint" (old size, consistency proof, signed checkpoint), and
  /// gives the answer. May take its time and may throw; neither holds the recording up. Gives up when `stop`
  /// says so.
  [[nodiscard]] virtual WitnessAnswer add_checkpoint(const std::string& request, std::stop_token stop) = 0;
};

/// The other side: a key that cosigns, and what it must check first. Wiped on destruction, never printed.
class INVIGIL_API Cosigner {
 public:
  /// `name`: a URL without scheme that says whose it is, printable ASCII without space and plus. Throws
  /// `Error{argument}`.
  static Cosigner generate(const std::string& name);
  /// Reads what `secret_text` wrote: `PRIVATE+KEY+<name>+<key id>+<base64 of 0x04 and the seed>`. Throws
  /// `Error{argument}`, never echoing the text.
  static Cosigner parse(std::string_view secret);
  ~Cosigner();
  Cosigner(Cosigner&&) noexcept;
  Cosigner& operator=(Cosigner&&) noexcept;

  /// The secret as text, to be written to a file that only its owner can read.
  [[nodiscard]] std::string secret_text() const;
  /// The verifier key (a C2SP vkey of type 0x04) to give to whoever verifies.
  [[nodiscard]] std::string verifier_key() const;

  /// An HTTP status and body as C2SP tlog-witness defines them.
  struct Reply {
    int status = 200;
    std::string body = {};
    std::string checkpoint = {};  ///< With 200: what to keep in place of `known`, cosignature included.
  };
  /// Answers the body of an "add-checkpoint". `signer`: the verifier key registered for the recording, empty
  /// when there is none; `known`: the `checkpoint` of the last reply 200 for it, or empty; `now`: the time to
  /// sign. The caller must store `Reply::checkpoint` before it answers, and must not answer two requests
  /// about one recording at once.
  [[nodiscard]] Reply answer(std::string_view request, const std::string& signer, std::string_view known,
                             std::chrono::sys_seconds now) const;

 private:
  struct Secret;
  explicit Cosigner(std::unique_ptr<Secret> secret);
  std::unique_ptr<Secret> secret_;
};

/// The origin of the checkpoint in a request, by which a server finds signer and known checkpoint. Empty when
/// it does not parse.
[[nodiscard]] INVIGIL_API std::string origin_of(std::string_view request);

}  // namespace invigil
