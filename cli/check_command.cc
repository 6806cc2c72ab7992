// `lockstep check`: somebody's log of a lock, judged without the simulator. `lockstep generate-history`: one to try it
// on.
#include <fmt/format.h>
#include <sys/resource.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "cli/app.h"
#include "cli/commands.h"
#include "cli/log_source.h"
#include "cli/terminal.h"
#include "models/general/judge_lock.h"
#include "models/linear/judge.h"
#include "models/logs/json_lines.h"
#include "models/logs/made_log.h"
#include "reports/check_report.h"
#include "scenarios/wording.h"

namespace lockstep::cli {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Of this process, from its start on; 0 if the system does not tell.
std::uint64_t peak_memory_bytes() {
  rusage usage{};
  return getrusage(RUSAGE_SELF, &usage) == 0 ? static_cast<std::uint64_t>(usage.ru_maxrss) * 1024 : 0;
}

models::LogRules rules_or_error(const CheckArguments& a) {
  if (a.leases_from != "grant" && a.leases_from != "asking")
    throw UsageError(fmt::format("--leases-from: \"{}\" is neither grant nor asking", a.leases_from));
  models::LogRules rules{.capacity = a.capacity,
                         .drift_ppb = static_cast<std::int64_t>(1000 * a.drift_ppm),
                         .leases_from_asking = a.leases_from == "asking",
                         .cut = a.cut,
                         .fair = a.fair};
  if (a.ttl.empty()) return rules;
  const auto ttl = scenarios::parse_duration(a.ttl);
  if (!ttl) throw UsageError(fmt::format("--ttl: {}", ttl.error()));
  rules.ttl = ttl->count();
  return rules;
}

models::MadeLog::Family family_or_error(const std::string& name) {
  using enum models::MadeLog::Family;
  if (name == "try-lock") return try_lock;
  if (name == "lock") return lock;
  if (name == "readers-writers") return readers_writers;
  if (name == "permits") return permits;
  throw UsageError(
      fmt::format("there is no family \"{}\"; there are try-lock, lock, readers-writers and permits", name));
}

}  // namespace

int make_log(const MakeLogArguments& a) {
  const models::MadeLog recipe{.family = family_or_error(a.family),
                               .operations = a.operations,
                               .clients = static_cast<std::uint32_t>(a.clients),
                               .capacity = static_cast<std::uint32_t>(a.capacity),
                               .unknown = static_cast<std::uint32_t>(a.unknown),
                               .tokens = a.tokens,
                               .wrong = a.wrong,
                               .seed = a.seed};
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(a.out.empty() ? nullptr : std::fopen(a.out.c_str(), "w"),
                                                             &std::fclose);
  if (!a.out.empty() && !file) throw UsageError(fmt::format("{} cannot be written: {}", a.out, std::strerror(errno)));
  std::FILE* out = file ? file.get() : stdout;
  bool failed = false;
  models::make_log(recipe, [&](const models::LogEvent& event) {
    const std::string line = models::json_line(event);
    failed = failed || std::fwrite(line.data(), 1, line.size(), out) != line.size();
  });
  if (failed || std::fflush(out) != 0)
    throw UsageError(fmt::format("{} could not be written whole: {}", a.out.empty() ? "standard output" : a.out,
                                 std::strerror(errno)));
  return kClean;
}

int check(const CheckArguments& a) {
  const models::LogRules rules = rules_or_error(a);
  const auto wait_rules = wait_rules_or_error(a.waits);
  std::vector<reports::CheckedLog> logs;
  for (const std::string& file : a.files) {
    reports::CheckedLog log{.name = file == "-" ? "standard input" : file};
    auto start = std::chrono::steady_clock::now();
    models::JsonLines lines(rules);
    read_lines(file, models::kReadPadding, [&](std::string_view text) { lines.take(text); });
    log.read = std::move(lines).result();
    log.read_seconds = seconds_since(start);
    start = std::chrono::steady_clock::now();
    log.judgements = linear::judge(log.read.log, {.states = a.states, .steps = a.steps});
    if (a.general) log.general = general::judge_locks(log.read.log);
    if (wait_rules) log.waits = linear::judge_waits(log.read.log, *wait_rules);
    log.judge_seconds = seconds_since(start);
    if (!a.json) {
      if (!logs.empty()) fmt::print("\n");
      fmt::print("{}", reports::check_text(log, style_of_output(), a.window));
    }
    logs.push_back(std::move(log));
  }
  if (a.json) fmt::print("{}", reports::check_json(logs, peak_memory_bytes()));
  int code = kClean;
  for (const auto& log : logs) {
    const auto outcome = reports::outcome_of(log);
    if (outcome == linear::Outcome::violation) return kViolation;
    if (outcome == linear::Outcome::undecided) code = kInconclusive;
  }
  return code;
}

}  // namespace lockstep::cli
