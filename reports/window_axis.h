// The time axis of a window in a log: which instants it shows, in which column, and its ruler. What would need too much
// room for too little is left out at a break mark, so that a microsecond can be read beside an hour.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "models/linear/log.h"

namespace lockstep::reports {

class TimeAxis {
 public:
  // `keys` are the instants that have to be seen apart, at least one. A margin around them is shown too, but nothing
  // before `first`.
  TimeAxis(std::vector<linear::Instant> keys, linear::Instant first, std::size_t columns);

  std::size_t columns() const { return columns_; }
  linear::Instant from() const { return pieces_.front().from; }
  linear::Instant until() const { return pieces_.back().until; }
  // Of an instant that is not shown: the nearest, or that of the break. Never columns() or more.
  std::size_t column(linear::Instant at) const;
  // Whether anything of the interval is shown; its ends belong to it.
  bool shows(linear::Instant from, linear::Instant until) const;

  struct Break {
    linear::Instant from = 0, until = 0;
    std::size_t column = 0;  // the first of kBreakColumns
  };
  static constexpr std::size_t kBreakColumns = 2;
  const std::vector<Break>& breaks() const { return breaks_; }

  // How many nanoseconds one column stands for, about.
  double per_column() const { return per_column_; }

  // Two rows: round times, each above its tick, and the ruler.
  std::vector<std::string> ruler() const;

 private:
  // A stretch of time in which columns are alike, or a break.
  struct Piece {
    linear::Instant from = 0, until = 0;
    std::size_t begin = 0, end = 0;  // columns
    bool broken = false;
  };
  void cut(const std::vector<linear::Instant>& keys, linear::Instant first);
  void lay_out();
  void tick(linear::Instant from, linear::Instant until, std::string& labels, std::string& ruler) const;

  std::size_t columns_;
  std::vector<Piece> pieces_;  // without gaps
  std::vector<Break> breaks_;
  double per_column_ = 1;
};

}  // namespace lockstep::reports
