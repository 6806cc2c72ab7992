// Identity: of attempts, of requests, and the fencing tokens. None of them ever recurs.
#pragma once

#include <compare>
#include <cstdint>

namespace lockstep {

// One try to hold a lock. Renew and release name it, not only the owner: an owner id that is used again would let a
// late release end a newer hold. Source: etcd#22082.
struct AttemptId {
  std::uint64_t session = 0;  // random, drawn once per client and process
  std::uint64_t number = 0;   // counted within it, from 1
  friend auto operator<=>(const AttemptId&, const AttemptId&) = default;
};

// The idempotency key of a request: repeating it repeats the first answer and changes nothing.
struct RequestKey {
  AttemptId attempt;
  std::uint32_t number = 0;
  friend auto operator<=>(const RequestKey&, const RequestKey&) = default;
};

// Strictly increasing per name over the name's whole life. Zero is never issued.
// Source: Chubby's sequencers (Burrows, OSDI 2006); Kleppmann 2016.
using Token = std::uint64_t;

}  // namespace lockstep
