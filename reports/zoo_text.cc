// A bug whose middle hunt was given up has no figures: what they would be is not known.
#include "reports/zoo_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace lockstep::reports {
namespace {

using scenarios::BugHunted;
using scenarios::Hunt;
using scenarios::Hunts;
using scenarios::ZooTable;

constexpr int kZooVersion = 1;

std::string properties_in(models::PropertySet set, std::string_view between) {
  std::string text;
  for (int i = 0; i < models::kPropertyCount; ++i) {
    const auto property = static_cast<models::Property>(i);
    if ((set & models::bit(property)) == 0) continue;
    text += (text.empty() ? "" : std::string(between)) + std::string(models::id_of(property));
  }
  return text;
}

double seconds_of(Duration time) { return static_cast<double>(time.count()) / 1e9; }

std::string short_time(Duration time) {
  const double seconds = seconds_of(time);
  return seconds < 0.0095 ? fmt::format("{:.1f} ms", seconds * 1000) : rough_time(seconds);
}

std::string runs_of(const Hunts& hunts) {
  const Hunt median = median_of(hunts);
  return median.caught ? grouped(median.runs) : "-";
}

std::string time_of(const Hunts& hunts) {
  const Hunt median = median_of(hunts);
  return median.caught ? short_time(median.took) : "-";
}

std::string shrunk(const BugHunted& bug) {
  if (bug.file.empty()) return "";
  return fmt::format("{}, {} in {}", counted(bug.steps, "step", "steps"), counted(bug.faults, "fault", "faults"),
                     short_time(bug.shrinking));
}

const BugHunted* slowest(const ZooTable& table) {
  const BugHunted* found = nullptr;
  for (const BugHunted& bug : table.bugs) {
    if (!is_caught(bug)) continue;
    const Duration took = median_of(bug.by_strategy.front()).took;
    if (found == nullptr || took > median_of(found->by_strategy.front()).took) found = &bug;
  }
  return found;
}

}  // namespace

std::string zoo_answer(const ZooTable& table) {
  std::vector<std::string> missed;
  for (const BugHunted& bug : table.bugs) {
    if (!is_caught(bug)) missed.push_back(bug.name);
  }
  const std::size_t all = table.bugs.size();
  if (!table.complete) return "Stopped before all hunts were over; what is missing counts as not caught.";
  if (!missed.empty()) {
    return fmt::format("{} of {} not caught within {} of one core in the median of {}: {}.", missed.size(),
                       counted(all, "planted bug was", "planted bugs were"), short_time(table.limit),
                       counted(table.bases, "hunt", "hunts"), listed(missed));
  }
  const BugHunted* worst = slowest(table);
  return fmt::format("{} caught, in the median of {} each; the slowest is {} with {} in {} of one core.",
                     all == 1 ? std::string("The planted bug is") : fmt::format("All {} planted bugs are", all),
                     counted(table.bases, "hunt", "hunts"), worst->name,
                     counted(median_of(worst->by_strategy.front()).runs, "run", "runs"),
                     short_time(median_of(worst->by_strategy.front()).took));
}

// Of all that were shrunk, the middle.
std::string zoo_sizes(const ZooTable& table) {
  std::vector<std::uint32_t> steps, faults;
  std::vector<Duration> times;
  for (const BugHunted& bug : table.bugs) {
    if (bug.file.empty()) continue;
    steps.push_back(bug.steps);
    faults.push_back(bug.faults);
    times.push_back(bug.shrinking);
  }
  if (steps.empty()) return "";
  std::ranges::sort(steps), std::ranges::sort(faults), std::ranges::sort(times);
  const std::size_t middle = steps.size() / 2;
  return fmt::format("Shrunk, the middle one has {} and {}, after {}.", counted(steps[middle], "step", "steps"),
                     counted(faults[middle], "fault", "faults"), short_time(times[middle]));
}

