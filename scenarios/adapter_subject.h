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
};
// Asks the program what it is and what it claims. Throws AdapterTrouble.
Subject adapter_subject(const AdapterOptions& options);

}  // namespace lockstep::scenarios
