// Trying again after an acquisition that failed, each time in a new attempt, and never before the old one certainly
// holds nothing: it was refused, has been given back, or its ttl has passed.
#pragma once

#include "impl/client/lock_client.h"

namespace lockstep {

// Pauses are drawn anew each time, uniformly from zero up to a limit that doubles: many clients that failed together
// must not come back together. Source: Brooker 2015, "Exponential Backoff and Jitter" (full jitter).
struct RetryPolicy {
  Duration first = std::chrono::milliseconds(50);  // the longest first pause
  Duration limit = std::chrono::seconds(5);        // the longest pause
  std::uint32_t tries = 0;                         // at most, the first included; zero: any number
  Duration total = Duration::max();                // no try begins later, and none waits for longer

  // The pause after `failed` tries, from 1.
  Duration pause_after(std::uint32_t failed, Random& random) const;
};

// Tries again after refusals, time-outs and errors, but not after errors that would come again (a request that is
// invalid or unsupported) or a cancellation. Gives what the last try gave. Wish::wait_limit is that of each try.
Awaitable<Result<Acquisition>> acquire_with_retry(LockClient& client, LockClient::Wish wish, RetryPolicy policy);

}  // namespace lockstep
