#include "recording/archive.hpp"

#include "crypto/age.hpp"
#include "crypto/encoding.hpp"
#include "crypto/merkle.hpp"
#include "recording/change.hpp"
#include "recording/entry.hpp"
#include "recording/ustar.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <deque>
#include <exception>
#include <future>
#include <limits>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace invigil::recording {

namespace {

std::string random_origin() {
  std::array<std::byte, 16> id;
  crypto::fill_random(id);
  return "invigil/" + crypto::hex(id);
}

}  // namespace

struct ArchiveWriter::Impl {
  Impl(std::unique_ptr<ByteSink> destination, std::vector<Recipient> to)
      : sink(std::move(destination)),
        recipients(std::move(to)),
        key(crypto::SigningKey::generate()),
        verifier{random_origin(), key->public_key()} {
    if (recipients.empty())
      throw Error(Errc::argument, "recipients", "none was given; nobody could ever open the recording");
  }

  /// Runs `job` unless something failed before; what fails now fails for ever.
  template <class Job>
  void guarded(Job&& job) {
    if (failure) std::rethrow_exception(failure);
    try {
      job();
    } catch (const NoRoom&) {
      throw;
    } catch (...) {
      failure = std::current_exception();
      throw;
    }
  }

  void check(MemberKind kind, std::span<const std::byte> plaintext, Timestamp time, Duration duration) const {
    if (closed) throw Error(Errc::closed, sink->name(), "is closed");
    constexpr auto longest = Duration::max();
    if (time < Timestamp{} || duration < Duration{} || time.time_since_epoch() > longest - duration)
      throw Error(Errc::argument, sink->name(), "a member's time or duration is negative or overflows");
    if (plaintext.size() > max_plaintext_size)
      throw Error(Errc::argument, sink->name(), "a member is larger than 256 MiB; cut shorter segments");
    if (tree.size() + 3 > max_members)  // there must be room to close
      throw Error(Errc::unsupported, sink->name(), "holds a million members; start another recording");
    if (kind == MemberKind::close)
      throw Error(Errc::argument, sink->name(), "the close member is written by close()");
    if (kind == MemberKind::media && !init)
      throw Error(Errc::argument, sink->name(), "media comes before the member that begins it");
  }

  void append(MemberKind kind, std::span<const std::byte> plaintext, Timestamp time, Duration duration,
              Access access) {
    buffer.clear();
    Entry entry;
    entry.index = tree.size();
    entry.kind = kind;
    entry.access = access;
    entry.time = time;
    entry.duration = duration;
    entry.utc = claimed_utc();
    if (!beacons.empty()) entry.beacon = beacons.front();
    seal_member(entry, plaintext);
    require_room(buffer.size());
    const Digest leaf = crypto::leaf_hash(crypto::as_bytes(entry.text()));
    pending.push_back({entry.index, kind, access, time, duration, written, member_size, leaf});
    tree.add(leaf);
    leaves.push_back(leaf);
    if (!beacons.empty()) beacons.pop_front();
    append_note(entry);
    flush();
    if (clock.due_after(kind, time, duration)) write_index(entry.index);
  }

  /// Appends the encrypted member to the buffer and fills in what the entry says of it.
  void seal_member(Entry& entry, std::span<const std::byte> plaintext) {
    buffer.resize(block_size);  // for the tar header, which needs the size
    const auto sealed =
        crypto::seal_into(buffer, plaintext, next.valid() ? next.get() : crypto::prepare(recipients));
    member_size = sealed.header_size + sealed.payload_size;
    const auto age = std::span{buffer}.subspan(block_size);
    entry.header = crypto::sha256(age.first(sealed.header_size));
    entry.payload = crypto::sha256(age.subspan(sealed.header_size));
    entry.payload_size = sealed.payload_size;
    entry.commitment = sealed.commitment;
    const Block header = ustar_header(member_name(folder_of(entry.kind), entry.index), member_size);
    std::copy(header.begin(), header.end(), buffer.begin());
    pad();
  }

  /// A full disk stops the recording here, between two members and with room to end well.
  void require_room(std::uint64_t member) {
    if (closing || sink->reserve(member + note_room + closing_room() + last_words)) return;
    throw NoRoom(Errc::io, sink->name(), "No space left; free space or choose another folder");
  }

  /// What a member takes beside its content, at most: tar header and padding, age header, nonce, the tags.
  [[nodiscard]] std::uint64_t frame(std::uint64_t content) const {
    return 3 * block_size + longest_stanza * recipients.size() + (content >> 12);
  }

  /// What `finish` writes at most.
  [[nodiscard]] std::uint64_t closing_room() const {
    constexpr std::uint64_t longest_index_line = 192, index_frame = 512;
    const std::uint64_t close_member = block_size + frame(0);
    const std::uint64_t index = 3 * block_size + index_frame + longest_index_line * (pending.size() + 3);
    return init_room + close_member + 2 * note_room + index + 2 * block_size;
  }

