// One event as one line of plain text, for reports and for people who read a history.
#pragma once

#include <string>
#include <string_view>

#include "models/history.h"

namespace lockstep::models {

std::string_view name_of(EventType type);
std::string_view name_of(Op op);
std::string_view name_of(Mode mode);
std::string_view name_of(Reason reason);

// "12.304 s  client 2  lock ok: L, attempt 3, token 5". Printable ASCII, no line break.
std::string describe(const Event& event, const History& history);

}  // namespace lockstep::models
