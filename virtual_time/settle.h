// Waiting, in real time, until nothing runs any more on some hosts: all threads wait for virtual time, for each other,
// or for what comes from outside. Only then is it well defined what the programs have done, and time may move.
#pragma once

#include <chrono>
#include <vector>

#include "virtual_time/host.h"

namespace lockstep::virtual_time {

using Hosts = std::vector<VirtualHost*>;

// Throws TimeTrouble if that takes longer; it says who ran and what it did.
void settle(const Hosts& hosts, std::chrono::milliseconds patience = std::chrono::seconds(10));

// Wakes all whose deadlines have come, one after the other, and settles after each.
void wake_due(const Hosts& hosts, std::chrono::milliseconds patience = std::chrono::seconds(10));

// Moves the clocks of all, at the same rate, from each deadline to the next.
void pass_time(const Hosts& hosts, Duration by, std::chrono::milliseconds patience = std::chrono::seconds(10));

// Moves one host's clocks evenly to readings that are not before now, from each deadline to the next: so a clock
// drifts.
void advance_to(VirtualHost& host, const Clocks& to, std::chrono::milliseconds patience = std::chrono::seconds(10));

}  // namespace lockstep::virtual_time