  void append_note(const Entry& entry) {
    const auto signer = names_signer(entry.index, entry.kind) ? std::optional{verifier} : std::nullopt;
    checkpoint = crypto::sign_checkpoint({verifier.name, tree.size(), tree.root()}, *key);
    append_clear('j', entry.index, note_text(entry, signer, checkpoint));
  }

  void write_index(std::uint64_t last) {
    buffer.clear();
    const Index index{std::exchange(pending, {}), previous_index, written};
    previous_index = written;
    append_clear('x', last, index.text());
    flush();
  }

  void append_clear(char folder, std::uint64_t index, const std::string& content) {
    const Block header = ustar_header(member_name(folder, index), content.size());
    buffer.insert(buffer.end(), header.begin(), header.end());
    const auto bytes = crypto::as_bytes(content);
    buffer.insert(buffer.end(), bytes.begin(), bytes.end());
    pad();
  }

  void pad() { buffer.resize(buffer.size() + padding_after(buffer.size())); }

  void flush() {
    sink->write(buffer);
    written += buffer.size();
  }

  /// While the disk works the processor does not: the next member's keys and header, most of what a small
  /// member costs, are made meanwhile.
  void sync() {
    try {
      if (!next.valid())
        next = std::async(std::launch::async, [this] { return crypto::prepare(recipients); });
    } catch (const std::system_error&) {  // no thread is to be had: the next member does it itself
    }
    sink->sync();
  }

  void finish() {
    closing = true;
    const auto end = session_end;
    if (init) append(MemberKind::init, *init, {}, {}, Access::none);
    const std::string line = fmt::format("{{\"close\":{{\"members\":{}}}}}\n", tree.size() + 1);
    append(MemberKind::close, crypto::as_bytes(line), end, {}, Access::none);
    buffer.assign(2 * block_size, std::byte{0});
    flush();
    key.reset();
    sink->close();
    closed = true;
  }

  static constexpr std::uint64_t note_room = 4 * block_size;  // its tar header; a note that names the signer
  static constexpr std::uint64_t longest_stanza = 160;        // of X25519: 101 bytes

  std::unique_ptr<ByteSink> sink;
  std::vector<Recipient> recipients;
  std::optional<crypto::SigningKey> key;
  crypto::VerifierKey verifier;
  crypto::MerkleTree tree;
  std::vector<Digest> leaves;
  std::deque<std::string> beacons;  // not yet in an entry
  std::string checkpoint;
  IndexClock clock;
  std::vector<IndexLine> pending;  // not yet in an index
  std::optional<std::uint64_t> previous_index;
  std::optional<std::vector<std::byte>> init;
  std::vector<std::byte> buffer;  // reused: one write per member
  std::uint64_t written = 0, member_size = 0;
  std::uint64_t init_room = 0;  // of the init member when it is written again
  std::uint64_t last_words = std::uint64_t{256} << 10;
  Timestamp session_end{};
  std::exception_ptr failure;
  bool closing = false, closed = false;
  std::future<crypto::Prepared> next;  // for the member to come; last, so that it is waited for first
};

ArchiveWriter::ArchiveWriter(std::unique_ptr<ByteSink> destination, std::vector<Recipient> recipients)
    : impl_(std::make_unique<Impl>(std::move(destination), std::move(recipients))) {}
ArchiveWriter::~ArchiveWriter() = default;
ArchiveWriter::ArchiveWriter(ArchiveWriter&&) noexcept = default;
ArchiveWriter& ArchiveWriter::operator=(ArchiveWriter&&) noexcept = default;

void ArchiveWriter::add(MemberKind kind, std::span<const std::byte> plaintext, Timestamp time,
                        Duration duration, bool keyframe) {
  if (!impl_->failure) impl_->check(kind, plaintext, time, duration);
  impl_->guarded([&] {
    const Access media = keyframe ? Access::key : Access::delta;
    if (kind == MemberKind::init) impl_->init_room = plaintext.size() + impl_->frame(plaintext.size());
    impl_->append(kind, plaintext, time, duration, kind == MemberKind::media ? media : Access::none);
    if (kind == MemberKind::init) impl_->init.emplace(plaintext.begin(), plaintext.end());
    impl_->session_end = std::max(impl_->session_end, time + duration);
  });
}

void ArchiveWriter::spend_reserve() { impl_->last_words = 0; }

void ArchiveWriter::add_beacon(std::string beacon) {
  constexpr std::size_t most = 64;
  if (impl_->beacons.size() < most) impl_->beacons.push_back(std::move(beacon));
}

void ArchiveWriter::sync() {
  impl_->guarded([&] {
    if (!impl_->closed) impl_->sync();
  });
}

void ArchiveWriter::close() {
  if (impl_->closed) return;
  impl_->guarded([&] { impl_->finish(); });
}

std::string ArchiveWriter::checkpoint() const { return impl_->checkpoint; }
std::vector<Digest> ArchiveWriter::leaves() const { return impl_->leaves; }
std::string ArchiveWriter::signer() const { return impl_->verifier.to_string(); }
std::uint64_t ArchiveWriter::bytes() const { return impl_->written; }

}  // namespace invigil::recording
