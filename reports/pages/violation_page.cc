// The document of a run.
#include "reports/pages/violation_page.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/campaign_answer.h"
#include "reports/ladder.h"
#include "reports/pages/page.h"
#include "reports/replay_text.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;

std::string title(const scenarios::RunResult& result, const scenarios::Scenario& scenario) {
  const models::Verdict* told = told_verdict(result, scenario);
  if (told == nullptr) return fmt::format("A run of {}", scenario.backend);
  return fmt::format("{} is violated by {}", title_of(told->property), scenario.backend);
}

}  // namespace

Json violation_document(const scenarios::RunResult& result, const scenarios::Scenario& scenario,
                        const scenarios::Subject& subject, const std::string& replay_line) {
  return {
      {"kind", "violation"},   {"title", title(result, scenario)}, {"answer", replay_answer(result, scenario)},
      {"replay", replay_line}, {"backend", subject.name},
  };
}

std::string violation_page(const scenarios::RunResult& result, const scenarios::Scenario& scenario,
                           const scenarios::Subject& subject, const std::string& replay_line) {
  return page(violation_document(result, scenario, subject, replay_line));
}

}  // namespace lockstep::reports
