// Globals of several files register in any order, so the list is made when the first of them comes.
#include "scenarios/own_subjects.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>

namespace lockstep::scenarios {
namespace {

std::vector<Subject>& registered() {
  static std::vector<Subject> all;
  return all;
}

}  // namespace

const std::vector<Subject>& own_subjects() { return registered(); }

std::optional<std::string> flaw_of_name(const std::string& name) {
  const bool fit = !name.empty() && name.size() <= 40 && name != "." && name != ".." &&
                   std::ranges::all_of(
                       name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.'; });
  if (!fit) return fmt::format("a lock cannot be called \"{}\": letters, digits and \"-_.\", at most 40", name);
  const auto has = [&name](const std::vector<Subject>& all) {
    return std::ranges::find(all, name, &Subject::name) != all.end();
  };
  if (has(registered()) || has(honest_subjects())) return fmt::format("there is a lock called \"{}\" already", name);
  return std::nullopt;
}

void live_on_real_files(Subject& subject) {
  subject.on_real_files = true;
  if (subject.deployment == Deployment::spread_servers) subject.servers = 3;
  if (!subject.claims.leases_end) subject.untold |= kToldByExpiry;
}

// Before main(): nobody could catch an exception.
OwnSubject::OwnSubject(Subject subject) {
  if (const auto flaw = flaw_of_name(subject.name)) {
    fmt::print(stderr, "lockstep: {}\n", *flaw);
    std::_Exit(2);
  }
  registered().push_back(std::move(subject));
}

}  // namespace lockstep::scenarios
