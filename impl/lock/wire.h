// Requests and replies as bytes: a compact, versioned binary form, read with full suspicion. Integers are little
// endian, strings carry a 32-bit length. Anything malformed, too long or left over is refused as a whole.
#pragma once

#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "impl/env/network.h"
#include "impl/lock/backend.h"

namespace lockstep::wire {

struct InspectRequest {
  RequestKey key;
  LockName name;
};
// Requests that read belong to no attempt, so their keys are their senders' business.
struct KeyedListRequest {
  RequestKey key;
  ListRequest list;
};
struct KeyedWatchRequest {
  RequestKey key;
  WatchRequest watch;
};
using Request = std::variant<AcquireRequest, RenewRequest, ReleaseRequest, InspectRequest, BreakRequest,
                             KeyedListRequest, KeyedWatchRequest>;

using Answer = std::variant<LockError, Granted, Refused, RenewAnswer, ReleaseAnswer, Inspection, BreakAnswer, Listing,
                            WatchAnswer>;
struct Reply {
  RequestKey key;
  Answer answer;
};

RequestKey key_of(const Request& request);
// True of requests that change nothing: their answers need not be remembered.
bool reads(const Request& request);
bool reads(const Answer& answer);
std::uint64_t fingerprint_of(const Request& request);

Bytes encode(const Request& request);
Bytes encode(const Reply& reply);
// Writes AcquireRequest::sending into an encoded acquisition.
void stamp(Bytes& request, std::uint32_t sending);
std::optional<Request> decode_request(std::string_view bytes);
std::optional<Reply> decode_reply(std::string_view bytes);

// For stories: "acquire L by client 2", "granted token 5". Never fails: unreadable bytes are called so.
std::string describe(std::string_view bytes);

}  // namespace lockstep::wire
