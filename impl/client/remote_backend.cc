// Who gives up cannot know whether the request will still be carried out: unreachable is indefinite. It is so even
// if nothing was ever answered, since only the answer may have been lost.
#include "impl/client/remote_backend.h"

#include <algorithm>

#include "impl/env/check.h"
#include "impl/lock/rules.h"

namespace lockstep {
namespace {

constexpr Duration kShortestPause = std::chrono::milliseconds(5);

LockError unexpected_answer() { return {ErrorKind::storage, false, "the server's answer does not fit the request"}; }

template <typename T>
Result<T> result_of(wire::Answer answer) {
  if (auto* error = std::get_if<LockError>(&answer)) return std::unexpected(std::move(*error));
  if (auto* value = std::get_if<T>(&answer)) return std::move(*value);
  return std::unexpected(unexpected_answer());
}

}  // namespace

RemoteBackend::RemoteBackend(Endpoint& endpoint, Clock& clock, Random& random, Claims claims, Options options)
    : endpoint_(endpoint),
      clock_(clock),
      random_(random),
      claims_(claims),
      options_(std::move(options)),
      server_(options_.first % options_.servers.size()),
      session_(random.next()) {}

RemoteBackend::Call::Call(Clock& clock, RequestKey k, std::shared_ptr<std::map<RequestKey, Call*>> c)
    : key(k), calls(std::move(c)), answered(clock) {
  CHECK(calls->emplace(key, this).second);
}

Awaitable<void> RemoteBackend::run() {
  return each_message(endpoint_, [this](const Message& message) { take_in(message); });
}

void RemoteBackend::take_in(const Message& message) {
  auto reply = wire::decode_reply(message.payload);
  if (!reply) return;
  const auto found = calls_->find(reply->key);
  if (found == calls_->end() || found->second->answer) return;  // late, or a duplicate
  found->second->answer = std::move(reply->answer);
  found->second->answered.set();
}

Awaitable<wire::Answer> RemoteBackend::ask(RequestKey key, Bytes request, MonoTime give_up, Sendings* sendings) {
  Call call(clock_, key, calls_);
  const Duration limit = sendings == nullptr ? options_.resend_limit : std::min(options_.resend_limit, sendings->every);
  Duration wait = std::min(options_.resend, limit);
  std::size_t server = server_;
  std::uint32_t sent = 0;
  while (!call.answer) {
    ++sent;
    if (sendings != nullptr) {
      sendings->at.push_back(clock_.monotonic());
      wire::stamp(request, static_cast<std::uint32_t>(sendings->at.size()));
    }
    endpoint_.send(options_.servers[server], request);
    const Duration jittered(random_.between(wait.count() / 2, wait.count()));
    const MonoTime until = std::min(give_up, saturating_add(clock_.monotonic(), jittered));
    const Wake wake = co_await call.answered.wait_until(until);
    if (call.answer || wake == Wake::cancelled || clock_.monotonic() >= give_up) break;
    server = (server + 1) % options_.servers.size();
    wait = std::min(wait * 2, limit);
  }
  if (!call.answer) co_return LockError{ErrorKind::unreachable, false, "no server answered in time"};
  server_ = server;  // stay with whoever answers
  // That it did not happen is true of the sending that was answered: another one may have been carried out, or will be.
  if (auto* error = std::get_if<LockError>(&*call.answer); error != nullptr && sent > 1) error->definite = false;
  co_return std::move(*call.answer);
}

Awaitable<Result<AcquireAnswer>> RemoteBackend::acquire(AcquireRequest request, MonoTime give_up) {
  const RequestKey key = request.key;
  Sendings sendings{.every = options_.resend_limit, .at = {}};
  if (request.wait > Duration::zero()) sendings.every = std::clamp(request.ttl / 4, kShortestPause, kPlaceKept / 4);
  Bytes bytes = wire::encode(wire::Request(std::move(request)));
  auto answer = co_await ask(key, std::move(bytes), give_up, &sendings);
  if (auto* error = std::get_if<LockError>(&answer)) co_return std::unexpected(std::move(*error));
  if (auto* granted = std::get_if<Granted>(&answer)) {
    if (granted->heard > sendings.at.size()) co_return std::unexpected(unexpected_answer());
    if (granted->heard > 0) granted->asked = sendings.at[granted->heard - 1];
    co_return AcquireAnswer(*granted);
  }
  if (auto* refused = std::get_if<Refused>(&answer)) co_return AcquireAnswer(std::move(*refused));
  co_return std::unexpected(unexpected_answer());
}

template <typename T>
Awaitable<Result<T>> RemoteBackend::asks(RequestKey key, wire::Request request, MonoTime give_up) {
  Bytes bytes = wire::encode(request);
  auto answer = co_await ask(key, std::move(bytes), give_up);
  co_return result_of<T>(std::move(answer));
}

Awaitable<Result<RenewAnswer>> RemoteBackend::renew(RenewRequest request, MonoTime give_up) {
  const RequestKey key = request.key;
  return asks<RenewAnswer>(key, std::move(request), give_up);
}

Awaitable<Result<ReleaseAnswer>> RemoteBackend::release(ReleaseRequest request, MonoTime give_up) {
  const RequestKey key = request.key;
  return asks<ReleaseAnswer>(key, std::move(request), give_up);
}

Awaitable<Result<BreakAnswer>> RemoteBackend::break_lock(BreakRequest request, MonoTime give_up) {
  const RequestKey key = request.key;
  return asks<BreakAnswer>(key, std::move(request), give_up);
}

Awaitable<Result<Inspection>> RemoteBackend::inspect(LockName name, MonoTime give_up) {
  const RequestKey key = next_reading();
  return asks<Inspection>(key, wire::InspectRequest{key, std::move(name)}, give_up);
}

Awaitable<Result<Listing>> RemoteBackend::list(ListRequest request, MonoTime give_up) {
  const RequestKey key = next_reading();
  return asks<Listing>(key, wire::KeyedListRequest{key, std::move(request)}, give_up);
}

Awaitable<Result<WatchAnswer>> RemoteBackend::watch(WatchRequest request, MonoTime give_up) {
  const RequestKey key = next_reading();
  return asks<WatchAnswer>(key, wire::KeyedWatchRequest{key, std::move(request)}, give_up);
}

}  // namespace lockstep
