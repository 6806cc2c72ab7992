// A bug whose middle hunt was given up has no median, as in the table for people.
#include "reports/pages/zoo_page.h"

#include <nlohmann/json.hpp>

#include "reports/campaign_answer.h"
#include "reports/text_style.h"
#include "reports/zoo_text.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;

double seconds_of(Duration time) { return static_cast<double>(time.count()) / 1e9; }

Json hunt(const scenarios::Hunt& h) {
  return {{"caught", h.caught}, {"runs", h.runs}, {"seconds", seconds_of(h.took)}};
}

Json bug_told(const scenarios::BugHunted& bug) {
  Json by = Json::array(), strategies = Json::array();
  for (const models::Property p : all_properties()) {
    if ((bug.caught_by & models::bit(p)) != 0) by.push_back(models::id_of(p));
  }
  for (const auto& hunts : bug.by_strategy) {
    Json all = Json::array();
    for (const auto& h : hunts.hunts) all.push_back(hunt(h));
    strategies.push_back({{"strategy", hunts.strategy}, {"median", hunt(median_of(hunts))}, {"hunts", std::move(all)}});
  }
  Json one = {{"name", bug.name},
              {"mechanism", bug.mechanism},
              {"source", bug.source},
              {"about", bug.about},
              {"caught", is_caught(bug)},
              {"caught_by", std::move(by)},
              {"strategies", std::move(strategies)}};
  if (!bug.file.empty()) {
    one["shrunk"] = {{"steps", bug.steps},
                     {"faults", bug.faults},
                     {"seconds", seconds_of(bug.shrinking)},
                     {"property", title_of(bug.property)},
                     {"sentence", bug.sentence},
                     {"replay", replay_line(bug.file)}};
  }
  return one;
}

}  // namespace

Json zoo_document(const scenarios::ZooTable& table, const std::string& command) {
  Json bugs = Json::array();
  for (const auto& bug : table.bugs) bugs.push_back(bug_told(bug));
  return {{"kind", "zoo"},
          {"title", "The zoo: what it costs to find planted bugs"},
          {"answer", zoo_answer(table)},
          {"sizes", zoo_sizes(table)},
          {"command", command},
          {"complete", table.complete},
          {"hunts", table.bases},
          {"limit_seconds", seconds_of(table.limit)},
          {"bugs", std::move(bugs)},
          {"deaths", table.deaths},
          {"machine", {{"seconds", seconds_of(table.took)}, {"jobs", table.jobs}}}};
}

}  // namespace lockstep::reports
