// A page's WebM, of which pieces are missing: the first byte says where, the second how small the pieces are.
#include "fuzz.hpp"
#include "media/webm_splice.hpp"

namespace {

using invigil::media::WebmSplice;

struct Passed {
  WebmSplice splice{"fuzz"};
  WebmSplice::Bytes out;
};

void pass(Passed& to, std::span<const std::uint8_t> data, std::size_t step) {
  for (; !data.empty(); data = data.subspan(std::min(step, data.size())))
    to.splice.pass(std::as_bytes(data.first(std::min(step, data.size()))), to.out);
}

}  // namespace

/// How the stream is cut changes nothing; nothing comes out that did not go in, but for longer times.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::span all{data + 2, size - 2};
  const auto lost = all.size() * data[0] / 256;
  Passed once, pieces;
  fuzz::errors_only([&] {
    for (auto* to : {&once, &pieces}) {
      const std::size_t step = to == &once ? size : 1 + data[1] % 16;
      pass(*to, all.first(lost), step);
      to->splice.lost();
      pass(*to, all.subspan(lost), step);
    }
    fuzz::require(once.out == pieces.out && once.splice.newest() == pieces.splice.newest());
    fuzz::require(once.splice.damages() == pieces.splice.damages());
    fuzz::require(once.out.size() <= 4 * all.size());
    fuzz::require(once.splice.newest() >= invigil::Timestamp{});
  });
  return 0;
}
