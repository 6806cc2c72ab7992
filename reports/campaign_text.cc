// Section by section; a section with nothing to say is left out, except what was not exercised: that is said.
#include "reports/campaign_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "reports/campaign_answer.h"

namespace lockstep::reports {
namespace {

using models::Property;
using scenarios::CampaignOutcome;
using scenarios::CampaignSummary;
using scenarios::PropertySums;

constexpr std::size_t kLinesListed = 5;

Tone tone_of(CampaignOutcome outcome) {
  switch (outcome) {
    case CampaignOutcome::clean: return Tone::good;
    case CampaignOutcome::violation:
    case CampaignOutcome::non_deterministic: return Tone::bad;
    case CampaignOutcome::inconclusive:
    case CampaignOutcome::interrupted: break;
  }
  return Tone::doubtful;
}

std::string heading(std::string_view text, const TextStyle& style) {
  return fmt::format("\n{}\n", paint(text, Tone::heading, style));
}

std::string verdict_table(const CampaignSummary& s, const TextStyle& style) {
  using Row = std::array<std::string, 4>;
  std::vector<Row> rows = {{"runs", "exercised", "times", "broken"}};
  for (const Property p : all_properties()) {
    const PropertySums& sums = sums_of(s, p);
    rows.push_back(
        {grouped(sums.runs), grouped(sums.exercised_runs), grouped(sums.exercised), grouped(sums.violations)});
  }
  const auto numbers = [&rows](const Row& row) {
    std::string text;
    for (std::size_t column = 0; column < row.size(); ++column) {
      std::size_t width = 0;
      for (const Row& other : rows) width = std::max(width, other[column].size());
      text += "  " + right(row[column], width);
    }
    return text;
  };
  std::string text = heading(fmt::format("{}, {}", printable(s.backend), printable(s.profile)), style);
  text += paint(left("", 22) + numbers(rows[0]), Tone::quiet, style) + "\n";
  for (const Property p : all_properties()) {
    const Remark remark = remark_on(s, p);
    text += fmt::format("  {}  {}{}  {}\n", left(models::id_of(p), 2), left(models::name_of(p), 16),
                        numbers(rows[static_cast<std::size_t>(p) + 1]), paint(remark.words, remark.tone, style));
  }
  return text;
}

std::string fault_table(const CampaignSummary& s, const TextStyle& style) {
  std::string text = heading("Faults that struck", style);
  std::vector<std::string> never;
  std::vector<std::string> cells;
  for (int i = 0; i < sim::kFaultKinds; ++i) {
    const auto name = sim::facts_of(static_cast<sim::FaultKind>(i)).name;
    const std::uint64_t count = s.sums.faults[static_cast<std::size_t>(i)];
    if (count == 0) {
      never.emplace_back(name);
    } else {
      cells.push_back(fmt::format("  {}{}", left(name, 17), right(grouped(count), 11)));
    }
  }
  const std::size_t columns = std::min<std::size_t>(width_of(style) / 34, 3);
  const std::size_t rows = (cells.size() + columns - 1) / columns;
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = r; c < cells.size(); c += rows) text += (c == r ? "" : "    ") + cells[c];
    text += "\n";
  }
  if (cells.empty()) text += "  none\n";
  if (!never.empty())
    text += painted(wrapped(fmt::format("not exercised: {}", listed(never)), 2, style), Tone::quiet, style);
  return text;
}

std::string canaries_text(const CampaignSummary& s, const TextStyle& style) {
  std::string text;
  for (const auto& canary : s.canaries) {
    std::vector<std::string> by;
    for (const Property p : all_properties()) {
      if ((canary.broken & models::bit(p)) != 0) by.emplace_back(models::id_of(p));
    }
    text +=
        fmt::format("  {}  {}\n", left(canary.name, 32),
                    canary.caught ? fmt::format("caught by {} in {}", listed(by), counted(canary.runs, "run", "runs"))
                                  : paint("NOT CAUGHT", Tone::bad, style));
  }
  if (s.stories > 0) {
    const std::uint64_t wrong = stories_failed(s);
    text += fmt::format("  {}  {}\n", left(counted(s.stories, "stored story", "stored stories"), 32),
                        wrong == 0 ? "came out well" : fmt::format("{} of them badly", wrong));
  }
  return text.empty() ? text : heading("First: planted bugs, to see that bugs are seen, and stories", style) + text;
}

std::string failure_text(const FailureGroup& group, const CampaignSummary& s, const TextStyle& style) {
  const auto& f = *group.smallest;
  const bool asserted = is_asserted(s, group.property);
  const std::string title = fmt::format("{}: {}", title_of(group.property), printable(group.shape));
  std::string text = fmt::format("\n  {} - {}{}\n", paint(title, asserted ? Tone::bad : Tone::doubtful, style),
                                 counted(group.failures.size(), "run", "runs"), asserted ? "" : ", not asserted");
  text += wrapped(origins_of(group), 4, style);
  text += wrapped(f.sentence, 4, style);
  std::string size = fmt::format("smallest: {}, {} and {}", origin_of(f), counted(f.steps, "step", "steps"),
                                 counted(f.faults, "fault", "faults"));
  size += f.shrunk
              ? fmt::format(", shrunk by {} in {}", counted(f.shrink_runs, "run", "runs"), rough_time(f.shrink_seconds))
              : ", not shrunk";
  text += wrapped(size + fmt::format("; trace {}", hex(f.trace_hash)), 4, style);
  text += fmt::format("    {}\n", paint(printable(replay_line(f.file)), Tone::heading, style));
  if (f.other.empty()) return text;
  text += wrapped("Something simpler broke otherwise, " + f.other + ":", 4, style);
  return text + fmt::format("    {}\n", paint(printable(replay_line(f.other_file)), Tone::heading, style));
}

