// Each stretch between two instants that matter gets one column, and the rest of them by its length.
#include "reports/window_axis.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "models/linear/times.h"

namespace lockstep::reports {
namespace {

using linear::Instant;

constexpr std::size_t kMostBreaks = 4;
constexpr double kTooLong = 6;        // times all that is shorter
constexpr double kMargin = 1 / 14.0;  // of what is shown, on each side

// b - a, which may be more than an Instant holds.
double between(Instant a, Instant b) {
  return static_cast<double>(static_cast<std::uint64_t>(b) - static_cast<std::uint64_t>(a));
}

Instant later(Instant at, Instant by) { return at > linear::kNever - 1 - by ? linear::kNever - 1 : at + by; }
Instant earlier(Instant at, Instant by) {
  return at < std::numeric_limits<Instant>::min() + by ? std::numeric_limits<Instant>::min() : at - by;
}

// From which length on a stretch is left out.
double too_long(const std::vector<Instant>& keys) {
  std::vector<double> lengths;
  for (std::size_t i = 1; i < keys.size(); ++i) lengths.push_back(between(keys[i - 1], keys[i]));
  std::ranges::sort(lengths);
  std::vector<double> shorter{0};
  for (const double length : lengths) shorter.push_back(shorter.back() + length);
  for (std::size_t i = lengths.size(); i-- > 1 && lengths.size() - i <= kMostBreaks;)
    if (lengths[i] > kTooLong * shorter[i]) return lengths[i];
  return between(std::numeric_limits<Instant>::min(), linear::kNever);
}

// The first multiple of `step` at or after an instant.
Instant round_up(Instant at, Instant step) {
  const Instant rest = at % step;
  return rest == 0 ? at : rest < 0 ? at - rest : later(at, step - rest);
}

}  // namespace

TimeAxis::TimeAxis(std::vector<Instant> keys, Instant first, std::size_t columns) : columns_(columns) {
  std::ranges::sort(keys);
  const auto repeated = std::ranges::unique(keys);
  keys.erase(repeated.begin(), repeated.end());
  cut(keys, first);
  lay_out();
}

// Into pieces that know their time but not their columns.
void TimeAxis::cut(const std::vector<Instant>& keys, Instant first) {
  const double limit = too_long(keys);
  double shown = 0;
  for (std::size_t i = 1; i < keys.size(); ++i)
    if (between(keys[i - 1], keys[i]) < limit) shown += between(keys[i - 1], keys[i]);
  const Instant margin = 1 + static_cast<Instant>(std::min(shown * kMargin, 1e18));
  const auto piece = [&](Instant until, bool broken) {
    const Instant from = pieces_.back().until;
    if (until > from) pieces_.push_back({.from = from, .until = until, .broken = broken});
  };
  const Instant start = std::min(keys.front(), std::max(first, earlier(keys.front(), margin)));
  pieces_.push_back({.from = start, .until = keys.front()});
  for (std::size_t i = 1; i < keys.size(); ++i) {
    if (between(keys[i - 1], keys[i]) >= limit) {
      piece(later(keys[i - 1], margin), false);
      piece(earlier(keys[i], margin), true);
    }
    piece(keys[i], false);
  }
  piece(later(keys.back(), margin), false);
  if (pieces_.front().from == pieces_.front().until && pieces_.size() > 1) pieces_.erase(pieces_.begin());
}

void TimeAxis::lay_out() {
  std::size_t whole = 0;
  double shown = 0;
  for (const Piece& p : pieces_) {
    whole += p.broken ? 0 : 1;
    shown += p.broken ? 0 : between(p.from, p.until);
  }
  const std::size_t room = columns_ - kBreakColumns * (pieces_.size() - whole);
  const std::size_t least = 2 * whole <= room ? 1 : 0;
  const double scale = shown > 0 ? static_cast<double>(room - least * whole) / shown : 0;
  per_column_ = shown > 0 ? shown / static_cast<double>(room) : 1;
  std::size_t before = 0, broken = 0;
  double passed = 0;
  std::size_t begin = 0;
  for (Piece& p : pieces_) {
    p.begin = begin;
    if (p.broken) {
      breaks_.push_back({.from = p.from, .until = p.until, .column = begin});
      broken += kBreakColumns;
    } else {
      before += least;
      passed += between(p.from, p.until);
    }
    begin = p.end = before + broken + static_cast<std::size_t>(passed * scale + 0.5);
  }
  pieces_.back().end = columns_;
}

std::size_t TimeAxis::column(Instant at) const {
  if (at <= from()) return 0;
  const auto p = std::ranges::find_if(pieces_, [&](const Piece& piece) { return at < piece.until; });
  if (p == pieces_.end()) return columns_ - 1;
  if (p->broken) return p->begin;
  const double part = between(p->from, at) / between(p->from, p->until);
  const auto within = static_cast<std::size_t>(part * static_cast<double>(p->end - p->begin));
  return std::min(p->begin + within, columns_ - 1);
}

bool TimeAxis::shows(Instant a, Instant b) const {
  return std::ranges::any_of(pieces_, [&](const Piece& p) { return !p.broken && a <= p.until && b >= p.from; });
}

// In the stretch between two breaks, at the roundest times for which there is room.
void TimeAxis::tick(Instant from, Instant until, std::string& labels, std::string& ruler) const {
  Instant best = 0;
  bool dense = false;
  for (Instant power = 1; power < linear::kNever / 20 && !dense; power *= 10) {
    for (const Instant step : {power, 2 * power, 5 * power}) {
      const Instant at = round_up(from, step);
      if (at >= until) break;
      best = step;
      const auto label_size = std::max(linear::seconds(at).size(), linear::seconds(later(at, step)).size());
      dense = static_cast<double>(step) / per_column_ >= static_cast<double>(label_size + 2);
      if (dense) break;
    }
  }
  if (best == 0) return;
  for (Instant at = round_up(from, best); at < until; at = later(at, best)) {
    const std::size_t c = column(at);
    const std::string text = linear::seconds(at);
    const std::size_t before = c == 0 ? 0 : c - 1;
    const bool fits = c + text.size() <= columns_;
    if (fits && labels.substr(before, text.size() + 2).find_first_not_of(' ') == std::string::npos) {
      labels.replace(c, text.size(), text);
      ruler[c] = '|';
    } else if (dense) {
      ruler[c] = '|';
    }
    if (at >= later(at, best) || (!dense && ruler[c] == '|')) break;
  }
}

std::vector<std::string> TimeAxis::ruler() const {
  std::string labels(columns_, ' '), marks(columns_, '-');
  for (const Break& b : breaks_) marks.replace(b.column, kBreakColumns, "//");
  std::vector<std::pair<Instant, Instant>> stretches{{from(), until()}};
  for (const Break& b : breaks_) {
    const Instant end = std::exchange(stretches.back().second, b.from);
    stretches.emplace_back(b.until, end);
  }
  std::ranges::stable_sort(stretches, std::greater(), [](const auto& s) { return between(s.first, s.second); });
  for (const auto& [a, b] : stretches) tick(a, b, labels, marks);
  return {std::move(labels), std::move(marks)};
}

}  // namespace lockstep::reports
