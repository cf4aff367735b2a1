#include "media/av.hpp"

#include <invigil/error.hpp>

#include <array>
#include <cstdarg>
#include <mutex>
#include <new>

extern "C" {
#include <libavutil/error.h>
#include <libavutil/log.h>
}

namespace invigil::media {

UniqueFrame make_frame() {
  UniqueFrame frame{av_frame_alloc()};
  if (!frame) throw std::bad_alloc();
  return frame;
}

UniquePacket make_packet() {
  UniquePacket packet{av_packet_alloc()};
  if (!packet) throw std::bad_alloc();
  return packet;
}

std::string error_text(int error) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(error, text.data(), text.size());
  return text.data();
}

void check_av(int result, const std::string& where) {
  if (result >= 0) return;
  const bool of_the_system = result > -4096;  // negated errno; libav's own codes are four letters
  throw Error(of_the_system && result != AVERROR(EINVAL) ? Errc::io : Errc::unsupported, where,
              error_text(result));
}

namespace {
void drop(void* /*context*/, int /*level*/, const char* /*format*/, va_list /*arguments*/) {}
}  // namespace

void silence_libav() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(drop); });
}

}  // namespace invigil::media
