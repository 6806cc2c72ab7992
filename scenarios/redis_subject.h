// Locks on Redis, with simulated servers that each live on a host of their own.
#pragma once

#include "impl/redis/connection.h"
#include "scenarios/subject.h"
#include "sim/redis/server.h"

namespace lockstep::scenarios {

// One server.
Subject redis_subject();
// Five servers that know nothing of each other.
Subject redlock_subject();

// For subjects made of these: servers set up otherwise, and how a client reaches them.
void serves_with(Subject& subject, sim::redis::Server::Options options);
std::vector<std::shared_ptr<redis::Connection>> connections_to(ClientParts& parts);

}  // namespace lockstep::scenarios
