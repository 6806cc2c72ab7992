// Cases that are right are a line each; what is wrong is told with a line to paste.
#include "reports/validation_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "reports/campaign_answer.h"
#include "reports/validation_answer.h"

namespace lockstep::reports {
namespace {

using scenarios::CaseResult;
using scenarios::Level;
using scenarios::Validation;

constexpr std::size_t kNameWidth = 26;

Tone tone_of(Level::State state) {
  switch (state) {
    case Level::State::earned: return Tone::good;
    case Level::State::failed: return Tone::bad;
    case Level::State::open: return Tone::doubtful;
    case Level::State::not_claimed: break;
  }
  return Tone::quiet;
}

Tone tone_of(ValidationOutcome outcome) {
  return outcome == ValidationOutcome::holds    ? Tone::good
         : outcome == ValidationOutcome::broken ? Tone::bad
                                                : Tone::doubtful;
}

std::string levels_text(const Validation& v, const TextStyle& style) {
  std::string text = "\n" + paint("Levels", Tone::heading, style) + "\n";
  for (const Level& level : v.levels) {
    text += fmt::format("  {}  {}\n", left(level.name, kNameWidth),
                        paint(name_of(level.state), tone_of(level.state), style));
    text += wrapped(level.meaning, 6, style);
    for (const std::string& sentence : level.evidence) text += wrapped("- " + sentence, 6, style);
  }
  return text;
}

// Trouble with a program is mostly the same in all cases: told so often in full.
constexpr int kTroublesTold = 3;

std::string case_text(const CaseResult& result, int& troubles, const TextStyle& style) {
  const std::string name = "  " + left(result.name, kNameWidth) + "  ";
  const auto row = [&](std::string_view word, Tone tone, const std::string& text) {
    const std::size_t width = kNameWidth + 12;
    return hanging(name + paint(word, tone, style) + std::string(8 - word.size(), ' '), width, text, style);
  };
  if (!result.lacks.empty()) return row("absent", Tone::quiet, "it does not claim " + result.lacks);
  if (!result.trouble.empty()) {
    if (++troubles > kTroublesTold) return row("open", Tone::doubtful, "not tried to the end; --json says why");
    return name + paint("open", Tone::doubtful, style) + "\n" + wrapped(result.trouble, 6, style);
  }
  if (result.flaw.empty()) return row("right", Tone::good, result.promise);
  std::string text = row("WRONG", Tone::bad, result.promise);
  const std::string title =
      result.broken != 0 ? title_of(static_cast<models::Property>(std::countr_zero(result.broken))) + ": " : "";
  text += wrapped(title + result.flaw, 6, style);
  return text + "      " + paint(printable(line_of(result)), Tone::heading, style) + "\n";
}

std::string contract_text(const Validation& v, const TextStyle& style) {
  std::string text = "\n" + paint("The contract: " + contract_counts(v), Tone::heading, style) + "\n";
  int troubles = 0;
  for (const CaseResult& result : v.contract) text += case_text(result, troubles, style);
  return text;
}

// One line for a campaign, and one to paste for each way in which it went wrong.
std::string campaign_text(std::string_view name, const std::string& about, const scenarios::CampaignSummary& s,
                          const TextStyle& style) {
  std::string text = fmt::format("  {}  {}\n", left(name, kNameWidth), about);
  text += wrapped(answer(s), 6, style);
  for (const auto& group : groups_of(s)) {
    text +=
        wrapped(fmt::format("{}: {}: {}", title_of(group.property), group.shape, group.smallest->sentence), 6, style);
    text += fmt::format("      {}\n", paint(printable(replay_line(group.smallest->file)), Tone::heading, style));
  }
  for (const auto& crash : s.crashes) text += wrapped(crash, 6, style);
  for (const auto& divergence : s.divergences) text += wrapped(divergence, 6, style);
  return text;
}

std::string findings_text(const scenarios::CampaignSummary& s, const TextStyle& style) {
  std::string text;
  for (const auto& f : s.findings) {
    text += wrapped(fmt::format("{}, in {}: {}", title_of(f.property),
                                counted(sums_of(s, f.property).violations, "run", "runs"), f.sentence),
                    6, style);
    text += fmt::format("      {}\n", paint(printable(finding_replay_line(s, f)), Tone::heading, style));
  }
  return text;
}

}  // namespace

std::string validation_text(const Validation& v, const TextStyle& style) {
  const auto outcome = outcome_of(v);
  std::string head = wrapped(answer(v), 0, style);
  head.pop_back();
  std::string text = paint(head, tone_of(outcome), style) + "\n";
  if (!v.stages.empty()) text += levels_text(v, style);
  text += contract_text(v, style);
  if (!v.stages.empty()) text += "\n" + paint("Campaigns", Tone::heading, style) + "\n";
  for (const auto& stage : v.stages) text += campaign_text(stage.name, stage.about, stage.summary, style);
  if (v.beyond) {
    text += campaign_text("beyond", "what it does not claim to survive: findings, not faults", *v.beyond, style);
    text += findings_text(*v.beyond, style);
  }
  return text + fmt::format("\n{} in all\n", rough_time(static_cast<double>(v.took.count()) / 1e9));
}

}  // namespace lockstep::reports
