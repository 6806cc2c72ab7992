// The page says what the text says, and shows beside it what the text has no room for. Sentences are made here, so that
// they can be tested; the front end only puts them in their place.
#include "reports/pages/campaign_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "models/describe.h"
#include "reports/campaign_answer.h"
#include "reports/campaign_json.h"
#include "reports/text_style.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;
using models::EventType;
using models::Op;
using models::Property;
using scenarios::CampaignOutcome;
using scenarios::CampaignSummary;
using scenarios::Coverage;

constexpr std::size_t kOriginsListed = 8;
constexpr std::size_t kLinesListed = 20;
constexpr std::size_t kMostMoments = 120;

std::string_view verdict_on(const CampaignSummary& s, Property p) {
  const auto& sums = sums_of(s, p);
  if (sums.violations > 0) return is_asserted(s, p) ? "broken" : "broken, not asked";
  if (!is_asserted(s, p)) return sums.exercised == 0 ? "not asked" : "kept, not asked";
  if (sums.undecided > 0) return "undecided";
  return sums.exercised == 0 ? "not exercised" : "kept";
}

Json properties_of(const CampaignSummary& s) {
  Json all = Json::array();
  for (const Property p : all_properties()) {
    Json property = property_json(s, p);
    property["promise"] = models::promise_of(p);
    property["verdict"] = verdict_on(s, p);
    all.push_back(std::move(property));
  }
  return all;
}

std::uint64_t struck(const CampaignSummary& s, std::size_t kind) { return s.sums.faults[kind]; }

Json faults_of(const CampaignSummary& s) {
  Json all = Json::array();
  for (std::size_t i = 0; i < sim::kFaultKinds; ++i) {
    const auto& facts = sim::facts_of(static_cast<sim::FaultKind>(i));
    all.push_back({{"name", facts.name}, {"meaning", facts.meaning}, {"struck", struck(s, i)}});
  }
  return all;
}