std::string failures_text(const CampaignSummary& s, const TextStyle& style) {
  if (s.failures.empty()) return "";
  std::string text;
  std::uint64_t broken = 0;
  for (const Property p : all_properties()) {
    if (is_asserted(s, p)) broken += sums_of(s, p).violations;
  }
  if (broken > s.failures.size()) text = "\n  Each seed is listed once, under the first promise that it broke.\n";
  for (const auto& group : groups_of(s)) text += failure_text(group, s, style);
  return heading("Failures", style) + text.substr(1);
}

// Of the asserted ones, or of the others.
std::string findings_text(const CampaignSummary& s, bool asserted, const TextStyle& style) {
  std::string text;
  for (const auto& f : s.findings) {
    if (is_asserted(s, f.property) != asserted) continue;
    const std::string title = fmt::format("{}: {}", title_of(f.property), printable(f.shape));
    text += fmt::format("\n  {} - {}, the first is {}\n", paint(title, asserted ? Tone::bad : Tone::doubtful, style),
                        counted(sums_of(s, f.property).violations, "run", "runs"), origin_of(f));
    text += wrapped(f.sentence, 4, style);
    text += fmt::format("    {}\n", paint(printable(finding_replay_line(s, f)), Tone::heading, style));
  }
  const std::string title = asserted ? "Broken in the same runs" : "Findings: broken, but not asserted";
  return text.empty() ? text : heading(title, style) + text.substr(1);
}

std::string lines_text(std::string_view title, const std::vector<std::string>& lines, const TextStyle& style) {
  if (lines.empty()) return "";
  std::string text = heading(title, style);
  for (std::size_t i = 0; i < std::min(lines.size(), kLinesListed); ++i) text += wrapped(lines[i], 2, style);
  if (lines.size() > kLinesListed) text += fmt::format("  and {} more\n", grouped(lines.size() - kLinesListed));
  return text;
}

std::string crashes_text(const CampaignSummary& s, const TextStyle& style) {
  if (s.crashes.empty()) return "";
  std::string text = heading("Seeds that brought their worker down, and the next one too", style);
  for (std::size_t i = 0; i < std::min(s.crashes.size(), kLinesListed); ++i) {
    text += wrapped(s.crashes[i], 2, style);
    text += fmt::format("    {}\n", paint(printable(crash_replay_line(s, s.crashes[i])), Tone::heading, style));
  }
  if (s.crashes.size() > kLinesListed) text += fmt::format("  and {} more\n", grouped(s.crashes.size() - kLinesListed));
  return text;
}

std::string per_second(double rate) {
  return rate >= 100 ? grouped(static_cast<std::uint64_t>(rate + 0.5)) : fmt::format("{:.1f}", rate);
}

std::string speed_text(const CampaignSummary& s, const TextStyle& style) {
  const double simulated = static_cast<double>(s.sums.virtual_ns) / 1e9;
  std::string text = heading("Speed", style);
  std::string line = fmt::format("{} in {} on {}", counted(s.sums.runs, "run", "runs"), rough_time(s.seconds),
                                 counted(s.jobs, "core", "cores"));
  if (s.seconds > 0) {
    const double rate = static_cast<double>(s.sums.runs) / s.seconds;
    line += fmt::format(": {} runs/s, {} runs/s/core", per_second(rate), per_second(rate / std::max(1u, s.jobs)));
    if (s.sums.steps > 0) {
      const double each = s.seconds * 1e9 * std::max(1u, s.jobs) / static_cast<double>(s.sums.steps);
      line += fmt::format(", {} ns per simulated event", grouped(static_cast<std::uint64_t>(each + 0.5)));
    }
  }
  text += wrapped(line, 2, style);
  line = fmt::format("{} simulated", rough_time(simulated));
  if (s.seconds > 0) line += fmt::format(", {} times real time", per_second(simulated / s.seconds));
  line += fmt::format("; {} events, {} messages, of them {} lost and {} sent twice", grouped(s.sums.steps),
                      grouped(s.sums.messages), grouped(s.sums.messages_lost), grouped(s.sums.messages_duplicated));
  return text + wrapped(line, 2, style);
}

}  // namespace

std::string campaign_text(const CampaignSummary& summary, const TextStyle& style) {
  std::string text = painted(wrapped(answer(summary), 0, style), tone_of(summary.outcome), style);
  text += verdict_table(summary, style);
  text += fault_table(summary, style);
  text += canaries_text(summary, style);
  text += failures_text(summary, style);
  text += findings_text(summary, true, style);
  text += findings_text(summary, false, style);
  text += lines_text("Runs that did not repeat", summary.divergences, style);
  text += crashes_text(summary, style);
  return text + speed_text(summary, style);
}

}  // namespace lockstep::reports
