// What careless storage makes of a name: letters of one case, accents in one form, a shorter name. Two names that fold
// to the same text are the ones that a store may mix up. ASCII and the letters of Latin-1; other text is left alone.
#pragma once

#include <string>
#include <string_view>

namespace lockstep::models {

std::string folded(std::string_view name);

}  // namespace lockstep::models
