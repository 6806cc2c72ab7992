// Strings that are not UTF-8 are shown with replacement characters rather than refused.
#include "reports/campaign_json.h"

#include <nlohmann/json.hpp>

#include "models/describe.h"
#include "reports/campaign_answer.h"
#include "reports/text_style.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;
using scenarios::CampaignOutcome;
using scenarios::CampaignSummary;

Json properties_of(const CampaignSummary& s) {
  Json all = Json::array();
  for (const models::Property p : all_properties()) all.push_back(property_json(s, p));
  return all;
}

Json faults_of(const CampaignSummary& s) {
  Json all = Json::object();
  for (int i = 0; i < sim::kFaultKinds; ++i) {
    all[std::string(sim::facts_of(static_cast<sim::FaultKind>(i)).name)] = s.sums.faults[static_cast<std::size_t>(i)];
  }
  return all;
}

Json failure(const scenarios::Failure& f) {
  return {{f.story.empty() ? "seed" : "story", f.story.empty() ? Json(f.seed) : Json(f.story)},
          {"property", models::id_of(f.property)},
          {"name", models::name_of(f.property)},
          {"shape", f.shape},
          {"sentence", f.sentence},
          {"trace_hash", hex(f.trace_hash)}};
}

Json failures_of(const CampaignSummary& s) {
  Json all = Json::array();
  for (const auto& f : s.failures) {
    Json one = failure(f);
    one.update({{"file", f.file},
                {"replay", replay_line(f.file)},
                {"shrunk", f.shrunk},
                {"steps", f.steps},
                {"faults", f.faults},
                {"shrink_runs", f.shrink_runs},
                {"shrink_seconds", f.shrink_seconds}});
    if (!f.other.empty()) one["simpler"] = {{"broke", f.other}, {"file", f.other_file}};
    all.push_back(std::move(one));
  }
  return all;
}

Json findings_of(const CampaignSummary& s) {
  Json all = Json::array();
  for (const auto& f : s.findings) {
    Json one = failure(f);
    one["asserted"] = is_asserted(s, f.property);
    one["replay"] = finding_replay_line(s, f);
    all.push_back(std::move(one));
  }
  return all;
}

Json not_exercised_of(const CampaignSummary& s) {
  Json ids = Json::array();
  for (const models::Property p : scenarios::not_exercised(s)) ids.push_back(models::id_of(p));
  return ids;
}

Json canaries_of(const CampaignSummary& s) {
  Json all = Json::array();
  for (const auto& canary : s.canaries)
    all.push_back({{"name", canary.name}, {"caught", canary.caught}, {"runs", canary.runs}});
  return all;
}

// Of faults only those during which it happened.
Json coverage_of(const CampaignSummary& s) {
  Json all = Json::array();
  for (const auto& [ending, counts] : s.sums.coverage.endings) {
    Json during = Json::object();
    for (std::size_t i = 0; i < counts.during.size(); ++i) {
      if (counts.during[i] > 0)
        during[std::string(sim::facts_of(static_cast<sim::FaultKind>(i)).name)] = counts.during[i];
    }
    all.push_back({{"operation", models::name_of(ending.op)},
                   {"end", ending.end == models::EventType::invoke ? "none" : models::name_of(ending.end)},
                   {"reason", models::name_of(ending.reason)},
                   {"times", counts.total},
                   {"during", std::move(during)}});
  }
  return all;
}

}  // namespace

Json property_json(const CampaignSummary& s, models::Property p) {
  const auto& sums = sums_of(s, p);
  return {{"id", models::id_of(p)},
          {"name", models::name_of(p)},
          {"asserted", is_asserted(s, p)},
          {"runs", sums.runs},
          {"exercised_runs", sums.exercised_runs},
          {"exercised", sums.exercised},
          {"violations", sums.violations},
          {"undecided", sums.undecided}};
}

std::string_view name_of(CampaignOutcome outcome) {
  switch (outcome) {
    case CampaignOutcome::clean: return "clean";
    case CampaignOutcome::violation: return "violation";
    case CampaignOutcome::inconclusive: return "inconclusive";
    case CampaignOutcome::non_deterministic: return "non-deterministic";
    case CampaignOutcome::interrupted: return "interrupted";
  }
  return "unknown";
}

std::string campaign_json(const CampaignSummary& s) {
  const auto& sums = s.sums;
  const Json report = {
      {"lockstep_report", kReportVersion},
      {"answer", answer(s)},
      {"outcome", name_of(s.outcome)},
      {"backend", s.backend},
      {"profile", s.profile},
      {"first_seed", s.first_seed},
      {"seeds_wanted", s.seeds_wanted},
      {"runs", sums.runs},
      {"properties", properties_of(s)},
      {"not_exercised", not_exercised_of(s)},
      {"faults", faults_of(s)},
      {"canaries", canaries_of(s)},
      {"stories", s.stories},
      {"failures", failures_of(s)},
      {"findings", findings_of(s)},
      {"divergences", s.divergences},
      {"crashes", s.crashes},
      {"determinism", {{"checked", sums.determinism_checked}, {"mismatches", sums.determinism_mismatches}}},
      {"crashed", sums.crashed},
      {"steps", sums.steps},
      {"trace_events", sums.trace_events},
      {"trace_digest", hex(sums.trace_digest)},
      {"history_events", sums.history_events},
      {"messages", sums.messages},
      {"messages_lost", sums.messages_lost},
      {"messages_duplicated", sums.messages_duplicated},
      {"virtual_ns", sums.virtual_ns},
      {"machine", {{"seconds", s.seconds}, {"jobs", s.jobs}}},
      {"coverage", coverage_of(s)},
      {"finished", s.finished},
      {"build", {{"version", s.version}, {"program", s.program}}},
  };
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lockstep::reports
