// What was not asked of the lock is told with the claim that it lacks.
#include "reports/pages/validation_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/campaign_answer.h"
#include "reports/claims_table.h"
#include "reports/text_style.h"
#include "reports/validation_answer.h"
#include "reports/validation_text.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;
using scenarios::CaseResult;
using scenarios::Validation;

Json levels_of(const Validation& v) {
  Json all = Json::array();
  for (const auto& level : v.levels) {
    all.push_back({{"name", level.name},
                   {"meaning", level.meaning},
                   {"state", word_of(level.state)},
                   {"evidence", level.evidence}});
  }
  return all;
}

Json case_told(const CaseResult& result) {
  Json one = {{"name", result.name}, {"promise", result.promise}, {"result", word_of(result)}, {"runs", result.runs}};
  if (!result.lacks.empty()) one["said"] = "it does not claim " + result.lacks;
  if (!result.trouble.empty()) one["said"] = result.trouble;
  if (result.flaw.empty()) return one;
  one["said"] = result.flaw;
  one["broken"] = Json::array();
  for (const models::Property p : all_properties()) {
    if ((result.broken & models::bit(p)) != 0) one["broken"].push_back(title_of(p));
  }
  one["replay"] = line_of(result);
  return one;
}

Json campaigns_of(const Validation& v, const FailuresTold& told) {
  Json all = Json::array();
  for (const auto& stage : v.stages)
    all.push_back({{"name", stage.name}, {"about", stage.about}, {"campaign", campaign_told(stage.summary, told)}});
  if (v.beyond) {
    all.push_back({{"name", "beyond"},
                   {"about", "what it does not claim to survive: findings, not faults"},
                   {"campaign", campaign_told(*v.beyond, told)}});
  }
  return all;
}

// What was not tried, a sentence each.
Json absent(const Validation& v) {
  Json said = Json::array();
  if (v.stopped) said.push_back("It was stopped from outside before its end.");
  const auto lacking = std::ranges::count_if(v.contract, [](const CaseResult& r) { return !r.lacks.empty(); });
  if (lacking > 0) {
    said.push_back(fmt::format("{} of the contract were not asked, since the lock does not claim what they need.",
                               counted(static_cast<std::uint64_t>(lacking), "case", "cases")));
  }
  for (const auto& level : v.levels) {
    if (level.state == scenarios::Level::State::not_claimed)
      said.push_back(fmt::format("\"{}\" is not claimed: {}.", level.name, level.meaning));
    if (level.state == scenarios::Level::State::open)
      said.push_back(fmt::format("\"{}\" is left open: {}.", level.name,
                                 level.evidence.empty() ? "too little of it was exercised" : level.evidence.front()));
  }
  if (v.stages.empty()) said.push_back("No campaign was run: nothing is known of it under faults.");
  if (!v.stages.empty() && v.stages.size() < 3) {
    said.push_back(
        fmt::format("The campaigns end with \"{}\": beyond it the lock claims to survive nothing, or broke a "
                    "promise already.",
                    v.stages.back().name));
  }
  if (!v.beyond) said.push_back("Its limits were not looked for; --beyond does.");
  return said;
}

}  // namespace

Json validation_document(const Validation& v, const FailuresTold& told, const std::string& version) {
  Json claims = Json::array();
  for (const auto& [what, value] : claims_of(v.claims)) claims.push_back({{"what", what}, {"value", value}});
  Json cases = Json::array();
  for (const CaseResult& result : v.contract) cases.push_back(case_told(result));
  return {{"kind", "validation"},
          {"title", fmt::format("{}: does it do what it says?", v.backend)},
          {"answer", answer(v)},
          {"outcome", word_of(outcome_of(v))},
          {"backend", v.backend},
          {"about", v.about},
          {"levels", levels_of(v)},
          {"absent", absent(v)},
          {"counts", contract_counts(v)},
          {"contract", std::move(cases)},
          {"campaigns", campaigns_of(v, told)},
          {"claims", std::move(claims)},
          {"version", version},
          {"machine", {{"seconds", static_cast<double>(v.took.count()) / 1e9}}}};
}

}  // namespace lockstep::reports
