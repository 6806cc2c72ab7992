// The answer in the first sentence, then each lock that broke its promise with the lines that prove it.
#include "reports/check_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "models/linear/times.h"
#include "reports/window.h"
#include "reports/window_facts.h"

namespace lockstep::reports {
namespace {

using linear::Action;
using linear::Answer;
using linear::Judgement;
using linear::length;
using linear::Operation;
using linear::Outcome;
using linear::seconds;
using Json = nlohmann::ordered_json;

constexpr int kCheckVersion = 1;
constexpr std::size_t kMostLocksTold = 10;

std::string_view word_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok: return "ok";
    case Outcome::violation: return "violation";
    case Outcome::undecided: return "undecided";
  }
  return "";
}

std::string_view word_of(Action action) {
  switch (action) {
    case Action::acquire: return "acquire";
    case Action::release: return "release";
    case Action::renew: return "renew";
    case Action::break_all: return "break";
    case Action::inspect: return "inspect";
  }
  return "";
}

std::string_view yes_of(Action action) {
  switch (action) {
    case Action::acquire: return "granted";
    case Action::release: return "released";
    case Action::renew: return "renewed";
    case Action::break_all: return "broken";
    case Action::inspect: return "seen";
  }
  return "";
}

std::string_view answer_of(const Operation& op) {
  switch (op.answer) {
    case Answer::yes: return yes_of(op.action);
    case Answer::no: return op.action == Action::acquire ? "refused" : "not held";
    case Answer::nothing: return "given up";
    case Answer::unknown: return "unknown";
  }
  return "";
}

std::string evidence_line(const linear::Log& log, const Operation& op) {
  std::string text = op.line == 0 ? "no line: " : fmt::format("line {}: ", op.line);
  text += op.hold == linear::kNone ? fmt::format("process {}", op.process) : short_name(log, op.hold);
  text += fmt::format(" {}", word_of(op.action));
  text += fmt::format(", asked at {}, {}", seconds(op.invoked), answer_of(op));
  if (op.returned != linear::kNever) text += " at " + seconds(op.returned);
  if (op.token != 0) text += fmt::format(", token {}", op.token);
  return text;
}

std::uint64_t count(const linear::Log& log, Action action, Answer answer) {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      log.operations, [=](const Operation& op) { return op.action == action && op.answer == answer; }));
}

std::uint64_t operations_of(const CheckedLog& checked) {
  return checked.followed ? checked.followed->operations : checked.read.log.operations.size();
}

std::string followed_contents(const CheckedLog& checked) {
  std::string text =
      fmt::format("{} on {}, judged as they came, {} kept at a time at most",
                  counted(checked.followed->operations, "operation", "operations"),
                  counted(checked.read.log.locks.size(), "lock", "locks"), grouped(checked.followed->kept));
  if (checked.followed->too_late > 0)
    text += fmt::format("; {} came too late and counted as unknown",
                        counted(checked.followed->too_late, "answer", "answers"));
  return text;
}

std::string contents_of(const CheckedLog& checked) {
  if (checked.followed) return followed_contents(checked);
  const linear::Log& log = checked.read.log;
  const auto unknown =
      static_cast<std::uint64_t>(std::ranges::count(log.operations, Answer::unknown, &Operation::answer));
  std::string text = fmt::format(
      "{} on {}: {} granted, {} refused, {} released", counted(log.operations.size(), "operation", "operations"),
      counted(log.locks.size(), "lock", "locks"), grouped(count(log, Action::acquire, Answer::yes)),
      grouped(count(log, Action::acquire, Answer::no)), grouped(count(log, Action::release, Answer::yes)));
  if (unknown > 0) text += fmt::format(", {} with an unknown outcome", grouped(unknown));
  return text +
         fmt::format("; read in {}, judged in {}", rough_time(checked.read_seconds), rough_time(checked.judge_seconds));
}

// One of the two is wrong, and so is whoever wrote it.
bool disagree(const CheckedLog& checked, std::size_t lock) {
  if (lock >= checked.general.size()) return false;
  const Outcome outcome = checked.judgements[lock].outcome;
  const general::Verdict second = checked.general[lock].verdict;
  return (outcome == Outcome::ok && second == general::Verdict::violation) ||
         (outcome == Outcome::violation && second == general::Verdict::ok);
}

