// Tracks of a trace before they are JSON: slices that may cross each other, marks, and the two ends of arrows. Here
// they are laid out so that those of one track nest, which is all that viewers can draw.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/history.h"

namespace lockstep::reports {

// What a viewer shows beneath what was chosen, in this order.
using Notes = std::vector<std::pair<std::string, std::string>>;

enum class ArrowEnd : std::uint8_t { none, begins, arrives };

struct Slice {
  models::Instant from{};
  models::Instant to{};
  std::uint32_t whose = 0;  // lies within another slice only if both are of the same
  std::size_t order = 0;    // of two that begin and end together: the one with the lower number is outside
  std::string name;
  Notes notes;
  ArrowEnd end = ArrowEnd::none;
  std::uint32_t arrow = 0;  // its number, if there is one
};

struct Mark {
  models::Instant at{};
  std::string name;
  Notes notes;
};

struct Track {
  std::string name;
  std::string category;
  std::vector<Slice> slices;
  std::vector<Mark> marks;
};

struct TrackGroup {
  std::string name;
  std::vector<Track> tracks;
};

// The whole document: the names of groups and tracks, then everything else in order of time. Strings that are not UTF-8
// are shown with replacement characters.
std::string trace_json(std::vector<TrackGroup> groups, const Notes& about);

}  // namespace lockstep::reports
