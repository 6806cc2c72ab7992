// For machines, for a build server, and for a README.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/campaign_answer.h"
#include "reports/campaign_json.h"
#include "reports/junit.h"
#include "reports/markdown.h"
#include "reports/validation_answer.h"
#include "reports/validation_text.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;
using scenarios::CaseResult;
using scenarios::Level;
using scenarios::Validation;

constexpr int kValidationVersion = 1;

Json json_of(const CaseResult& result) {
  Json json = {{"name", result.name}, {"promise", result.promise}, {"result", word_of(result)}, {"runs", result.runs}};
  if (!result.lacks.empty()) json["lacks"] = result.lacks;
  if (!result.trouble.empty()) json["trouble"] = result.trouble;
  if (result.flaw.empty()) return json;
  json["broken"] = Json::array();
  for (const models::Property p : all_properties()) {
    if ((result.broken & models::bit(p)) != 0) json["broken"].push_back(models::id_of(p));
  }
  json["flaw"] = result.flaw;
  json["file"] = result.file;
  return json;
}

JunitCase junit_of(const CaseResult& result) {
  using End = JunitCase::End;
  JunitCase one{.name = result.name};
  if (!result.lacks.empty()) {
    one.end = End::skipped;
    one.message = "it does not claim " + result.lacks;
  } else if (!result.trouble.empty()) {
    one.end = End::error;
    one.type = "trouble";
    one.message = result.trouble;
  } else if (!result.flaw.empty()) {
    one.end = End::failed;
    one.type = "contract";
    one.message = result.flaw;
    one.body = line_of(result) + "\n";
  }
  return one;
}

JunitCase junit_of(const Level& level) {
  using End = JunitCase::End;
  JunitCase one{.name = level.name, .type = "level"};
  for (const std::string& sentence : level.evidence) one.body += sentence + "\n";
  one.message = level.evidence.empty() ? "" : level.evidence.front();
  switch (level.state) {
    case Level::State::earned: one.end = End::passed; break;
    case Level::State::failed: one.end = End::failed; break;
    case Level::State::not_claimed: one.end = End::skipped, one.message = "not claimed"; break;
    case Level::State::open: one.end = End::skipped, one.message = "open: " + one.message; break;
  }
  return one;
}

}  // namespace

std::string validation_json(const Validation& v) {
  Json json = {{"lockstep_validation", kValidationVersion},
               {"backend", v.backend},
               {"about", v.about},
               {"outcome", word_of(outcome_of(v))},
               {"answer", answer(v)}};
  json["levels"] = Json::array();
  for (const Level& level : v.levels) {
    json["levels"].push_back({{"name", level.name},
                              {"meaning", level.meaning},
                              {"state", word_of(level.state)},
                              {"evidence", level.evidence}});
  }
  json["contract"] = Json::array();
  for (const CaseResult& result : v.contract) json["contract"].push_back(json_of(result));
  json["campaigns"] = Json::array();
  for (const auto& stage : v.stages) {
    json["campaigns"].push_back(
        {{"name", stage.name}, {"about", stage.about}, {"report", Json::parse(campaign_json(stage.summary))}});
  }
  if (v.beyond) json["beyond"] = Json::parse(campaign_json(*v.beyond));
  json["seconds"] = static_cast<double>(v.took.count()) / 1e9;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string validation_junit(const Validation& v) {
  JunitSuite contract{.name = "lockstep." + v.backend + ".contract"},
      levels{.name = "lockstep." + v.backend + ".levels"};
  for (const CaseResult& result : v.contract) contract.cases.push_back(junit_of(result));
  for (const Level& level : v.levels) levels.cases.push_back(junit_of(level));
  levels.seconds = static_cast<double>(v.took.count()) / 1e9;
  levels.said = answer(v);
  return junit_of({contract, levels});
}

std::string validation_markdown(const Validation& v, const std::string& command, const std::string& version) {
  std::string text = fmt::format("### Lockstep on {}\n\n{}\n\n| level | | evidence |\n|---|---|---|\n",
                                 markdown_text(v.backend), markdown_text(answer(v)));
  for (const Level& level : v.levels) {
    std::string said;
    for (const std::string& sentence : level.evidence) said += (said.empty() ? "" : "; ") + markdown_text(sentence);
    text += fmt::format("| **{}**: {} | {} | {} |\n", level.name, level.meaning, name_of(level.state), said);
  }
  std::string cases = "| case | | |\n|---|---|---|\n";
  for (const CaseResult& r : v.contract) {
    const std::string said = !r.lacks.empty()     ? "it does not claim " + r.lacks
                             : !r.trouble.empty() ? r.trouble
                             : r.flaw.empty()     ? r.promise
                                                  : r.promise + ". " + r.flaw;
    cases += fmt::format("| {} | {} | {} |\n", r.name, word_of(r), markdown_text(said));
  }
  text += "\n" + markdown_folded("The contract: " + contract_counts(v), cases);
  return text + fmt::format("\nMade by {}, Lockstep {}.\n", markdown_code(command), version);
}

}  // namespace lockstep::reports