std::uint64_t disagreements(const CheckedLog& checked) {
  std::uint64_t all = 0;
  for (std::size_t lock = 0; lock < checked.judgements.size(); ++lock) all += disagree(checked, lock);
  return all;
}

std::string_view word_of(general::Verdict verdict) {
  switch (verdict) {
    case general::Verdict::ok: return "ok";
    case general::Verdict::violation: return "violation";
    case general::Verdict::undecided: return "undecided";
  }
  return "";
}

std::string second_opinion(const CheckedLog& checked, const TextStyle& style) {
  const auto all = checked.general.size();
  const auto open = static_cast<std::uint64_t>(
      std::ranges::count(checked.general, general::Verdict::undecided, &general::Result::verdict));
  const std::uint64_t against = disagreements(checked);
  std::string text =
      wrapped(fmt::format("The general checker agrees on {}, disagrees on {} and leaves {} undecided.",
                          counted(all - open - against, "lock", "locks"), grouped(against), grouped(open)),
              2, style);
  std::size_t told = 0;
  for (std::size_t lock = 0; lock < all && told < kMostLocksTold; ++lock) {
    const general::Result& second = checked.general[lock];
    if (second.verdict != general::Verdict::undecided && !disagree(checked, lock)) continue;
    ++told;
    text += wrapped(printable(fmt::format("{}: {}{}", checked.read.log.locks[lock].name, word_of(second.verdict),
                                          second.reason.empty() ? "" : ", since " + second.reason)),
                    4, style);
  }
  return text;
}

bool waits_badly(const CheckedLog& checked) {
  return checked.waits && std::ranges::any_of(checked.waits->findings, &linear::WaitFinding::is_violation);
}

std::string first_sentence(const CheckedLog& checked) {
  const auto all = checked.judgements.size();
  const auto of = [&](Outcome outcome) {
    return static_cast<std::uint64_t>(std::ranges::count(checked.judgements, outcome, &Judgement::outcome));
  };
  if (checked.read.bad_lines > 0)
    return fmt::format("is undecided: {} could not be understood, and what {} may matter.",
                       counted(checked.read.bad_lines, "line", "lines"),
                       checked.read.bad_lines == 1 ? "it says" : "they say");
  if (const auto against = disagreements(checked))
    return fmt::format(
        "is undecided: THE TWO CHECKERS DISAGREE about {}, so that one of them is wrong. Please report it.",
        counted(against, "lock", "locks"));
  if (checked.read.left_out_of_a_lock && (of(Outcome::violation) > 0 || waits_badly(checked)))
    return "is undecided: events that name a lock were left out, and they may explain what looks wrong.";
  if (const auto wrong = of(Outcome::violation))
    return all == 1 ? "is not what one lock could have answered."
                    : fmt::format("is not what locks could have answered: {} of {} broke their promise.",
                                  grouped(wrong), grouped(all));
  if (checked.read.lines == 0 && operations_of(checked) == 0) return "is empty, so nothing was judged.";
  if (operations_of(checked) == 0) return "has no operation on a lock that is understood, so nothing was judged.";
  if (const auto open = of(Outcome::undecided))
    return fmt::format("is undecided for {} of {}.", grouped(open), counted(all, "lock", "locks"));
  if (waits_badly(checked)) return "has answers that a lock could have given, but not after such waits.";
  if (checked.waits && !checked.waits->not_exercised.empty())
    return "is right, but something that was asked about waiting was not exercised.";
  return "is right: every answer is one that a lock could have given.";
}

std::string waits_of(const linear::Log& log, std::uint32_t lock, const linear::WaitFacts& facts) {
  const auto who = [&](std::uint32_t o) { return name_of(log, log.operations[o].hold); };
  std::string text = fmt::format("{}: {} waited", log.locks[lock].name, grouped(facts.waits));
  if (facts.unanswered > 0) text += fmt::format(", {} without an answer", grouped(facts.unanswered));
  if (facts.longest != linear::kNone)
    text += fmt::format("; the longest, {}, for {}", who(facts.longest), length(facts.longest_wait));
  if (facts.overtaken != linear::kNone)
    text += fmt::format("; {} was overtaken {}", who(facts.overtaken), counted(facts.most_overtaken, "time", "times"));
  if (facts.beside_idle != linear::kNone)
    text += fmt::format("; beside {} it certainly had room for {}", who(facts.beside_idle), length(facts.longest_idle));
  return printable(text);
}

