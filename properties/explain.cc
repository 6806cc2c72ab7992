// Instants are those of the history's events. The widest change of likelihood is halved again and again, until it lies
// between two neighbours or there are enough points.
#include "properties/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "impl/env/random.h"
#include "properties/work_off.h"
#include "scenarios/run.h"

namespace lockstep::properties {
namespace {

using models::Instant;
using scenarios::Likelihood;
using scenarios::Scenario;
using scenarios::Subject;

// Before anything has happened.
constexpr Instant kBeginning{-1};

// All noise of this instant is as it was; that of the next nanosecond is not.
sim::NoiseFork fork_after(Instant at, std::uint64_t number) {
  return {sim::TrueTime(at + Duration(1)), RandomStream(number).fork("another ending").next() | 1};
}

class Explainer {
 public:
  Explainer(const Scenario& scenario, const Subject& subject, models::Property property, const ExplainOptions& options,
            const ExplainProgress& progress, const std::atomic<bool>& stop)
      : scenario_(scenario),
        subject_(subject),
        property_(property),
        options_(options),
        progress_(progress),
        stop_(stop) {}

  scenarios::Explanation run() {
    find_instants();
    const std::size_t last = instants_.size() - 1;
    constexpr std::size_t kFirst = 8;
    for (std::size_t i = 0; i <= kFirst && !stop_; ++i) evaluate(last * i / kFirst);
    while (!stop_ && known_.size() < options_.points) {
      const auto middle = widest_change();
      if (!middle) break;
      evaluate(*middle);
    }
    scenarios::Explanation explanation{.property = property_, .points = {}, .complete = !stop_};
    for (const auto& [index, point] : known_) explanation.points.push_back(point);
    return explanation;
  }

 private:
  void find_instants() {
    const auto result = scenarios::run(scenario_, subject_, {.properties = models::bit(property_)});
    for (const auto& verdict : result.verdicts) {
      if (verdict.property != property_ || verdict.evidence.empty()) continue;
      const Instant proof = result.history.events[verdict.evidence.back()].at;
      instants_ = {kBeginning};
      for (const models::Event& event : result.history.events) {
        if (event.at <= proof && event.at != instants_.back()) instants_.push_back(event.at);
      }
    }
    if (instants_.empty()) instants_ = {kBeginning};
  }

  // In the middle of the two neighbours that differ most.
  std::optional<std::size_t> widest_change() const {
    constexpr std::uint32_t kNoise = 8;  // in percent: less may be chance
    std::optional<std::size_t> middle;
    std::uint32_t widest = kNoise;
    for (auto right = std::next(known_.begin()); right != known_.end(); ++right) {
      const auto left = std::prev(right);
      if (right->first - left->first < 2) continue;
      const std::uint32_t a = percent(left->second), b = percent(right->second);
      const std::uint32_t change = a < b ? b - a : a - b;
      if (change <= widest) continue;
      widest = change;
      middle = (left->first + right->first) / 2;
    }
    return middle;
  }

  static std::uint32_t percent(const Likelihood& point) {
    return point.runs == 0 ? 0 : point.violations * 100 / point.runs;
  }

  // "at from to": "runs violations" of the runs with these numbers, which part after `at`.
  std::string count(const std::string& request) const {
    long long at = 0;
    unsigned from = 0, to = 0, violations = 0;
    std::sscanf(request.c_str(), "%lld %u %u", &at, &from, &to);
    for (unsigned number = from; number < to; ++number) {
      const auto run = scenarios::run(scenario_, subject_,
                                      {.properties = models::bit(property_), .fork = fork_after(Instant(at), number)});
      violations += scenarios::violated(run) != 0 ? 1 : 0;
    }
    return fmt::format("{} {}", to - from, violations);
  }

  void evaluate(std::size_t index) {
    if (known_.contains(index)) return;
    Likelihood point{.at = instants_[index]};
    const std::uint32_t shares = std::max(1u, options_.jobs);
    WorkOrder order{.function = [this](const std::string& request, const auto&) { return count(request); },
                    .requests = {},
                    .jobs = shares};
    for (std::uint32_t i = 0; i < shares; ++i)
      order.requests.push_back(
          fmt::format("{} {} {}", point.at.count(), options_.runs * i / shares, options_.runs * (i + 1) / shares));
    work_off(
        order,
        [&](const Ended& ended) {
          unsigned runs = 0, violations = 0;
          std::sscanf(ended.answer.c_str(), "%u %u", &runs, &violations);
          point.runs += runs;
          point.violations += violations;
        },
        stop_);
    if (stop_) return;
    known_[index] = point;
    progress_(static_cast<std::uint32_t>(known_.size()), options_.points);
  }

  const Scenario& scenario_;
  const Subject& subject_;
  models::Property property_;
  const ExplainOptions& options_;
  const ExplainProgress& progress_;
  const std::atomic<bool>& stop_;
  std::vector<Instant> instants_;
  std::map<std::size_t, Likelihood> known_;  // by index into instants_
};

}  // namespace

scenarios::Explanation explain(const Scenario& scenario, const Subject& subject, models::Property property,
                               const ExplainOptions& options, const ExplainProgress& progress,
                               const std::atomic<bool>& stop) {
  return Explainer(scenario, subject, property, options, progress, stop).run();
}

}  // namespace lockstep::properties
