// The time of a benchmark against that of a fixed loop in the same process, so that figures of two machines can be
// compared. Both are times of the processor: other programs on the machine matter less.
#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <ctime>

namespace lockstep::bench {

inline double seconds_since(std::clock_t begin) {
  return static_cast<double>(std::clock() - begin) / static_cast<double>(CLOCKS_PER_SEC);
}

// A million dependent multiplications.
inline double fixed_loop_seconds() {
  static const double seconds = [] {
    double best = 1e9;
    for (int round = 0; round < 5; ++round) {
      const std::clock_t begin = std::clock();
      std::uint64_t x = 1;
      for (int i = 0; i < 1'000'000; ++i) x = x * 0x9e3779b97f4a7c15u + 1;
      benchmark::DoNotOptimize(x);
      best = std::min(best, seconds_since(begin));
    }
    return best;
  }();
  return seconds;
}

// Call at the end: `ratio` is the mean time of an iteration in fixed loops.
class Ratio {
 public:
  explicit Ratio(benchmark::State& state) : state_(state), begin_(std::clock()) {}
  ~Ratio() { state_.counters["ratio"] = seconds_per_iteration() / fixed_loop_seconds(); }

  double seconds_per_iteration() const { return seconds_since(begin_) / static_cast<double>(state_.iterations()); }

 private:
  benchmark::State& state_;
  std::clock_t begin_;
};

}  // namespace lockstep::bench