std::string waits_text(const CheckedLog& checked, const TextStyle& style) {
  const linear::Log& log = checked.read.log;
  const linear::WaitReport& waits = *checked.waits;
  std::string text = "\n  What it says about waiting\n";
  std::size_t told = 0;
  for (std::uint32_t lock = 0; lock < waits.locks.size() && told < kMostLocksTold; ++lock)
    if (waits.locks[lock].waits > 0) ++told, text += wrapped(waits_of(log, lock, waits.locks[lock]), 4, style);
  for (const auto& reason : waits.not_exercised) text += wrapped("not exercised: " + reason, 4, style);
  told = 0;
  for (const auto& finding : waits.findings) {
    if (told++ == kMostLocksTold) break;
    text += fmt::format("\n  {}: {}{}\n", printable(log.locks[finding.lock].name), label_of(finding.kind),
                        finding.times > 1 ? fmt::format(", {} times", grouped(finding.times)) : "");
    text += wrapped(printable(finding.sentence), 4, style);
    for (const std::uint32_t o : finding.evidence) text += "    " + evidence_line(log, log.operations[o]) + "\n";
  }
  if (waits.findings.size() > kMostLocksTold)
    text += fmt::format("\n  and {} more\n", grouped(waits.findings.size() - kMostLocksTold));
  return text;
}

// The locks beyond those that are told of.
std::string more_of(const std::vector<Judgement>& judgements) {
  std::size_t told = 0;
  std::uint64_t wrong = 0, undecided = 0;
  for (const Judgement& j : judgements) {
    if (j.outcome == Outcome::ok || told++ < kMostLocksTold) continue;
    ++(j.outcome == Outcome::violation ? wrong : undecided);
  }
  if (wrong + undecided == 0) return "";
  std::vector<std::string> parts;
  if (wrong > 0)
    parts.push_back(counted(wrong, "more lock that broke its promise", "more locks that broke their promise"));
  if (undecided > 0) parts.push_back(counted(undecided, "more undecided lock", "more undecided locks"));
  return fmt::format("\n  and {}\n", listed(parts));
}

// Lower is worse.
enum class Rank : std::uint8_t { violation, unreadable, undecided, ok };

Rank rank_of(const CheckedLog& log) {
  if (!log.unreadable.empty()) return Rank::unreadable;
  switch (outcome_of(log)) {
    case Outcome::violation: return Rank::violation;
    case Outcome::undecided: return Rank::undecided;
    case Outcome::ok: break;
  }
  return Rank::ok;
}

std::string_view word_of(Rank rank) {
  return rank == Rank::unreadable ? "unreadable"
                                  : word_of(rank == Rank::violation   ? Outcome::violation
                                            : rank == Rank::undecided ? Outcome::undecided
                                                                      : Outcome::ok);
}

Rank worst_of(const std::vector<CheckedLog>& logs) {
  Rank worst = Rank::ok;
  for (const CheckedLog& log : logs) worst = std::min(worst, rank_of(log));
  return worst;
}

Json proof_of(const linear::Log& log, const Operation& op) {
  Json proof = {{"line", op.line},
                {"attempt", printable(name_of(log, op.hold))},
                {"action", word_of(op.action)},
                {"answer", answer_of(op)},
                {"invoked_ns", op.invoked}};
  if (op.returned != linear::kNever) proof["returned_ns"] = op.returned;
  if (op.token != 0) proof["token"] = op.token;
  return proof;
}

