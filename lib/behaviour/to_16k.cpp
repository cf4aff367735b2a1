#include "behaviour/to_16k.hpp"

#include "media/av.hpp"

#include <invigil/audio.hpp>
#include <invigil/error.hpp>

#include <algorithm>
#include <cstdint>

extern "C" {
#include <libavutil/channel_layout.h>
}

namespace invigil::behaviour {

namespace {

media::UniqueResampler make_resampler() {
  media::silence_libav();
  AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
  SwrContext* context = nullptr;
  int error = swr_alloc_set_opts2(&context, &mono, AV_SAMPLE_FMT_FLTP, 16000, &mono, AV_SAMPLE_FMT_FLTP,
                                  AudioBlock::rate, 0, nullptr);
  media::UniqueResampler resampler{context};
  if (error >= 0) error = swr_init(context);
  if (error < 0) throw Error(Errc::unsupported, "resampling to 16 kHz", media::error_text(error));
  return resampler;
}

}  // namespace

struct To16k::Impl {
  media::UniqueResampler resampler = make_resampler();

  /// Nothing in: what the filter still holds comes out.
  void convert(std::span<const float> in, std::vector<float>& out) {
    const auto* data = reinterpret_cast<const std::uint8_t*>(in.data());
    const auto count = static_cast<int>(in.size());
    const auto before = out.size();
    const int room = std::max(swr_get_out_samples(resampler.get(), count), 0) + 1;
    out.resize(before + static_cast<std::size_t>(room));
    auto* target = reinterpret_cast<std::uint8_t*>(out.data() + before);
    const int n = swr_convert(resampler.get(), &target, room, in.empty() ? nullptr : &data, count);
    out.resize(before + static_cast<std::size_t>(std::max(n, 0)));
    if (n < 0) throw Error(Errc::unsupported, "resampling to 16 kHz", media::error_text(n));
  }
};

To16k::To16k() : impl_(std::make_unique<Impl>()) {}
To16k::~To16k() = default;
To16k::To16k(To16k&&) noexcept = default;
To16k& To16k::operator=(To16k&&) noexcept = default;

void To16k::push(std::span<const float> samples, std::vector<float>& out) {
  if (!samples.empty()) impl_->convert(samples, out);
}

void To16k::flush(std::vector<float>& out) {
  impl_->convert({}, out);
  impl_->resampler = make_resampler();
}

}  // namespace invigil::behaviour
