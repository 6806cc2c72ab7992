// A round lives on in the requests that are still under way when it has been decided.
#include "impl/redis/redlock_backend.h"

#include <algorithm>
#include <map>

#include "impl/env/check.h"
#include "impl/env/signal.h"
#include "impl/lock/rules.h"
#include "impl/redis/lock_commands.h"
#include "impl/redis/redis_backend.h"

namespace lockstep::redis {
namespace {

// A server that takes longer is given up for this round: waiting for it costs validity.
constexpr Duration kLongestRound = std::chrono::milliseconds(500);
// Between two rounds of one request, drawn at random, so that those who prevent each other drift apart.
constexpr Duration kFirstPause = std::chrono::milliseconds(50);
constexpr Duration kLongestPause = std::chrono::milliseconds(800);
Duration patience_of(Duration ttl) { return std::min(ttl / 4, kLongestRound); }

bool is_nil(const Reply& reply) { return reply.kind == Reply::Kind::nil; }
bool is_taken(const Reply& reply) { return reply.kind == Reply::Kind::bulk; }
bool is_one(const Reply& reply) { return reply.kind == Reply::Kind::integer && reply.integer == 1; }
bool is_zero(const Reply& reply) { return reply.kind == Reply::Kind::integer && reply.integer == 0; }

LockError no_majority() { return {ErrorKind::unreachable, false, "too few servers answered"}; }

}  // namespace

struct RedlockBackend::Round {
  Round(Clock& clock, std::size_t servers) : heard(clock), replies(servers) {}
  Signal heard;
  std::vector<std::optional<Result<Reply>>> replies;  // by server; none yet
  std::size_t answered = 0;

  const Reply* reply(std::size_t server) const {
    return replies[server] && *replies[server] ? &**replies[server] : nullptr;
  }
};

RedlockBackend::RedlockBackend(std::vector<std::shared_ptr<Connection>> servers, Executor executor, Clock& clock,
                               Random& random)
    : servers_(std::move(servers)), executor_(std::move(executor)), clock_(clock), random_(random) {
  CHECK(!servers_.empty());
}

Claims RedlockBackend::its_claims() { return RedisBackend::its_claims(); }

Awaitable<void> RedlockBackend::ask_one(std::shared_ptr<Connection> server, Command command, MonoTime until,
                                        Shared round, std::size_t place) {
  auto reply = co_await server->command(std::move(command), until);
  round->replies[place] = std::move(reply);
  ++round->answered;
  round->heard.set();
}

Awaitable<RedlockBackend::Shared> RedlockBackend::ask_all(Command command, MonoTime until, Enough enough, Whom whom) {
  auto round = std::make_shared<Round>(clock_, servers_.size());
  std::size_t asked = 0;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (whom && !whom(i)) continue;
    ++asked;
    spawn(executor_, ask_one(servers_[i], command, until, round, i));
  }
  while (round->answered < asked && !enough(*round)) {
    const Wake wake = co_await round->heard.wait_until(until);
    if (wake != Wake::signalled) break;
  }
  co_return round;
}

std::size_t RedlockBackend::count(const Round& round, const std::function<bool(const Reply&)>& says) const {
  std::size_t servers = 0;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const Reply* reply = round.reply(i);
    servers += reply != nullptr && says(*reply);
  }
  return servers;
}

Awaitable<Result<AcquireAnswer>> RedlockBackend::acquire(AcquireRequest request, MonoTime give_up) {
  if (auto refusal = refusal_of(request, claims_)) co_return std::unexpected(*refusal);
  for (Duration pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    const MonoTime start = clock_.monotonic();
    const MonoTime until = std::min(give_up, saturating_add(start, patience_of(request.ttl)));
    Enough decided = [this](const Round& round) {
      return is_majority(count(round, is_nil)) || prevents_majority(count(round, is_taken));
    };
    const std::uint64_t number = ++rounds_;
    const std::string value = value_of(request.key.attempt, number);
    Command command = set_if_free(key_of(request.name), value, request.ttl);
    const Shared round = co_await ask_all(std::move(command), until, std::move(decided));
    if (is_majority(count(*round, is_nil))) {
      co_return Granted{.token = number, .valid_for = request.ttl, .heard = 0, .asked = start};
    }
    const MonoTime patience = std::min(give_up, saturating_add(clock_.monotonic(), patience_of(request.ttl)));
    const bool gone = co_await gave_back(request, round, patience);
    if (gone) co_return definite(ErrorKind::busy, "no majority");
    const Duration jittered(random_.between(pause.count() / 2, pause.count()));
    const MonoTime next = saturating_add(clock_.monotonic(), jittered);
    if (next >= give_up || co_await sleep_until(clock_, next) == Wake::cancelled)
      co_return std::unexpected(no_majority());
  }
}

