// Most stand where a connection stands.
#include "properties/zoo/redis_clients.h"

#include <algorithm>

#include "impl/redis/lock_commands.h"

namespace lockstep::zoo {
namespace {

// So long a client waits before it tries the other server.
constexpr Duration kPatience = std::chrono::milliseconds(300);

}  // namespace

Awaitable<Result<redis::Reply>> PlainDelete::command(redis::Command command, MonoTime give_up) {
  const bool deletes = command.size() > 3 && command[1] == redis::kDeleteIfMine;
  if (deletes) command = {"DEL", command[3]};
  return server_->command(std::move(command), give_up);
}

Awaitable<Result<redis::Reply>> LeavesBehind::command(redis::Command command, MonoTime give_up) {
  const bool gives_up = command.size() > 1 && command[1] == redis::kDeleteIfBegins;
  if (gives_up) co_return redis::integer(0);
  co_return co_await server_->command(std::move(command), give_up);
}

Awaitable<Result<AcquireAnswer>> CountedFromEnd::acquire(AcquireRequest request, MonoTime give_up) {
  auto answer = co_await inner_->acquire(std::move(request), give_up);
  auto* granted = answer ? std::get_if<Granted>(&*answer) : nullptr;
  if (granted != nullptr) granted->asked = clock_.monotonic();
  co_return answer;
}

Awaitable<Result<redis::Reply>> MasterOfTwo::command(redis::Command command, MonoTime give_up) {
  const std::size_t asked = master_;
  const MonoTime until = std::min(give_up, saturating_add(clock_.monotonic(), kPatience));
  auto reply = co_await servers_[asked]->command(std::move(command), until);
  const bool answered = reply && !(reply->kind == redis::Reply::Kind::error && reply->text.starts_with("READONLY"));
  if (answered) co_return reply;
  if (master_ == asked) master_ = 1 - asked;
  if (!reply) co_return reply;
  co_return definite(ErrorKind::unreachable, "that is the replica");
}

}  // namespace lockstep::zoo
