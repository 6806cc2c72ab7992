// Two passes over the lock's operations: who was active in the window, then their bars. Where several things fall into
// one column the one that says most is drawn.
#include "reports/window.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "models/words.h"
#include "reports/lanes.h"
#include "reports/window_axis.h"
#include "reports/window_facts.h"

namespace lockstep::reports {
namespace {

using linear::Action;
using linear::Answer;
using linear::Instant;
using linear::kNever;
using linear::kNone;
using linear::Mode;
using linear::Operation;

constexpr std::size_t kIndent = 4;
constexpr std::size_t kWidest = 140;
constexpr std::size_t kMostLanes = 12;
constexpr std::size_t kMostFaultsTold = 6;
constexpr std::size_t kLongestFault = 40;
// What wins where several fall into one column: the later.
constexpr std::string_view kOrder = " -.~=unbrox?#>/";

class Window {
 public:
  Window(const linear::Log& log, const linear::Judgement& judgement, const TextStyle& style)
      : log_(log),
        judgement_(judgement),
        style_(style),
        facts_(window_facts(log, judgement)),
        width_(std::min(width_of(style), kWidest)) {
    std::uint32_t highest = 0;
    for (const Operation& op : log_.operations)
      if (op.lock == judgement_.lock) highest = std::max(highest, op.process);
    const std::size_t label = label_of(highest).size();
    held_until_.assign(log_.holds, std::numeric_limits<Instant>::min());
    for (const Tenure& t : facts_.tenures) held_until_[log_.operations[t.operation].hold] = t.until;
    begin_ = kIndent + label + 2;
    axis_.emplace(facts_.keys, first(), width_ - begin_);
  }

  std::string text() {
    choose_lanes();
    holders_ = cores(false);
    writers_ = cores(true);
    for (std::uint32_t o = 0; o < log_.operations.size(); ++o)
      if (log_.operations[o].lock == judgement_.lock) draw(o);
    std::string text;
    const auto ruler = axis_->ruler();
    for (const std::string& part : ruler) text += plain_row(part);
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      text += lane_text(lanes_[i], i < proving_);
      if (i + 1 == proving_) text += wrong_text();
    }
    if (left_out_ > 0) {
      Row row(width_);
      row.put(kIndent, fmt::format("and {}", counted(left_out_, "more client", "more clients")), Tone::quiet);
      text += row.set(style_);
    }
    return text + faults_text() + legend_text();
  }

 private:
  struct Lane {
    std::uint32_t process = 0;
    std::string cells;
  };
  // Words in a row below a lane, beneath `begin` to `end`.
  struct Pin {
    std::size_t begin = 0, end = 0;
    std::string text;
  };

  static std::string label_of(std::uint32_t process) { return fmt::format("process {}", process); }

  Instant first() const {
    Instant first = facts_.keys.front();
    for (const Operation& op : log_.operations) first = std::min(first, op.invoked);
    return std::min<Instant>(first, first > 0 ? 0 : first);
  }

  // Columns, or nothing if none of it is shown.
  std::optional<std::pair<std::size_t, std::size_t>> columns(Instant from, Instant until) const {
    if (until < from || !axis_->shows(from, until)) return std::nullopt;
    const std::size_t begin = from <= axis_->from() ? 0 : axis_->column(from);
    const std::size_t end = until > axis_->until() ? axis_->columns() : std::max(axis_->column(until), begin + 1);
    return std::pair(begin, end);
  }

  // --- Who has a lane.

  const Tenure* tenure(std::uint32_t o) const {
    const auto found = std::ranges::lower_bound(facts_.tenures, o, {}, &Tenure::operation);
    return found != facts_.tenures.end() && found->operation == o ? &*found : nullptr;
  }

  // Whether it is drawn by itself, and not only as the end of a bar.
  bool is_drawn(std::uint32_t o) const {
    const Operation& op = log_.operations[o];
    const bool may_end_it = op.action == Action::release && (op.answer == Answer::yes || op.answer == Answer::unknown);
    return !may_end_it || std::min(op.returned, kNever - 1) > held_until_[op.hold];
  }

