// A lock in another program on trial: a process of it for each simulated process that keeps the store, killed in each
// crash and started again on its directory. Its answers take no simulated time.
#pragma once

#include <string>

#include "impl/adapter/adapter_lock.h"
#include "scenarios/subject.h"

namespace lockstep::scenarios {

struct AdapterOptions {
  std::string command;  // for the shell
  std::chrono::milliseconds patience{10'000};
  // Whose time the program lives by, beside what it is told with each request.
  enum class Time : std::uint8_t {
    told,     // nobody's: what it is told is all that moves
    host,     // its host's: it runs under virtual time (virtual_time/host.h)
    machine,  // the machine's; so runs take as long as they simulate, and do not repeat exactly
  };
  Time time = Time::told;
};
// Asks the program what it is and what it claims. Throws AdapterTrouble.
Subject adapter_subject(const AdapterOptions& options);

}  // namespace lockstep::scenarios
