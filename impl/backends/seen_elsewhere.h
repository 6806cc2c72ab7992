// What this process has seen of leases and places of other hosts, and since when on its own clock: none of them ends
// before it has stood unchanged for its whole time. Clocks of two hosts are never compared.
// Source: bug class 40 (the refused kubernetes client-go#448), and how client-go's leader election does it right.
#pragma once

#include <map>
#include <vector>

#include "impl/backends/file_record.h"

namespace lockstep {

class SeenElsewhere {
 public:
  // The record as this process may judge it: foreign rows are given the deadlines that follow from when they were first
  // seen as they are.
  LockRecord view(const LockName& name, const FileRecord& record, Reading at);
  // Answers of other hosts that have been seen for long enough to be forgotten are dropped.
  void forget_answers(const LockName& name, FileRecord& record, Reading at);

 private:
  // A row in the state in which it was seen.
  struct Sight {
    AttemptId attempt;
    std::uint64_t which = 0;  // lease: its token; place: its ticket; answer: its number
    BootId boot;
    MonoTime written;  // the deadline on the other host's clock: changes with every extension
    MonoTime since;    // on ours
  };
  MonoTime since(std::vector<Sight>& now, const std::vector<Sight>& before, Sight sight);

  struct Name {
    std::vector<Sight> rows;
    std::vector<Sight> answers;
  };
  std::map<LockName, Name> names_;  // those with anything of another host
};

}  // namespace lockstep
