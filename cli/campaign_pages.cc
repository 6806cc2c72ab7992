// Links are relative, so that a folder can be sent as a whole.
#include "cli/campaign_pages.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "properties/work_off.h"
#include "reports/campaign_answer.h"
#include "reports/pages/campaign_page.h"
#include "reports/pages/page.h"
#include "reports/pages/violation_page.h"
#include "scenarios/run.h"
#include "scenarios/scenario_file.h"

namespace lockstep::cli {
namespace {

constexpr std::size_t kMostPages = 8;

std::string page_of(const std::string& scenario_file) {
  return std::filesystem::path(scenario_file).replace_extension(".html").string();
}

// In the worker. Silent: a page that is missing is not linked, and the disk that is full is told of by the campaign's
// own.
void write_failure_page(const std::string& file, const scenarios::Subject& subject) {
  const auto scenario = scenarios::load(file);
  if (!scenario) return;
  const auto result = scenarios::run(*scenario, subject, {.tell_messages = true});
  if (scenarios::violated(result) == 0) return;
  write_file(page_of(file),
             reports::page(reports::violation_document(result, *scenario, subject, reports::replay_line(file))));
}

std::string link(const std::string& from, const std::string& to) {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path here = fs::absolute(from, error).parent_path();
  const fs::path there = fs::relative(fs::absolute(to, error), here, error);
  return error || there.empty() ? to : there.string();
}

}  // namespace

bool write_page(const std::string& file, const nlohmann::ordered_json& document) {
  try {
    write_file(file, reports::page(document));
    return true;
  } catch (const UsageError& error) {
    fmt::print(stderr, "lockstep: no page: {}\n", reports::printable(error.what()));
    return false;
  }
}

void write_failure_pages(const scenarios::CampaignSummary& summary, const scenarios::Subject& subject) {
  if (!reports::has_pages() || subject.claims.on_machine_time) return;
  std::vector<std::string> files;
  for (const auto& group : reports::groups_of(summary)) {
    if (files.size() < kMostPages) files.push_back(group.smallest->file);
  }
  properties::WorkOrder order{.function =
                                  [&](const std::string& request, const auto&) {
                                    write_failure_page(files[std::strtoull(request.c_str(), nullptr, 10)], subject);
                                    return std::string();
                                  },
                              .requests = {}};
  for (std::size_t i = 0; i < files.size(); ++i) order.requests.push_back(fmt::format("{}", i));
  const std::atomic<bool> stop{false};
  try {
    properties::work_off(
        order, [](const properties::Ended&) {}, stop);
  } catch (const properties::CampaignError&) {  // no worker to be had
  }
}

reports::FailuresTold told_for(const std::string& file, const std::vector<scenarios::CampaignSummary>& campaigns) {
  reports::FailuresTold told;
  for (const auto& summary : campaigns) {
    for (const auto& group : reports::groups_of(summary)) {
      const std::string& scenario_file = group.smallest->file;
      reports::FailureTold& one = told[scenario_file];
      if (const auto scenario = scenarios::load(scenario_file)) one.account = scenario->about;
      std::error_code error;
      const std::string page = page_of(scenario_file);
      if (std::filesystem::exists(page, error)) one.page = link(file, page);
    }
  }
  return told;
}

nlohmann::ordered_json document_for(const std::string& file, const std::vector<scenarios::CampaignSummary>& campaigns) {
  return reports::campaign_document(campaigns, told_for(file, campaigns));
}

}  // namespace lockstep::cli
