#include "recording/shred.hpp"

#include "recording/piece.hpp"
#include "recording/shred_plan.hpp"

#include <invigil/error.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

namespace invigil {

namespace recording {

namespace {

void zero(EditFile& file, ByteRange range) {
  constexpr std::array<std::byte, 4096> zeros{};
  while (range.begin < range.end) {
    const auto n = std::min<std::uint64_t>(zeros.size(), range.end - range.begin);
    file.write_at(range.begin, std::span{zeros}.first(n));
    range.begin += n;
  }
}

}  // namespace

// Note [a crash while shredding in place]: the note is safe on the disk before the first key goes. A key that
// is gone without a note would look like damage; a note whose keys are still there says that shredding was
// interrupted, and shredding again completes it. A note that was cut short is a tail that is written over.
ShredReport shred_in_place(ByteSource& recording, EditFile& file, const std::vector<Identity>& identities,
                           const ShredOptions& options) {
  auto plan = plan_shred(recording, scan_for_change(recording), identities, options);
  if (!plan.changes) return plan.report;
  file.write_at(plan.end, crypto::as_bytes(plan.ending));
  file.resize(plan.end + plan.ending.size());
  file.sync();
  for (const ByteRange& range : plan.wipe) zero(file, range);
  file.sync();
  return std::move(plan.report);
}

}  // namespace recording

ShredReport shred(ByteSource& recording, const std::vector<Identity>& identities, ByteSink& out,
                  const ShredOptions& options) {
  auto plan = recording::plan_shred(recording, recording::scan_for_change(recording), identities, options);
  std::uint64_t done = 0;
  for (const auto& range : plan.wipe) {
    recording::copy_range(recording, {done, range.begin}, out);
    recording::write_zeros(out, range.end - range.begin);
    done = range.end;
  }
  recording::copy_range(recording, {done, plan.end}, out);
  out.write(crypto::as_bytes(plan.ending));
  return std::move(plan.report);
}

ShredReport shred_in_place(const std::filesystem::path& path, const std::vector<Identity>& identities,
                           const ShredOptions& options) {
  const auto recording = open_file(path);
  recording::require_seekable(*recording);
  const auto file = recording::edit_file(path);
  return recording::shred_in_place(*recording, *file, identities, options);
}

std::string to_json(const ShredReport& report) {
  using Json = nlohmann::ordered_json;
  auto spans = Json::array();
  for (const auto& [begin, end] : report.kept_spans) spans.push_back({seconds(begin), seconds(end)});
  return Json{{"shredded", report.shredded},
              {"kept", report.kept},
              {"kept_spans", spans},
              {"left_out", report.left_out},
              {"damage", report.damage}}
      .dump();
}

}  // namespace invigil
