// An indefinite error is not remembered: asking again may find out what happened.
#include "impl/server/lock_server.h"

#include <algorithm>

#include "impl/env/check.h"
#include "impl/lock/rules.h"

namespace lockstep {
namespace {

template <typename T>
wire::Answer answer_of(Result<T> result) {
  if (!result) return std::move(result.error());
  return std::move(*result);
}

wire::Answer answer_of(AcquireAnswer answer) {
  if (auto* granted = std::get_if<Granted>(&answer)) return *granted;
  return std::move(std::get<Refused>(answer));
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
    heard(known, *request);
    hand_out(std::move(*request));
    return;
  }
  if (known.fingerprint != wire::fingerprint_of(*request)) {
    const LockError reused{ErrorKind::key_reused, true, "this idempotency key was used with other arguments"};
    endpoint_.send(message.from, wire::encode(wire::Reply{key, reused}));
    return;
  }
  heard(known, *request);
  if (known.answered) {
    tell_repeated(*request);
    endpoint_.send(message.from, known.reply);
  } else if (std::ranges::find(known.waiting, message.from) == known.waiting.end()) {
    known.waiting.push_back(message.from);
  }
}

void LockServer::tell_repeated(const wire::Request& request) {
  if (observer_ == nullptr) return;
  const MonoTime now = clock_.monotonic();
  std::visit(
      [&](const auto& r) {
        if constexpr (requires { r.name; }) {
          observer_->on(
              {.kind = LeaseEvent::Kind::repeated, .name = &r.name, .key = r.key, .decided = now, .deadline = now});
        }
      },
      request);
}

void LockServer::heard(Remembered& known, const wire::Request& request) {
  known.last_heard = clock_.monotonic();
  if (const auto* acquire = std::get_if<AcquireRequest>(&request))
    known.heard = std::max(known.heard, acquire->sending);
}

void LockServer::hand_out(wire::Request request) {
  if (!idle_.empty()) {
    Decider* decider = idle_.back();
    idle_.pop_back();
    decider->request = std::move(request);
    decider->work.set();
  } else if (deciding_ < options_.at_once) {
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
    ++deciding_;
    co_await serve(*decider->request);
    --deciding_;
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
  std::optional<wire::Answer> answer;
  if (auto* acquire = std::get_if<AcquireRequest>(&request)) {
    answer = co_await acquire_in_line(*acquire);
  } else if (auto* renew = std::get_if<RenewRequest>(&request)) {
    const bool downgrade = renew->downgrade;
    const LockName name = renew->name;
    answer = answer_of(co_await backend_.renew(std::move(*renew), give_up));
    if (downgrade) changed(name);
  } else if (auto* release = std::get_if<ReleaseRequest>(&request)) {
    const LockName name = release->name;
    answer = answer_of(co_await backend_.release(std::move(*release), give_up));
    changed(name);
  } else if (auto* breaking = std::get_if<BreakRequest>(&request)) {
    const LockName name = breaking->name;
    answer = answer_of(co_await backend_.break_lock(std::move(*breaking), give_up));
    changed(name);
  } else {
    answer = co_await read(request, give_up);
  }
  if (answer) send_answer(key, std::move(*answer));
}

// A subscriber's request is held open as a waiter's is, and does not count among those that are being decided.
Awaitable<wire::Answer> LockServer::read(wire::Request& request, MonoTime give_up) {
  if (auto* inspect = std::get_if<wire::InspectRequest>(&request)) {
    co_return answer_of(co_await backend_.inspect(std::move(inspect->name), give_up));
  }
  if (auto* list = std::get_if<wire::KeyedListRequest>(&request)) {
    co_return answer_of(co_await backend_.list(std::move(list->list), give_up));
  }
  WatchRequest watch = std::move(std::get<wire::KeyedWatchRequest>(request).watch);
  watch.wait = std::min(watch.wait, kWatchKept / 2);
  const MonoTime last = saturating_add(saturating_add(clock_.monotonic(), watch.wait), options_.patience);
  --deciding_;
  auto answer = co_await backend_.watch(std::move(watch), last);
  ++deciding_;
  co_return answer_of(std::move(answer));
}

void LockServer::send_answer(RequestKey key, wire::Answer answer) {
  const auto* error = std::get_if<LockError>(&answer);
  const bool keep = error == nullptr ? !wire::reads(answer) : error->definite && error->kind != ErrorKind::busy;
  Bytes reply = wire::encode(wire::Reply{key, std::move(answer)});
  const auto found = remembered_.find(key);
  if (found == remembered_.end()) return;
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

// Asks the store, and as long as there is only a place in the line waits for something to change and asks again.
// Nothing is answered to a client that has not been heard for so long that its place has lapsed.
Awaitable<std::optional<wire::Answer>> LockServer::acquire_in_line(AcquireRequest& request) {
  const MonoTime last_try = saturating_add(clock_.monotonic(), request.wait);
  const bool waits = request.wait > Duration::zero();
  Parked parked(clock_);
  if (waits) line_.enter(request.name, parked);
  std::optional<wire::Answer> answer;
  for (;;) {
    const std::uint32_t heard = remembered_.at(request.key).heard;
    AcquireRequest asked = request;
    auto result = co_await backend_.acquire(std::move(asked), saturating_add(clock_.monotonic(), options_.patience));
    const Queued* queued = result ? std::get_if<Queued>(&*result) : nullptr;
    if (queued == nullptr) {
      if (!result) {
        answer = std::move(result.error());
        break;
      }
      if (auto* granted = std::get_if<Granted>(&*result)) granted->heard = heard;
      answer = answer_of(std::move(*result));
      break;
    }
    const MonoTime now = clock_.monotonic();
    const MonoTime lapses = remembered_.at(request.key).last_heard + kPlaceKept;
    if (now >= lapses) {
      remembered_.erase(request.key);
      break;
    }
    if (now >= last_try) {
      request.wait = Duration::zero();  // the last try gives the place up
      continue;
    }
    Duration pause = queued->ahead == 0 ? queued->look_again : kPlaceKept / 2;
    if (backend_.claims().shared_store) pause = std::min(pause, options_.look_every * (queued->ahead == 0 ? 1 : 4));
    const MonoTime look_at = std::min({now + pause, last_try, lapses});
    --deciding_;
    const Wake wake = co_await parked.changed.wait_until(look_at);
    ++deciding_;
    if (wake == Wake::cancelled) break;
  }
  if (waits) {
    line_.erase(request.name, parked);
    changed(request.name);  // whoever is next may go along, or has become the first
  }
  co_return answer;
}

void LockServer::changed(const LockName& name) {
  if (Parked* first = line_.first(name)) first->changed.set();
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
