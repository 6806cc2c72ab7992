// Nothing is written that the independent check has not replayed.
#include "cli/check_witness.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "cli/commands.h"
#include "models/linear/replay.h"
#include "reports/witness_lines.h"

namespace lockstep::cli {

namespace {

// By whatever name. Standard input may come from a file too.
bool is_same_file(const std::string& file, const std::string& log) {
  const std::string name = log == "-" ? "/dev/stdin" : log;
  std::error_code error;
  if (std::filesystem::exists(file, error) && !std::filesystem::is_regular_file(file, error)) return false;
  return file == name || std::filesystem::equivalent(file, name, error);
}

}  // namespace

WitnessOutput::WitnessOutput(std::string where, const std::vector<std::string>& logs) : where_(std::move(where)) {
  if (where_.empty() || where_ == "-") return;
  for (const std::string& log : logs)
    if (is_same_file(where_, log))
      throw UsageError(fmt::format("--witness: {} is {}, and would be written over; name another file", where_,
                                   log == "-" ? "what standard input reads" : "the log " + log + " itself"));
  file_.reset(std::fopen(where_.c_str(), "w"));
  if (!file_) throw UsageError(fmt::format("{} cannot be written: {}", where_, std::strerror(errno)));
}

void WitnessOutput::verify(reports::CheckedLog& log) const {
  if (where_.empty()) return;
  const linear::Replay replay(log.read.log);
  log.replayed = 0;
  for (linear::Judgement& judgement : log.judgements) {
    if (judgement.outcome != linear::Outcome::ok) continue;
    const auto& witness = witnesses_[judgement.lock];
    if (!witness) {
      judgement.outcome = linear::Outcome::undecided;
      judgement.sentence =
          "no answer was objected to, but no order was found that explains them all; with leases that count from their "
          "grant the judge is known to be too lenient where answers tell who else holds";
      continue;
    }
    if (const auto objection = replay.objection(*witness))
      throw std::logic_error(
          fmt::format("the order found for {} is wrong: {}", log.read.log.locks[judgement.lock].name, *objection));
    ++*log.replayed;
  }
}

void WitnessOutput::write(const reports::CheckedLog& log) {
  if (where_.empty()) return;
  std::FILE* out = file_ ? file_.get() : stdout;
  for (const linear::Judgement& judgement : log.judgements) {
    if (judgement.outcome != linear::Outcome::ok) continue;
    const std::string lines = reports::witness_lines(log.read.log, *witnesses_[judgement.lock]);
    if (std::fwrite(lines.data(), 1, lines.size(), out) != lines.size() || std::fflush(out) != 0)
      throw UsageError(
          fmt::format("{} could not be written whole: {}", file_ ? where_ : "standard output", std::strerror(errno)));
  }
}

}  // namespace lockstep::cli
