// What a camera costs: 720p at 30 pictures a second from a scripted driver, as share of one processor. The
// time is the whole process's, the reader's thread included; the pictures are checked first.
#include "../tests/fake_camera.hpp"
#include "media/av.hpp"

#include <vector>

#include <benchmark/benchmark.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <sys/resource.h>

namespace {

using namespace invigil;
using Coding = capture::StreamFormat::Coding;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto s = [](timeval t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
  return s(usage.ru_utime) + s(usage.ru_stime);
}

/// Soft shapes under noise.
void draw(int width, std::uint8_t* plane, int stride, double noise) {
  cv::Mat soft(720, width, CV_8UC1), grain(720, width, CV_8UC1),
      out(720, width, CV_8UC1, plane, std::size_t(stride));
  cv::randu(soft, 0, 255);
  cv::GaussianBlur(soft, soft, {0, 0}, 12);
  cv::normalize(soft, soft, 20, 235, cv::NORM_MINMAX);
  cv::randn(grain, noise, noise);
  cv::add(soft, grain, out);
}

/// As webcams give it: 4:2:2, full range. The scale goes from 2 (large) to 31.
std::vector<std::uint8_t> jpeg(int scale) {
  const auto* encoder = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  const media::UniqueCodec codec{avcodec_alloc_context3(encoder)};
  codec->width = 1280;
  codec->height = 720;
  codec->pix_fmt = AV_PIX_FMT_YUVJ422P;
  codec->time_base = {1, 30};
  codec->flags |= AV_CODEC_FLAG_QSCALE;
  codec->global_quality = FF_QP2LAMBDA * scale;
  if (avcodec_open2(codec.get(), encoder, nullptr) < 0) return {};
  const auto frame = media::make_frame();
  frame->format = codec->pix_fmt;
  frame->width = 1280;
  frame->height = 720;
  frame->quality = codec->global_quality;
  if (av_frame_get_buffer(frame.get(), 0) < 0) return {};
  for (int i = 0; i < 3; ++i) draw(i == 0 ? 1280 : 640, frame->data[i], frame->linesize[i], i == 0 ? 4 : 1);
  const auto packet = media::make_packet();
  if (avcodec_send_frame(codec.get(), frame.get()) < 0 ||
      avcodec_receive_packet(codec.get(), packet.get()) < 0)
    return {};
  return {packet->data, packet->data + packet->size};
}

void read_720p30(benchmark::State& state, Coding coding, int scale) {
  const auto fake = std::make_shared<test::FakeCamera>();
  fake->format = {.coding = coding,
                  .pixels = AV_PIX_FMT_YUYV422,
                  .width = 1280,
                  .height = 720,
                  .stride = 2560,
                  .rate = 30};
  fake->period = std::chrono::microseconds{33'333};
  const auto bytes = coding == Coding::mjpeg ? jpeg(scale) : std::vector<std::uint8_t>(2560 * 720, 128);
  fake->picture = [&](std::uint64_t) { return bytes; };
  auto camera = capture::read_camera(std::make_unique<test::FakePort>(fake), {});
  const auto first = camera->read({});
  if (!first || first->image.width() != 1280 || first->image.height() != 720)
    return state.SkipWithError("the pictures are not what the driver gave");
  const auto begin = std::chrono::steady_clock::now();
  const double before = cpu_seconds();
  for (auto _ : state) benchmark::DoNotOptimize(camera->read({})->image.luma().data);
  const double wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const double spent = cpu_seconds() - before;
  const auto counted = camera->log()->statistics();
  if (counted.damaged > 0) return state.SkipWithError("pictures were damaged");
  state.counters["kB"] = double(bytes.size()) / 1e3;
  state.counters["ms_per_picture"] = spent / double(state.iterations()) * 1e3;
  state.counters["share_of_a_core"] = spent / wall;
  state.counters["lost_in_queue"] = double(counted.lost_in_queue);
}
BENCHMARK_CAPTURE(read_720p30, mjpeg_usual, Coding::mjpeg, 8)->Iterations(150)->UseRealTime();
BENCHMARK_CAPTURE(read_720p30, mjpeg_large, Coding::mjpeg, 3)->Iterations(150)->UseRealTime();
BENCHMARK_CAPTURE(read_720p30, yuyv, Coding::raw, 0)->Iterations(150)->UseRealTime();

}  // namespace
