// The vocabulary of sentences: instants, durations, names. ASCII only: a lock's name may be any bytes, so whatever is
// not printable is shown as an escape.
#pragma once

#include <string>
#include <utility>

#include "models/facts.h"
#include "models/history.h"
#include "models/linear/times.h"

namespace lockstep::models {

std::string lock_name(const History& history, std::uint32_t lock);
std::string process_name(const History& history, std::uint32_t process);
// The client of an attempt, or "attempt 7" when the history does not say who asked.
std::string client_name(const Facts& facts, std::uint32_t attempt);
// Two clients, with their attempts added when the names alone would not tell them apart.
std::pair<std::string, std::string> client_names(const Facts& facts, std::uint32_t a, std::uint32_t b);

}  // namespace lockstep::models
