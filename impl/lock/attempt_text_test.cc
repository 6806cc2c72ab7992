// There and back, and what is none.
#include "impl/lock/attempt_text.h"

#include <gtest/gtest.h>

namespace lockstep {
namespace {

TEST(AttemptText, ComesBackAsItWas) {
  for (const AttemptId attempt : {AttemptId{}, AttemptId{0x123456789abcdef0u, 0x2f}, AttemptId{~0ull, ~0ull}}) {
    EXPECT_EQ(attempt_of_text(text_of(attempt)), attempt);
  }
  EXPECT_EQ(text_of({0x123456789abcdef0u, 0x2f}), "123456789abcdef0-2f");
}

TEST(AttemptText, OfSomethingElseIsNone) {
  for (const char* text : {"", "-", "12", "12-", "-1", "x-1", "1-x", "1-2 ", "1-2-3"}) {
    EXPECT_FALSE(attempt_of_text(text)) << text;
  }
}

}  // namespace
}  // namespace lockstep
