// Made of the lines that the ladder would show, from the attempts concerned and in order. What a process does again in
// the same words is told once; a story too long to be told is told from its end.
#include "reports/account.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "models/words.h"
#include "reports/campaign_answer.h"
#include "reports/ladder.h"
#include "reports/story.h"
#include "reports/text_style.h"

namespace lockstep::reports {
namespace {

constexpr std::size_t kLongest = 14;  // sentences

std::string when(models::Instant at) { return models::seconds(std::chrono::floor<std::chrono::milliseconds>(at)); }

}  // namespace

std::string account_of(const scenarios::RunResult& result, const scenarios::Scenario& scenario) {
  const models::Verdict* told = told_verdict(result, scenario);
  if (told == nullptr) return "";
  std::vector<std::string> sentences;
  std::set<std::string> happenings;
  for (const StoryLine& line : story_of(result, scenario, told, false)) {
    const bool event = line.kind == StoryLine::Kind::event || line.kind == StoryLine::Kind::world;
    if (!line.shown || !event || line.words.empty()) continue;
    const std::string what = in_prose(line, result.history);
    if (line.evidence || happenings.insert(what).second)
      sentences.push_back(fmt::format("At {} {}.", when(line.at), what));
  }
  std::string text;
  const std::size_t skipped = sentences.size() > kLongest ? sentences.size() - kLongest : 0;
  if (skipped > 0)
    text = skipped == 1 ? "(The first event is left out.) "
                        : fmt::format("(The first {} are left out.) ", counted(skipped, "event", "events"));
  for (std::size_t i = skipped; i < sentences.size(); ++i) text += sentences[i] + " ";
  text += fmt::format("That breaks {}: {}.", title_of(told->property), told->sentence);
  return printable(text);
}

}  // namespace lockstep::reports
