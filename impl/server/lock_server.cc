// An indefinite error is not remembered: asking again may find out what happened.
#include "impl/server/lock_server.h"

#include <algorithm>

namespace lockstep {
namespace {

const LockName& name_of(const wire::Request& request) {
  return std::visit([](const auto& r) -> const LockName& { return r.name; }, request);
}

template <typename T>
wire::Answer answer_of(Result<T> result) {
  if (!result) return std::move(result.error());
  return std::move(*result);
}

wire::Answer answer_of(Result<AcquireAnswer> result) {
  if (!result) return std::move(result.error());
  return std::visit([](auto&& answer) -> wire::Answer { return std::forward<decltype(answer)>(answer); },
                    std::move(*result));
}

}  // namespace

LockServer::LockServer(Executor executor, Endpoint& endpoint, LockBackend& backend, Clock& clock,
                       LeaseObserver* observer, Options options)
    : executor_(std::move(executor)),
      endpoint_(endpoint),
      backend_(backend),
      clock_(clock),
      observer_(observer),
      options_(options) {}

Awaitable<void> LockServer::run() {
  return each_message(endpoint_, [this](Message message) { on_message(std::move(message)); });
}

void LockServer::on_message(Message message) {
  auto request = wire::decode_request(message.payload);
  if (!request) return;  // not ours, or damaged: whoever sent it will not hear from us
  forget();
  const RequestKey key = wire::key_of(*request);
  auto [entry, fresh] = remembered_.try_emplace(key);
  Remembered& known = entry->second;
  if (fresh) {
    known.fingerprint = wire::fingerprint_of(*request);
    known.waiting.push_back(message.from);
    hand_out(std::move(*request));
    return;
  }
  if (known.fingerprint != wire::fingerprint_of(*request)) {
    const LockError reused{ErrorKind::key_reused, true, "this idempotency key was used with other arguments"};
    endpoint_.send(message.from, wire::encode(wire::Reply{key, reused}));
    return;
  }
  if (observer_ != nullptr) {
    observer_->on({.kind = LeaseEvent::Kind::repeated,
                   .name = &name_of(*request),
                   .key = key,
                   .decided = clock_.monotonic(),
                   .deadline = clock_.monotonic()});
  }
  if (known.answered) {
    endpoint_.send(message.from, known.reply);
  } else if (std::ranges::find(known.waiting, message.from) == known.waiting.end()) {
    known.waiting.push_back(message.from);
  }
}

void LockServer::hand_out(wire::Request request) {
  if (!idle_.empty()) {
    Decider* decider = idle_.back();
    idle_.pop_back();
    decider->request = std::move(request);
    decider->work.set();
  } else if (deciders_ < options_.at_once) {
    ++deciders_;
    auto decider = std::make_shared<Decider>(clock_);
    decider->request = std::move(request);
    spawn(executor_, decide(std::move(decider)));
  } else {
    queue_.push_back(std::move(request));
  }
}

Awaitable<void> LockServer::decide(std::shared_ptr<Decider> decider) {
  Wake wake = Wake::signalled;
  while (wake == Wake::signalled) {
    co_await serve(*decider->request);
    if (!queue_.empty()) {
      decider->request = std::move(queue_.front());
      queue_.pop_front();
    } else {
      decider->request.reset();
      idle_.push_back(decider.get());
      wake = co_await decider->work.wait();
    }
  }
}

Awaitable<void> LockServer::serve(wire::Request& request) {
  const RequestKey key = wire::key_of(request);
  const MonoTime give_up = saturating_add(clock_.monotonic(), options_.patience);
  wire::Answer answer;
  if (auto* acquire = std::get_if<AcquireRequest>(&request)) {
    answer = answer_of(co_await backend_.acquire(std::move(*acquire), give_up));
  } else if (auto* renew = std::get_if<RenewRequest>(&request)) {
    answer = answer_of(co_await backend_.renew(std::move(*renew), give_up));
  } else if (auto* release = std::get_if<ReleaseRequest>(&request)) {
    answer = answer_of(co_await backend_.release(std::move(*release), give_up));
  } else {
    answer = answer_of(co_await backend_.inspect(std::move(std::get<wire::InspectRequest>(request).name), give_up));
  }
  const auto* error = std::get_if<LockError>(&answer);
  const bool keep = error == nullptr || (error->definite && error->kind != ErrorKind::busy);
  Bytes reply = wire::encode(wire::Reply{key, std::move(answer)});
  const auto found = remembered_.find(key);
  if (found == remembered_.end()) co_return;
  for (const Address& address : found->second.waiting) endpoint_.send(address, reply);
  if (keep) {
    found->second.waiting.clear();
    found->second.answered = true;
    found->second.reply = std::move(reply);
    answered_at_.emplace_back(clock_.monotonic(), key);
  } else {
    remembered_.erase(found);
  }
}

void LockServer::forget() {
  const MonoTime now = clock_.monotonic();
  while (!answered_at_.empty() &&
         (answered_at_.size() > options_.remember_count || answered_at_.front().first + options_.remember <= now)) {
    remembered_.erase(answered_at_.front().second);
    answered_at_.pop_front();
  }
}

}  // namespace lockstep
