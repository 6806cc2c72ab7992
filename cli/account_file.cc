// What cannot be told is no reason to lose what was found.
#include "cli/account_file.h"

#include "properties/zoo/planted.h"
#include "reports/account.h"
#include "scenarios/run.h"
#include "scenarios/scenario_file.h"

namespace lockstep::cli {

void write_account(const std::string& file, const std::string& beginning) {
  auto scenario = scenarios::load(file);
  if (!scenario) return;
  const auto subject = zoo::subject_named(scenario->backend);
  if (!subject) return;
  const auto result = scenarios::run(*scenario, *subject, {.tell_messages = true});
  const std::string account = reports::account_of(result, *scenario);
  if (account.empty()) return;
  scenario->about = beginning + " " + account;
  static_cast<void>(scenarios::save(*scenario, file));
}

}  // namespace lockstep::cli
