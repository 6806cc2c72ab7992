// libFuzzer on the wire decoders: they accept only what they would have written themselves, byte for byte, and
// whatever comes can be described. Built with LOCKSTEP_FUZZ=ON.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "impl/env/check.h"
#include "impl/lock/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace wire = lockstep::wire;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto request = wire::decode_request(bytes);
  const auto reply = wire::decode_reply(bytes);
  CHECK(!request || !reply);
  if (request) CHECK(wire::encode(*request) == bytes);
  if (reply) CHECK(wire::encode(*reply) == bytes);
  CHECK((wire::describe(bytes) == "unreadable") == (!request && !reply));
  return 0;
}