std::string words(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string outcome_of(const Coverage::Ending& ending) {
  if (ending.end == EventType::ok) return "ok";
  if (ending.end == EventType::invoke) return "unanswered";
  const std::string why = ending.reason == models::Reason::none ? "" : words(models::name_of(ending.reason));
  if (ending.end == EventType::info) return why.empty() ? "unknown" : "unknown, " + why;
  return why.empty() ? "failed" : why;
}

// The columns are the faults that struck, by their place in `faults`.
Json coverage_of(const CampaignSummary& s) {
  Json columns = Json::array(), rows = Json::array();
  for (std::size_t i = 0; i < sim::kFaultKinds; ++i) {
    if (struck(s, i) > 0) columns.push_back(sim::facts_of(static_cast<sim::FaultKind>(i)).name);
  }
  for (const auto& [ending, counts] : s.sums.coverage.endings) {
    Json during = Json::array();
    for (std::size_t i = 0; i < sim::kFaultKinds; ++i) {
      if (struck(s, i) > 0) during.push_back(counts.during[i]);
    }
    rows.push_back({{"operation", words(models::name_of(ending.op))},
                    {"outcome", outcome_of(ending)},
                    {"total", counts.total},
                    {"during", std::move(during)}});
  }
  return {{"faults", std::move(columns)}, {"rows", std::move(rows)}};
}

std::vector<std::string> never_asked(const CampaignSummary& s) {
  std::set<Op> asked;
  for (const auto& [ending, counts] : s.sums.coverage.endings) asked.insert(ending.op);
  std::vector<std::string> names;
  for (int i = static_cast<int>(Op::lock); i <= static_cast<int>(Op::watch); ++i) {
    if (!asked.contains(static_cast<Op>(i))) names.push_back(words(models::name_of(static_cast<Op>(i))));
  }
  return names;
}

// "lock ok, renew lost": what happened, but never while a fault was at work that did strike; and of how many.
std::pair<std::uint64_t, std::uint64_t> empty_cells(const CampaignSummary& s) {
  std::uint64_t empty = 0, all = 0;
  for (const auto& [ending, counts] : s.sums.coverage.endings) {
    for (std::size_t i = 0; i < sim::kFaultKinds; ++i) {
      if (struck(s, i) == 0) continue;
      ++all;
      empty += counts.during[i] == 0;
    }
  }
  return {empty, all};
}

Json group(const FailureGroup& g, const FailuresTold& told) {
  const auto& f = *g.smallest;
  Json origins = Json::array();
  for (const auto* failure : g.failures) {
    if (origins.size() < kOriginsListed) origins.push_back(origin_of(*failure));
  }
  Json one = {{"property", models::id_of(g.property)},
              {"name", models::name_of(g.property)},
              {"shape", g.shape},
              {"runs", g.failures.size()},
              {"origins", std::move(origins)},
              {"smallest", origin_of(f)},
              {"sentence", f.sentence},
              {"file", f.file},
              {"replay", replay_line(f.file)},
              {"shrunk", f.shrunk},
              {"steps", f.steps},
              {"faults", f.faults},
              {"trace_hash", hex(f.trace_hash)}};
  if (const auto known = told.find(f.file); known != told.end()) {
    if (!known->second.account.empty()) one["account"] = known->second.account;
    if (!known->second.page.empty()) one["page"] = known->second.page;
  }
  if (!f.other.empty()) one["simpler"] = {{"broke", f.other}, {"replay", replay_line(f.other_file)}};
  return one;
}

Json groups(const CampaignSummary& s, const FailuresTold& told) {
  Json all = Json::array();
  for (const FailureGroup& g : groups_of(s)) all.push_back(group(g, told));
  return all;
}

Json findings_of(const CampaignSummary& s) {
  Json all = Json::array();
  for (const auto& f : s.findings) {
    all.push_back({{"property", models::id_of(f.property)},
                   {"name", models::name_of(f.property)},
                   {"shape", f.shape},
                   {"runs", sums_of(s, f.property).violations},
                   {"asserted", is_asserted(s, f.property)},
                   {"smallest", origin_of(f)},
                   {"sentence", f.sentence},
                   {"replay", finding_replay_line(s, f)}});
  }
  return all;
}

Json crashes_of(const CampaignSummary& s) {
  Json all = Json::array();
  for (const std::string& line : s.crashes) {
    if (all.size() < kLinesListed) all.push_back({{"what", line}, {"replay", crash_replay_line(s, line)}});
  }
  return all;
}

Json canaries_of(const CampaignSummary& s) {
  Json all = Json::array();
  for (const auto& canary : s.canaries) {
    Json by = Json::array();
    for (const Property p : all_properties()) {
      if ((canary.broken & models::bit(p)) != 0) by.push_back(models::id_of(p));
    }
    all.push_back({{"name", canary.name}, {"caught", canary.caught}, {"runs", canary.runs}, {"by", std::move(by)}});
  }
  return all;
}

// Some of the moments, and those of failures as long as these are few.
Json machine_of(const CampaignSummary& s) {
  Json moments = Json::array();  // [nanoseconds, runs so far, failures so far]
  std::uint64_t runs = 0, failures = 0;
  const std::size_t every = std::max<std::size_t>(1, (s.moments.size() + kMostMoments - 1) / kMostMoments);
  const auto failed = [](const scenarios::Moment& moment) { return moment.failures > 0; };
  const bool few = static_cast<std::size_t>(std::ranges::count_if(s.moments, failed)) <= kMostMoments;
  for (std::size_t i = 0; i < s.moments.size(); ++i) {
    const auto& moment = s.moments[i];
    runs += moment.runs, failures += moment.failures;
    if ((few && failed(moment)) || i % every == every - 1 || i + 1 == s.moments.size())
      moments.push_back({moment.at.count(), runs, failures});
  }
  return {{"seconds", s.seconds}, {"jobs", s.jobs}, {"moments", std::move(moments)}};
}

std::string state_of(const CampaignSummary& s) {
  if (s.finished) return s.outcome == CampaignOutcome::interrupted ? "interrupted" : "finished";
  return s.at_work ? "at work" : "not finished";
}

std::string answer_of_all(const std::vector<CampaignSummary>& campaigns) {
  std::vector<std::string> parts;
  for (const auto outcome : {CampaignOutcome::violation, CampaignOutcome::non_deterministic,
                             CampaignOutcome::inconclusive, CampaignOutcome::interrupted, CampaignOutcome::clean}) {
    std::vector<std::string> names;
    for (const auto& s : campaigns) {
      if (s.outcome == outcome) names.push_back(fmt::format("{} ({})", s.backend, s.profile));
    }
    if (names.empty()) continue;
    const std::string_view what = outcome == CampaignOutcome::violation           ? "found a violation"
                                  : outcome == CampaignOutcome::non_deterministic ? "did not repeat"
                                  : outcome == CampaignOutcome::inconclusive      ? "inconclusive"
                                  : outcome == CampaignOutcome::interrupted       ? "unfinished"
                                                                                  : "clean";
    parts.push_back(fmt::format("{} {}: {}", names.size(), what, listed(names)));
  }
  std::string text = fmt::format("Of {} campaigns ", campaigns.size());
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : "; ") + parts[i];
  return text + ".";
}

std::string title_of_all(const std::vector<CampaignSummary>& campaigns) {
  if (campaigns.size() > 1) return fmt::format("{} campaigns", campaigns.size());
  return fmt::format("{}: a campaign {}", campaigns[0].backend,
                     words(campaigns[0].profile == "within-claims" ? "within its claims" : "beyond its claims"));
}

}  // namespace