Json waits_json(const linear::Log& log, const linear::WaitReport& waits) {
  Json json = {{"locks", Json::array()}, {"findings", Json::array()}, {"not_exercised", waits.not_exercised}};
  for (std::uint32_t lock = 0; lock < waits.locks.size(); ++lock) {
    const linear::WaitFacts& facts = waits.locks[lock];
    json["locks"].push_back({{"lock", printable(log.locks[lock].name)},
                             {"waits", facts.waits},
                             {"unanswered", facts.unanswered},
                             {"longest_wait_ns", facts.longest_wait},
                             {"most_overtaken", facts.most_overtaken},
                             {"longest_idle_ns", facts.longest_idle}});
  }
  for (const auto& finding : waits.findings) {
    Json one = {{"lock", printable(log.locks[finding.lock].name)},
                {"kind", label_of(finding.kind)},
                {"violation", finding.is_violation()},
                {"times", finding.times},
                {"sentence", printable(finding.sentence)}};
    for (const std::uint32_t o : finding.evidence) one["evidence"].push_back(proof_of(log, log.operations[o]));
    json["findings"].push_back(std::move(one));
  }
  return json;
}

}  // namespace

Outcome outcome_of(const CheckedLog& log) {
  const auto any = [&](Outcome outcome) {
    return std::ranges::find(log.judgements, outcome, &Judgement::outcome) != log.judgements.end();
  };
  if (log.read.bad_lines > 0 || operations_of(log) == 0 || disagreements(log) > 0) return Outcome::undecided;
  if (any(Outcome::violation) || waits_badly(log))
    return log.read.left_out_of_a_lock ? Outcome::undecided : Outcome::violation;
  const bool exercised = !log.waits || log.waits->not_exercised.empty();
  return any(Outcome::undecided) || !exercised ? Outcome::undecided : Outcome::ok;
}

std::string check_text(const CheckedLog& checked, const TextStyle& style, bool windows) {
  const Outcome outcome = outcome_of(checked);
  const Tone tone = outcome == Outcome::ok ? Tone::good : outcome == Outcome::violation ? Tone::bad : Tone::doubtful;
  std::string text = paint(fmt::format("{} {}", printable(checked.name), first_sentence(checked)), tone, style) + "\n";
  text += wrapped(contents_of(checked), 2, style);
  if (checked.replayed)
    text += wrapped(fmt::format("an order that explains every answer, of {}: replayed by an independent check",
                                counted(*checked.replayed, "lock", "locks")),
                    2, style);
  for (const auto& [op, events] : checked.read.unknown_ops)
    text += wrapped(
        fmt::format("{} \"{}\": left out; if that is an operation on the lock, say which, like "
                    "--op {}=unlock",
                    events == 1 ? "an event called" : grouped(events) + " events called", printable(op), printable(op)),
        2, style);
  for (const auto& [reason, events] : checked.read.unknown_reasons)
    text +=
        wrapped(fmt::format("{} for the reason \"{}\", which is not known: taken to say nothing about the lock; one "
                            "that says that it was held, or is not held, is held, or not_held",
                            counted(events, "failure", "failures"), printable(reason)),
                2, style);
  if (operations_of(checked) == 0 && checked.read.lines > 0 && checked.read.bad_lines == 0 &&
      checked.read.unknown_ops.empty())
    text += wrapped(
        "an operation on a lock has at least a process, a type and an op, or f, in each line: see lockstep check "
        "--help",
        2, style);
  for (const auto& bad : checked.read.bad)
    text += wrapped(fmt::format("line {} {}", bad.number, printable(bad.what)), 2, style);
  if (checked.read.bad_lines > checked.read.bad.size())
    text += fmt::format("  and {} more\n", grouped(checked.read.bad_lines - checked.read.bad.size()));
  if (!checked.general.empty()) text += second_opinion(checked, style);
  std::size_t told = 0;
  for (const Judgement& j : checked.judgements) {
    if (j.outcome == Outcome::ok || told == kMostLocksTold) continue;
    ++told;
    const std::string name = printable(checked.read.log.locks[j.lock].name);
    text += fmt::format("\n  {}: {}{}\n", name, j.outcome == Outcome::violation ? j.shape : "undecided",
                        checked.read.bad_lines > 0 ? ", if what could not be understood does not matter" : "");
    text += wrapped(printable(j.sentence), 4, style);
    if (checked.followed && j.outcome == Outcome::undecided)
      text += wrapped("a shorter --patience may help: until it has passed, more may be asked about what is unknown", 4,
                      style);
    if (j.shape.ends_with("without a grant"))
      text += wrapped("the grant may have been before the log begins: such a log needs --cut", 4, style);
    for (const std::uint32_t o : j.evidence)
      text += "    " + evidence_line(checked.read.log, checked.read.log.operations[o]) + "\n";
    const std::string window = windows ? window_text(checked.read.log, j, style) : "";
    if (!window.empty()) text += "\n" + window;
  }
  text += more_of(checked.judgements);
  return checked.waits ? text + waits_text(checked, style) : text;
}

