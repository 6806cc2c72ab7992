// libFuzzer on from_json: whatever is accepted is well formed and comes back from its own text, and an error is one
// line. Built with LOCKSTEP_FUZZ=ON; start it on a folder that holds scenarios/corpus.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "impl/env/check.h"
#include "scenarios/scenario_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lockstep::scenarios;
  const auto read = from_json({reinterpret_cast<const char*>(data), size});
  if (!read) {
    CHECK(!read.error().empty() && read.error().find('\n') == std::string::npos);
    return 0;
  }
  CHECK(!find_flaw(*read));
  const auto text = to_json(*read);
  const auto again = from_json(text);
  CHECK(again && *again == *read && to_json(*again) == text);
  return 0;
}
