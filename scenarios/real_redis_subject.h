// The locks on Redis with real servers: each simulated server process owns a redis-server under virtual time, whose
// clocks are those of its host, and which is killed in each crash and started again on its files. Power cannot be taken
// from it, nor its disk fail: a reboot of its host is a crash, and the locks claim no more.
#pragma once

#include <stdexcept>
#include <vector>

#include "scenarios/subject.h"

namespace lockstep::scenarios {

// There is no redis-server, or it does what it should not: "the program redis-server is not installed".
struct ServerTrouble : std::runtime_error {
  using std::runtime_error::runtime_error;
};

bool has_redis_server();

// One server.
Subject redis_server_subject();
// Five servers that know nothing of each other.
Subject redlock_servers_subject();
// These are no honest_subjects(): a run costs as much as a hundred others.
std::vector<Subject> real_redis_subjects();

// For subjects made of these: an append-only file, synced for each command, or no file at all.
enum class ServerFile : std::uint8_t { synced, none };
void serves_really(Subject& subject, ServerFile file);

}  // namespace lockstep::scenarios
