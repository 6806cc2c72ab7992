// "Kept" means: of so many runs none broke it, which leaves room for a share that is told beside.
#include "reports/envelope_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/campaign_answer.h"
#include "reports/text_style.h"

namespace lockstep::reports {
namespace {

using models::Property;
using scenarios::Boundary;
using scenarios::Envelope;
using scenarios::EnvelopeAxis;
using scenarios::EnvelopePoint;
using scenarios::EnvelopeUnit;
using scenarios::Tally;

std::int64_t cut(std::int64_t value, int digits) {
  std::int64_t limit = 1, unit = 1;
  for (int i = 0; i < digits; ++i) limit *= 10;
  while (value / unit >= limit) unit *= 10;
  return value / unit * unit;
}

const EnvelopePoint& point_at(const EnvelopeAxis& axis, std::int64_t value) {
  return *std::ranges::find(axis.points, value, &EnvelopePoint::value);
}

// "at most 3.7 % at 95 %".
std::string at_most(std::uint64_t runs) {
  return fmt::format("at most {:.1f} % at 95 %", std::ceil(exact_interval(0, runs).upper * 1000) / 10);
}

std::string of_runs(const Tally& tally) {
  return fmt::format("{} of {}", grouped(tally.violations), counted(tally.exercised, "run", "runs"));
}

std::string broken_verdict(const EnvelopeAxis& axis, const Boundary& b) {
  const Tally& broke = point_at(axis, b.broken).of(b.property);
  const std::string limit = magnitude(axis.unit, b.broken);
  std::string text;
  if (b.kept) {
    const Tally& kept = point_at(axis, *b.kept).of(b.property);
    const std::string basis = kept.exercised == 0 ? "where no run exercised it"
                                                  : fmt::format("{}; {}", of_runs(kept), at_most(kept.exercised));
    text = fmt::format("{} is kept {} to {} ({}) and breaks at {} ({})", title_of(b.property),
                       axis.worst < axis.mildest ? "down" : "up", magnitude(axis.unit, *b.kept), basis, limit,
                       of_runs(broke));
  } else {
    text = fmt::format("{} breaks at the mildest that was tried, {} ({})", title_of(b.property), limit, of_runs(broke));
  }
  if (b.returns) text += "; it is kept again at some greater ones";
  return fmt::format("{}; {}.", text,
                     b.claimed ? "the lock claims to survive that" : "the lock does not claim to survive that");
}

}  // namespace

EnvelopeOutcome outcome_of(const Envelope& e) {
  for (const EnvelopeAxis& axis : e.axes) {
    if (std::ranges::any_of(axis.boundaries, &Boundary::claimed)) return EnvelopeOutcome::broken;
  }
  for (const Property property : judged_properties(e)) {
    if ((e.asserted & models::bit(property)) != 0 && e.calm.of(property).violations > 0) return EnvelopeOutcome::broken;
  }
  const bool whole = e.end == Envelope::End::complete && e.deaths.empty();
  return whole ? EnvelopeOutcome::kept : EnvelopeOutcome::open;
}

std::string magnitude(EnvelopeUnit unit, std::int64_t value, int digits) {
  const auto shown = static_cast<double>(cut(value, digits));
  if (unit == EnvelopeUnit::ppm) return fmt::format("{:g} %", shown / 1e4);
  if (unit == EnvelopeUnit::ppb) return fmt::format("{:g} %", shown / 1e7);
  if (value < 1'000) return fmt::format("{:g} ns", shown);
  if (value < 1'000'000) return fmt::format("{:g} us", shown / 1e3);
  if (value < 1'000'000'000) return fmt::format("{:g} ms", shown / 1e6);
  return fmt::format("{:g} s", shown / 1e9);
}

std::string_view name_of(EnvelopeUnit unit) {
  switch (unit) {
    case EnvelopeUnit::nanoseconds: return "ns";
    case EnvelopeUnit::ppm: return "ppm";
    case EnvelopeUnit::ppb: return "ppb";
  }
  return "?";
}

std::string claim_of(const EnvelopeAxis& axis) {
  if (!axis.claimed) return "any";
  return *axis.claimed == 0 ? "none" : magnitude(axis.unit, *axis.claimed, 3);
}

std::string answer(const Envelope& e) {
  std::vector<std::string> within, beyond;
  for (const EnvelopeAxis& axis : e.axes) {
    for (const bool claimed : {true, false}) {
      std::vector<std::string> ids;
      for (const Boundary& b : axis.boundaries) {
        if (b.claimed == claimed) ids.emplace_back(models::id_of(b.property));
      }
      if (ids.empty()) continue;
      (claimed ? within : beyond).push_back(fmt::format("{} ({})", axis.name, listed(ids)));
    }
  }
  std::string text;
  if (e.end == Envelope::End::interrupted) text = "Interrupted: this is a part of the envelope. ";
  if (e.end == Envelope::End::out_of_time) text = "Out of time: this is a part of the envelope. ";
  const std::string runs = counted(e.runs_in_all, "run", "runs");
  if (!within.empty()) {
    text += fmt::format("{} does not survive what it claims to, in {}: {}.", e.backend, runs, listed(within));
  } else if (outcome_of(e) == EnvelopeOutcome::broken) {
    text += fmt::format("{} breaks what it claims even in the calm, in {}.", e.backend, runs);
  } else {
    const auto tried = std::ranges::count_if(e.axes, [](const EnvelopeAxis& axis) { return axis.lacks.empty(); });
    text += fmt::format("{} kept what it claims along {}, in {}.", e.backend,
                        counted(static_cast<std::uint64_t>(tried), "axis", "axes"), runs);
  }
  if (!beyond.empty()) return text + fmt::format(" Beyond its claims it breaks by {}.", listed(beyond));
  return within.empty() ? text + " Beyond them nothing broke either." : text;
}

Stretch stretch_of(const EnvelopeAxis& axis, Property property) {
  Stretch stretch;
  const auto found = std::ranges::find(axis.boundaries, property, &Boundary::property);
  if (found != axis.boundaries.end()) stretch.boundary = &*found;
  bool unbroken = true;
  for (const EnvelopePoint& point : axis.points) {
    const Tally& tally = point.of(property);
    if (stretch.boundary != nullptr && point.value == stretch.boundary->broken) break;
    unbroken = unbroken && tally.exercised > 0;
    if (!unbroken) continue;
    stretch.kept_to = point.value;
    stretch.runs += tally.exercised;
    stretch.fewest = stretch.fewest == 0 ? tally.exercised : std::min(stretch.fewest, tally.exercised);
  }
  stretch.to_the_end = unbroken && !axis.points.empty();
  if (stretch.boundary != nullptr) {
    stretch.state = Stretch::State::broken;
    stretch.to_the_end = false;
  } else if (stretch.runs > 0) {
    stretch.state = Stretch::State::kept;
  }
  return stretch;
}

std::string verdict(const EnvelopeAxis& axis, Property property) {
  if (!axis.lacks.empty()) return fmt::format("{} was not tried: {}.", title_of(property), axis.lacks);
  const Stretch s = stretch_of(axis, property);
  if (s.state == Stretch::State::broken) return broken_verdict(axis, *s.boundary);
  if (s.state == Stretch::State::not_exercised) return fmt::format("{} was not exercised.", title_of(property));
  const std::string basis = fmt::format("no violation in {} that exercised it, at least {} at each magnitude ({})",
                                        counted(s.runs, "run", "runs"), s.fewest, at_most(s.fewest));
  const std::string to = magnitude(axis.unit, s.kept_to);
  if (s.to_the_end) return fmt::format("{} is kept to the end of the axis, {}: {}.", title_of(property), to, basis);
  return fmt::format("{} is kept as far as it was exercised, {}: {}.", title_of(property), to, basis);
}

std::string safe_up_to(const EnvelopeAxis& axis, Property property) {
  if (!axis.lacks.empty()) return "n/a";
  const Stretch s = stretch_of(axis, property);
  if (s.state == Stretch::State::not_exercised) return "-";
  if (s.state == Stretch::State::broken) {
    return s.boundary->kept ? magnitude(axis.unit, *s.boundary->kept, 3) : "none";
  }
  return s.to_the_end ? "all" : magnitude(axis.unit, s.kept_to, 3) + "*";
}

std::vector<Property> judged_properties(const Envelope& e) {
  std::vector<Property> judged;
  for (const Property p : all_properties()) {
    if ((e.judged & models::bit(p)) != 0) judged.push_back(p);
  }
  return judged;
}

char glyph(const Tally& tally) {
  if (tally.exercised == 0) return '-';
  if (tally.violations == 0) return '.';
  if (tally.violations == tally.exercised) return '#';
  const std::uint32_t tenths = (tally.violations * 10 + tally.exercised - 1) / tally.exercised;
  return static_cast<char>('0' + std::min<std::uint32_t>(tenths, 9));
}

char availability(const EnvelopePoint& point) {
  if (point.asked == 0) return '-';
  return static_cast<char>('0' + std::min<std::uint64_t>(point.granted * 10 / point.asked, 9));
}

std::string replay_of(const Boundary& boundary) { return replay_line(boundary.file); }

double rounded_up(double share) { return std::ceil(share * 1e4) / 1e4; }
double rounded_down(double share) { return std::floor(share * 1e4) / 1e4; }

}  // namespace lockstep::reports
