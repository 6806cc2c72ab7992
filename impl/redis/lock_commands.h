// What a lock on Redis asks of a server: a key for each name, whose value names the attempt that holds it. A lease is
// the key's time to live. Source: redis.io/docs/manual/patterns/distributed-locks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "impl/lock/backend.h"
#include "impl/redis/resp.h"

namespace lockstep::redis {

// EVAL runs them in one step. KEYS[1]: the key, ARGV[1]: the value of the attempt that asks.
// 1 if the key was the attempt's own and is gone now, else 0.
inline constexpr std::string_view kDeleteIfMine =
    "if redis.call('get',KEYS[1]) == ARGV[1] then return redis.call('del',KEYS[1]) else return 0 end";
// ARGV[2]: milliseconds from now. 1 if the key is the attempt's own, else 0.
inline constexpr std::string_view kExtendIfMine =
    "if redis.call('get',KEYS[1]) == ARGV[1] then return redis.call('pexpire',KEYS[1],ARGV[2]) else return 0 end";
// 1 if the key's value began with ARGV[1] and it is gone now, else 0: for whoever does not know in which round he set
// it.
inline constexpr std::string_view kDeleteIfBegins =
    "local v = redis.call('get',KEYS[1]) if v and string.sub(v,1,string.len(ARGV[1])) == ARGV[1] then "
    "return redis.call('del',KEYS[1]) else return 0 end";
// Milliseconds that are left if the key is the attempt's own, else -2.
inline constexpr std::string_view kLeftIfMine =
    "if redis.call('get',KEYS[1]) == ARGV[1] then return redis.call('pttl',KEYS[1]) else return -2 end";
// The key's value and the milliseconds that are left, or nothing.
inline constexpr std::string_view kLook =
    "local v = redis.call('get',KEYS[1]) if v then return {v,redis.call('pttl',KEYS[1])} else return false end";

// "lock:" and the name, whose bytes may be any. Different for different names.
std::string key_of(const LockName& name);
// An attempt's own, so that nobody else's release or renewal can meet it. Owners are not kept.
std::string value_of(AttemptId attempt);
// Of one round of several, so that a late command of an earlier round does not meet a later one. Begins with
// value_of(attempt) and a '.'.
std::string value_of(AttemptId attempt, std::uint64_t round);
// Nothing if the value is not one of ours.
std::optional<AttemptId> attempt_of(std::string_view value);

// Whole milliseconds, rounded up: a lease is never shorter than the client takes it for.
std::string milliseconds(Duration ttl);

// Answered with nil if the key was free and is the attempt's own now; else with the value that stands there.
Command set_if_free(const std::string& key, const std::string& value, Duration ttl);
Command evaluate(std::string_view script, const std::string& key, const std::string& value);
Command extend_if_mine(const std::string& key, const std::string& value, Duration ttl);

}  // namespace lockstep::redis
