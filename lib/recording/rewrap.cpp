#include "recording/entry.hpp"
#include "recording/piece.hpp"
#include "recording/ustar.hpp"

#include <invigil/error.hpp>
#include <invigil/rewrap.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

namespace invigil {

namespace recording {

namespace {

/// Counts what it hands on.
class CountingSink final : public ByteSink {
 public:
  explicit CountingSink(ByteSink& out) : out_(out) {}
  void write(std::span<const std::byte> bytes) override {
    out_.write(bytes);
    written_ += bytes.size();
  }
  [[nodiscard]] std::uint64_t written() const { return written_; }
  [[nodiscard]] std::string name() const override { return out_.name(); }

 private:
  ByteSink& out_;
  std::uint64_t written_ = 0;
};

/// Copies a recording from front to back. Headers change their lengths, so all that comes after them moves,
/// and indexes and the notes of earlier changes, which tell places, are written anew.
class Rewrapper {
 public:
  Rewrapper(ByteSource& recording, std::span<const Identity> identities,
            std::span<const Recipient> recipients, ByteSink& out)
      : source_(recording),
        identities_(identities),
        recipients_(recipients),
        out_(out),
        scan_(scan_for_change(recording)) {}

  RewrapReport run(const RewrapOptions& options) {
    check_key();
    for (const Part& part : parts()) {
      copy_until(part.offset);
      (this->*part.write)(part.number);
    }
    copy_until(scan_.end);
    finish(options);
    return std::move(report_);
  }

 private:
  /// Something that cannot be copied as it is.
  struct Part {
    std::uint64_t offset;
    void (Rewrapper::*write)(std::size_t number);
    std::size_t number;
  };

  /// Before anything is written: that a key fits at all.
  void check_key() {
    std::optional<Error> failure;
    for (std::size_t i = 0; i < scan_.members.size(); ++i) {
      if (!scan_.members[i].intact) continue;
      try {
        static_cast<void>(open(i));
        return;
      } catch (const Error& e) {
        if (e.code() == Errc::io) throw;
        if (!failure) failure = e;
      }
    }
    if (failure) throw Error{*failure};
  }

  [[nodiscard]] std::vector<Part> parts() const {
    std::vector<Part> all;
    for (std::size_t i = 0; i < scan_.members.size(); ++i) {
      const Member& member = scan_.members[i];
      if (member.folder != 0 && content_of(member).end <= scan_.end)
        all.push_back({member.offset, &Rewrapper::write_member, i});
    }
    for (std::size_t i = 0; i < scan_.indexes.size(); ++i)
      all.push_back({scan_.indexes[i].begin, &Rewrapper::write_index, i});
    for (std::size_t i = 0; i < scan_.changes.size(); ++i)
      all.push_back({scan_.change_notes[i].begin, &Rewrapper::write_change, i});
    std::sort(all.begin(), all.end(), [](const Part& a, const Part& b) { return a.offset < b.offset; });
    return all;
  }

  void copy_until(std::uint64_t offset) {
    copy_range(source_, {done_, offset}, out_);
    done_ = offset;
  }

  void write_member(std::size_t index) {
    const Member& member = scan_.members[index];
    moved_[member.offset] = out_.written();
    const auto header = new_header(index);
    const ByteRange content = content_of(member);
    if (!header) return copy_until(content.end + padding_after(member.size));
    const std::uint64_t size = header->size() + member.size - member.header_size;
    new_sizes_[index] = size;
    out_.write(ustar_header(member_name(member.folder, index), size));
    out_.write(crypto::as_bytes(*header));
    copy_range(source_, {content.begin + member.header_size, content.end}, out_);
    write_zeros(out_, padding_after(size));
    done_ = content.end + padding_after(member.size);
    report_.rewrapped.push_back(index);
  }

  /// The same file key for other recipients; nothing when the member must stay as it is.
  [[nodiscard]] std::optional<std::string> new_header(std::size_t index) {
    const Member& member = scan_.members[index];
    const ByteRange content = content_of(member);
    const ByteRange key{content.begin, content.begin + member.header_size};
    if (member.header == HeaderState::zeroed || (member.header_size > 0 && is_zero(source_, key))) {
      ++report_.shredded;
      return std::nullopt;
    }
    try {
      return crypto::header_for(open(index), recipients_);
    } catch (const Error& e) {
      if (e.code() == Errc::io) throw;
      report_.unchanged.push_back(index);
      return std::nullopt;
    }
  }

  /// The member's file key: the one that its entry commits to, or an error.
  [[nodiscard]] crypto::FileKey open(std::size_t index) {
    const Member& member = scan_.members[index];
    const std::string name = place_of(source_, index);
    crypto::BufferedSource source{member_source(source_, member, name)};
    const crypto::Header header = crypto::read_header(source);
    const crypto::FileKey key = crypto::open_header(header, identities_, name);
    // From "---" on: a space, 43 characters of base64 and the line's end.
    constexpr std::size_t mac_size = 45;
    if (!member.known || header.text.size() + mac_size != member.header_size ||
        !crypto::equal(crypto::key_commitment(key), member.commitment))
      throw Error(Errc::tampered, name, "does not hold the key that its entry commits to");
    return key;
  }