std::string zoo_text(const ZooTable& table, const TextStyle& style) {
  std::string text = wrapped(zoo_answer(table), 0, style) + "\n";
  if (table.bugs.empty()) return text;
  std::size_t names = 0, catchers = 9;
  for (const BugHunted& bug : table.bugs) {
    names = std::max(names, bug.name.size());
    catchers = std::max(catchers, properties_in(bug.caught_by, " ").size());
  }
  std::string head = fmt::format("  {}  {}  {}", right("no", 3), left("bug", names), left("caught by", catchers));
  for (const Hunts& hunts : table.bugs.front().by_strategy) head += right(hunts.strategy, 12) + right("", 9);
  std::vector<std::string> rows;
  std::size_t widest = 0;
  for (const BugHunted& bug : table.bugs) {
    std::string row = fmt::format("  {}  {}  {}", right(fmt::format("{}", bug.mechanism), 3), left(bug.name, names),
                                  left(properties_in(bug.caught_by, " "), catchers));
    for (const Hunts& hunts : bug.by_strategy) row += right(runs_of(hunts), 12) + right(time_of(hunts), 9);
    widest = std::max(widest, row.size() + 2 + shrunk(bug).size());
    rows.push_back(std::move(row));
  }
  const bool beside = widest <= width_of(style);  // otherwise beneath
  text += paint(head + (beside ? "  shrunk to" : ""), Tone::quiet, style) + "\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const BugHunted& bug = table.bugs[i];
    const std::string size = shrunk(bug);
    text += rows[i];
    if (!is_caught(bug)) {
      text +=
          "  " + (table.complete ? paint("NOT CAUGHT", Tone::bad, style) : paint("not finished", Tone::quiet, style));
    } else if (!size.empty()) {
      text += beside ? "  " + size : "\n       shrunk to " + size;
    }
    text += "\n";
  }
  text += "\n" + wrapped(
                     "Under each way of searching: runs until one broke a property that is there to catch the bug, and "
                     "the time of one core; both in the median. " +
                         zoo_sizes(table),
                     0, style);
  for (const std::string& death : table.deaths) text += "\n" + wrapped(printable(death) + ".", 0, style);
  return text;
}

std::string zoo_markdown(const ZooTable& table, const std::string& command, const std::string& date) {
  std::string text =
      fmt::format("# The zoo: what it costs to find each planted bug\n\nMade on {} by\n\n    {}\n\n{} {}\n\n", date,
                  command, zoo_answer(table), zoo_sizes(table));
  text += "| no | bug | what is wrong | caught by |";
  std::string rule = "|---|---|---|---|";
  if (table.bugs.empty()) return text;
  for (const Hunts& hunts : table.bugs.front().by_strategy) {
    text += fmt::format(" {}: runs | time |", hunts.strategy);
    rule += "---:|---:|";
  }
  const bool any_shrunk = std::ranges::any_of(table.bugs, [](const BugHunted& bug) { return !shrunk(bug).empty(); });
  text += any_shrunk ? " shrunk to |\n" + rule + "---|\n" : "\n" + rule + "\n";
  for (const BugHunted& bug : table.bugs) {
    const std::string source = bug.source.empty() ? "" : fmt::format(" ({})", bug.source);
    text += fmt::format("| {} | `{}` | {}{} | {} |", bug.mechanism, bug.name, bug.about, source,
                        is_caught(bug) ? properties_in(bug.caught_by, ", ") : "nothing");
    for (const Hunts& hunts : bug.by_strategy) text += fmt::format(" {} | {} |", runs_of(hunts), time_of(hunts));
    text += any_shrunk ? fmt::format(" {} |\n", shrunk(bug)) : "\n";
  }
  return text;
}

std::string zoo_json(const ZooTable& table) {
  using Json = nlohmann::ordered_json;
  Json bugs = Json::array();
  for (const BugHunted& bug : table.bugs) {
    Json one = {{"name", bug.name}, {"mechanism", bug.mechanism}, {"source", bug.source}, {"about", bug.about}};
    one["caught"] = is_caught(bug);
    one["caught_by"] = Json::array();
    for (int i = 0; i < models::kPropertyCount; ++i) {
      const auto property = static_cast<models::Property>(i);
      if ((bug.caught_by & models::bit(property)) != 0) one["caught_by"].push_back(models::id_of(property));
    }
    for (const Hunts& hunts : bug.by_strategy) {
      Json strategy = {{"strategy", hunts.strategy}, {"hunts", Json::array()}};
      for (const Hunt& hunt : hunts.hunts)
        strategy["hunts"].push_back({{"caught", hunt.caught}, {"runs", hunt.runs}, {"seconds", seconds_of(hunt.took)}});
      one["strategies"].push_back(std::move(strategy));
    }
    if (!bug.file.empty()) {
      one["shrunk"] = {{"file", bug.file},
                       {"steps", bug.steps},
                       {"faults", bug.faults},
                       {"seconds", seconds_of(bug.shrinking)},
                       {"property", models::id_of(bug.property)},
                       {"sentence", bug.sentence}};
    }
    bugs.push_back(std::move(one));
  }
  const Json all = {{"lockstep_zoo", kZooVersion},
                    {"complete", table.complete},
                    {"hunts", table.bases},
                    {"limit_seconds", seconds_of(table.limit)},
                    {"seconds", seconds_of(table.took)},
                    {"jobs", table.jobs},
                    {"deaths", table.deaths},
                    {"bugs", std::move(bugs)}};
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lockstep::reports
