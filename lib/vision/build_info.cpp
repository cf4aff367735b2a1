// The libraries in use. In this layer, the lowest that may know all of them.
#include <invigil/version.hpp>

#include <opencv2/core/utility.hpp>
#include <openssl/crypto.h>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/avutil.h>
}

#include <fmt/format.h>

namespace invigil {

BuildInfo build_info() {
  const unsigned av = avcodec_version();
  return {.version = INVIGIL_VERSION,
          .ffmpeg = fmt::format("{} (libavcodec {}.{}.{})", av_version_info(), AV_VERSION_MAJOR(av),
                                AV_VERSION_MINOR(av), AV_VERSION_MICRO(av)),
          .ffmpeg_licence = avcodec_license(),
          .opencv = cv::getVersionString(),
          .openssl = OpenSSL_version(OPENSSL_VERSION_STRING)};
}

}  // namespace invigil
