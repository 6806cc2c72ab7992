// The scenario files of scenarios/corpus, in the program itself: their names without ".json", and what they contain.
#pragma once

#include <string_view>
#include <vector>

namespace lockstep::scenarios {

struct StoredText {
  std::string_view name;
  std::string_view content;
};
const std::vector<StoredText>& stored_texts();

}  // namespace lockstep::scenarios
