#include "recording/scan.hpp"

#include "crypto/merkle.hpp"
#include "recording/age_hasher.hpp"
#include "recording/ustar.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace invigil::recording {

namespace {

using crypto::ByteView;

/// No recording begins later in a file: its first members are small.
constexpr std::uint64_t give_up_after = std::uint64_t{16} << 20;
/// More members than this are not kept account of when they are missing or damaged: a day of recording. A few
/// bytes of file cannot make the reader fill its memory.
constexpr std::uint64_t max_damaged = 100'000;
/// Checking a signature takes 0.1 ms. Who has written so many that are wrong will not write a right one.
constexpr std::size_t max_wrong_signatures = 1000;
constexpr std::size_t max_origins = 16;
/// Where a problem is that only matters when there is no other.
constexpr std::uint64_t nowhere = UINT64_MAX;

/// Counts what it has given.
class Input {
 public:
  explicit Input(ByteSource& source) : source_(source), size_(source.size()) {
    if (size_) source_.seek(0);
  }
  /// Fills `out` as far as the input reaches.
  std::size_t read(std::span<std::byte> out) {
    std::size_t done = 0;
    while (done < out.size()) {
      const std::size_t n = source_.read(out.subspan(done));
      if (n == 0) break;
      done += n;
    }
    offset_ += done;
    return done;
  }
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  [[nodiscard]] bool seekable() const { return size_.has_value(); }
  /// Of what was read already; the place stays.
  Digest digest_of(ByteRange range, std::span<std::byte> buffer) {
    crypto::Sha256 hash;
    source_.seek(range.begin);
    for (std::uint64_t left = range.end - range.begin; left > 0;) {
      const std::size_t n = source_.read(buffer.first(std::min<std::uint64_t>(left, buffer.size())));
      if (n == 0) break;
      hash.update(buffer.first(n));
      left -= n;
    }
    source_.seek(offset_);
    return hash.finish();
  }
  /// False when it is known that fewer than `n` bytes are left.
  [[nodiscard]] bool may_hold(std::uint64_t n) const {
    return !size_ || (offset_ <= *size_ && n <= *size_ - offset_);
  }

