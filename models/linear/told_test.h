// A log as text, to be read where a test fails. For tests only.
#pragma once

#include <fmt/format.h>

#include <string>

#include "models/linear/log.h"

namespace lockstep::linear {

inline std::string told(const Log& log) {
  std::string text =
      fmt::format("capacity {}{}\n", log.locks[0].capacity, log.leases_from_asking ? ", leases count from asking" : "");
  for (const Operation& op : log.operations)
    text += fmt::format("[{}, {}] {} {} hold {} mode {} permits {} token {} ttl {} named {} in line {}\n", op.invoked,
                        op.returned == kNever ? "never" : std::to_string(op.returned),
                        op.action == Action::acquire     ? "acquire"
                        : op.action == Action::release   ? "release"
                        : op.action == Action::renew     ? "renew"
                        : op.action == Action::break_all ? "break"
                                                         : "inspect",
                        op.answer == Answer::yes       ? "yes"
                        : op.answer == Answer::no      ? "no"
                        : op.answer == Answer::unknown ? "unknown"
                                                       : "nothing",
                        static_cast<int>(op.hold), static_cast<int>(op.mode), op.permits, op.token, op.ttl,
                        static_cast<int>(op.named), op.in_line);
  return text;
}

}  // namespace lockstep::linear
