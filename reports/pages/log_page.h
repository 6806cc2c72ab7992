// The judgement on a log as the document of a page: what is wrong, and the time around it, with a lane for each client
// and bars for when it possibly and when it certainly held the lock.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "reports/check_report.h"

namespace lockstep::reports {

// Of the kind "log", for page(). Shown is the first lock that is wrong; a log that is right has no picture. Of a long
// log only the time around the proof is in it: at most `kOperationsOnPage` operations and those that prove it. Instants
// are nanoseconds since `began`: 0, or the first instant of a log that counts from long ago. `check_line` is what to
// paste to judge it again.
inline constexpr std::size_t kOperationsOnPage = 400;
nlohmann::ordered_json log_document(const CheckedLog& log, const std::string& check_line);

}  // namespace lockstep::reports
