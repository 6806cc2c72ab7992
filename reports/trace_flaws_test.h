// What is wrong with a trace in Chrome's Trace Event Format, as far as a reader of its structure can say. For tests
// only.
#pragma once

#include <string>
#include <vector>

namespace lockstep::reports {

// Checks what the format and its viewers ask: known phases; where and when; names of all groups and tracks, each track
// in one group; slices of a track that nest, in the order of the file; arrows with both ends, on a slice each, that do
// not point back in time.
std::vector<std::string> flaws_of_trace(const std::string& text);

}  // namespace lockstep::reports