std::vector<std::string> not_covered(const CampaignSummary& s) {
  std::vector<std::string> said;
  const std::uint64_t runs = s.sums.runs;
  if (const std::uint64_t seeds = seeds_run(s); seeds < s.seeds_wanted) {
    said.push_back(fmt::format("{} of the {} seeds wanted were not run{}.", grouped(s.seeds_wanted - seeds),
                               grouped(s.seeds_wanted),
                               s.outcome == CampaignOutcome::violation ? ": it ends at the first violation unless told "
                                                                         "to keep going"
                                                                       : ""));
  }
  std::vector<std::string> missing, undecided, not_asked;
  for (const Property p : all_properties()) {
    const auto& sums = sums_of(s, p);
    if (!is_asserted(s, p)) {
      not_asked.push_back(title_of(p));
    } else if (sums.exercised == 0) {
      missing.push_back(title_of(p));
    } else if (sums.undecided > 0) {
      undecided.push_back(fmt::format("{} in {}", title_of(p), counted(sums.undecided, "run", "runs")));
    }
  }
  if (!missing.empty())
    said.push_back(fmt::format("No run got into a situation in which {} could have been broken.", listed(missing)));
  if (!undecided.empty())
    said.push_back(fmt::format("Not decided within the checkers' budget: {}.", listed(undecided)));
  if (!not_asked.empty()) {
    said.push_back(fmt::format("Not asked of this lock: {}. {}.", listed(not_asked),
                               s.profile == "within-claims"
                                   ? "It does not claim that, or tells nothing by which it could be judged"
                                   : "Beyond its claims a broken promise is a finding, not a failure"));
  }
  std::vector<std::string> faults;
  for (std::size_t i = 0; i < sim::kFaultKinds; ++i) {
    if (struck(s, i) == 0) faults.emplace_back(sim::facts_of(static_cast<sim::FaultKind>(i)).name);
  }
  if (!faults.empty()) {
    said.push_back(fmt::format("Faults that never struck: {}.{}", listed(faults),
                               s.profile == "within-claims" ? " Within its claims a lock meets only what it says it "
                                                              "survives."
                                                            : ""));
  }
  if (const auto names = never_asked(s); !names.empty() && runs > 0)
    said.push_back(fmt::format("Operations that nobody asked for: {}.", listed(names)));
  if (const auto [empty, all] = empty_cells(s); empty > 0) {
    said.push_back(
        fmt::format("Of {} combinations of an operation, its outcome and a fault, {} never happened; the "
                    "table of coverage shows which.",
                    grouped(all), grouped(empty)));
  }
  if (s.canaries.empty()) said.emplace_back("No planted bug was hunted beside, to see that bugs are seen.");
  if (s.stories == 0) said.emplace_back("No stored story was run.");
  if (s.sums.determinism_checked < runs) {
    said.push_back(fmt::format("{} of {} were not repeated to see whether they come out the same.",
                               grouped(runs - s.sums.determinism_checked), counted(runs, "run", "runs")));
  }
  said.emplace_back(
      "Clock, network and disk were simulated: a machine can differ from the model, and this says nothing of speed.");
  return said;
}

Json campaign_told(const CampaignSummary& s, const FailuresTold& told) {
  const auto& sums = s.sums;
  const std::size_t lines = std::min(s.divergences.size(), kLinesListed);
  return {{"backend", s.backend},
          {"profile", s.profile},
          {"answer", answer(s)},
          {"outcome", name_of(s.outcome)},
          {"state", state_of(s)},
          {"first_seed", s.first_seed},
          {"seeds_wanted", s.seeds_wanted},
          {"seeds_run", seeds_run(s)},
          {"runs", sums.runs},
          {"not_covered", not_covered(s)},
          {"properties", properties_of(s)},
          {"failures", groups(s, told)},
          {"findings", findings_of(s)},
          {"crashes", {{"all", s.crashes.size()}, {"told", crashes_of(s)}}},
          {"determinism",
           {{"every", s.determinism_every},
            {"checked", sums.determinism_checked},
            {"mismatches", sums.determinism_mismatches},
            {"told", std::vector<std::string>(s.divergences.begin(),
                                              s.divergences.begin() + static_cast<std::ptrdiff_t>(lines))}}},
          {"faults", faults_of(s)},
          {"coverage", coverage_of(s)},
          {"canaries", canaries_of(s)},
          {"stories", s.stories},
          {"stories_failed", stories_failed(s)},
          {"events", sums.steps},
          {"messages", sums.messages},
          {"messages_lost", sums.messages_lost},
          {"messages_duplicated", sums.messages_duplicated},
          {"virtual_ns", sums.virtual_ns},
          {"build", {{"version", s.version}, {"program", s.program}, {"runs_digest", hex(sums.trace_digest)}}},
          {"machine", machine_of(s)}};
}

Json campaign_document(const std::vector<CampaignSummary>& campaigns, const FailuresTold& told) {
  Json all = Json::array();
  for (const CampaignSummary& s : campaigns) all.push_back(campaign_told(s, told));
  return {{"kind", "campaign"},
          {"title", title_of_all(campaigns)},
          {"answer", campaigns.size() == 1 ? answer(campaigns[0]) : answer_of_all(campaigns)},
          {"campaigns", std::move(all)}};
}

}  // namespace lockstep::reports
