// 80 columns, and characters that every terminal has; colour only makes it quicker to read.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>

#include "reports/campaign_answer.h"
#include "reports/envelope_report.h"
#include "reports/envelope_words.h"

namespace lockstep::reports {
namespace {

using models::Property;
using scenarios::Boundary;
using scenarios::Envelope;
using scenarios::EnvelopeAxis;
using scenarios::EnvelopeMap;
using scenarios::EnvelopePoint;

constexpr std::size_t kLabel = 7;   // "claimed"
constexpr std::size_t kColumn = 8;  // " 0.219 %"

Tone tone_of(const EnvelopeAxis& axis, Property property) {
  const Stretch s = stretch_of(axis, property);
  if (s.state == Stretch::State::kept) return s.to_the_end ? Tone::good : Tone::plain;
  if (s.state == Stretch::State::not_exercised) return Tone::quiet;
  return s.boundary->claimed ? Tone::bad : Tone::doubtful;
}

std::string ttls_and_runs(const Envelope& e) {
  const double upper = exact_interval(0, e.runs).upper;
  return fmt::format(
      "Leases of {}. {} behind each point: what none of them breaks may still break in {:.1f} % (exact, "
      "at 95 %). Seeds from {} on.",
      magnitude(scenarios::EnvelopeUnit::nanoseconds, e.ttl.count()), counted(e.runs, "run", "runs"),
      rounded_up(upper) * 100 + 0.05, e.first_seed);
}

bool exercised_anywhere(const Envelope& e, Property property) {
  return std::ranges::any_of(e.axes, [property](const EnvelopeAxis& axis) {
    return stretch_of(axis, property).state != Stretch::State::not_exercised;
  });
}

std::string columns(const Envelope& e, std::span<const EnvelopeAxis> axes, const TextStyle& style) {
  std::string text = "\n" + left("", kLabel);
  for (const EnvelopeAxis& axis : axes) text += right(axis.name, kColumn);
  text += "\n" + left("claimed", kLabel);
  for (const EnvelopeAxis& axis : axes) text += right(axis.lacks.empty() ? claim_of(axis) : "n/a", kColumn);
  text += "\n";
  for (const Property p : judged_properties(e)) {
    if (!exercised_anywhere(e, p)) continue;
    text += left(models::id_of(p), kLabel);
    for (const EnvelopeAxis& axis : axes) text += paint(right(safe_up_to(axis, p), kColumn), tone_of(axis, p), style);
    text += "\n";
  }
  return text;
}

// As many axes beside each other as there is room for, in blocks of about the same width.
std::string table(const Envelope& e, const TextStyle& style) {
  std::string text = "\n" + paint("Safe up to", Tone::heading, style) + "\n";
  const std::size_t most = (width_of(style) - kLabel) / kColumn;
  const std::size_t blocks = (e.axes.size() + most - 1) / most;
  const std::size_t each = blocks == 0 ? 0 : (e.axes.size() + blocks - 1) / blocks;
  for (std::size_t at = 0; at < e.axes.size(); at += each) {
    text += columns(e, std::span(e.axes).subspan(at, std::min(each, e.axes.size() - at)), style);
  }
  std::vector<std::string> never;
  for (const Property p : judged_properties(e)) {
    if (!exercised_anywhere(e, p)) never.emplace_back(models::id_of(p));
  }
  if (!never.empty()) text += wrapped(fmt::format("Not exercised anywhere: {}.", listed(never)), 0, style);
  return text + wrapped(
                    "all: kept to the end of the axis. none: broken at its mildest. -: not exercised. *: not "
                    "exercised beyond. n/a: does not bear on this lock. Of ttl, less is worse.",
                    0, style);
}

std::string picture(const EnvelopeAxis& axis, Property property) {
  std::string line;
  for (const EnvelopePoint& point : axis.points) line += glyph(point.of(property));
  return line;
}

// Properties that nothing broke, in one line each for those kept and those not exercised.
std::string others_of(const Envelope& e, const EnvelopeAxis& axis, const TextStyle& style) {
  std::vector<std::string> kept, partly, never;
  std::uint32_t fewest = 0;
  for (const Property p : judged_properties(e)) {
    const Stretch s = stretch_of(axis, p);
    const std::string id(models::id_of(p));
    if (s.state == Stretch::State::not_exercised) never.push_back(id);
    if (s.state != Stretch::State::kept) continue;
    if (!s.to_the_end) partly.push_back(fmt::format("{} ({})", id, magnitude(axis.unit, s.kept_to, 3)));
    if (s.to_the_end) kept.push_back(id), fewest = fewest == 0 ? s.fewest : std::min(fewest, s.fewest);
  }
  std::string text;
  if (!kept.empty()) {
    text += wrapped(fmt::format("kept to the end: {}; at least {} a point exercised each", listed(kept),
                                counted(fewest, "run", "runs")),
                    4, style);
  }
  if (!partly.empty()) text += wrapped(fmt::format("kept as far as exercised: {}", listed(partly)), 4, style);
  if (!never.empty()) text += wrapped(fmt::format("not exercised: {}", listed(never)), 4, style);
  return text;
}

std::string axis_text(const Envelope& e, const EnvelopeAxis& axis, const TextStyle& style) {
  std::string text = "\n" + paint(left(axis.name, 6), Tone::heading, style) + " ";
  std::string about = wrapped(axis.about, 7, style);
  text += about.substr(7);
  if (!axis.lacks.empty()) return text + wrapped("not tried: " + axis.lacks, 4, style);
  text += wrapped(fmt::format("{} points from {} to {}; claimed: {}", axis.points.size(),
                              magnitude(axis.unit, axis.mildest), magnitude(axis.unit, axis.worst), claim_of(axis)),
                  4, style);
  for (const Boundary& b : axis.boundaries) {
    text += fmt::format("    {} {}\n", models::id_of(b.property),
                        paint(picture(axis, b.property), b.claimed ? Tone::bad : Tone::doubtful, style));
    text += wrapped(verdict(axis, b.property), 7, style);
    if (!b.sentence.empty()) text += wrapped(fmt::format("seed {}: {}", b.seed, printable(b.sentence)), 7, style);
    if (!b.file.empty()) text += "       " + paint(printable(replay_of(b)), Tone::heading, style) + "\n";
  }
  return text + others_of(e, axis, style);
}

// The property that a map shows best: S2 if it broke, or else the one that broke most.
std::optional<Property> shown_by(const EnvelopeMap& map) {
  std::optional<Property> best;
  std::uint64_t most = 0;
  for (const Property p : all_properties()) {
    std::uint64_t violations = 0;
    for (const EnvelopePoint& cell : map.cells) violations += cell.of(p).violations;
    if (p == Property::belief_exclusion && violations > 0) return p;
    if (violations > most) most = violations, best = p;
  }
  return best;
}

std::string map_text(const Envelope& e, const EnvelopeMap& map, const TextStyle& style) {
  const auto shown = shown_by(map);
  const std::string title = map.axis + " x ttl";
  if (map.cells.empty()) return fmt::format("\n{}: not drawn\n", title);
  const std::string behind = counted(e.runs_of_map, "run", "runs") + " behind each cell";
  std::string text = "\n" + paint(title, Tone::heading, style) + ", ";
  text += shown ? fmt::format("{}: {}\n", title_of(*shown), behind)
                : fmt::format("nothing broke; tenths of all tries that were granted: {}\n", behind);
  for (std::size_t row = map.ttls.size(); row-- > 0;) {
    text += right(magnitude(scenarios::EnvelopeUnit::nanoseconds, map.ttls[row]), 8) + "  ";
    for (std::size_t i = 0; i < map.values.size(); ++i) {
      const EnvelopePoint& cell = map.cells[row * map.values.size() + i];
      const char c = shown ? glyph(cell.of(*shown)) : availability(cell);
      const Tone tone = c == '.' ? Tone::good : !shown || c == '-' ? Tone::quiet : Tone::bad;
      text += paint(std::string(3, c), tone, style);
    }
    text += "\n";
  }
  std::string values;
  for (const std::int64_t value : map.values) values += (values.empty() ? "" : ", ") + magnitude(map.unit, value, 3);
  return text + wrapped("columns: " + values, 10, style);
}

}  // namespace

std::string envelope_text(const Envelope& e, const TextStyle& style) {
  const auto outcome = outcome_of(e);
  std::string head = wrapped(answer(e), 0, style);
  head.pop_back();
  const Tone tone = outcome == EnvelopeOutcome::kept     ? Tone::good
                    : outcome == EnvelopeOutcome::broken ? Tone::bad
                                                         : Tone::doubtful;
  std::string text = paint(head, tone, style) + "\n" + wrapped(ttls_and_runs(e), 0, style);
  text += table(e, style);
  text += "\n" + wrapped(
                     "Each character is a magnitude: . kept by all, 1 to 9 tenths of the runs break it, # all do, - "
                     "none exercises it.",
                     0, style);
  for (const EnvelopeAxis& axis : e.axes) text += axis_text(e, axis, style);
  for (const EnvelopeMap& map : e.maps) text += map_text(e, map, style);
  for (const std::string& death : e.deaths) text += "\n" + wrapped(printable(death) + "; not counted.", 0, style);
  return text;
}

}  // namespace lockstep::reports