  void choose_lanes() {
    for (const std::uint32_t process : facts_.proving)
      if (lanes_.size() < kMostLanes) lanes_.push_back({process, ""});
    proving_ = lanes_.size();
    // The others: who held something first, then who asked, then of whom it is not known since before the window.
    std::map<std::uint32_t, std::pair<int, Instant>> others;
    for (std::uint32_t o = 0; o < log_.operations.size(); ++o) {
      const Operation& op = log_.operations[o];
      if (op.lock != judgement_.lock) continue;
      const Tenure* t = tenure(o);
      const Instant until = t != nullptr ? t->until : op.returned;
      if (!axis_->shows(op.invoked, until)) continue;
      if (std::ranges::find(facts_.proving, op.process) != facts_.proving.end() || !is_drawn(o)) continue;
      const bool holds = t != nullptr && t->granted < t->sure_until && axis_->shows(t->granted, t->sure_until);
      const int rank = holds ? 0 : op.invoked >= axis_->from() ? 1 : 2;
      const auto at = others.try_emplace(op.process, rank, op.invoked).first;
      at->second = std::min(at->second, std::pair(rank, op.invoked));
    }
    std::vector<std::pair<std::pair<int, Instant>, std::uint32_t>> ranked;
    for (const auto& [process, rank] : others) ranked.emplace_back(rank, process);
    std::ranges::sort(ranked);
    left_out_ = facts_.proving.size() - proving_;
    for (const auto& [rank, process] : ranked) {
      if (lanes_.size() < kMostLanes)
        lanes_.push_back({process, ""});
      else
        ++left_out_;
    }
    for (Lane& lane : lanes_) {
      lane.cells.assign(axis_->columns(), ' ');
      for (const auto& b : axis_->breaks()) lane.cells.replace(b.column, TimeAxis::kBreakColumns, "//");
    }
  }

  // --- Bars.

  Lane* lane(std::uint32_t process) {
    const auto found = std::ranges::find(lanes_, process, &Lane::process);
    return found == lanes_.end() ? nullptr : &*found;
  }

  static void put(Lane& lane, std::size_t column, char glyph) {
    char& cell = lane.cells[column];
    if (kOrder.find(glyph) > kOrder.find(cell)) cell = glyph;
  }

  void bar(Lane& lane, Instant from, Instant until, char glyph) const {
    if (from == until) return;
    if (const auto c = columns(from, until))
      for (std::size_t i = c->first; i < c->second; ++i) put(lane, i, glyph);
  }

  void mark(Lane& lane, Instant at, char glyph) const {
    if (at != kNever && axis_->shows(at, at)) put(lane, axis_->column(at), glyph);
  }

  void draw(std::uint32_t o) {
    const Operation& op = log_.operations[o];
    Lane* l = lane(op.process);
    if (l == nullptr) return;
    if (const Tenure* t = tenure(o)) return draw_tenure(*l, *t);
    const auto asked = [&](char answer) {
      bar(*l, op.invoked, op.returned, '-');
      mark(*l, op.returned, answer);
    };
    switch (op.action) {
      case Action::acquire: return asked(op.answer == Answer::no ? 'x' : 'o');
      case Action::renew: return asked(op.answer == Answer::yes ? 'r' : op.answer == Answer::no ? 'n' : '-');
      case Action::release:
        if (is_drawn(o)) asked(op.answer == Answer::yes ? 'u' : op.answer == Answer::no ? 'n' : '-');
        return;
      case Action::break_all: return asked(op.answer == Answer::yes ? 'b' : '-');
      case Action::inspect: return asked('-');
    }
  }

  // The certain holds that are in somebody's way, to clip what is possible: beside each by when one before it ended.
  struct Cores {
    std::vector<std::pair<Instant, Instant>> all;  // granted, and the latest sure_until of those up to it
    std::vector<bool> at;                          // by column

    Instant end_before(Instant granted) const {
      const auto next = std::ranges::lower_bound(all, granted, {}, &std::pair<Instant, Instant>::first);
      return next == all.begin() ? std::numeric_limits<Instant>::min() : std::min(granted, std::prev(next)->second);
    }
    Instant next_after(Instant until) const {
      const auto next = std::ranges::lower_bound(all, until, {}, &std::pair<Instant, Instant>::first);
      return next == all.end() ? kNever : next->first;
    }
  };

  // Of permits nobody is in the way for certain. `whole`: only those who take it all.
  Cores cores(bool whole) const {
    Cores cores{.all = {}, .at = std::vector<bool>(axis_->columns())};
    if (log_.locks[judgement_.lock].capacity > 1) return cores;
    for (const Tenure& t : facts_.tenures) {
      if (t.granted >= t.sure_until || (whole && log_.operations[t.operation].mode == Mode::shared)) continue;
      cores.all.emplace_back(t.granted, t.sure_until);
      if (const auto c = columns(t.granted, t.sure_until))
        for (std::size_t i = c->first; i < c->second; ++i) cores.at[i] = true;
    }
    std::ranges::sort(cores.all);
    for (std::size_t i = 1; i < cores.all.size(); ++i)
      cores.all[i].second = std::max(cores.all[i].second, cores.all[i - 1].second);
    return cores;
  }

