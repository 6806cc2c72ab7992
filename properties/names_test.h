// How tests that are repeated for many locks are named after them. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <ostream>
#include <string>
#include <vector>

#include "properties/zoo/planted.h"

namespace lockstep::scenarios {
inline void PrintTo(const Subject& subject, std::ostream* os) { *os << subject.name; }
}  // namespace lockstep::scenarios

namespace lockstep::zoo {
inline void PrintTo(const Planted& bug, std::ostream* os) { *os << bug.subject.name; }
}  // namespace lockstep::zoo

namespace lockstep::properties {

inline std::string test_name(const std::string& subject) {
  std::string name;
  for (const char c : subject) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}
// Without those that take thousands of runs: `lockstep zoo` hunts them.
inline std::vector<zoo::Planted> bugs_caught_soon() {
  std::vector<zoo::Planted> bugs = zoo::planted_bugs();
  std::erase_if(bugs, [](const zoo::Planted& bug) {
    return bug.subject.name == "memory+both-at-the-boundary" || bug.subject.name == "memory+permits-of-the-dead";
  });
  return bugs;
}
// And without those whose runs are long, since they have five servers.
inline std::vector<zoo::Planted> bugs_shrunk_soon() {
  std::vector<zoo::Planted> bugs = bugs_caught_soon();
  std::erase_if(bugs, [](const zoo::Planted& bug) { return bug.subject.servers > 2; });
  return bugs;
}
inline std::string name_of_bug(const testing::TestParamInfo<zoo::Planted>& bug) {
  return test_name(bug.param.subject.name);
}
inline std::string name_of_lock(const testing::TestParamInfo<scenarios::Subject>& lock) {
  return test_name(lock.param.name);
}

}  // namespace lockstep::properties
