// `lockstep check --witness`: replays the order that was found for each lock, and writes it down.
#pragma once

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "models/linear/judge.h"
#include "reports/check_report.h"

namespace lockstep::cli {

class WitnessOutput {
 public:
  // A file, "-" for standard output, or nothing if it was not asked for. Throws UsageError if it cannot be written, or
  // is one of `logs`, which it would be written over.
  WitnessOutput(std::string where, const std::vector<std::string>& logs);

  // What judge() shall fill: nullptr if it was not asked for.
  linear::Witnesses* wanted() { return where_.empty() ? nullptr : &witnesses_; }
  // Replays all of them. A lock for which none was found is undecided. Throws std::logic_error if one is wrong.
  void verify(reports::CheckedLog& log) const;
  // As lines of JSON, of the locks that are ok.
  void write(const reports::CheckedLog& log);

 private:
  std::string where_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_{nullptr, &std::fclose};
  linear::Witnesses witnesses_;
};

}  // namespace lockstep::cli