  void write_index(std::size_t number) {
    const ByteRange range = scan_.indexes[number];
    const std::uint64_t own = move_here(range.begin);
    auto index = Index::parse(content(range));
    if (!index || index->offset != range.begin) return copy_until(range.end);
    index->offset = own;
    index->previous = moved(index->previous);
    for (IndexLine& line : index->lines) {
      if (line.index >= scan_.members.size()) continue;
      const Member& member = scan_.members[line.index];
      if (line.offset != member.offset || line.size != member.size) continue;
      line.offset = moved(member.offset).value_or(member.offset);
      if (const auto size = new_sizes_.find(line.index); size != new_sizes_.end()) line.size = size->second;
    }
    write_text(tar_member(name_at(range), index->text()), range);
  }

  void write_change(std::size_t number) {
    const ByteRange range = scan_.change_notes[number];
    Change change = scan_.changes[number];
    if (change.offset != range.begin) return copy_until(range.end);
    change.offset = move_here(range.begin);
    change.previous = moved(change.previous);
    write_text(tar_member(name_at(range), change.text()), range);
  }

  void write_text(const std::string& text, ByteRange instead_of) {
    out_.write(crypto::as_bytes(text));
    done_ = instead_of.end;
  }

  std::uint64_t move_here(std::uint64_t from) { return moved_[from] = out_.written(); }
  /// Where now is what was there; a place that held nothing stays wrong.
  [[nodiscard]] std::optional<std::uint64_t> moved(std::optional<std::uint64_t> from) const {
    const auto found = from ? moved_.find(*from) : moved_.end();
    return found == moved_.end() ? from : std::optional{found->second};
  }

  [[nodiscard]] Block block_at(std::uint64_t offset) {
    Block block{};
    std::size_t done = 0;
    for_each_piece(source_, {offset, offset + block.size()}, [&](std::span<const std::byte> piece) {
      std::copy(piece.begin(), piece.end(), block.begin() + static_cast<std::ptrdiff_t>(done));
      done += piece.size();
      return true;
    });
    return block;
  }
  [[nodiscard]] std::string name_at(ByteRange range) {
    const auto header = parse_ustar(block_at(range.begin));
    return header ? header->name : std::string{};
  }
  [[nodiscard]] std::string content(ByteRange range) {
    const auto header = parse_ustar(block_at(range.begin));
    std::string text;
    if (!header || header->size > max_index_size) return text;
    for_each_piece(source_, {range.begin + block_size, range.begin + block_size + header->size},
                   [&](std::span<const std::byte> piece) {
                     text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
                     return true;
                   });
    return text;
  }

  void finish(const RewrapOptions& options) {
    std::optional<Change> note;
    if (!report_.rewrapped.empty())
      note = Change{scan_.changes.size(),         ChangeKind::rewrap,      claimed_utc(), options.why,
                    ranges_of(report_.rewrapped), moved(scan_.last_index), out_.written()};
    out_.write(crypto::as_bytes(ending(note, scan_.closed)));
    for (const Stray& stray : scan_.strays) report_.strays += stray.bytes.end - stray.bytes.begin;
    const std::uint64_t size = source_.size().value_or(scan_.end);
    if (!scan_.closed && size > scan_.end && !is_zero(source_, {scan_.end, size}))
      report_.left_out = size - scan_.end;
    report_.damage = scan_.problem;
  }

  ByteSource& source_;
  std::span<const Identity> identities_;
  std::span<const Recipient> recipients_;
  CountingSink out_;
  Scan scan_;
  RewrapReport report_;
  std::map<std::uint64_t, std::uint64_t> moved_;      // places, from before to now
  std::map<std::uint64_t, std::uint64_t> new_sizes_;  // of members, by index
  std::uint64_t done_ = 0;
};

}  // namespace

}  // namespace recording

RewrapReport rewrap(ByteSource& recording, const std::vector<Identity>& identities,
                    const std::vector<Recipient>& recipients, ByteSink& out, const RewrapOptions& options) {
  if (recipients.empty())
    throw Error(Errc::argument, "recipients", "none was given; nobody could ever open the recording again");
  recording::check_why(options.why);
  return recording::Rewrapper{recording, identities, recipients, out}.run(options);
}

RewrapReport rewrap_in_place(const std::filesystem::path& path, const std::vector<Identity>& identities,
                             const std::vector<Recipient>& recipients, const RewrapOptions& options) {
  const auto recording = open_file(path);
  recording::require_seekable(*recording);
  // A link must go on pointing to the recording, so what it points to is replaced.
  const auto file = std::filesystem::canonical(path);
  const auto permissions = std::filesystem::status(file).permissions();
  const auto out = create_file_atomically(file, {.overwrite = true});
  auto report = rewrap(*recording, identities, recipients, *out, options);
  out->close();
  std::error_code stays_private;
  std::filesystem::permissions(file, permissions, stays_private);
  return report;
}

std::string to_json(const RewrapReport& report) {
  return nlohmann::ordered_json{{"rewrapped", report.rewrapped}, {"shredded", report.shredded},
                                {"unchanged", report.unchanged}, {"strays", report.strays},
                                {"left_out", report.left_out},   {"damage", report.damage}}
      .dump();
}

}  // namespace invigil
