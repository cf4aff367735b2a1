// Synthetic inputs by libavfilter.
#include "media/picture.hpp"
#include "media/resampler.hpp"

#include <invigil/error.hpp>
#include <invigil/media.hpp>

#include <algorithm>
#include <deque>
#include <new>
#include <utility>

#include <fmt/format.h>

extern "C" {
#include <libavfilter/buffersink.h>
}

namespace invigil::media {

namespace {

struct FreeLinks {
  void operator()(AVFilterInOut* p) const { avfilter_inout_free(&p); }
};
using UniqueLinks = std::unique_ptr<AVFilterInOut, FreeLinks>;

/// A graph with one open end, which is read.
class Graph {
 public:
  Graph(const std::string& text, const char* sink, const char* convert) : text_(text) {
    silence_libav();
    if (text.empty()) throw Error(Errc::argument, "test source", "the filter graph is empty");
    graph_.reset(avfilter_graph_alloc());
    if (!graph_) throw std::bad_alloc();
    graph_->nb_threads = 1;
    AVFilterInOut *inputs = nullptr, *outputs = nullptr;
    int r = avfilter_graph_parse2(graph_.get(), text.c_str(), &inputs, &outputs);
    const UniqueLinks open_inputs{inputs}, open_outputs{outputs};
    check(r);
    if (inputs || !outputs || outputs->next) fail("it must have one output and no input");
    AVFilterContext* converter = nullptr;
    check(avfilter_graph_create_filter(&converter, avfilter_get_by_name(convert), nullptr,
                                       convert == std::string{"format"} ? "yuv420p" : "sample_fmts=fltp",
                                       nullptr, graph_.get()));
    check(avfilter_graph_create_filter(&sink_, avfilter_get_by_name(sink), nullptr, nullptr, nullptr,
                                       graph_.get()));
    check(avfilter_link(outputs->filter_ctx, static_cast<unsigned>(outputs->pad_idx), converter, 0));
    check(avfilter_link(converter, 0, sink_, 0));
    check(avfilter_graph_config(graph_.get(), nullptr));
  }

  /// None at the end.
  UniqueFrame next() {
    auto frame = make_frame();
    const int r = av_buffersink_get_frame(sink_, frame.get());
    if (r == AVERROR_EOF) return nullptr;
    check(r);
    return frame;
  }
  [[nodiscard]] Timestamp time(const AVFrame& frame) const {
    return Timestamp{
        Duration{av_rescale_q(frame.pts, av_buffersink_get_time_base(sink_), {1, 1'000'000'000})}};
  }
  [[nodiscard]] int channels() const { return av_buffersink_get_channels(sink_); }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void check(int r) const {
    if (r < 0) fail(error_text(r));
  }
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(Errc::argument, fmt::format("test source \"{}\"", text_), why);
  }

  std::string text_;
  UniqueGraph graph_;
  AVFilterContext* sink_ = nullptr;
};

class TestVideo final : public Source<RawFrame> {
 public:
  explicit TestVideo(const std::string& text) : graph_(text, "buffersink", "format"), maker_("test source") {}
  std::optional<RawFrame> read(std::stop_token stop) override {
    if (stop.stop_requested()) return std::nullopt;
    auto frame = graph_.next();
    if (!frame) return std::nullopt;
    const Timestamp time = graph_.time(*frame);
    return RawFrame{maker_.make(std::move(frame)), time, count_++};
  }
  [[nodiscard]] std::string name() const override { return graph_.text(); }

 private:
  Graph graph_;
  PictureMaker maker_;
  std::uint64_t count_ = 0;
};

class TestAudio final : public Source<AudioBlock> {
 public:
  explicit TestAudio(const std::string& text)
      : graph_(text, "abuffersink", "aformat"), resampler_("test source", std::min(graph_.channels(), 2)) {}
  std::optional<AudioBlock> read(std::stop_token stop) override {
    const Emit<AudioBlock> keep = [this](AudioBlock b) { ready_.push_back(std::move(b)); };
    while (ready_.empty() && !ended_ && !stop.stop_requested()) {
      const auto frame = graph_.next();
      ended_ = !frame;
      if (frame)
        resampler_.push(*frame, graph_.time(*frame), keep);
      else
        resampler_.flush(keep);
    }
    if (ready_.empty() || stop.stop_requested()) return std::nullopt;
    auto block = std::move(ready_.front());
    ready_.pop_front();
    return block;
  }
  [[nodiscard]] std::string name() const override { return graph_.text(); }

 private:
  Graph graph_;
  Resampler resampler_;
  std::deque<AudioBlock> ready_;
  bool ended_ = false;
};

}  // namespace

}  // namespace invigil::media

namespace invigil {

std::unique_ptr<Source<RawFrame>> test_video(const std::string& graph) {
  return std::make_unique<media::TestVideo>(graph);
}
std::unique_ptr<Source<AudioBlock>> test_audio(const std::string& graph) {
  return std::make_unique<media::TestAudio>(graph);
}

}  // namespace invigil
