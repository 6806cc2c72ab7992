// Part by part, and never a part of a part.
#include "cli/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "reports/text_style.h"

namespace lockstep::cli {
namespace {

double seconds_of(Duration time) { return static_cast<double>(time.count()) / 1e9; }

// Seconds until all runs are done at the rate so far, or time is up.
double left(const properties::CampaignProgress& p, Duration limit) {
  const double elapsed = seconds_of(p.elapsed);
  const double runs = p.wanted > p.done ? static_cast<double>(p.wanted - p.done) : 0;
  const double of_runs = elapsed * runs / static_cast<double>(p.done);
  return limit == Duration::max() ? of_runs : std::min(of_runs, std::max(0.0, seconds_of(limit) - elapsed));
}

// In whole seconds: it is an estimate.
std::string in_words(double seconds) {
  return seconds < 119.5 ? fmt::format("{:.0f} s", std::max(1.0, std::ceil(seconds))) : reports::rough_time(seconds);
}

}  // namespace

std::string progress_line(const properties::CampaignProgress& p, Duration limit, std::size_t width) {
  std::string line = fmt::format("{}: {} of {} runs", p.doing, reports::grouped(p.done), reports::grouped(p.wanted));
  std::vector<std::string> parts = {p.failures == 0 ? "no violation"
                                                    : reports::counted(p.failures, "violation", "violations")};
  if (p.done > 0 && p.elapsed > Duration::zero()) {
    if (p.doing == "running") parts.push_back(fmt::format("about {} left", in_words(left(p, limit))));
    parts.push_back(fmt::format("{:.0f} a second", static_cast<double>(p.done) / seconds_of(p.elapsed)));
    parts.push_back(fmt::format("{} simulated", reports::rough_time(static_cast<double>(p.virtual_ns) / 1e9)));
  }
  for (const std::string& part : parts) {
    if (line.size() + 2 + part.size() > width) break;
    line += ", " + part;
  }
  return line.substr(0, width);
}

}  // namespace lockstep::cli
