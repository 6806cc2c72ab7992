// `lockstep check`: somebody's log of a lock, judged without the simulator. `lockstep generate-history`: one to try it
// on.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "cli/app.h"
#include "cli/check_follow.h"
#include "cli/check_witness.h"
#include "cli/commands.h"
#include "cli/log_source.h"
#include "cli/terminal.h"
#include "models/general/judge_lock.h"
#include "models/linear/judge.h"
#include "models/logs/log_reader.h"
#include "models/logs/made_log.h"
#include "reports/check_report.h"
#include "reports/pages/log_page.h"
#include "reports/pages/page.h"
#include "reports/text_style.h"
#include "scenarios/wording.h"

namespace lockstep::cli {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

models::LogFormat format_or_error(const std::string& name) {
  using enum models::LogFormat;
  if (name.empty()) return by_content;
  if (name == "json") return json;
  if (name == "edn") return edn;
  throw UsageError(fmt::format("there is no format \"{}\"; there are json and edn", name));
}

models::LogRules::Value value_or_error(const std::string& name) {
  using enum models::LogRules::Value;
  if (name.empty()) return fields;
  if (name == "token") return token;
  if (name == "lock") return lock;
  if (name == "nothing") return nothing;
  throw UsageError(fmt::format("--value-is: :value is no \"{}\"; it may be token, lock or nothing", name));
}

// The name without a keyword's colon, and what it means.
std::pair<std::string, models::LogEvent::Op> op_or_error(const std::string& text) {
  using enum models::LogEvent::Op;
  constexpr std::pair<std::string_view, models::LogEvent::Op> known[] = {{"lock", lock},        {"try_lock", try_lock},
                                                                         {"unlock", unlock},    {"renew", renew},
                                                                         {"break", break_lock}, {"other", other}};
  const std::size_t from = text.starts_with(':') ? 1 : 0, equals = text.rfind('=');
  if (equals != std::string::npos && equals > from)
    for (const auto& [name, op] : known)
      if (text.substr(equals + 1) == name) return {text.substr(from, equals - from), op};
  throw UsageError(fmt::format(
      "--op: {} is none; write a name of the log, =, and one of lock, try_lock, unlock, renew, break and other, like "
      "acquire=try_lock",
      scenarios::in_quotes(text)));
}

models::LogRules rules_or_error(const CheckArguments& a) {
  if (a.leases_from != "grant" && a.leases_from != "asking")
    throw UsageError(fmt::format("--leases-from: \"{}\" is neither grant nor asking", a.leases_from));
  models::LogRules rules{.capacity = a.capacity,
                         .drift_ppb = static_cast<std::int64_t>(1000 * a.drift_ppm),
                         .leases_from_asking = a.leases_from == "asking",
                         .cut = a.cut,
                         .fair = a.fair,
                         .value = value_or_error(a.value_is)};
  for (const std::string& op : a.ops) rules.ops.push_back(op_or_error(op));
  if (a.ttl.empty()) return rules;
  rules.ttl = std::min<linear::Instant>(duration_or_error("--ttl", a.ttl).count(), models::kLongestTtl);
  if (rules.ttl == 0) throw UsageError("--ttl: a lease lasts for some time; without --ttl it does not end by itself");
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

// One that cannot be read says why, so that the others are judged all the same.
reports::CheckedLog read_log(const std::string& file, const models::LogRules& rules, models::LogFormat format) {
  reports::CheckedLog log{.name = file == "-" ? "standard input" : file};
  const auto start = std::chrono::steady_clock::now();
  models::LogReader lines(rules, format);
  try {
    read_lines(file, models::kReadPadding, [&](std::string_view text) { lines.take(text); });
    log.read = std::move(lines).result();
  } catch (const UsageError& error) {
    log.unreadable = error.what();
  }
  log.read_seconds = seconds_since(start);
  return log;
}

void judge_log(reports::CheckedLog& log, const CheckArguments& a, const std::optional<linear::WaitRules>& wait_rules,
               WitnessOutput& witness) {
  const auto start = std::chrono::steady_clock::now();
  log.judgements = linear::judge(log.read.log, {.states = a.states, .steps = a.steps}, witness.wanted());
  witness.verify(log);
  if (a.general) log.general = general::judge_locks(log.read.log);
  if (wait_rules) log.waits = linear::judge_waits(log.read.log, *wait_rules);
  log.judge_seconds = seconds_since(start);
}

// The worst of them: a violation is one, whatever else could not be read.
int code_of(const std::vector<reports::CheckedLog>& logs) {
  const auto any = [&](linear::Outcome outcome) {
    return std::ranges::any_of(logs, [=](const auto& log) { return reports::outcome_of(log) == outcome; });
  };
  if (any(linear::Outcome::violation)) return kViolation;
  if (std::ranges::any_of(logs, [](const auto& log) { return !log.unreadable.empty(); })) return kUsage;
  return any(linear::Outcome::undecided) ? kInconclusive : kClean;
}

}  // namespace

// Of this process, from its start on; 0 if the system does not tell.
std::uint64_t peak_memory_bytes() {
  rusage usage{};
  return getrusage(RUSAGE_SELF, &usage) == 0 ? static_cast<std::uint64_t>(usage.ru_maxrss) * 1024 : 0;
}

Duration duration_or_error(const char* option, const std::string& text) {
  const auto duration = scenarios::parse_duration(text);
  if (!duration) throw UsageError(fmt::format("{}: {}", option, duration.error()));
  if (*duration < Duration::zero()) throw UsageError(fmt::format("{}: \"{}\" is negative", option, text));
  return *duration;
}

int make_log(const MakeLogArguments& a) {
  if (a.clients == 0) throw UsageError("--clients: somebody has to ask");
  if (a.capacity == 0) throw UsageError("--capacity: there is no lock of nothing");
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
  const auto format = format_or_error(a.format);
  const auto wait_rules = wait_rules_or_error(a.waits);
  if (a.json && a.witness == "-")
    throw UsageError("--json and --witness both write to standard output; name a file: --witness=FILE");
  if (a.files.empty()) throw UsageError("name a log, or - for standard input; see lockstep check --help");
  if (std::ranges::count(a.files, "-") > 1) throw UsageError("standard input is one log, and is named twice");
  if (a.follow && a.files.size() != 1) throw UsageError("--follow takes one log");
  if (a.follow && wait_rules)
    throw UsageError("--follow does not judge waiting; check the log without it, once it is written");
  if (!a.html.empty() && a.files.size() != 1) throw UsageError("--html: a page shows one log");
  require_page(a.html);
  WitnessOutput witness(a.witness, a.files);
  std::vector<reports::CheckedLog> logs;
  int shown = 0;
  for (const std::string& file : a.files) {
    reports::CheckedLog log = a.follow ? follow(a, rules, format) : read_log(file, rules, format);
    if (!log.unreadable.empty()) {
      std::fflush(stdout);
      fmt::print(stderr, "lockstep: {}\n", reports::printable(log.unreadable));
    } else {
      if (!a.follow) judge_log(log, a, wait_rules, witness);
      if (!a.json) fmt::print("{}{}", shown++ > 0 ? "\n" : "", reports::check_text(log, style_of_output(), a.window));
      witness.write(log);
      if (!a.html.empty()) write_file(a.html, reports::page(reports::log_document(log, a.line)));
    }
    logs.push_back(std::move(log));
  }
  if (a.json) {
    fmt::print("{}", reports::check_json(logs, peak_memory_bytes()));
  } else if (logs.size() > 1) {
    fmt::print("\n{}", reports::check_summary(logs, style_of_output()));
  }
  return code_of(logs);
}

}  // namespace lockstep::cli
