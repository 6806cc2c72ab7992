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
using Request = std::variant<AcquireRequest, RenewRequest, ReleaseRequest, InspectRequest>;

using Answer = std::variant<LockError, Granted, Refused, RenewAnswer, ReleaseAnswer, std::vector<Holder>>;
struct Reply {
  RequestKey key;
  Answer answer;
};

RequestKey key_of(const Request& request);
const LockName& name_of(const Request& request);
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
