// The columns of a ladder: where each process stands, what its column shows at an instant, and one row of text drawn
// over them. Knows widths and glyphs; what is worth a row is decided elsewhere.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/history.h"
#include "reports/text_style.h"

namespace lockstep::reports {

// One line of characters with tones.
class Row {
 public:
  explicit Row(std::size_t width) : text_(width, ' '), tones_(width, Tone::plain) {}
  // What lies outside of the row is cut off.
  void put(std::size_t at, std::string_view text, Tone tone);
  // Likewise, and what is left of a word that the text ends in goes too.
  void put_over(std::size_t at, std::string_view text, Tone tone);
  char at(std::size_t place) const { return text_[place]; }
  // Without blanks at its end, and with a line break.
  std::string set(const TextStyle& style) const;

 private:
  std::string text_;
  std::vector<Tone> tones_;
};

class Lanes {
 public:
  // `processes` are those that get a column, in this order; all others share one behind them if `rest`. Columns begin
  // at `margin`.
  Lanes(const models::History& history, std::vector<std::uint32_t> processes, bool rest, std::size_t margin,
        const TextStyle& style);

  // How many columns fit.
  static std::size_t capacity(std::size_t margin, const TextStyle& style);

  // Takes in what an event changes: who runs, who believes what.
  void follow(const models::Event& event);

  std::string heading(std::string_view over_margin) const;
  Row row() const;
  // Words beside the column of a process, to its right if they fit there, otherwise to its left.
  void tell(Row& row, std::uint32_t process, const std::string& words, Tone tone) const;

  enum class Arrow : std::uint8_t { whole, lost, departing, arriving };
  void arrow(Row& row, std::uint32_t from, std::uint32_t to, const std::string& words, Arrow arrow, Tone tone) const;

 private:
  struct State {
    bool down = false;
    bool paused = false;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> beliefs;  // attempt, lock
  };
  std::size_t place(std::uint32_t process) const;  // of its column
  bool shares(std::uint32_t process) const;
  std::string glyph(const State& state) const;
  // Where the column of a process leaves room to its right.
  std::size_t behind(std::uint32_t process) const;

  const models::History& history_;
  std::vector<std::uint32_t> processes_;
  bool rest_;
  std::size_t margin_;
  std::size_t step_;
  TextStyle style_;
  std::vector<State> states_;  // by process
};

}  // namespace lockstep::reports
