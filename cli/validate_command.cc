// `lockstep validate`.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "cli/account_file.h"
#include "cli/app.h"
#include "cli/campaign_pages.h"
#include "cli/commands.h"
#include "cli/terminal.h"
#include "properties/validate.h"
#include "reports/github.h"
#include "reports/pages/validation_page.h"
#include "reports/validation_answer.h"
#include "reports/validation_text.h"

namespace lockstep::cli {
namespace {

constexpr unsigned kWaiting = 12;  // to a core

int code_of(const scenarios::Validation& validation) {
  switch (reports::outcome_of(validation)) {
    case reports::ValidationOutcome::holds: return kClean;
    case reports::ValidationOutcome::broken: return kViolation;
    case reports::ValidationOutcome::open: return kInconclusive;
  }
  return kInternal;
}

void tell_accounts(const scenarios::Validation& validation) {
  for (const auto& result : validation.contract) {
    if (!result.file.empty()) {
      write_account(result.file, fmt::format("The contract's case {}: {}.", result.name, result.promise));
    }
  }
  for (const auto& stage : validation.stages) {
    for (const auto& failure : stage.summary.failures) {
      if (failure.shrunk) write_account(failure.file, fmt::format("Found by {}, and shrunk.", origin_of(failure)));
    }
  }
}

// Cases and campaigns of two at once would write the same files. Held until the process ends.
void require_alone(const std::string& out) {
  const std::string path = out + "/.lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) throw UsageError(fmt::format("cannot write {}: {}; name another --out", path, std::strerror(errno)));
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) return;
  throw UsageError(fmt::format("another validation is at work in {}; wait for its end, or use another --out", out));
}

}  // namespace

int validate(const ValidateArguments& a) {
  std::string backend = a.backend;
  if (!a.command.empty()) {
    if (!a.backend.empty()) throw UsageError("--backend: a command is on trial already");
    std::string command;
    for (const std::string& word : a.command) command += (command.empty() ? "" : " ") + reports::shell_word(word);
    backend = add_adapter(command, a.time);
  }
  properties::ValidateOptions options{.subject = subject_or_error(backend)};
  if (a.seeds == 0) throw UsageError("--seeds: at least one run is needed");
  if (a.noises == 0) throw UsageError("--noises: at least one run is needed");
  options.only = a.only;
  options.seeds = a.seeds;
  options.noises = a.noises;
  options.beyond = a.beyond;
  if (a.limit != 0) options.time_limit = std::chrono::seconds(a.limit);
  options.jobs = a.jobs != 0 ? a.jobs : std::max(1u, std::thread::hardware_concurrency());
  // They wait most of the time.
  if (a.jobs == 0 && options.subject.claims.on_machine_time) options.jobs = kWaiting * options.jobs;
  options.directory = a.out;
  options.version = version_text();
  require_reports(a.json, {a.junit, a.markdown}, a.github);
  require_page(a.html);
  require_directory(a.out);
  require_alone(a.out);

  StatusLine status;
  const auto began = std::chrono::steady_clock::now();
  const auto validation = properties::validate(
      options,
      [&](const std::string& doing, std::uint64_t done, std::uint64_t wanted) {
        status.show(std::chrono::steady_clock::now() - began, fmt::format("{}: {} of {}", doing, done, wanted));
      },
      interrupted());
  status.clear();
  tell_accounts(validation);
  if (a.json == "-") {
    fmt::print("{}", reports::validation_json(validation));
  } else {
    fmt::print("{}", reports::validation_text(validation, style_of_output()));
    if (!a.json.empty()) write_file(a.json, reports::validation_json(validation));
  }
  if (a.github) fmt::print("{}", reports::validation_annotations(validation));
  if (!a.junit.empty()) write_file(a.junit, reports::validation_junit(validation));
  if (!a.markdown.empty()) {
    const std::string said = fmt::format("{} validate", reports::called_as());
    write_file(a.markdown, reports::validation_markdown(validation, said, version_text()));
  }
  if (!a.html.empty()) {
    std::vector<scenarios::CampaignSummary> campaigns;
    for (const auto& stage : validation.stages) campaigns.push_back(stage.summary);
    if (write_page(a.html, reports::validation_document(validation, told_for(a.html, campaigns), version_text())) &&
        a.json != "-")
      fmt::print("\nThe page: {}\n", a.html);
  }
  return code_of(validation);
}

}  // namespace lockstep::cli
