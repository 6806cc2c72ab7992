// S3: what clients are told about a lock is what one sequential lock could have told them. told_log.h writes down what
// they asked and were told; models/linear judges it.
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "models/describe.h"
#include "models/linear/judge.h"
#include "models/refusals.h"
#include "models/rules.h"
#include "models/told_log.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

// Small: a run is one of many. What is not decided within it does not count as exercised.
constexpr linear::SweepBudget kBudget{.states = 1024, .steps = 200'000};

// "client 1 asked for A at 2.000 s and was granted it at 2.005 s".
std::string exchange(const Facts& facts, const std::string& client, const linear::Operation& op, const Event& invoked,
                     const Event& told) {
  using linear::Action;
  const std::string_view asked = op.action == Action::acquire   ? "asked for"
                                 : op.action == Action::release ? "gave"
                                                                : "asked to keep";
  const std::string answer = op.answer != linear::Answer::yes ? fmt::format("was told \"{}\"", name_of(told.reason))
                             : op.action == Action::acquire   ? "was granted it"
                                                              : "was told yes";
  return fmt::format("{} {} {}{} at {} and {} at {}", client, asked, lock_name(*facts.history, op.lock),
                     op.action == Action::release ? " back" : "", seconds(invoked.at), answer, seconds(told.at));
}

// "client 0 was granted A at 1.000 s with token 1, and client 1 at 2.000 s with token 1 too".
void wrong_tokens(Findings& findings, const Facts& facts, const ToldLog& told_log, const linear::Judgement& judgement) {
  const std::uint32_t first = judgement.evidence[0], second = judgement.evidence[1];
  const linear::Operation &a = told_log.log.operations[first], &b = told_log.log.operations[second];
  const std::uint32_t granted = told_log.proofs[first].second, again = told_log.proofs[second].second;
  const auto [client, other] = client_names(facts, a.hold, b.hold);
  findings.violation(judgement.shape, {granted, again},
                     fmt::format("{} was granted {} at {} with token {}, and {} at {} with token {}{}", client,
                                 lock_name(*facts.history, a.lock), seconds(facts.event(granted).at), a.token, other,
                                 seconds(facts.event(again).at), b.token, a.token == b.token ? " too" : ""));
}

void unexplained(Findings& findings, const Facts& facts, const ToldLog& told_log, const linear::Judgement& judgement) {
  const linear::Operation& op = told_log.log.operations[judgement.unexplained];
  const auto [invoked, returned] = told_log.proofs[judgement.unexplained];
  const Event& told = facts.event(returned);
  std::vector<std::uint32_t> evidence{invoked, returned};
  std::string holders, client = client_name(facts, op.hold);
  for (const std::uint32_t holder : judgement.holding) {
    if (holder == op.hold) continue;
    if (evidence.size() < 3) evidence.push_back(told_log.granted[holder]);
    const auto [name, asker] = client_names(facts, holder, op.hold);
    holders += fmt::format("{}{}", holders.empty() ? "" : ", ", name);
    client = asker;
  }
  const bool yes = op.answer == linear::Answer::yes;
  const bool acquires = op.action == linear::Action::acquire;
  const char* shape = acquires                               ? (yes ? "granted while held" : "refused while free")
                      : !yes                                 ? "living lease denied"
                      : op.action == linear::Action::release ? "released without a lease"
                                                             : "renewed without a lease";
  const std::string held = !acquires         ? (yes ? "though it did not hold it" : "though it held it")
                           : yes             ? fmt::format("while {} held it", holders.empty() ? "somebody" : holders)
                           : holders.empty() ? "though nobody else held it"
                                             : fmt::format("though only {} held it", holders);
  findings.violation(shape, std::move(evidence),
                     fmt::format("{} {}, in whatever order one takes what clients were told",
                                 exchange(facts, client, op, facts.event(invoked), told), held));
}

}  // namespace

// A lock's chances are those in which somebody could have been told something else.
Verdict linearizable(const Facts& facts, const Bounds& bounds) {
  Findings findings{Property::linearizable};
  const ToldLog told = told_log(facts, bounds);
  for (const linear::Judgement& judgement : linear::judge(told.log, kBudget)) {
    if (judgement.outcome == linear::Outcome::undecided) continue;
    findings.exercised(told.chances[judgement.lock]);
    if (judgement.outcome != linear::Outcome::violation) continue;
    const bool tokens = judgement.shape.starts_with("token ") && judgement.evidence.size() == 2;
    (tokens ? wrong_tokens : unexplained)(findings, facts, told, judgement);
  }
  if (!findings.violated()) refused_with_room(facts, bounds, findings);
  return std::move(findings).verdict();
}

}  // namespace lockstep::models
