// The options of `lockstep check` that ask what a log says about waiting.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/linear/waits.h"

namespace CLI {
class App;
}

namespace lockstep::cli {

// Durations are texts like "30 ms"; empty: not asked.
struct WaitArguments {
  bool all = false;  // whatever the log says, also where no rule was given
  bool fifo = false;
  std::optional<std::uint32_t> overtaking;
  std::string queued_within, wake_within, longest_wait, deadlock_within, told_within;
  bool clients_die = false;
};

void add_wait_options(CLI::App& command, WaitArguments& arguments);

// Nothing if none of them was given. Throws a UsageError.
std::optional<linear::WaitRules> wait_rules_or_error(const WaitArguments& arguments);

}  // namespace lockstep::cli
