// Decides when the net looks, and at what.
#pragma once

#include "idcard/net.hpp"
#include "idcard/suspicion.hpp"
#include "idcard/views.hpp"

#include <invigil/time.hpp>

#include <optional>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// Looks at pictures of a stream: the whole at every n-th, at every one for a while once something is
/// suspected, at larger and smaller sizes in between.
class Watch {
 public:
  /// every: 1 or more.
  explicit Watch(int every) : every_(every) {}

  /// luma: the picture as it came. whole: the same as the net sees it. urgent: a track was lost. Places are
  /// in pixels of `whole`.
  [[nodiscard]] std::vector<Sight> look(const cv::Mat& luma, const cv::Mat& whole, Timestamp now,
                                        bool urgent);

 private:
  void look_at_whole(const cv::Mat& whole, Timestamp now);
  void look_at(const cv::Mat& luma, const View& view, const cv::Mat& whole);
  void look_at_tiles(const cv::Mat& luma, const cv::Mat& whole, Duration since_last);
  void look_at_everything(const cv::Mat& luma, const cv::Mat& whole);
  void mind(bool weak);

  Net net_;
  int every_;
  std::vector<Sight> sights_;
  cv::Size size_;
  std::vector<View> tiles_;
  std::size_t next_tile_ = 0;
  std::optional<Timestamp> last_, last_whole_;
  int since_whole_ = 0;
  int closely_ = 0;  ///< Pictures that will still be looked at one by one.
  int calm_ = 4;     ///< Looks at the whole in a row without suspicion.
  int urgent_ = 0;   ///< Pictures in a row with a lost track.
  int count_ = 0;
};

}  // namespace invigil::idcard
