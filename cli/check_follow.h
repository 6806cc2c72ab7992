// `lockstep check --follow`: a log that is still being written, judged as it grows.
#pragma once

#include "cli/commands.h"
#include "models/logs/builder.h"
#include "models/logs/log_reader.h"

namespace lockstep::cli {

// Until the log is wrong, a pipe ends, nothing has come for a.until_idle, or Ctrl-C. Returns the exit code.
int follow(const CheckArguments& a, const models::LogRules& rules, models::LogFormat format);

}  // namespace lockstep::cli
