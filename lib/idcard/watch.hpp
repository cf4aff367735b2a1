// Decides when the net looks, and at what.
#pragma once

#include "idcard/attention.hpp"
#include "idcard/background.hpp"
#include "idcard/mrz_reader.hpp"
#include "idcard/net.hpp"
#include "idcard/pace.hpp"
#include "idcard/suspicion.hpp"
#include "idcard/views.hpp"

#include <invigil/time.hpp>

#include <optional>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::idcard {

inline constexpr double most_patience = 30;  ///< Close looks in series that may come to nothing.

/// Looks at pictures of a stream: the whole at every n-th while anything changes, at every one for a while
/// once something is suspected, at larger and smaller sizes in between, in detail at what changed. Zones of
/// machine readable text are looked for independently of the net.
class Watch {
 public:
  explicit Watch(const Pace& pace) : pace_(pace) {}

  /// luma: the picture as it came. whole: the same as the net sees it. urgent: a track was lost. busy: a
  /// close look is due; only looks that cannot wait are taken. known: places of documents that are seen well.
  /// Places are in pixels of `whole`.
  [[nodiscard]] std::vector<Sight> look(const cv::Mat& luma, const cv::Mat& whole, Timestamp now, bool urgent,
                                        bool busy = false, const std::vector<Polygon>& known = {});
  /// Whether this picture cost little so far, so that there is time for a close look.
  [[nodiscard]] bool idle() const { return looks_ == 0; }
  [[nodiscard]] Net& net() { return net_; }

 private:
  [[nodiscard]] bool is_whole_due(const cv::Mat& whole, Timestamp now, bool urgent, bool busy);
  void look_at_whole(const cv::Mat& whole, Timestamp now);
  /// Whether it saw something surely.
  bool look_at(const cv::Mat& luma, const View& view, const cv::Mat& whole, bool afar = false);
  void look_at_tiles(const cv::Mat& luma, const cv::Mat& whole, Timestamp now);
  void look_at_small(const cv::Mat& luma, const cv::Mat& whole);
  void look_from_afar(const cv::Mat& luma, const cv::Mat& whole);
  void look_in_detail(const cv::Mat& luma, const cv::Mat& whole, const std::vector<Polygon>& known,
                      Timestamp now);
  void look_at_everything(const cv::Mat& luma, const cv::Mat& whole);
  void mind(bool weak);
  void look_for_zones(const cv::Mat& luma, const cv::Mat& whole, const std::vector<Polygon>& known,
                      Timestamp now);
  bool see_zone(const cv::Mat& luma, const cv::Mat& whole, const Polygon* within, Levels levels);

  Net net_;
  Pace pace_;
  std::vector<Sight> sights_;
  cv::Size size_;
  Background background_;
  Attention tiles_, details_;
  std::optional<Timestamp> last_whole_, last_picture_;
  cv::Mat cells_, known_cells_;  ///< Of this picture; of the one that was last looked at as a whole.
  int since_whole_ = 0;
  int closely_ = 0;                  ///< Pictures that will still be looked at one by one.
  double patience_ = most_patience;  ///< For such looks, which come to nothing.
  int calm_ = 4;                     ///< Looks at the whole in a row without suspicion.
  int urgent_ = 0;                   ///< Pictures in a row with a lost track.
  int count_ = 0;
  bool small_seen_ = false, small_again_ = false;
  MrzReader reader_;
  std::size_t next_level_ = 0;  ///< Of the picture's pyramid, for zones.
  std::size_t next_known_ = 0;  ///< Of the documents that are seen well.
  std::optional<Timestamp> last_level_, last_zone_, last_known_;
  Polygon zone_;  ///< Where one was, and what is around it, in pixels of the luma; empty when there is none.
  Levels zone_levels_;  ///< At which it can be read.
  int looks_ = 0;       ///< At the last picture.
};

}  // namespace invigil::idcard
