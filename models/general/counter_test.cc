// The example of docs/notes/general-checker.md, as it is shown there, and whether it says what is said there.
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

// What is shown begins here.
#include "models/general/search.h"

using namespace lockstep;

struct Counter {
  struct Operation {
    bool adds;            // else it reads
    std::int64_t number;  // that is added, or that was read
  };
  using State = std::int64_t;
  State initial() const { return 0; }
  bool step(State& count, const Operation& op) const {
    if (!op.adds) return count == op.number;
    count += op.number;
    return true;
  }
};

general::Result counted() {
  const std::vector<general::Call<Counter::Operation>> calls = {
      {.invoked = 0, .returned = 9, .operation = {.adds = true, .number = 1}},
      {.invoked = 1, .returned = 3, .operation = {.adds = false, .number = 1}},
      {.invoked = 4, .returned = 6, .operation = {.adds = false, .number = 0}}};
  return general::check(Counter(), calls);
}
// What is shown ends here.

namespace {

TEST(Counter, IsJudgedAsThePageSays) {
  const general::Result result = counted();
  EXPECT_EQ(result.verdict, general::Verdict::violation);
  EXPECT_EQ(result.order, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(result.stuck, 2u);
}

}  // namespace
