// From the net's map to the places that may be documents.
#pragma once

#include "idcard/geometry.hpp"

#include <vector>

#include <opencv2/core.hpp>

namespace invigil::idcard {

// Chosen with tools/redaction/evaluate.py.
struct SuspicionOptions {
  float low = 0.25F;    ///< Where a place ends.
  float weak = 0.4F;    ///< Reached somewhere inside: reason to look more often.
  float high = 0.6F;    ///< Reached somewhere inside: reason to cover.
  int smallest = 10;    ///< Map pixels above `low` that a place needs.
  float margin = 1.5F;  ///< Growth in map pixels, for the map's coarseness ...
  float share = 0.04F;  ///< ... and in shares of the place's breadth, for soft edges.
};

/// A place that may be a document.
struct Sight {
  Polygon place;   ///< In pixels of the picture that the net saw.
  float peak = 0;  ///< The map's largest value inside.
  [[nodiscard]] bool sure(const SuspicionOptions& o = {}) const { return peak >= o.high; }
};

/// All places that reach `weak`, largest first.
[[nodiscard]] std::vector<Sight> sights_in(const cv::Mat& map, const SuspicionOptions& options = {});

}  // namespace invigil::idcard
