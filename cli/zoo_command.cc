// `lockstep zoo`.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/account_file.h"
#include "cli/app.h"
#include "cli/campaign_pages.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "properties/hunt.h"
#include "reports/pages/zoo_page.h"
#include "reports/zoo_text.h"
#include "scenarios/wording.h"

namespace lockstep::cli {
namespace {

std::string bug_meant_by(const std::string& name, const std::vector<zoo::Planted>& bugs) {
  std::vector<std::string> names;
  for (const zoo::Planted& bug : bugs) names.push_back(bug.subject.name);
  return scenarios::suggestion(name, names, "`lockstep list` names them");
}

std::vector<zoo::Planted> bugs_or_error(const std::vector<std::string>& names) {
  std::vector<zoo::Planted> all = zoo::planted_bugs();
  if (names.empty()) return all;
  std::ranges::move(zoo::planted_on_real_servers(), std::back_inserter(all));
  std::vector<zoo::Planted> wanted;
  for (const std::string& name : names) {
    const auto found = std::ranges::find(all, name, [](const zoo::Planted& bug) { return bug.subject.name; });
    if (found == all.end())
      throw UsageError(fmt::format("there is no planted bug \"{}\"; {}", name, bug_meant_by(name, all)));
    subject_or_error(name);  // it can be tried on this machine
    if (std::ranges::count(names, name) > 1) throw UsageError(fmt::format("{} is named twice; once will do", name));
    wanted.push_back(*found);
  }
  return wanted;
}

std::vector<properties::Strategy> strategies_or_error(const std::vector<std::string>& names) {
  std::vector<properties::Strategy> all = properties::strategies();
  if (names.empty()) return {all.front()};
  std::string known;
  for (const auto& strategy : all) known += (known.empty() ? "" : ", ") + strategy.name;
  std::vector<properties::Strategy> wanted;
  for (const std::string& name : names) {
    if (name == "all") return all;
    const auto found = std::ranges::find(all, name, &properties::Strategy::name);
    if (found == all.end())
      throw UsageError(fmt::format("there is no strategy \"{}\"; there are all, {}", name, known));
    wanted.push_back(*found);
  }
  return wanted;
}

std::string command_of(const ZooArguments& a) {
  std::string command = fmt::format("./lockstep zoo --hunts {} --limit {}", a.hunts, a.limit);
  for (const std::string& strategy : a.strategies) command += " --strategy " + strategy;
  for (const std::string& bug : a.bugs) command += " " + bug;
  return command;
}

}  // namespace

int zoo(const ZooArguments& a) {
  properties::HuntOptions options;
  options.bugs = bugs_or_error(a.bugs);
  options.strategies = strategies_or_error(a.strategies);
  if (a.hunts == 0 || a.limit == 0) throw UsageError("--hunts and --limit: at least 1");
  options.bases = static_cast<std::uint32_t>(a.hunts);
  options.limit = std::chrono::seconds(a.limit);
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  options.jobs = a.jobs != 0 ? a.jobs : cores;
  options.shrink = !a.no_shrink;
  options.directory = a.out;
  for (const std::string& file : {a.json, a.markdown}) {
    if (!file.empty() && file != "-") require_writable(file);
  }
  require_page(a.html);
  require_directory(a.out);

  StatusLine status;
  const auto began = std::chrono::steady_clock::now();
  const auto table = properties::hunt(
      options,
      [&](std::size_t done, std::size_t wanted, const std::string& doing) {
        status.show(std::chrono::steady_clock::now() - began, fmt::format("{}, {} of {}", doing, done, wanted));
      },
      interrupted());
  status.clear();
  for (const auto& bug : table.bugs) {
    if (!bug.file.empty()) write_account(bug.file, fmt::format("Planted in {}: {}.", bug.name, bug.about));
  }
  if (a.json == "-") {
    fmt::print("{}", reports::zoo_json(table));
  } else {
    fmt::print("{}", reports::zoo_text(table, style_of_output()));
    if (!a.json.empty()) write_file(a.json, reports::zoo_json(table));
  }
  if (!a.markdown.empty()) {
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
    write_file(a.markdown, reports::zoo_markdown(table, command_of(a), fmt::format("{:%Y-%m-%d}", today)));
  }
  if (!a.html.empty() && write_page(a.html, reports::zoo_document(table, command_of(a))) && a.json != "-")
    fmt::print("\nThe page: {}\n", a.html);
  if (!table.complete) return kInconclusive;
  return std::ranges::all_of(table.bugs, scenarios::is_caught) ? kClean : kViolation;
}

}  // namespace lockstep::cli
