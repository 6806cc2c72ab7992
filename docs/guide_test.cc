// The guide shows the example whole. What it shows is built and run by .ci/example, as long as the two are the same.
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

// The code blocks in that language, one after the other.
std::string blocks(const std::string& text, const std::string& language) {
  std::string found;
  const std::string begin = "\n```" + language + "\n";
  for (auto at = text.find(begin); at != text.npos; at = text.find(begin, at + 1)) {
    const auto from = at + begin.size();
    found += text.substr(from, text.find("\n```\n", from) + 1 - from);
  }
  return found;
}

TEST(Guide, ShowsTheExampleAsItIsBuiltAndRun) {
  const std::string guide = text_of("docs/guide.md");
  const std::string program = text_of("examples/two_processes/two_processes.cc");
  const std::string project = text_of("examples/two_processes/CMakeLists.txt");
  ASSERT_FALSE(program.empty());
  ASSERT_FALSE(project.empty());
  EXPECT_TRUE(blocks(guide, "cpp").starts_with(program))
      << "copy examples/two_processes/two_processes.cc into the guide";
  EXPECT_TRUE(blocks(guide, "cmake").starts_with(project))
      << "copy examples/two_processes/CMakeLists.txt into the guide";
}

TEST(Guide, ShowsTheLockOnRedisAsItIsBuiltAndRun) {
  const std::string program = text_of("examples/redis_lock/redis_lock.cc");
  ASSERT_FALSE(program.empty());
  EXPECT_NE(blocks(text_of("docs/guide.md"), "cpp").find(program), std::string::npos)
      << "copy examples/redis_lock/redis_lock.cc into the guide";
}

TEST(Guide, FindsBlocksByTheirLanguage) {
  EXPECT_EQ(blocks("a\n```cpp\nx;\n```\nb\n```sh\ny\n```\n```cpp\nz;\n```\n", "cpp"), "x;\nz;\n");
}

}  // namespace
}  // namespace lockstep::docs
