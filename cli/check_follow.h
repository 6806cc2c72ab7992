// `lockstep check --follow`: a log that is still being written, judged as it grows.
#pragma once

#include "cli/commands.h"
#include "models/logs/builder.h"
#include "models/logs/log_reader.h"
#include "reports/check_report.h"

namespace lockstep::cli {

// Until the log is wrong, a pipe ends, nothing has come for a.until_idle, or Ctrl-C. Tells on standard error how far it
// is, and once what it waits for. Throws UsageError where the log cannot be read.
reports::CheckedLog follow(const CheckArguments& a, const models::LogRules& rules, models::LogFormat format);

}  // namespace lockstep::cli
