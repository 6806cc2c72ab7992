// Portions are handed out in order of seeds and summed in order of seeds, so that how many workers there are, who was
// quicker, and whether the campaign was interrupted, leave no mark on the result.
#include "properties/campaign.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>

#include "impl/env/check.h"
#include "properties/campaign_state.h"
#include "properties/portion.h"
#include "properties/shrink_failures.h"
#include "properties/worker.h"

namespace lockstep::properties {
namespace {

using scenarios::CampaignOutcome;
using scenarios::CampaignSummary;
using scenarios::Failure;

constexpr std::uint64_t kPortion = 50;
constexpr Duration kHung = std::chrono::seconds(120);  // a seed takes milliseconds
constexpr int kPollMilliseconds = 100;

class RealTime {
 public:
  Duration elapsed() const { return std::chrono::duration_cast<Duration>(now() - begin_); }

 private:
  // Real time is for progress and limits alone; nothing in a run sees it.
  static std::chrono::nanoseconds now() {
    timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
  }
  std::chrono::nanoseconds begin_ = now();
};

std::string request_of(Portion portion) { return fmt::format("{} {}", portion.first, portion.count); }
Portion portion_of(const std::string& request) {
  Portion portion;
  char* rest = nullptr;
  portion.first = std::strtoull(request.c_str(), &rest, 10);
  portion.count = std::strtoull(rest, nullptr, 10);
  return portion;
}

class Runner {
 public:
  Runner(const CampaignOptions& options, CampaignListener& listener, const std::atomic<bool>& stop)
      : options_(options), listener_(listener), stop_(stop), state_(CampaignState::open(options)) {}

  CampaignSummary run() {
    plan();
    search();
    CampaignSummary summary = sum_up();
    if (options_.shrink) shrink_failures(options_, summary, [this](const std::string& doing) { report(doing); }, stop_);
    summary.seconds = static_cast<double>(clock_.elapsed().count()) / 1e9;
    return summary;
  }

 private:
  struct Slot {
    std::unique_ptr<Worker> worker;
    std::optional<Portion> portion;
    std::uint64_t seed = 0;  // as last seen
    Duration since{};
  };

  // What is left to do: all portions but those that an earlier campaign has finished.
  void plan() {
    std::map<std::uint64_t, std::uint64_t> done;  // first -> count
    for (const PortionResult& result : state_.finished()) {
      done[result.portion.first] = result.portion.count;
      take_in(result);
    }
    const std::uint64_t end = options_.first_seed + options_.seeds;
    for (std::uint64_t first = options_.first_seed; first < end;) {
      const auto found = done.find(first);
      if (found != done.end() && found->second > 0) {
        first += found->second;
        continue;
      }
      const auto next_done = done.upper_bound(first);
      const std::uint64_t limit = next_done == done.end() ? end : std::min(end, next_done->first);
      const std::uint64_t aligned = options_.first_seed + ((first - options_.first_seed) / kPortion + 1) * kPortion;
      const std::uint64_t until = std::min(limit, aligned);
      todo_.push_back({first, until - first});
      first = until;
    }
  }

  void take_in(const PortionResult& result) {
    done_ += result.portion.count;
    virtual_ns_ += result.sums.virtual_ns;
    if (result.failures.empty()) return;
    failures_ += result.failures.size();
    if (!options_.keep_going) stop_before_ = std::min(stop_before_, result.portion.first);
  }

  bool may_go_on() const { return !stop_ && clock_.elapsed() < options_.time_limit; }

  void search() {
    std::vector<Slot> slots(std::max(1u, options_.jobs));
    for (;;) {
      bool busy = false;
      for (Slot& slot : slots) {
        if (!slot.portion) assign(slot);
        if (slot.portion && slot.portion->first > stop_before_) {  // beyond the first failure: of no interest now
          slot.worker.reset();
          slot.portion.reset();
        }
        busy = busy || slot.portion;
      }
      if (!busy) break;
      wait(slots);
      report("running");
    }
  }

  void assign(Slot& slot) {
    if (todo_.empty() || !may_go_on() || todo_.front().first > stop_before_) return;
    if (!slot.worker) {
      slot.worker = std::make_unique<Worker>([this](const std::string& request, const SeedMark& mark) {
        return encode(run_portion(options_, portion_of(request), [&](std::uint64_t seed) {
          mark(seed);
          set_check_context(fmt::format("to see it again: ./lockstep replay --backend {} --profile {} --seed {}",
                                        options_.subject.name, name_of(options_.profile), seed));
        }));
      });
    }
    slot.portion = todo_.front();
    slot.since = clock_.elapsed();
    todo_.pop_front();
    slot.worker->send(request_of(*slot.portion));
  }