  // Of those who prove it the whole extent. Of others less is possible: not while somebody in their way certainly
  // holds, and not apart from their own core.
  void possible_bar(Lane& l, const Tenure& t) const {
    const bool proves = std::ranges::find(facts_.proving, l.process) != facts_.proving.end();
    const Cores& others = log_.operations[t.operation].mode == Mode::shared ? writers_ : holders_;
    if (proves || t.granted < t.sure_until) {
      bar(l, t.asked, t.until, proves ? '.' : '-');
      if (!proves) bar(l, std::max(t.asked, others.end_before(t.granted)), t.granted, '.');
      if (!proves) bar(l, t.sure_until, std::min(t.until, others.next_after(t.sure_until)), '.');
      return;
    }
    const auto c = t.asked == t.until ? std::nullopt : columns(t.asked, t.until);
    for (std::size_t i = c ? c->first : 0; c && i < c->second; ++i)
      if (!others.at[i] || t.asked >= axis_->from()) put(l, i, others.at[i] ? '-' : '.');
  }

  void draw_tenure(Lane& l, const Tenure& t) const {
    const Operation& op = log_.operations[t.operation];
    if (!axis_->shows(t.asked, t.until)) return;
    possible_bar(l, t);
    if (t.granted < t.sure_until) bar(l, t.granted, t.sure_until, op.mode == Mode::shared ? '~' : '=');
    if (t.granted < t.lease_ends && t.lease_ends < t.until) mark(l, t.lease_ends, '?');
    if (std::ranges::binary_search(facts_.clashing, t.operation)) {
      mark(l, facts_.wrong_from, '#');
      bar(l, facts_.wrong_from, facts_.wrong_until, '#');
    }
    if (t.until == kNever) put(l, axis_->columns() - 1, '>');
  }

  // --- Text.

  static Tone tone_of(char glyph, bool proves) {
    if (glyph == '#') return Tone::bad;
    if (std::string_view("?r").find(glyph) != std::string_view::npos) return Tone::doubtful;
    if (std::string_view("xnou").find(glyph) != std::string_view::npos) return proves ? Tone::bad : Tone::doubtful;
    if (std::string_view("=~b").find(glyph) != std::string_view::npos) return proves ? Tone::good : Tone::plain;
    return Tone::quiet;
  }

  std::string plain_row(std::string_view cells) const {
    Row row(width_);
    row.put(begin_, cells, Tone::quiet);
    return row.set(style_);
  }

  std::string lane_text(const Lane& l, bool proves) const {
    Row row(width_);
    row.put(kIndent, label_of(l.process), proves ? Tone::heading : Tone::plain);
    for (std::size_t i = 0; i < l.cells.size(); ++i)
      row.put(begin_ + i, l.cells.substr(i, 1), tone_of(l.cells[i], proves));
    std::vector<Pin> pins;
    for (const Note& note : facts_.notes) {
      if (note.process != l.process) continue;
      const std::size_t column = axis_->column(note.at);
      pins.push_back({column, column + 1, note.text});
    }
    return row.set(style_) + (proves ? pinned(pins, Tone::plain, "") : "");
  }

  std::string wrong_text() const {
    const Instant from = std::max(facts_.wrong_from, axis_->from());
    const auto c = facts_.wrong_from == facts_.wrong_until
                       ? std::optional(std::pair(axis_->column(from), axis_->column(from) + 1))
                       : columns(from, facts_.wrong_until);
    return pinned({{c ? c->first : 0, c ? c->second : 1, facts_.wrong}}, Tone::bad, "wrong");
  }

  // Where words go: behind what they belong to, before it, or where neither has room, beneath it.
  enum class Place : std::uint8_t { behind, before, beneath };
  Place place_of(const Pin& pin) const {
    if (pin.end + 1 + pin.text.size() <= axis_->columns()) return Place::behind;
    return pin.text.size() + 1 <= pin.begin ? Place::before : Place::beneath;
  }

  // In as few rows as will do.
  std::string pinned(std::vector<Pin> pins, Tone tone, std::string_view label) const {
    std::ranges::stable_sort(pins, {}, &Pin::begin);
    std::vector<std::string> rows;
    const std::size_t room = axis_->columns();
    const auto put_in_row = [&](std::size_t begin, const std::string& text, std::size_t from) {
      const std::size_t before = begin > 1 ? begin - 2 : 0;
      std::size_t r = from;
      while (r < rows.size() &&
             rows[r].substr(before, begin - before + text.size() + 2).find_first_not_of(' ') != std::string::npos)
        ++r;
      if (r >= rows.size()) rows.resize(r + 1, std::string(room, ' '));
      rows[r].replace(begin, text.size(), text);
      return r;
    };
    for (Pin& pin : pins) {
      if (pin.text.size() > room) pin.text = pin.text.substr(0, room - 3) + "...";
      const std::string span(pin.end - pin.begin, '^');
      switch (place_of(pin)) {
        case Place::behind: put_in_row(pin.begin, span + " " + pin.text, 0); break;
        case Place::before: put_in_row(pin.begin - 1 - pin.text.size(), pin.text + " " + span, 0); break;
        case Place::beneath: {
          const std::size_t row = put_in_row(pin.begin, span, 0);
          put_in_row(std::min(pin.begin, room - pin.text.size()), pin.text, row + 1);
        }
      }
    }
    std::string text;
    for (const std::string& words : rows) {
      Row row(width_);
      row.put(kIndent, std::exchange(label, ""), tone);
      row.put(begin_, words, tone);
      text += row.set(style_);
    }
    return text;
  }