std::string check_summary(const std::vector<CheckedLog>& logs, const TextStyle& style) {
  std::vector<std::string> parts;
  for (const auto& [rank, word] : {std::pair{Rank::violation, "wrong"}, std::pair{Rank::unreadable, "not readable"},
                                   std::pair{Rank::undecided, "undecided"}, std::pair{Rank::ok, "right"}}) {
    const auto of_it = static_cast<std::uint64_t>(std::ranges::count(logs, rank, rank_of));
    if (of_it > 0) parts.push_back(fmt::format("{} {}", grouped(of_it), word));
  }
  const Rank worst = worst_of(logs);
  const Tone tone = worst == Rank::ok ? Tone::good : worst == Rank::violation ? Tone::bad : Tone::doubtful;
  return paint(fmt::format("{}: {}", counted(logs.size(), "log", "logs"), fmt::join(parts, ", ")), tone, style) + "\n";
}

std::string check_json(const std::vector<CheckedLog>& logs, std::uint64_t peak_memory_bytes) {
  Json all;
  for (const CheckedLog& checked : logs) {
    if (!checked.unreadable.empty()) {
      all["logs"].push_back({{"name", printable(checked.name)},
                             {"verdict", word_of(rank_of(checked))},
                             {"error", printable(checked.unreadable)}});
      continue;
    }
    const linear::Log& log = checked.read.log;
    Json one = {{"name", printable(checked.name)},      {"verdict", word_of(rank_of(checked))},
                {"lines", checked.read.lines},          {"ignored_events", checked.read.ignored},
                {"bad_lines", checked.read.bad_lines},  {"operations", operations_of(checked)},
                {"read_seconds", checked.read_seconds}, {"judge_seconds", checked.judge_seconds}};
    for (const auto& bad : checked.read.bad)
      one["bad"].push_back({{"line", bad.number}, {"what", printable(bad.what)}});
    for (const auto& [op, events] : checked.read.unknown_ops)
      one["unknown_operations"].push_back({{"name", printable(op)}, {"events", events}});
    for (const auto& [reason, events] : checked.read.unknown_reasons)
      one["unknown_reasons"].push_back({{"reason", printable(reason)}, {"events", events}});
    const bool lost = checked.read.bad_lines > 0;
    for (const Judgement& j : checked.judgements) {
      Json lock = {{"lock", printable(log.locks[j.lock].name)},
                   {"verdict", word_of(lost ? Outcome::undecided : j.outcome)},
                   {"operations", j.operations},
                   {"most_states", j.most_states}};
      if (lost) lock["verdict_without_bad_lines"] = word_of(j.outcome);
      if (j.lock < checked.general.size()) {
        const general::Result& second = checked.general[j.lock];
        lock["general"] = {{"verdict", word_of(second.verdict)}, {"steps", second.steps}};
        if (!second.reason.empty()) lock["general"]["reason"] = printable(second.reason);
      }
      if (!j.shape.empty()) lock["shape"] = j.shape;
      if (!j.sentence.empty()) lock["sentence"] = printable(j.sentence);
      for (const std::uint32_t o : j.evidence) lock["evidence"].push_back(proof_of(log, log.operations[o]));
      one["locks"].push_back(std::move(lock));
    }
    if (checked.replayed) one["replayed_locks"] = *checked.replayed;
    if (checked.waits) one["waits"] = waits_json(log, *checked.waits);
    all["logs"].push_back(std::move(one));
  }
  Json whole = {{"lockstep_check", kCheckVersion},
                {"verdict", word_of(worst_of(logs))},
                {"peak_memory_bytes", peak_memory_bytes}};
  whole.update(all);
  return whole.dump(2) + "\n";
}

}  // namespace lockstep::reports
