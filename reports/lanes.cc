// Drawing by overwriting: first the columns, then an arrow, then its words.
#include "reports/lanes.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "models/words.h"

namespace lockstep::reports {
namespace {

using models::Event;
using models::EventType;

constexpr std::size_t kNarrowest = 14;  // between two columns: "release A #5" and an arrow around it
constexpr std::size_t kWidest = 24;
constexpr std::size_t kLastColumn = 9;  // "client 12", "resource"
constexpr std::size_t kLongestBelief = 4;

}  // namespace

void Row::put(std::size_t at, std::string_view text, Tone tone) {
  for (std::size_t i = 0; i < text.size() && at + i < text_.size(); ++i) {
    text_[at + i] = text[i];
    tones_[at + i] = tone;
  }
}

void Row::put_over(std::size_t at, std::string_view text, Tone tone) {
  const std::size_t end = at + text.size();
  const bool inside_of_word = end < text_.size() && end > 0 && text_[end - 1] != ' ' && text_[end - 1] != '-';
  for (std::size_t i = end; inside_of_word && i < text_.size() && text_[i] != ' '; ++i) put(i, " ", Tone::plain);
  put(at, text, tone);
}

std::string Row::set(const TextStyle& style) const {
  std::string out;
  const std::size_t end = text_.find_last_not_of(' ') + 1;
  for (std::size_t begin = 0; begin < end;) {
    std::size_t stop = begin;
    while (stop < end && tones_[stop] == tones_[begin]) ++stop;
    out += paint(text_.substr(begin, stop - begin), tones_[begin], style);
    begin = stop;
  }
  return out + "\n";
}

std::size_t Lanes::capacity(std::size_t margin, const TextStyle& style) {
  return (width_of(style) - margin - kLastColumn) / kNarrowest + 1;
}

Lanes::Lanes(const models::History& history, std::vector<std::uint32_t> processes, bool rest, std::size_t margin,
             const TextStyle& style)
    : history_(history),
      processes_(std::move(processes)),
      rest_(rest),
      margin_(margin),
      style_(style),
      states_(history.processes.size()) {
  const std::size_t columns = processes_.size() + (rest_ ? 1 : 0);
  step_ =
      columns < 2 ? kWidest : std::clamp((width_of(style) - margin - kLastColumn) / (columns - 1), kNarrowest, kWidest);
}

bool Lanes::shares(std::uint32_t process) const { return std::ranges::find(processes_, process) == processes_.end(); }

std::size_t Lanes::place(std::uint32_t process) const {
  const auto found = std::ranges::find(processes_, process);
  return margin_ + step_ * static_cast<std::size_t>(found - processes_.begin());
}

void Lanes::follow(const Event& e) {
  if (e.process >= states_.size()) return;
  State& state = states_[e.process];
  const auto forget = [&] {
    std::erase_if(state.beliefs, [&](const auto& belief) { return belief.first == e.attempt; });
  };
  switch (e.type) {
    case EventType::process_started: state = {}; return;
    case EventType::process_crashed: state = {.down = true, .beliefs = {}}; return;
    case EventType::process_paused: state.paused = true; return;
    case EventType::process_resumed: state.paused = false; return;
    case EventType::believes:
      forget();
      state.beliefs.emplace_back(e.attempt, e.lock);
      return;
    case EventType::belief_ended:
    case EventType::lost: return forget();
    case EventType::invoke:
      if (e.op == models::Op::unlock) forget();
      return;
    default: return;
  }
}

std::string Lanes::glyph(const State& state) const {
  if (state.down) return " ";
  if (state.beliefs.empty()) return state.paused ? ":" : "|";
  std::string names;
  std::set<std::uint32_t> locks;
  for (const auto& [attempt, lock] : state.beliefs) {
    if (locks.insert(lock).second) names += models::lock_name(history_, lock);
  }
  if (names.size() > kLongestBelief) names = fmt::format("{}+", names.substr(0, kLongestBelief - 1));
  return (state.paused ? "%" : "#") + names;
}

std::size_t Lanes::behind(std::uint32_t process) const {
  return place(process) + (shares(process) ? 1 : glyph(states_[process]).size());
}

std::string Lanes::heading(std::string_view over_margin) const {
  Row row(width_of(style_));
  row.put(0, over_margin, Tone::quiet);
  for (const std::uint32_t p : processes_) row.put(place(p), history_.processes[p].name, Tone::heading);
  if (rest_) row.put(margin_ + step_ * processes_.size(), "others", Tone::heading);
  return row.set(style_);
}

Row Lanes::row() const {
  Row row(width_of(style_));
  for (const std::uint32_t p : processes_) {
    const std::string shown = glyph(states_[p]);
    row.put(place(p), shown, shown[0] == '#' || shown[0] == '%' ? Tone::good : Tone::quiet);
  }
  if (rest_) row.put(margin_ + step_ * processes_.size(), "|", Tone::quiet);
  return row;
}

void Lanes::tell(Row& row, std::uint32_t process, const std::string& words, Tone tone) const {
  const std::string text = shares(process) ? history_.processes[process].name + " " + words : words;
  const std::size_t after = behind(process);
  if (after + 3 + text.size() <= width_of(style_)) {
    row.put_over(after, "* " + text + " ", tone);
  } else {
    const std::size_t room = place(process) - margin_;
    const std::string cut = text.size() + 2 <= room ? text : text.substr(0, room < 6 ? 0 : room - 5) + "...";
    row.put(place(process) - std::min(place(process), cut.size() + 3), " " + cut + " *", tone);
  }
}

void Lanes::arrow(Row& row, std::uint32_t from, std::uint32_t to, const std::string& words, Arrow kind,
                  Tone tone) const {
  const std::size_t source = place(from), target = place(to);
  std::string label = words;
  if (shares(from)) label = history_.processes[from].name + ": " + words;
  if (shares(to)) label = words + " to " + history_.processes[to].name;
  if (source == target) return tell(row, from, words + " to " + history_.processes[to].name, tone);
  const bool rightward = source < target;
  std::size_t first = rightward ? behind(from) : behind(to);  // of the places between the columns
  std::size_t last = (rightward ? target : source) - 1;
  const std::size_t needed = label.size() + 8;
  if (kind != Arrow::whole) {  // only a part of the way is drawn: the part at the sender, or at the receiver
    const std::size_t part = std::max(needed, (last - first + 1) / 2);
    const bool at_first = rightward == (kind != Arrow::arriving);
    if (part < last - first + 1) (at_first ? last : first) = at_first ? first + part - 1 : last - part + 1;
  }
  for (std::size_t i = first; i <= last; ++i) {
    if (row.at(i) == ' ') row.put(i, "-", tone);
  }
  const std::size_t tip = rightward ? last : first, tail = rightward ? first : last;
  if (kind == Arrow::lost) row.put(tip, "x", tone);
  if (kind == Arrow::whole || kind == Arrow::arriving) row.put(tip, rightward ? ">" : "<", tone);
  if (kind == Arrow::departing) row.put(rightward ? tip - 2 : tip, "...", tone);
  if (kind == Arrow::arriving) row.put(rightward ? tail : tail - 2, "...", tone);
  // The words stand in the gap at the sender if they fit there, otherwise in the middle, otherwise beside the arrow.
  const std::size_t gap = std::min(step_ - 1, last - first + 1);
  const std::size_t room = last - first + 1;
  if (label.size() + 5 <= gap) {
    const std::size_t left = rightward ? first : last - gap + 1;
    row.put(left + (gap - label.size() - 2) / 2, " " + label + " ", tone);
  } else if (label.size() + 4 <= room) {
    row.put(first + (room - label.size() - 2) / 2, " " + label + " ", tone);
  } else {
    row.put_over(last + 4, label + " ", tone);
  }
}

}  // namespace lockstep::reports