  std::string faults_text() const {
    Lane all{.cells = std::string(axis_->columns(), ' ')};
    std::vector<Pin> pins;
    std::size_t shown = 0;
    for (const linear::Fault& fault : log_.faults) {
      const auto c = columns(fault.at, fault.until);
      if (!c) continue;
      ++shown;
      for (std::size_t i = c->first; i < c->second; ++i) all.cells[i] = '!';
      std::string words = printable_ascii(fault.what);
      if (words.size() > kLongestFault) words = words.substr(0, kLongestFault - 3) + "...";
      if (shown <= kMostFaultsTold) pins.push_back({c->first, c->first + 1, std::move(words)});
    }
    if (shown == 0) return "";
    for (const auto& b : axis_->breaks()) all.cells.replace(b.column, TimeAxis::kBreakColumns, "//");
    Row row(width_);
    row.put(kIndent, "faults", Tone::fault);
    row.put(begin_, all.cells, Tone::fault);
    std::string text = row.set(style_) + pinned(std::move(pins), Tone::fault, "");
    if (shown <= kMostFaultsTold) return text;
    Row more(width_);
    more.put(begin_, fmt::format("and {}", counted(shown - kMostFaultsTold, "more fault", "more faults")), Tone::fault);
    return text + more.set(style_);
  }

  bool shows(char glyph) const {
    return std::ranges::any_of(lanes_, [&](const Lane& l) { return l.cells.find(glyph) != std::string::npos; });
  }

  std::string legend_text() const {
    std::vector<std::string> items;
    const auto explain = [&](char glyph, std::string_view words) {
      if (shows(glyph)) items.push_back(fmt::format("{} {}", glyph, words));
    };
    explain('.', "possibly holds");
    explain('=', shows('~') ? "certainly writes" : "certainly holds");
    explain('~', "certainly reads");
    explain('#', facts_.clashing.size() == 2 ? "both certainly hold" : "too many certainly hold");
    explain('-', "asks, and does not hold");
    explain('x', "refused");
    explain('o', "gives up");
    explain('n', "told that it does not hold");
    explain('u', "told that it released");
    explain('r', "renewed");
    explain('b', "breaks it");
    explain('?', "the lease may end by itself");
    explain('>', "the log tells no end");
    std::vector<std::string> lengths;
    for (const auto& b : axis_->breaks()) lengths.push_back(rough_length(b.from, b.until));
    if (!lengths.empty()) items.push_back(fmt::format("// {} left out", listed(lengths)));
    if (axis_->per_column() >= 1)
      items.push_back(
          fmt::format("one column is about {}", rough_length(0, static_cast<Instant>(axis_->per_column()))));
    std::string text, line;
    for (const std::string& item : items) {
      if (!line.empty() && kIndent + line.size() + 3 + item.size() > width_) {
        text += fmt::format("{:{}}{}\n", "", kIndent, paint(line, Tone::quiet, style_));
        line.clear();
      }
      line += (line.empty() ? "" : "   ") + item;
    }
    return text + fmt::format("{:{}}{}\n", "", kIndent, paint(line, Tone::quiet, style_));
  }

  const linear::Log& log_;
  const linear::Judgement& judgement_;
  TextStyle style_;
  WindowFacts facts_;
  std::size_t width_;
  std::size_t begin_ = 0;  // where the axis does
  std::optional<TimeAxis> axis_;
  std::vector<Lane> lanes_;
  std::size_t proving_ = 0;  // so many lanes
  std::size_t left_out_ = 0;
  std::vector<Instant> held_until_;  // by hold, if at all
  Cores holders_, writers_;
};

}  // namespace

std::string window_text(const linear::Log& log, const linear::Judgement& judgement, const TextStyle& style) {
  if (judgement.outcome != linear::Outcome::violation || judgement.evidence.empty()) return "";
  return Window(log, judgement, style).text();
}

}  // namespace lockstep::reports
