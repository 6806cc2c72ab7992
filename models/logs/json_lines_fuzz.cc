// A fuzzer's way into the reader of JSON Lines. Built with LOCKSTEP_FUZZ=ON; its corpus is
// models/logs/corpus/json_lines, which a test replays.
#include <cstddef>
#include <cstdint>

#include "models/logs/json_lines.h"
#include "models/logs/log_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lockstep::models;
  read_and_judge(data, size, [](const LogRules& rules) { return JsonLines(rules); });
  return 0;
}
