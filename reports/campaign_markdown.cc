// What must not be missing is set first, and failures fill the room that is left. Sentences have a length at which they
// are cut, since what a lock of somebody else says may be long.
#include "reports/campaign_markdown.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/campaign_answer.h"
#include "reports/text_style.h"

namespace lockstep::reports {
namespace {

using models::Property;
using scenarios::CampaignSummary;

constexpr std::size_t kShownOpen = 5;           // ways to fail
constexpr std::size_t kLinesShown = 5;          // of what did not repeat, or died
constexpr std::size_t kLongestSentence = 1500;  // bytes, as it is set

std::string sentence(std::string_view text) {
  const std::string shown = printable(text);
  std::string set = markdown_text(shown);
  for (std::size_t most = kLongestSentence; set.size() > kLongestSentence; most = most * 3 / 4)
    set = markdown_text(shortened(shown, most));
  return set;
}

std::string verdict_table(const CampaignSummary& s) {
  std::string text =
      "| property | asserted | verdict | runs | exercised in | violated in |\n|---|---|---|---:|---:|---:|\n";
  for (const Property p : all_properties()) {
    const auto& sums = sums_of(s, p);
    const Remark remark = remark_on(s, p);
    const bool loud = remark.tone == Tone::bad || remark.tone == Tone::doubtful;
    text += fmt::format("| {} | {} | {}{}{} | {} | {} | {} |\n", title_of(p), is_asserted(s, p) ? "yes" : "no",
                        loud ? "**" : "", remark.words, loud ? "**" : "", grouped(sums.runs),
                        grouped(sums.exercised_runs), grouped(sums.violations));
  }
  return text;
}

std::string failure(const FailureGroup& group, const CampaignSummary& s) {
  const auto& f = *group.smallest;
  std::string text = fmt::format("**{}: {}** in {}: {}.\n\n{}.\n", title_of(group.property), sentence(group.shape),
                                 counted(group.failures.size(), "run", "runs"), markdown_text(origins_of(group)),
                                 sentence(f.sentence));
  if (!is_asserted(s, group.property)) text += "It is not asserted.\n";
  text += markdown_shell(replay_line(f.file));
  if (!f.other.empty())
    text += fmt::format("Something simpler broke otherwise, {}:\n", sentence(f.other)) +
            markdown_shell(replay_line(f.other_file));
  return text;
}

std::string finding(const scenarios::Failure& f, const CampaignSummary& s) {
  return fmt::format("**{}: {}** in {}, {}; the first is {}.\n\n{}.\n", title_of(f.property), sentence(f.shape),
                     counted(sums_of(s, f.property).violations, "run", "runs"),
                     is_asserted(s, f.property) ? "in which something else broke too" : "not asserted", origin_of(f),
                     sentence(f.sentence)) +
         markdown_shell(finding_replay_line(s, f));
}

std::string lines(const std::string& title, const std::vector<std::string>& lines, const CampaignSummary* crashed) {
  if (lines.empty()) return "";
  std::string text = fmt::format("\n### {}\n\n", title);
  for (std::size_t i = 0; i < std::min(lines.size(), kLinesShown); ++i) {
    text += sentence(lines[i]) + "\n";
    text += crashed != nullptr ? markdown_shell(crash_replay_line(*crashed, lines[i])) : "\n";
  }
  const std::size_t more = lines.size() - std::min(lines.size(), kLinesShown);
  return more == 0 ? text : text + fmt::format("And {} more.\n", grouped(more));
}

std::string never_exercised(const CampaignSummary& s) {
  std::vector<std::string> properties, faults;
  for (const Property p : scenarios::not_exercised(s)) properties.push_back(title_of(p));
  for (int i = 0; i < sim::kFaultKinds; ++i) {
    if (s.sums.faults[static_cast<std::size_t>(i)] == 0)
      faults.emplace_back(sim::facts_of(static_cast<sim::FaultKind>(i)).name);
  }
  std::string text = properties.empty() ? "Every asserted property was exercised."
                                        : fmt::format("**Not exercised: {}.**", listed(properties));
  return text + (faults.empty() ? " Faults of every kind struck.\n"
                                : fmt::format(" Faults that never struck: {}.\n", listed(faults)));
}

std::string faults_and_bugs(const CampaignSummary& s) {
  std::string text = "| fault | struck |\n|---|---:|\n";
  for (int i = 0; i < sim::kFaultKinds; ++i) {
    const std::uint64_t count = s.sums.faults[static_cast<std::size_t>(i)];
    if (count > 0)
      text += fmt::format("| {} | {} |\n", sim::facts_of(static_cast<sim::FaultKind>(i)).name, grouped(count));
  }
  if (s.canaries.empty()) return text;
  text += "\n| planted bug | |\n|---|---|\n";
  for (const auto& canary : s.canaries)
    text += fmt::format("| {} | {} |\n", markdown_text(canary.name),
                        canary.caught ? "caught in " + counted(canary.runs, "run", "runs") : "**NOT CAUGHT**");
  return text;
}

std::string footer(const CampaignSummary& s, const std::string& version) {
  const std::string rate =
      s.seconds > 0
          ? fmt::format(", {} a second",
                        grouped(static_cast<std::uint64_t>(static_cast<double>(s.sums.runs) / s.seconds + 0.5)))
          : "";
  return fmt::format("\n{}, {}, from seed {}: {} in {} on {}{}; {} simulated. Trace digest {}. Lockstep {}.\n",
                     markdown_text(s.backend), markdown_text(s.profile), s.first_seed,
                     counted(s.sums.runs, "run", "runs"), rough_time(s.seconds), counted(s.jobs, "core", "cores"), rate,
                     rough_time(static_cast<double>(s.sums.virtual_ns) / 1e9), hex(s.sums.trace_digest),
                     markdown_text(version));
}

// As many as have room, the first of them open.
std::string failures(const std::vector<std::string>& ways, std::size_t room) {
  constexpr std::size_t kAround = 400;  // headings, the folds, what is left out
  if (ways.empty()) return "";
  std::string open = "\n### How it failed\n\n", folded;
  std::size_t shown = 0;
  for (; shown < ways.size() && open.size() + folded.size() + ways[shown].size() + kAround <= room; ++shown)
    (shown < kShownOpen ? open : folded) += ways[shown];
  if (!folded.empty())
    open += markdown_folded(counted(shown - kShownOpen, "further way to fail", "further ways to fail"), folded);
  if (shown < ways.size())
    open += fmt::format("\n{} left out here, where there is no more room.\n",
                        counted(ways.size() - shown, "way to fail is", "ways to fail are"));
  return open;
}

}  // namespace

std::string campaign_markdown(const CampaignSummary& s, const std::string& version, std::size_t longest) {
  const std::string head = fmt::format("**{}**\n\n{}", sentence(answer(s)), verdict_table(s));
  std::string tail = lines("Runs that did not repeat", s.divergences, nullptr);
  tail += lines("Seeds that brought their worker down", s.crashes, &s);
  tail += "\n" + never_exercised(s) + "\n" + markdown_folded("Faults that struck, planted bugs", faults_and_bugs(s));
  tail += footer(s, version);
  std::vector<std::string> ways;
  for (const auto& group : groups_of(s)) ways.push_back(failure(group, s));
  for (const auto& f : s.findings) ways.push_back(finding(f, s));
  const std::size_t taken = head.size() + tail.size();
  return head + failures(ways, longest > taken ? longest - taken : 0) + tail;
}

}  // namespace lockstep::reports
