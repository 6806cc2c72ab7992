// An attempt as text, for stores that keep their holders as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "impl/lock/ids.h"

namespace lockstep {

// "81f3a6b20c4d5e6f-2f": letters, digits and one dash. Different for different attempts.
std::string text_of(AttemptId attempt);
// Nothing if the text is not one of these.
std::optional<AttemptId> attempt_of_text(std::string_view text);

}  // namespace lockstep
