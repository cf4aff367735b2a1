#include "media/av.hpp"

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

namespace {
void drop(void* /*context*/, int /*level*/, const char* /*format*/, va_list /*arguments*/) {}
}  // namespace

void silence_libav() {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(drop); });
}

}  // namespace invigil::media
