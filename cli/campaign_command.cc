// `lockstep campaign`.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/account_file.h"
#include "cli/app.h"
#include "cli/campaign_pages.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "properties/canaries.h"
#include "reports/campaign_json.h"
#include "reports/campaign_markdown.h"
#include "reports/campaign_text.h"
#include "reports/github.h"
#include "reports/junit.h"
#include "reports/pages/page.h"
#include "scenarios/scenario.h"

namespace lockstep::cli {
namespace {

// Gives the last line of the report, which says where its page is.
std::string write_pages(const scenarios::CampaignSummary& summary, const scenarios::Subject& subject,
                        const CampaignArguments& a) {
  if (!reports::has_pages())
    return "There is no page: this program was built without esbuild or d3. All that it would show is told here.";
  write_failure_pages(summary, subject);
  std::string written;
  for (const std::string& file : {a.out + "/report.html", a.html}) {
    if (!file.empty() && write_page(file, document_for(file, {summary}))) written = file;
  }
  return written.empty() ? "" : fmt::format("The page: {}", written);
}

}  // namespace

int code_of(scenarios::CampaignOutcome outcome) {
  switch (outcome) {
    case scenarios::CampaignOutcome::clean: return kClean;
    case scenarios::CampaignOutcome::violation: return kViolation;
    case scenarios::CampaignOutcome::inconclusive: return kInconclusive;
    case scenarios::CampaignOutcome::non_deterministic: return kNonDeterministic;
    case scenarios::CampaignOutcome::interrupted: return kInconclusive;
  }
  return kInternal;
}

Duration real_time_or_error(const std::string& text) {
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  std::string unit = text.substr(digits);
  unit.erase(0, unit.find_first_not_of(' '));
  if (digits > 0 && digits < 8) {
    const auto number = std::stoll(text.substr(0, digits));
    if (unit == "s") return std::chrono::seconds(number);
    if (unit == "min" || unit == "m") return std::chrono::minutes(number);
    if (unit == "h") return std::chrono::hours(number);
  }
  throw UsageError(fmt::format("--time: \"{}\" is not a time; write a number and s, min or h, like \"10 min\"", text));
}

int campaign(const CampaignArguments& a) {
  properties::CampaignOptions options;
  options.subject = subject_on_trial(a.backend);
  options.profile = profile_or_error(a.profile);
  if (a.seeds == 0) throw UsageError("--seeds: at least one run is needed");
  if (a.out.empty()) throw UsageError("--out: name a directory");
  options.first_seed = a.first_seed;
  options.seeds = a.seeds;
  if (!a.time.empty()) options.time_limit = real_time_or_error(a.time);
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  options.jobs = a.jobs != 0 ? a.jobs : cores;
  options.keep_going = a.keep_going;
  options.determinism_every = a.check_determinism;
  options.shrink = !a.no_shrink;
  options.canaries = properties::default_canaries();
  options.stories = scenarios::stored_stories();
  options.directory = a.out;
  options.resume = a.resume;
  options.version = version_text();
  require_reports(a.json, {a.junit, a.markdown}, a.github);
  require_page(a.html);

  ProgressLine progress(options.time_limit);
  auto summary = properties::run_campaign(options, progress, interrupted());
  summary.jobs = std::min(summary.jobs, cores);  // more do not work at a time
  progress.finish();
  for (const auto& failure : summary.failures) {
    if (!failure.shrunk) continue;
    write_account(failure.file, fmt::format("Found by {} of a {} campaign on {}, and shrunk.",
                                            scenarios::origin_of(failure), summary.profile, summary.backend));
    if (failure.other.empty()) continue;
    write_account(failure.other_file, fmt::format("Met while what {} of a {} campaign on {} found was made smaller.",
                                                  scenarios::origin_of(failure), summary.profile, summary.backend));
  }
  const std::string page = write_pages(summary, options.subject, a);
  if (a.json == "-") {
    fmt::print("{}", reports::campaign_json(summary));
  } else {
    fmt::print("{}", reports::campaign_text(summary, style_of_output()));
    if (!page.empty()) fmt::print("\n{}\n", page);
    if (!a.json.empty()) write_file(a.json, reports::campaign_json(summary));
  }
  if (a.github) fmt::print("{}", reports::campaign_annotations(summary));
  if (!a.junit.empty()) write_file(a.junit, reports::campaign_junit(summary));
  if (!a.markdown.empty()) write_file(a.markdown, reports::campaign_markdown(summary, version_text()));
  if (interrupted() && scenarios::seeds_run(summary) < summary.seeds_wanted) {
    fmt::print(stderr, "interrupted after {} of {}; the same command with --resume goes on where this one stopped\n",
               reports::grouped(scenarios::seeds_run(summary)),
               reports::counted(summary.seeds_wanted, "seed", "seeds"));
  }
  return code_of(summary.outcome);
}

}  // namespace lockstep::cli
