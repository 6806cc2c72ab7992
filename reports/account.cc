// The story that pages tell, without its references.
#include "reports/account.h"

#include <fmt/format.h>

#include "reports/campaign_answer.h"
#include "reports/ladder.h"
#include "reports/plain_story.h"
#include "reports/text_style.h"

namespace lockstep::reports {

std::string account_of(const scenarios::RunResult& result, const scenarios::Scenario& scenario) {
  const models::Verdict* told = told_verdict(result, scenario);
  if (told == nullptr) return "";
  auto story = plain_story(result, scenario);
  const std::string why = plain(story.back());
  story.pop_back();
  std::string text;
  for (const Sentence& sentence : story) text += plain(sentence) + " ";
  return printable(text + fmt::format("That breaks {}: {}. {}", title_of(told->property), told->sentence, why));
}

std::string about_without_account(const scenarios::Scenario& scenario, const std::string& account) {
  const std::string& about = scenario.about;
  if (account.empty() || !about.ends_with(account)) return about;
  return about.substr(0, about.find_last_not_of(' ', about.size() - account.size() - 1) + 1);
}

}  // namespace lockstep::reports
