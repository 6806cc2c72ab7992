// Every stored scenario can be read, and the one in the documentation is the one that is stored.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "scenarios/scenario_file.h"
#include "scenarios/scenario_json.h"

namespace lockstep::scenarios {
namespace {

namespace fs = std::filesystem;

const fs::path kRoot = LOCKSTEP_ROOT;

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Corpus, IsReadable) {
  for (const auto& entry : fs::directory_iterator(kRoot / "scenarios/corpus")) {
    if (entry.path().extension() != ".json") continue;
    const auto scenario = load(entry.path());
    ASSERT_TRUE(scenario) << scenario.error();
    EXPECT_NE(scenario->about, "") << entry.path() << ": tell the chain of events";
    EXPECT_NE(scenario->source, "") << entry.path() << ": where it happened, or was told of";
    EXPECT_EQ(from_json(to_json(*scenario)), *scenario) << entry.path();
  }
}

TEST(Corpus, HasTheExampleOfTheDocumentationAsItIsWritten) {
  const auto example = load(kRoot / "scenarios/corpus/example.json");
  ASSERT_TRUE(example) << example.error();
  const auto text = to_json(*example);
  EXPECT_EQ(content(kRoot / "scenarios/corpus/example.json"), text);
  std::istringstream lines(text);
  std::string indented;
  for (std::string line; std::getline(lines, line);) indented.append("    ").append(line).append("\n");
  EXPECT_NE(content(kRoot / "docs/notes/scenario-format.md").find(indented), std::string::npos) << indented;
}

}  // namespace
}  // namespace lockstep::scenarios