  void wait(std::vector<Slot>& slots) {
    std::vector<pollfd> descriptors;
    std::vector<Slot*> waiting;
    for (Slot& slot : slots) {
      if (!slot.portion) continue;
      descriptors.push_back({slot.worker->descriptor(), POLLIN, 0});
      waiting.push_back(&slot);
    }
    ::poll(descriptors.data(), descriptors.size(), kPollMilliseconds);
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      Slot& slot = *waiting[i];
      if ((descriptors[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && slot.worker->receive()) finish(slot);
      if (slot.portion) watch(slot);
    }
  }

  void watch(Slot& slot) {
    const std::uint64_t seed = slot.worker->mark();
    if (seed != slot.seed) {
      slot.seed = seed;
      slot.since = clock_.elapsed();
    } else if (clock_.elapsed() - slot.since > kHung) {
      slot.worker->kill();
      died(slot, fmt::format("seed {}: no end after {} s; its worker was stopped", seed, kHung / std::chrono::seconds(1)));
    }
  }

  void finish(Slot& slot) {
    if (slot.worker->dead()) {
      return died(slot, fmt::format("seed {}: its worker was {}", slot.worker->mark(), slot.worker->death()));
    }
    auto result = decode_portion(slot.worker->take_answer());
    CHECK(result.has_value());
    slot.portion.reset();
    keep(*result);
  }

  void keep(const PortionResult& result) {
    state_.add(result);
    take_in(result);
    for (const Failure& failure : result.failures) listener_.failed(failure);
  }

  // The seed at which the worker died is a result; the others of its portion are run again.
  void died(Slot& slot, std::string how) {
    const Portion portion = *slot.portion;
    const std::uint64_t seed = std::clamp(slot.worker->mark(), portion.first, portion.first + portion.count - 1);
    slot.portion.reset();
    slot.worker.reset();
    PortionResult crash;
    crash.portion = {seed, 1};
    crash.sums.crashed = 1;
    crash.crashes.push_back(std::move(how));
    keep(crash);
    if (seed + 1 < portion.first + portion.count) todo_.push_front({seed + 1, portion.first + portion.count - seed - 1});
    if (seed > portion.first) todo_.push_front({portion.first, seed - portion.first});
  }

  void report(const std::string& doing) {
    listener_.progressed({done_, options_.seeds, failures_, clock_.elapsed(), virtual_ns_, doing});
  }

  CampaignSummary sum_up() const {
    CampaignSummary summary;
    summary.backend = options_.subject.name;
    summary.profile = name_of(options_.profile);
    summary.first_seed = options_.first_seed;
    summary.seeds_wanted = options_.seeds;
    summary.asserted = asserted_properties(options_.profile, options_.subject.claims);
    summary.jobs = std::max(1u, options_.jobs);
    std::vector<PortionResult> in_order = state_.finished();
    std::sort(in_order.begin(), in_order.end(),
              [](const PortionResult& a, const PortionResult& b) { return a.portion.first < b.portion.first; });
    bool stopped = false;
    std::uint64_t counted = 0;
    for (const PortionResult& result : in_order) {
      if (result.portion.first >= options_.first_seed + options_.seeds) break;
      summary.sums.add(result.sums);
      counted += result.portion.count;
      summary.failures.insert(summary.failures.end(), result.failures.begin(), result.failures.end());
      summary.divergences.insert(summary.divergences.end(), result.divergences.begin(), result.divergences.end());
      summary.crashes.insert(summary.crashes.end(), result.crashes.begin(), result.crashes.end());
      if (!result.failures.empty() && !options_.keep_going) {
        stopped = true;
        break;
      }
    }
    const bool complete = stopped || counted >= options_.seeds || (clock_.elapsed() >= options_.time_limit && !stop_);
    summary.outcome = outcome_of(summary, complete);
    return summary;
  }

  static CampaignOutcome outcome_of(const CampaignSummary& summary, bool complete) {
    if (!summary.divergences.empty()) return CampaignOutcome::non_deterministic;
    if (!summary.failures.empty() || !summary.crashes.empty()) return CampaignOutcome::violation;
    if (!complete) return CampaignOutcome::interrupted;
    const bool undecided = std::any_of(summary.sums.properties.begin(), summary.sums.properties.end(),
                                       [](const auto& p) { return p.undecided > 0; });
    if (undecided || !not_exercised(summary).empty()) return CampaignOutcome::inconclusive;
    return CampaignOutcome::clean;
  }

  const CampaignOptions& options_;
  CampaignListener& listener_;
  const std::atomic<bool>& stop_;
  CampaignState state_;
  RealTime clock_;
  std::deque<Portion> todo_;
  std::uint64_t stop_before_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t done_ = 0;
  std::uint64_t failures_ = 0;
  std::int64_t virtual_ns_ = 0;
};

}  // namespace

CampaignSummary run_campaign(const CampaignOptions& options, CampaignListener& listener, const std::atomic<bool>& stop) {
  return Runner(options, listener, stop).run();
}

}  // namespace lockstep::properties
