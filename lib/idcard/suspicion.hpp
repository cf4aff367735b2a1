// From the net's map to the places that may be documents.
#pragma once

#include "idcard/geometry.hpp"
#include "idcard/net.hpp"

#include <invigil/concealed.hpp>

#include <vector>

#include <opencv2/core.hpp>

namespace invigil::idcard {

// Chosen with tools/redaction/evaluate.py.
struct SuspicionOptions {
  float low = 0.3F;     ///< Where a place ends.
  float weak = 0.5F;    ///< Reached somewhere inside: reason to look more often.
  float high = 0.8F;    ///< Reached somewhere inside: reason to cover.
  float likely = 0.6F;  ///< The same beside a document that is known.
  float firm = 0.6F;    ///< Reached by at least ...
  float solid = 0.4F;   ///< ... this share of a place that is large: false alarms are ragged.
  float large = 0.05F;  ///< Shares of the picture from which a place is large.
  int smallest = 25;    ///< Map pixels above `low` that a place needs.
  float margin = 0.5F;  ///< Growth in map pixels, for the map's coarseness ...
  float share = 0.03F;  ///< ... and in shares of the place's breadth, for soft edges.
};

/// A place that may be a document.
struct Sight {
  Polygon place;    ///< In pixels of the picture that the net saw.
  float peak = 0;   ///< The map's largest value inside.
  float solid = 1;  ///< The share of its map pixels that are firm; 1 for small places.
  DocumentType type = DocumentType::unknown;
  Polygon name = {};  ///< The name field, where it is known.
  float slack =
      net_stride;      ///< Pixels by which the place may reach beyond the document: a coarse look's more.
  bool more = false;   ///< From so far away that it says only how large a document is that is known already.
  bool fresh = false;  ///< The picture changed there of late.
  [[nodiscard]] bool firm(const SuspicionOptions& o = {}) const { return peak >= o.high && solid >= o.solid; }
  [[nodiscard]] bool sure(const SuspicionOptions& o = {}) const { return !more && firm(o); }
  /// Not solid enough for a document, but it was brought there: enough where none is known.
  [[nodiscard]] bool brought(const SuspicionOptions& o = {}) const {
    return !more && fresh && peak >= o.high;
  }
  /// Enough beside another document.
  [[nodiscard]] bool likely(const SuspicionOptions& o = {}) const {
    return !more && peak >= o.likely && solid >= o.solid;
  }
};

/// The breadth of a place, in pixels of the picture that the net saw, below which a finer view of the same
/// sees it better: a map pixel more or less is then a large part of it.
inline constexpr float coarse = 70;

/// All places that reach `weak`, largest first.
[[nodiscard]] std::vector<Sight> sights_in(const cv::Mat& map, const SuspicionOptions& options = {});

}  // namespace invigil::idcard
