// The same class name at the top level of two headers of one namespace: the linker keeps one of them for both, and
// which one depends on the level of optimisation.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "docs/source_text.h"

namespace lockstep::docs {
namespace {

// "namespace::Name" of every class, struct and enum that is defined at the beginning of a line.
std::vector<std::string> definitions_in(const SourceFile& file) {
  std::vector<std::string> names;
  std::string space;
  const std::string code = code_of(file.text);
  for (const std::string_view line : lines_of(code)) {
    if (line.starts_with("namespace ")) space = line.substr(10, line.find(" {", 10) - 10);
    for (const std::string_view kind : {"class ", "struct ", "enum class "}) {
      if (!line.starts_with(kind) || line.ends_with(';')) continue;
      auto rest = line.substr(kind.size());
      if (rest.starts_with("[[nodiscard]] ")) rest.remove_prefix(14);
      names.push_back(space + "::" + std::string(rest.substr(0, rest.find_first_of(" {"))));
    }
  }
  return names;
}

std::vector<std::string> defined_twice(const std::vector<SourceFile>& files) {
  std::map<std::string, std::string> seen;
  std::vector<std::string> twice;
  for (const SourceFile& file : files) {
    if (!is_header(file.path)) continue;
    for (const std::string& name : definitions_in(file)) {
      const auto [first, fresh] = seen.emplace(name, file.path);
      if (!fresh) twice.push_back(fmt::format("{} is defined in {} and in {}", name, first->second, file.path));
    }
  }
  return twice;
}

TEST(OneDefinition, OfEveryNameInTheHeaders) {
  EXPECT_EQ(defined_twice(read_sources(LOCKSTEP_ROOT)), std::vector<std::string>());
}

TEST(OneDefinition, IsMissedWhereThereAreTwo) {
  const std::string one = "namespace a {\nclass B;\nstruct B {\n  struct C {};\n};\n}\n";
  EXPECT_EQ(defined_twice({{"x.h", one}, {"y.h", one}}), std::vector<std::string>{"a::B is defined in x.h and in y.h"});
  EXPECT_EQ(defined_twice({{"x.h", one}, {"y.h", "namespace b {\nclass [[nodiscard]] B final : A {\n"}}),
            std::vector<std::string>());
}

}  // namespace
}  // namespace lockstep::docs