Awaitable<bool> RedlockBackend::gave_back(const AcquireRequest& request, Shared round, MonoTime until) {
  // A server that had the key of somebody else has nothing of this attempt and will have nothing, since what was asked
  // of it before has been done. The others have nothing any more once they have deleted what there was, of any round.
  const std::string mine = value_of(request.key.attempt) + ".";
  const auto spared = [round, mine](std::size_t i) {
    const Reply* reply = round->reply(i);
    return reply != nullptr && is_taken(*reply) && !reply->text.starts_with(mine);
  };
  const auto is_clean = [this, spared](const Round& deleted) {
    std::size_t servers = 0;
    for (std::size_t i = 0; i < servers_.size(); ++i) servers += spared(i) || deleted.reply(i) != nullptr;
    return is_majority(servers);
  };
  Enough enough = is_clean;
  Whom others = [spared](std::size_t i) { return !spared(i); };
  Command command = evaluate(kDeleteIfBegins, key_of(request.name), mine);
  const Shared deleted = co_await ask_all(std::move(command), until, std::move(enough), std::move(others));
  co_return is_clean(*deleted);
}

Awaitable<Result<RenewAnswer>> RedlockBackend::renew(RenewRequest request, MonoTime give_up) {
  if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
  if (request.downgrade) co_return definite(ErrorKind::unsupported, "this store has exclusive locks only");
  const MonoTime until = std::min(give_up, saturating_add(clock_.monotonic(), patience_of(request.ttl)));
  Enough decided = [this](const Round& round) {
    return is_majority(count(round, is_one)) || prevents_majority(count(round, is_zero));
  };
  const std::string value = value_of(request.key.attempt, request.token);
  Command command = extend_if_mine(key_of(request.name), value, request.ttl);
  const Shared round = co_await ask_all(std::move(command), until, std::move(decided));
  if (is_majority(count(*round, is_one))) co_return RenewAnswer::renewed;
  if (!prevents_majority(count(*round, is_zero))) co_return std::unexpected(no_majority());
  // A minority may have been extended.
  const Command rest = evaluate(kDeleteIfMine, key_of(request.name), value);
  const auto nobody_waits = std::make_shared<Round>(clock_, servers_.size());
  const MonoTime later = saturating_add(clock_.monotonic(), request.ttl);
  for (std::size_t i = 0; i < servers_.size(); ++i)
    spawn(executor_, ask_one(servers_[i], rest, later, nobody_waits, i));
  co_return RenewAnswer::lost;
}

Awaitable<Result<ReleaseAnswer>> RedlockBackend::release(ReleaseRequest request, MonoTime give_up) {
  if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
  Enough decided = [this](const Round& round) {
    return is_majority(count(round, is_one)) || prevents_majority(count(round, is_zero));
  };
  // Without a token it is given up, whatever round may have set it.
  const AttemptId attempt = request.key.attempt;
  Command command = request.token != 0 ? evaluate(kDeleteIfMine, key_of(request.name), value_of(attempt, request.token))
                                       : evaluate(kDeleteIfBegins, key_of(request.name), value_of(attempt) + ".");
  const Shared round = co_await ask_all(std::move(command), give_up, std::move(decided));
  if (is_majority(count(*round, is_one))) co_return ReleaseAnswer::released;
  // Where it was deleted it was held when this was asked, perhaps beside others that answer only now that it has run
  // out.
  if (count(*round, is_one) == 0 && prevents_majority(count(*round, is_zero))) co_return ReleaseAnswer::not_held;
  co_return std::unexpected(no_majority());
}

std::vector<std::optional<std::string>> RedlockBackend::values_of(const Round& round) const {
  std::vector<std::optional<std::string>> values(servers_.size());
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    const Reply* reply = round.reply(i);
    if (reply == nullptr) continue;
    if (is_nil(*reply)) values[i].emplace();
    if (reply->kind == Reply::Kind::array && !reply->items.empty()) values[i] = reply->items[0].text;
  }
  return values;
}

Awaitable<Result<Inspection>> RedlockBackend::inspect(LockName name, MonoTime give_up) {
  if (auto refusal = refusal_of(name)) co_return std::unexpected(*refusal);
  const Command look = evaluate(kLook, key_of(name), "");
  Enough all = [](const Round&) { return false; };
  const MonoTime until = std::min(give_up, saturating_add(clock_.monotonic(), kLongestRound));
  Command first = look, second = look;
  Enough all_again = all;
  const Shared before = co_await ask_all(std::move(first), until, std::move(all));
  const MonoTime again = std::min(give_up, saturating_add(clock_.monotonic(), kLongestRound));
  const Shared after = co_await ask_all(std::move(second), again, std::move(all_again));
  const auto was = values_of(*before), is = values_of(*after);
  std::map<std::string, std::size_t> holders;
  std::size_t unchanged = 0;
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (!was[i] || was[i] != is[i]) continue;
    ++unchanged;
    if (!was[i]->empty()) ++holders[*was[i]];
  }
  Inspection seen;
  std::size_t most = 0;
  for (const auto& [value, servers] : holders) {
    most = std::max(most, servers);
    const auto attempt = attempt_of(value);
    if (!is_majority(servers) || !attempt) continue;
    Holder& holder = seen.holders.emplace_back();
    holder.name = name;
    holder.attempt = *attempt;
  }
  // Free if no value can have a majority, whatever those servers hold that did not say.
  const std::size_t unknown = servers_.size() - unchanged;
  if (seen.holders.empty() && is_majority(most + unknown)) co_return std::unexpected(no_majority());
  co_return seen;
}

}  // namespace lockstep::redis
