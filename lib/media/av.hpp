// libav's C handles, wrapped once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

namespace invigil::media {

struct FreeFrame {
  void operator()(AVFrame* p) const { av_frame_free(&p); }
};
using UniqueFrame = std::unique_ptr<AVFrame, FreeFrame>;

struct FreePacket {
  void operator()(AVPacket* p) const { av_packet_free(&p); }
};
using UniquePacket = std::unique_ptr<AVPacket, FreePacket>;

struct FreeCodec {
  void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
};
using UniqueCodec = std::unique_ptr<AVCodecContext, FreeCodec>;

struct FreeParameters {
  void operator()(AVCodecParameters* p) const { avcodec_parameters_free(&p); }
};
using UniqueParameters = std::unique_ptr<AVCodecParameters, FreeParameters>;

struct CloseInput {
  void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
};
using UniqueInput = std::unique_ptr<AVFormatContext, CloseInput>;

/// For contexts made with avio_alloc_context: their buffer is ours to free.
struct FreeIo {
  void operator()(AVIOContext* p) const {
    if (p) av_freep(&p->buffer);
    avio_context_free(&p);
  }
};
using UniqueIo = std::unique_ptr<AVIOContext, FreeIo>;

struct FreeScaler {
  void operator()(SwsContext* p) const { sws_freeContext(p); }
};
using UniqueScaler = std::unique_ptr<SwsContext, FreeScaler>;

struct FreeResampler {
  void operator()(SwrContext* p) const { swr_free(&p); }
};
using UniqueResampler = std::unique_ptr<SwrContext, FreeResampler>;

struct FreeGraph {
  void operator()(AVFilterGraph* p) const { avfilter_graph_free(&p); }
};
using UniqueGraph = std::unique_ptr<AVFilterGraph, FreeGraph>;

/// A dictionary of options: what libav did not take is left in it.
class Dictionary {
 public:
  Dictionary() = default;
  ~Dictionary() { av_dict_free(&entries_); }
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;
  void set(const char* key, const std::string& value) { av_dict_set(&entries_, key, value.c_str(), 0); }
  [[nodiscard]] AVDictionary** get() { return &entries_; }

 private:
  AVDictionary* entries_ = nullptr;
};

/// Throw std::bad_alloc.
[[nodiscard]] UniqueFrame make_frame();
[[nodiscard]] UniquePacket make_packet();

/// libav's own words for an error.
[[nodiscard]] std::string error_text(int error);

/// Throws what a negative result of libav's stands for, naming `where`: `Error{io}` for the system's errors,
/// `Error{unsupported}` for its own.
void check_av(int result, const std::string& where);

/// Once per process: libav writes its log to standard error unless told otherwise, and a library must not.
void silence_libav();

}  // namespace invigil::media
