// Globals of several files register in any order, so the list is made when the first of them comes.
#include "scenarios/own_subjects.h"

#include "impl/env/check.h"

namespace lockstep::scenarios {
namespace {

std::vector<Subject>& registered() {
  static std::vector<Subject> all;
  return all;
}

}  // namespace

const std::vector<Subject>& own_subjects() { return registered(); }

OwnSubject::OwnSubject(Subject subject) {
  CHECK(!subject.name.empty() && subject.name.find('+') == std::string::npos);
  CHECK(std::ranges::find(registered(), subject.name, &Subject::name) == registered().end());
  registered().push_back(std::move(subject));
}

}  // namespace lockstep::scenarios
