// Documents that are in view, followed from look to look.
#pragma once

#include "idcard/geometry.hpp"
#include "idcard/reveal.hpp"
#include "idcard/suspicion.hpp"

#include <invigil/concealed.hpp>
#include <invigil/time.hpp>

#include <deque>
#include <optional>
#include <vector>

#include <opencv2/core.hpp>

namespace invigil::idcard {

/// A place that no track covered before.
struct News {
  Polygon place;
  Polygon core;    ///< What the newest look saw of it: hardly anything but the document.
  int track = -1;  ///< The document of which more is seen than was known; -1: a new one, or more than one.
  bool alone = false;  ///< No other document is in view that it could be.
};

/// A place to be covered in one picture, in pixels of the picture that the net sees.
struct Covered {
  Polygon place;
  ConcealState state = ConcealState::found;
  std::optional<Reveal> reveal = {};  ///< What may be shown inside; nothing: all is covered.
  DocumentType type = DocumentType::unknown;
  bool late = false;  ///< It was in view before, in frames that had left.
  int track = -1;     ///< Which track it is; -1: a place of which only later pictures tell.
  std::optional<cv::Matx33d> motion = {};  ///< How it moved since the picture before; nothing: not known.
  bool confirmed = false;                  ///< A close look at a later picture allows what is revealed.
};

// Note [why a union]
// A new look may see less of the document than the one before: a finger, glare, blur. Replacing the place by
// the newest look left 0.9 % of legible frames uncovered in trials; the hull of the looks of the last half
// second, each carried along with the document, left none.
class Track {
 public:
  Track(int id, const Sight& sight, Timestamp now) : id_(id), glimpsed_(now) { add(sight, now); }
  [[nodiscard]] int id() const { return id_; }

  /// The hull of what was seen of late.
  [[nodiscard]] Polygon place() const;
  /// What the newest look saw, without its margin.
  [[nodiscard]] Polygon core() const;
  /// A sure look saw it.
  void add(const Sight& sight, Timestamp now);
  /// A look read what it is, and perhaps where the name is.
  void identify(DocumentType type, const Polygon& name, Timestamp now);
  [[nodiscard]] DocumentType type() const { return type_; }
  /// An unsure look saw something there: it lives on, as it is.
  void glimpse(Timestamp now) { glimpsed_ = now; }
  /// Follows the document from one picture to the next. On failure the place stays and grows.
  void follow(const cv::Mat& from, const cv::Mat& to);
  /// From the last picture but one to the last; nothing when it could not be followed.
  [[nodiscard]] const std::optional<cv::Matx33d>& motion() const { return motion_; }
  /// The picture's size changed.
  void rescale(float x, float y);
  /// Forgets looks that are older than half a second (two, where later ones saw less), but never the newest.
  void forget(Timestamp now);
  /// Whether it must be covered still: `hold` after the last look that saw it; longer while it is followed.
  [[nodiscard]] bool alive(Timestamp now, Duration hold, cv::Size picture) const;
  /// Whether a look saw it that would be enough of a document anywhere.
  [[nodiscard]] bool solid() const { return solid_; }
  /// Sure looks that saw it so far.
  [[nodiscard]] int times_seen() const { return times_seen_; }
  [[nodiscard]] ConcealState state(Timestamp now) const;
  [[nodiscard]] bool lost() const { return lost_ > 0; }

  /// Whether it was followed and seen so often and so large that a close look is worth it, and that no finer
  /// one is needed to see it again.
  [[nodiscard]] bool seen_well() const;
  /// A close look saw this; nothing when it saw no document for sure, which closes every window at once.
  void look_closely(std::optional<Reveal> seen, Timestamp now);
  [[nodiscard]] std::optional<Timestamp> last_close_look() const { return looked_closely_; }
  /// What the last two close looks both say. Its outline is known only if it holds all that
  /// looks saw since the older of them.
  [[nodiscard]] std::optional<Reveal> reveal(Timestamp now) const;
  /// When the older of the last two close looks was taken, if there were two.
  [[nodiscard]] std::optional<Timestamp> revealed_since() const;
  /// Whether it covers a place already.
  [[nodiscard]] bool covers(const Sight& sight, Timestamp now) const;

  /// Takes over what another track knows of the same document.
  void join(const Track& other);

 private:
  [[nodiscard]] Polygon outline_of(const Reveal& both) const;

  struct Seen {
    Polygon place;
    Timestamp when;
    float slack;
  };
  int id_;
  std::deque<Seen> seen_;
  std::optional<cv::Matx33d> motion_;
  struct Closely {
    Reveal reveal;
    Timestamp when;
  };
  std::vector<Closely> closely_;  ///< At most two, the older first.
  std::optional<Timestamp> looked_closely_;
  DocumentType type_ = DocumentType::unknown;
  Polygon name_;
  Timestamp named_;
  Timestamp glimpsed_;
  bool solid_ = false;
  int times_seen_ = 0;
  int lost_ = 0;  ///< Pictures since it could be followed.
};

/// All documents in view.
class Tracks {
 public:
  /// least_seen: sure looks that a track needs before it covers; until then it is only watched. Look-back
  /// makes up for the wait, so without look-back it is 1.
  explicit Tracks(Duration hold, int least_seen = 1) : hold_(hold), least_seen_(least_seen) {}

  /// Follows all tracks into the next picture. Either picture may be empty (then nothing is followed).
  void advance(const cv::Mat& from, const cv::Mat& to);
  /// Takes in what a look saw. Sure sights make tracks, likely ones beside a document that is known; others
  /// keep those alive that they touch. Returns the sights, or parts of them, that no track covered before:
  /// they must be covered in earlier pictures too.
  [[nodiscard]] std::vector<News> observe(const std::vector<Sight>& sights, Timestamp now);
  /// Drops what is gone.
  void expire(Timestamp now, cv::Size picture);
  [[nodiscard]] std::vector<Covered> covered(Timestamp now) const;
  /// Places that were seen, but not often enough: at the end of a stream they are covered after all.
  [[nodiscard]] std::vector<News> unconfirmed() const;
  [[nodiscard]] bool empty() const { return tracks_.empty(); }
  /// Whether one could not be followed into the last picture.
  [[nodiscard]] bool any_lost() const;
  /// Places of documents that looks at the whole see well, wherever they move.
  [[nodiscard]] std::vector<Polygon> well_seen() const;
  /// Places of those that could not.
  [[nodiscard]] std::vector<Polygon> in_doubt() const;
  /// The track whose close look is longest due; null when none is.
  [[nodiscard]] Track* due_for_a_close_look(Timestamp now);

 private:
  /// Whether a sight is evidence of a document. touched: the first of the tracks, at the end, that it may be.
  [[nodiscard]] bool found(const Sight& sight, std::vector<Track>::const_iterator touched) const;

  Duration hold_;
  int least_seen_;
  int next_id_ = 0;
  std::vector<Track> tracks_;
};

}  // namespace invigil::idcard
