// The page about the general checker shows the example that is compiled and run, line for line.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace lockstep::docs {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(std::string(LOCKSTEP_ROOT "/") + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What stands after `begin` and before `end`; empty if it does not.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const auto from = text.find(begin);
  if (from == text.npos) return "";
  const auto to = text.find(end, from + begin.size());
  return to == text.npos ? "" : text.substr(from + begin.size(), to - from - begin.size());
}

TEST(GeneralChecker, IsShownAsItIsTested) {
  const auto tested = between(text_of("models/general/counter_test.cc"), "// What is shown begins here.\n",
                              "// What is shown ends here.\n");
  ASSERT_NE(tested, "");
  EXPECT_EQ(between(text_of("docs/notes/general-checker.md"), "```cpp\n", "```\n"), tested)
      << "copy it from models/general/counter_test.cc into the page";
}

}  // namespace
}  // namespace lockstep::docs
