// The lock server: takes requests from an endpoint, has a backend decide them, answers. A request that comes again
// while the first is being decided waits for that answer; one that comes after it is answered from memory. What must
// be remembered across a crash (grants, renewals, releases) the backend remembers durably.
#pragma once

#include <deque>
#include <map>
#include <memory>

#include "impl/env/clock.h"
#include "impl/env/network.h"
#include "impl/lock/backend.h"
#include "impl/lock/observer.h"
#include "impl/lock/wire.h"
#include "impl/server/line.h"

namespace lockstep {

class LockServer {
 public:
  struct Options {
    Duration patience = std::chrono::seconds(2);   // given to the backend for one request
    Duration remember = std::chrono::seconds(60);  // answers, at most
    std::size_t remember_count = 4096;
    std::size_t at_once = 64;  // requests being decided, those that wait for a lock not counted; others wait in order
    // For a change that another process made in a shared store: so often by the first in the line, others a quarter.
    Duration look_every = std::chrono::milliseconds(200);
  };
  // Backend, endpoint, clock and observer (may be null) must outlive the server's coroutines.
  LockServer(Executor executor, Endpoint& endpoint, LockBackend& backend, Clock& clock, LeaseObserver* observer,
             Options options);

  // Serves until its process ends or the wait for messages is cancelled.
  Awaitable<void> run();

 private:
  struct Remembered {
    std::uint64_t fingerprint = 0;
    bool answered = false;
    Bytes reply;                   // once answered
    std::vector<Address> waiting;  // until then
    std::uint32_t heard = 0;       // the last sending of the request
    MonoTime last_heard;
  };
  // A coroutine that decides one request after the other: starting one for each request would cost more than most
  // decisions do.
  struct Decider {
    explicit Decider(Clock& clock) : work(clock) {}
    Signal work;
    std::optional<wire::Request> request;
  };
  Awaitable<void> decide(std::shared_ptr<Decider> decider);
  Awaitable<void> serve(wire::Request& request);
  // Nothing if the client is gone.
  Awaitable<std::optional<wire::Answer>> acquire_in_line(AcquireRequest& request);
  Awaitable<wire::Answer> read(wire::Request& request, MonoTime give_up);
  void send_answer(RequestKey key, wire::Answer answer);
  void tell_repeated(const wire::Request& request);
  void heard(Remembered& known, const wire::Request& request);
  // Wakes the first who waits for the name.
  void changed(const LockName& name);
  void hand_out(wire::Request request);
  void on_message(Message message);
  void forget();

  Executor executor_;
  Endpoint& endpoint_;
  LockBackend& backend_;
  Clock& clock_;
  LeaseObserver* observer_;
  Options options_;
  std::map<RequestKey, Remembered> remembered_;
  std::deque<std::pair<MonoTime, RequestKey>> answered_at_;
  std::vector<Decider*> idle_;
  std::size_t deciding_ = 0;
  Line line_;
  std::deque<wire::Request> queue_;
};

}  // namespace lockstep
