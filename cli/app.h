// The command line: words in, an exit code out. The composition root: here alone meet campaigns, reports, the
// terminal and the real clock.
#pragma once

#include <string>
#include <vector>

namespace lockstep::cli {

// Exit codes, as every command keeps them.
inline constexpr int kClean = 0;
inline constexpr int kViolation = 1;
inline constexpr int kUsage = 2;
inline constexpr int kInconclusive = 3;
inline constexpr int kNonDeterministic = 4;
inline constexpr int kInternal = 70;

int run_app(int argc, char** argv);

}  // namespace lockstep::cli
