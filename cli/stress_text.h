// What a stress run comes to: an answer in one sentence, a table of the properties, what was done and how often; and
// the same for machines.
#pragma once

#include <string>

#include "cli/stress_rates.h"
#include "cli/stress_run.h"
#include "reports/text_style.h"

namespace lockstep::cli {

struct StressReport {
  StressOptions options;
  StressResult result;
  StressRates rates;    // empty if they were not asked for
  std::string history;  // the file in which it was kept; empty: it was not
};

// One of the exit codes of app.h.
int code_of(const StressResult& result);

std::string stress_text(const StressReport& report, const reports::TextStyle& style);
std::string stress_json(const StressReport& report);

}  // namespace lockstep::cli