 private:
  ByteSource& source_;
  std::optional<std::uint64_t> size_;
  std::uint64_t offset_ = 0;
};

bool is_zero(ByteView bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

/// A member, and what is needed to tie it to the tree once all has been read.
struct Found {
  Member member;
  std::optional<Digest> leaf;  ///< Of the entry as read.
  std::optional<Digest> hint;  ///< As an index says.
  bool has_head = false;       ///< The note held a tree head for this place.
  bool head_holds = false;     ///< And its signature is right.
  Digest root{};
  std::size_t origin = 0;
  std::array<std::byte, 4> key_id{};
  crypto::Signature signature{};
};

class Scanner {
 public:
  Scanner(ByteSource& source, const std::optional<crypto::VerifierKey>& expected)
      : name_(source.name()), input_(source), expected_(expected), buffer_(std::size_t{256} << 10) {}

  Scan run() {
    while (next_block()) {
    }
    finish_tail();
    settle_signer();
    tie_to_tree();
    settle_changes();
    return result();
  }

 private:
  /// An age file whose note has not been seen yet.
  struct Data {
    std::uint64_t index = 0, offset = 0, size = 0;
    char folder = 0;
    AgeHasher hasher;
    bool flawless = true;
  };

  // --- the tar stream ---

  bool next_block() {
    const std::uint64_t at = input_.offset();
    Block block;
    tail_size_ = input_.read(block);
    if (tail_size_ < block.size()) {
      tail_is_zero_ = is_zero(std::span{block}.first(tail_size_));
      return false;
    }
    if (!ours_seen_ && at >= give_up_after) not_a_recording();
    if (damaged_ > max_damaged) {
      problem(nowhere, fmt::format("more than {} members are missing or damaged", max_damaged));
      return false;
    }
    const auto header = parse_ustar(block);
    const auto name = header ? parse_member_name(header->name) : std::nullopt;
    if (name) {
      begin_member(*name, at);
      on_member(*name, *header, at);
    } else if (is_zero(block)) {
      if (!lost_ && !cut_) ++zeros_;
    } else if (!lost_ && !cut_) {
      lost_ = at;
      if (header && ours_seen_ && input_.may_hold(header->size)) skip(header->size);  // somebody else's
    }
    return true;
  }

  /// A header of ours: whatever could not be read before it was no tail.
  void begin_member(const MemberName& name, std::uint64_t at) {
    if (lost_) stray({*lost_, at});
    if (cut_) stray({cut_->first, at});
    if (lost_)
      problem(*lost_,
              fmt::format("{} bytes cannot be read where member {} belongs", at - *lost_, found_.size()));
    if (cut_) problem(cut_->first, fmt::format("the size of {} is wrong", cut_->second));
    if (zeros_ > 0) problem(at, closed_ ? "members follow the end" : "a hole of zeros");
    if (closed_ && !name.change) problem(at, "members follow the close");
    if (!changes_.empty() && !name.change) problem(at, "members follow the note of a change");
    lost_.reset();
    cut_.reset();
    zeros_ = 0;
    ours_seen_ = true;
  }

  void on_member(const MemberName& name, const TarHeader& header, std::uint64_t at) {
    if (!input_.may_hold(header.size)) {
      cut_.emplace(at, header.name);
      if (name.folder != 'j' && name.folder != 'x') drop_pending();
      return;
    }
    if (name.change) return on_change(name.index, header, at);
    if (name.folder == 'x') return on_index(name.index, header, at);
    if (index_due_) problem(at, "an index is missing");
    index_due_ = false;
    if (name.folder == 'j') return on_note(name.index, header, at);
    on_data(name, header, at);
  }

  void on_data(const MemberName& name, const TarHeader& header, std::uint64_t at) {
    drop_pending();
    if (!make_place(name.index, at)) {
      skip(header.size);
      return stray({at, input_.offset()});
    }
    Data data{name.index, at, header.size, name.folder, AgeHasher{input_.seekable()}, header.canonical};
    std::uint64_t left = header.size;
    while (left > 0) {
      const auto part = std::span{buffer_}.first(std::min<std::uint64_t>(left, buffer_.size()));
      const std::size_t n = input_.read(part);
      data.hasher.update(part.first(n));
      left -= n;
      if (n < part.size()) {
        cut_.emplace(at, header.name);
        return;
      }
    }
    data.flawless = read_padding(header.size) && data.flawless;
    if (!data.flawless) problem(at, fmt::format("the tar header or padding of {} was changed", header.name));
    pending_ = std::move(data);
  }

  void on_note(std::uint64_t index, const TarHeader& header, std::uint64_t at) {
    if (pending_ && pending_->index != index) drop_pending();
    if (!pending_ && !make_place(index, at)) return skip(header.size);
    if (!pending_) problem(at, fmt::format("member {} is missing or damaged", index));
    const auto content = read_text(header, max_note_size);
    if (!content) return;  // cut off: the data member waits in vain
    const bool padded = read_padding(header.size);
    const Note note = parse_note(*content);
    note_version(note, *content);
    Found found = found_from(note, index);
    if (pending_) match(found.member, note);
    const bool flawless = found.member.intact && pending_->flawless && note.canonical && found.has_head &&
                          header.canonical && padded;
    if (!note.canonical || !found.has_head || !header.canonical || !padded)
      problem(at, fmt::format("{} was changed", header.name));
    else if (!found.member.intact && pending_)
      problem(pending_->offset, fmt::format("member {} is not the one that was recorded", index));
    found.member.flawless = flawless;
    if (!flawless) ++damaged_;
    pending_.reset();
    if (note.entry && note.entry->index == index)
      index_due_ = clock_.due_after(note.entry->kind, note.entry->time, note.entry->duration);
    else
      clock_reliable_ = false;
    if (note.signer && named_signers_.size() < max_origins) named_signers_.push_back(*note.signer);
    if (note.signer && *note.signer != named_signers_.front())
      problem(at, "two notes name different signers");
    found_.push_back(std::move(found));
    end_ = at + block_size + header.size + padding_after(header.size);
  }

  void on_change(std::uint64_t number, const TarHeader& header, std::uint64_t at) {
    const auto content = read_text(header, max_index_size);
    if (!content) return;
    const bool padded = read_padding(header.size);
    drop_pending();
    const auto parsed = Change::parse(*content);
    const bool fits = parsed && padded && header.canonical && number == changes_.size() &&
                      parsed->number == number && parsed->offset == at &&
                      parsed->previous == previous_index_ && parsed->members.back().last < found_.size();
    if (!fits) problem(at, fmt::format("the note {} was changed or does not fit", header.name));
    if (!parsed) return;  // at the end of the file: one that was cut short, to be written over
    end_ = at + block_size + header.size + padding_after(header.size);
    previous_index_ = at;
    changes_.push_back(*parsed);
    change_notes_.push_back({at, end_});
  }

  void on_index(std::uint64_t index, const TarHeader& header, std::uint64_t at) {
    const bool due = std::exchange(index_due_, false) || !clock_reliable_;
    const auto content = read_text(header, max_index_size);
    if (!content) {
      index_due_ = due;
      return;
    }
    const bool padded = read_padding(header.size);
    if (index >= found_.size()) {
      drop_pending();
      make_place(index + 1, at);  // the members before it are missing
    }
    const auto parsed = Index::parse(*content);
    const bool in_place = due && !pending_ && !found_.empty() && index + 1 == found_.size();
    if (!parsed || !in_place || !padded || !header.canonical || !fits(*parsed, at))
      problem(at, fmt::format("the index {} does not fit", header.name));
    if (parsed) previous_index_ = at;
    end_ = at + block_size + header.size + padding_after(header.size);
    indexes_.push_back({at, end_});
    indexed_ = found_.size();
    closed_ = !found_.empty() && found_.back().member.kind == MemberKind::close;
  }

  /// Compares an index with what was seen, and takes the leaves of what was not.
  bool fits(const Index& index, std::uint64_t at) {
    bool ok = index.offset == at && index.previous == previous_index_;
    ok = ok && index.lines.size() == found_.size() - indexed_;
    std::size_t expected = indexed_;
    for (const IndexLine& line : index.lines) {
      ok = ok && line.index == expected++;
      if (line.index >= found_.size()) return false;
      Found& found = found_[line.index];
      found.hint = line.leaf;
      const Member& m = found.member;
      if (!m.flawless) continue;
      ok = ok &&
           line == IndexLine{line.index, m.kind, m.access, m.time, m.duration, m.offset, m.size, line.leaf};
    }
    return ok;
  }

  // --- pieces ---

  void skip(std::uint64_t size) {
    for (std::uint64_t left = size + padding_after(size); left > 0;) {
      const auto n = input_.read(std::span{buffer_}.first(std::min<std::uint64_t>(left, buffer_.size())));
      if (n == 0) return;
      left -= n;
    }
  }

  std::optional<std::string> read_text(const TarHeader& header, std::size_t limit) {
    if (header.size > limit) {
      skip(header.size);
      return std::string{};  // parses as nothing
    }
    std::string text(header.size, '\0');
    const std::size_t n = input_.read(std::as_writable_bytes(std::span{text}));
    if (n == text.size()) return text;
    cut_.emplace(input_.offset(), header.name);
    return std::nullopt;
  }

  bool read_padding(std::uint64_t size) {
    Block padding;
    const auto part = std::span{padding}.first(padding_after(size));
    const std::size_t n = input_.read(part);
    return is_zero(part.first(n));
  }

  /// Counts notes of this version of the format, and keeps the number of another.
  void note_version(const Note& note, std::string_view text) {
    constexpr std::string_view name = "invigil/";
    if (note.entry) ++notes_;
    if (note.entry || !text.starts_with(name)) return;
    text.remove_prefix(name.size());
    const auto version = crypto::parse_number(crypto::take_until(text, ' ').value_or(""), 999);
    if (version && *version != 1) other_version_ = version;
  }

  void stray(ByteRange bytes) {
    const std::uint64_t member = found_.size();
    if (!strays_.empty() && strays_.back().bytes.end == bytes.begin && strays_.back().member == member)
      strays_.back().bytes.end = bytes.end;
    else
      strays_.push_back({bytes, member});
  }

  Found found_from(const Note& note, std::uint64_t index) {
    Found found;
    if (note.entry && note.entry->index == index) {
      const Entry& entry = *note.entry;
      found.leaf = crypto::leaf_hash(crypto::as_bytes(entry.text()));
      found.member.known = true;
      found.member.kind = entry.kind;
      found.member.access = entry.access;
      found.member.time = entry.time;
      found.member.duration = entry.duration;
      found.member.commitment = entry.commitment;
      if (entry.beacon != "-") found.member.beacon = entry.beacon;
    }
    if (note.checkpoint && note.checkpoint->checkpoint.size == index + 1) {
      const auto origin = origin_number(note.checkpoint->checkpoint.origin);
      found.has_head = origin.has_value();
      found.origin = origin.value_or(0);
      found.root = note.checkpoint->checkpoint.root;
      found.key_id = note.checkpoint->key_id;
      found.signature = note.checkpoint->signature;
    }
    return found;
  }

  void locate(Member& member) const {
    member.offset = pending_->offset;
    member.size = pending_->size;
    member.folder = pending_->folder;
  }

  void match(Member& member, const Note& note) {
    locate(member);
    if (!member.known || folder_of(member.kind) != pending_->folder) return;
    const Entry& entry = *note.entry;
    if (pending_->size > entry.payload_size) member.header_size = pending_->size - entry.payload_size;
    const std::uint64_t begin = pending_->offset + block_size;
    member.header = pending_->hasher.match(entry, [&](std::uint64_t skipped) {
      return input_.digest_of({begin + skipped, begin + pending_->size}, buffer_);
    });
    member.intact = member.header != HeaderState::unknown;  // until the notes of changes are known
  }

  std::optional<std::size_t> origin_number(const std::string& origin) {
    const auto known = std::find(origins_.begin(), origins_.end(), origin);
    if (known != origins_.end()) return static_cast<std::size_t>(known - origins_.begin());
    if (origins_.size() == max_origins) return std::nullopt;
    origins_.push_back(origin);
    return origins_.size() - 1;
  }

  /// Until member `index` is the next; what lies between is missing. False when it cannot be here.
  bool make_place(std::uint64_t index, std::uint64_t at) {
    const std::uint64_t next = found_.size();
    if (index < next || index - next > max_damaged - std::min(damaged_, max_damaged)) {
      problem(at, fmt::format("member {} stands in the wrong place or twice", index));
      if (index < next) found_[index].member.flawless = false;
      return false;
    }
    if (index > next) {
      problem(at, fmt::format("member {} is missing", next));
      clock_reliable_ = false;
      damaged_ += index - next;
      found_.resize(index);
    }
    return true;
  }

  /// The note of an age file never came.
  void drop_pending() {
    if (!pending_) return;
    problem(pending_->offset, fmt::format("the note of member {} is missing", pending_->index));
    clock_reliable_ = false;
    ++damaged_;
    locate(found_.emplace_back().member);
    pending_.reset();
  }

  void problem(std::uint64_t at, std::string what) {
    if (problem_ && problem_->first <= at) return;
    problem_ = {at, std::move(what)};
  }

  [[noreturn]] void not_a_recording() const {
    throw Error(Errc::bad_header, name_, "is not a recording; give a file that invigil record has written");
  }

  // --- after the last byte ---

  void finish_tail() {
    if (!ours_seen_) not_a_recording();
    if (other_version_ && notes_ == 0)
      throw Error(Errc::unsupported, name_,
                  fmt::format("is a recording of version {} of the format, and this program reads version 1; "
                              "use a newer one",
                              *other_version_));
    if (lost_) {
      problem(*lost_, "bytes that belong to no member");
      drop_pending();
    }
    if (cut_ || lost_) return;
    const bool close_seen = !found_.empty() && found_.back().member.kind == MemberKind::close;
    if (close_seen && index_due_ && zeros_ > 0) problem(input_.offset(), "the closing index is missing");
    const bool zeros_before = zeros_ > 0 || closed_;
    if (zeros_before && !tail_is_zero_) problem(input_.offset(), "something follows the end");
    if (closed_ && (zeros_ > 2 || (zeros_ == 2 && tail_size_ > 0)))
      problem(input_.offset(), "something follows the end");
    ended_ = closed_ && zeros_ == 2 && tail_size_ == 0;
  }

  /// Whose signatures count: those of the key that the recording names, under the origin that most notes
  /// have.
  void settle_signer() {
    if (found_.empty()) return;
    const std::size_t origin = most_frequent_origin();
    for (std::size_t i = 0; i < found_.size(); ++i) {
      if (!found_[i].has_head || found_[i].origin == origin) continue;
      found_[i].has_head = false;
      spoil(found_[i], i, "comes from another recording");
    }
    const auto own = [&](const crypto::VerifierKey& key) {
      return origin < origins_.size() && key.name == origins_[origin];
    };
    const auto named = std::find_if(named_signers_.begin(), named_signers_.end(), own);
    if (named != named_signers_.end()) verifier_ = *named;
    if (!verifier_ && expected_ && own(*expected_)) verifier_ = expected_;
    if (!verifier_) problem(nowhere, "the note that names the signer is damaged");
    for (std::size_t i = 0; i < found_.size(); ++i) check_head(found_[i], i + 1);
    if (!expected_) return;
    const bool signed_once =
        std::any_of(found_.begin(), found_.end(), [](const Found& f) { return f.head_holds; });
    signer_ = expected_ == verifier_ && signed_once ? SignerState::checked : SignerState::wrong;
  }

  [[nodiscard]] std::size_t most_frequent_origin() const {
    std::vector<std::size_t> counts(origins_.size());
    for (const Found& found : found_)
      if (found.has_head) ++counts[found.origin];
    return static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
  }

  [[nodiscard]] crypto::SignedCheckpoint head_of(const Found& found, std::uint64_t size) const {
    return {{origins_[found.origin], size, found.root}, found.key_id, found.signature};
  }

  void check_head(Found& found, std::uint64_t size) {
    if (!found.has_head || !verifier_) return;
    const bool patient = wrong_signatures_ < max_wrong_signatures;
    found.head_holds = patient && head_of(found, size).signed_by(*verifier_);
    if (found.head_holds) return;
    ++wrong_signatures_;
    spoil(found, size - 1, "has a signature that is not the recording's own");
  }

  void spoil(Found& found, std::uint64_t index, std::string_view why) {
    if (std::exchange(found.member.flawless, false))
      problem(found.member.offset, fmt::format("member {} {}", index, why));
  }

  /// Adds leaf after leaf and compares with every tree head that holds.
  void tie_to_tree() {
    crypto::MerkleTree tree;
    for (std::size_t i = 0; i < found_.size(); ++i) {
      Found& found = found_[i];
      const auto leaf = choose_leaf(tree, i);
      if (found.leaf && found.leaf != leaf) found.member.intact = false;
      if (!leaf) {  // nothing after it can be compared either
        spoil(found, i, "does not fit the Merkle tree");
        problem(nowhere, fmt::format("member {} was lost, and with it the tree", i));
        return;
      }
      tree.add(*leaf);
      found.member.leaf = leaf;
      const bool fits = found.leaf == leaf && (!head_counts(found) || tree.root() == found.root);
      if (fits && found.head_holds) last_head_ = i;
      if (!fits) spoil(found, i, "does not fit the Merkle tree");
      if (found.hint && found.hint != leaf)
        problem(found.member.offset, fmt::format("an index tells member {} otherwise", i));
    }
  }

  /// Without a known key the heads can only be compared with the tree.
  [[nodiscard]] bool head_counts(const Found& found) const {
    return verifier_ ? found.head_holds : found.has_head;
  }

  /// The leaf as read, or, when the note was damaged, the one that an index tells and the next heads confirm.
  [[nodiscard]] std::optional<Digest> choose_leaf(const crypto::MerkleTree& tree, std::size_t i) const {
    const Found& found = found_[i];
    if (!found.leaf) return found.hint;
    if (found.hint == found.leaf || confirmed(tree, i, *found.leaf)) return found.leaf;
    return found.hint;
  }

  [[nodiscard]] bool confirmed(crypto::MerkleTree tree, std::size_t i, const Digest& leaf) const {
    constexpr std::size_t look_ahead = 64;
    tree.add(leaf);
    for (std::size_t j = i; j < std::min(found_.size(), i + look_ahead); ++j) {
      if (j > i) {
        if (!found_[j].leaf) return false;
        tree.add(*found_[j].leaf);
      }
      if (head_counts(found_[j])) return tree.root() == found_[j].root;
    }
    return true;
  }

  /// What was done by choice is no damage, if a note says so; and what a note says must have been done.
  void settle_changes() {
    const auto shredded = named_by(changes_, ChangeKind::shred, found_.size()),
               rewrapped = named_by(changes_, ChangeKind::rewrap, found_.size());
    for (std::size_t i = 0; i < found_.size(); ++i) {
      Member& member = found_[i].member;
      member.condemned = shredded[i];
      if (member.header == HeaderState::unknown) continue;
      const bool zeroed = member.header == HeaderState::zeroed;
      const bool changed = member.header != HeaderState::as_written;
      member.shredded = zeroed && shredded[i];
      member.rewrapped = member.header == HeaderState::other && rewrapped[i];
      if (changed && !member.rewrapped) member.intact = false;
      if (!zeroed && shredded[i])
        spoil(found_[i], i, "still has its key, though a note says that it was destroyed; shred again");
      if (zeroed && !member.shredded) spoil(found_[i], i, "has lost its key, and no note says why");
      if (changed && !zeroed && !member.rewrapped)
        spoil(found_[i], i, "has another age header, and no note says why");
      if (!changed && rewrapped[i])
        spoil(found_[i], i, "still opens with its old keys, though a note says that they were changed");
    }
  }

  [[nodiscard]] Scan result() {
    Scan scan;
    scan.changes = std::move(changes_);
    scan.indexes = std::move(indexes_);
    scan.change_notes = std::move(change_notes_);
    scan.strays = std::move(strays_);
    std::erase_if(scan.strays, [this](const Stray& s) { return s.bytes.begin >= end_; });
    scan.end = end_;
    scan.last_index = previous_index_;
    scan.closed = closed_;
    scan.gave_up = damaged_ > max_damaged;
    scan.signer = signer_;
    scan.verifier = verifier_;
    if (last_head_) scan.head = head_of(found_[*last_head_], *last_head_ + 1);
    scan.members.reserve(found_.size());
    for (const Found& found : found_) scan.members.push_back(found.member);
    if (problem_) scan.problem = fmt::format("{} (byte {})", problem_->second, problem_->first);
    scan.state = problem_ ? RecordingState::damaged
                 : ended_ ? RecordingState::whole
                          : RecordingState::unterminated;
    return scan;
  }

  std::string name_;
  Input input_;
  std::optional<crypto::VerifierKey> expected_, verifier_;
  std::vector<crypto::VerifierKey> named_signers_;
  std::vector<std::byte> buffer_;
  std::vector<Found> found_;
  std::vector<std::string> origins_;
  std::optional<Data> pending_;
  IndexClock clock_;
  std::vector<Change> changes_;
  std::vector<ByteRange> indexes_, change_notes_;
  std::vector<Stray> strays_;
  std::optional<std::uint64_t> previous_index_, other_version_;
  std::uint64_t end_ = 0, damaged_ = 0;
  std::optional<std::size_t> last_head_;
  std::size_t indexed_ = 0, notes_ = 0, wrong_signatures_ = 0;
  std::optional<std::uint64_t> lost_;                         // where bytes begin that are no member
  std::optional<std::pair<std::uint64_t, std::string>> cut_;  // a member that reaches beyond the end
  std::optional<std::pair<std::uint64_t, std::string>> problem_;
  std::size_t tail_size_ = 0;
  std::uint64_t zeros_ = 0;
  SignerState signer_ = SignerState::not_checked;
  bool tail_is_zero_ = true, ours_seen_ = false, index_due_ = false, clock_reliable_ = true;
  bool closed_ = false, ended_ = false;
};

}  // namespace

Scan scan(ByteSource& recording, const std::optional<crypto::VerifierKey>& expected_signer) {
  return Scanner{recording, expected_signer}.run();
}

std::vector<std::pair<Timestamp, Timestamp>> shredded_spans(const Scan& scan) {
  std::vector<std::pair<Timestamp, Timestamp>> spans;
  for (const Member& member : scan.members) {
    if (!member.shredded || member.kind != MemberKind::media) continue;
    const Timestamp end = member.time + member.duration;
    if (!spans.empty() && spans.back().second == member.time)
      spans.back().second = end;
    else
      spans.emplace_back(member.time, end);
  }
  return spans;
}

std::optional<Digest> root_over(const Scan& scan, std::uint64_t size) {
  crypto::MerkleTree tree;
  while (tree.size() < size) {
    if (tree.size() == scan.members.size() || !scan.members[tree.size()].leaf) return std::nullopt;
    tree.add(*scan.members[tree.size()].leaf);
  }
  return tree.root();
}

}  // namespace invigil::recording
