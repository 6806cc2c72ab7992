// Every command may be sent twice: what has been set by an attempt is known by its value.
#include "impl/redis/redis_backend.h"

#include <algorithm>

#include "impl/env/signal.h"
#include "impl/lock/rules.h"
#include "impl/redis/lock_commands.h"

namespace lockstep::redis {
namespace {

constexpr Duration kPause = std::chrono::milliseconds(20);  // between two tries to reach the server

}  // namespace

LockError strange(const Reply& reply) { return {ErrorKind::storage, false, "the server answered " + in_words(reply)}; }

Claims RedisBackend::its_claims() {
  return {.durable = true,
          .survives_power_loss = true,
          .fencing = false,
          .wall_clock_immune = false,
          .max_drift_ppb = 10'000'000};
}

Awaitable<Result<RedisBackend::Answer>> RedisBackend::ask(Command command, MonoTime give_up) {
  Answer answer;
  for (;;) {
    answer.asked = clock_.monotonic();
    Command sent = command;
    auto reply = co_await connection_->command(std::move(sent), give_up);
    if (reply) {
      answer.reply = std::move(*reply);
      co_return answer;
    }
    answer.twice |= !reply.error().definite;
    const MonoTime next = saturating_add(clock_.monotonic(), kPause);
    const bool stop = next >= give_up || co_await sleep_until(clock_, next) == Wake::cancelled;
    if (stop) co_return std::unexpected(LockError{ErrorKind::unreachable, !answer.twice, reply.error().detail});
  }
}

Awaitable<Result<AcquireAnswer>> RedisBackend::acquire(AcquireRequest request, MonoTime give_up) {
  if (auto refusal = refusal_of(request, claims_)) co_return std::unexpected(*refusal);
  const std::string key = key_of(request.name), value = value_of(request.key.attempt);
  for (;;) {
    Command command = set_if_free(key, value, request.ttl);
    const auto answer = co_await ask(std::move(command), give_up);
    if (!answer) co_return std::unexpected(answer.error());
    if (answer->reply.kind == Reply::Kind::nil) {
      co_return Granted{.token = 0, .valid_for = request.ttl, .heard = 0, .asked = answer->asked};
    }
    if (answer->reply.kind != Reply::Kind::bulk) co_return std::unexpected(strange(answer->reply));
    if (answer->reply.text != value) {
      Refused refused;
      if (const auto attempt = attempt_of(answer->reply.text)) {
        Holder& holder = refused.holders.emplace_back();
        holder.name = request.name;
        holder.attempt = *attempt;
      }
      co_return refused;
    }
    // An earlier sending has done it, and its answer was lost.
    Command look = evaluate(kLeftIfMine, key, value);
    const auto left = co_await ask(std::move(look), give_up);
    if (!left) co_return indefinite(left.error().kind, left.error().detail);
    if (left->reply.integer > 0) {
      const Duration valid = std::chrono::milliseconds(left->reply.integer);
      co_return Granted{.token = 0, .valid_for = std::min(valid, request.ttl), .heard = 0, .asked = left->asked};
    }
  }
}

Awaitable<Result<RenewAnswer>> RedisBackend::renew(RenewRequest request, MonoTime give_up) {
  if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
  if (request.downgrade) co_return definite(ErrorKind::unsupported, "this store has exclusive locks only");
  Command command = extend_if_mine(key_of(request.name), value_of(request.key.attempt), request.ttl);
  const auto answer = co_await ask(std::move(command), give_up);
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->reply.kind != Reply::Kind::integer) co_return std::unexpected(strange(answer->reply));
  co_return answer->reply.integer == 1 ? RenewAnswer::renewed : RenewAnswer::lost;
}

Awaitable<Result<ReleaseAnswer>> RedisBackend::release(ReleaseRequest request, MonoTime give_up) {
  if (auto refusal = refusal_of(request)) co_return std::unexpected(*refusal);
  Command command = evaluate(kDeleteIfMine, key_of(request.name), value_of(request.key.attempt));
  const auto answer = co_await ask(std::move(command), give_up);
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->reply.kind != Reply::Kind::integer) co_return std::unexpected(strange(answer->reply));
  if (answer->reply.integer == 1) co_return ReleaseAnswer::released;
  if (answer->twice) co_return indefinite(ErrorKind::unreachable, "it was asked twice, and is not held now");
  co_return ReleaseAnswer::not_held;
}

Awaitable<Result<Inspection>> RedisBackend::inspect(LockName name, MonoTime give_up) {
  if (auto refusal = refusal_of(name)) co_return std::unexpected(*refusal);
  Command command = evaluate(kLook, key_of(name), "");
  const auto answer = co_await ask(std::move(command), give_up);
  if (!answer) co_return std::unexpected(answer.error());
  const Reply& reply = answer->reply;
  Inspection seen;
  if (reply.kind == Reply::Kind::nil) co_return seen;
  const bool known = reply.kind == Reply::Kind::array && reply.items.size() == 2;
  const auto attempt = known ? attempt_of(reply.items[0].text) : std::nullopt;
  if (!attempt) co_return std::unexpected(strange(reply));
  Holder& holder = seen.holders.emplace_back();
  holder.name = std::move(name);
  holder.attempt = *attempt;
  holder.remaining = std::chrono::milliseconds(std::max<std::int64_t>(reply.items[1].integer, 0));
  co_return seen;
}

}  // namespace lockstep::redis
