// A fuzzer's way into the reader of Jepsen's logs. Built with LOCKSTEP_FUZZ=ON; its corpus is models/logs/corpus/edn,
// which a test replays.
#include <cstddef>
#include <cstdint>

#include "models/logs/edn.h"
#include "models/logs/log_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lockstep::models;
  read_and_judge(data, size, [](const LogRules& rules) { return Edn(rules); });
  return 0;
}
