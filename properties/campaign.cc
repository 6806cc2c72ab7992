// Portions are handed out in order of seeds and summed in order of seeds, so that how many workers there are, who was
// quicker, and whether the campaign was interrupted, leave no mark on the result.
#include "properties/campaign.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>

#include "impl/env/check.h"
#include "properties/campaign_state.h"
#include "properties/campaign_summary.h"
#include "properties/canaries.h"
#include "properties/portion.h"
#include "properties/search.h"
#include "properties/shrink_failures.h"
#include "properties/stopwatch.h"
#include "properties/work_off.h"

namespace lockstep::properties {
namespace {

using scenarios::CampaignSummary;
using scenarios::Failure;

constexpr std::uint64_t kPortion = 3 * Watching::kRow;
constexpr int kPollMilliseconds = 100;
constexpr double kWorthKeeping = 120;  // seconds

std::string request_of(Portion portion) { return fmt::format("{} {}", portion.first, portion.count); }
Portion portion_of(const std::string& request) {
  Portion portion;
  char* rest = nullptr;
  portion.first = std::strtoull(request.c_str(), &rest, 10);
  portion.count = std::strtoull(rest, nullptr, 10);
  return portion;
}

bool is_worth_keeping(const std::string& state) {
  if (std::error_code error; !std::filesystem::exists(state, error)) return false;
  try {
    const CampaignSummary summary = stored_summary(state);
    const bool ended = summary.finished && summary.outcome != scenarios::CampaignOutcome::interrupted;
    return !ended && summary.seconds > kWorthKeeping;
  } catch (const CampaignError&) {  // damaged, or of another version
    return false;
  }
}

// Minutes of work are not thrown away because somebody forgot to say --resume.
CampaignState state_of(const CampaignOptions& options, CampaignListener& listener) {
  const std::string file = state_file(options.directory, options.subject.name, name_of(options.profile));
  const std::string aside = file + ".unfinished";
  if (!options.resume && is_worth_keeping(file) && CampaignState::move(file, aside)) listener.set_aside(aside);
  return CampaignState::open(options);
}

class Runner {
 public:
  Runner(const CampaignOptions& options, CampaignListener& listener, const std::atomic<bool>& stop)
      : options_(options), listener_(listener), stop_(stop), state_(state_of(options, listener)) {}

  CampaignSummary run() {
    take_in_earlier();
    const auto canaries = hunt_canaries(options_.canaries, stop_);
    tell_stories();
    state_.tell_stories(stories_, canaries);
    if (!story_failed() || options_.keep_going) search();
    const bool in_time = clock_.elapsed() >= options_.time_limit && !stop_;
    CampaignSummary summary = summary_of(state_, in_time);
    if (options_.shrink && !options_.subject.claims.on_machine_time)
      shrink_failures(
          options_, summary, [this](const std::string& doing) { report(doing); }, stop_);
    const Duration all = spent();
    summary.seconds = static_cast<double>(all.count()) / 1e9;
    try {
      state_.end({in_time, summary.failures, all});
    } catch (const CampaignError&) {  // a full disk is no reason to lose the verdict
    }
    return summary;
  }

 private:
  struct Slot {
    std::unique_ptr<Worker> worker;
    std::optional<Portion> portion;
    std::uint64_t seed = 0;  // as last seen
    Duration since{};
  };

  // What an earlier campaign has finished is not run again.
  void take_in_earlier() {
    state_.each_finished([this](const PortionResult& result, Duration) {
      earlier_[result.portion.first] = result.portion.count;
      take_in(result);
      return true;
    });
  }

  // One after the other in a worker: a lock that hangs or dies in one of them is laid at its door.
  void tell_stories() {
    WorkOrder order{
        .function =
            [this](const std::string& request, const auto&) {
              return encode(run_story(options_, options_.stories[std::strtoull(request.c_str(), nullptr, 10)]));
            },
        .requests = {},
        .jobs = 1,
        .hung_after = options_.hung_after};
    for (std::size_t i = 0; i < options_.stories.size(); ++i) order.requests.push_back(fmt::format("{}", i));
    work_off(
        order,
        [this](const Ended& ended) {
          if (!ended.death.empty()) {
            ++stories_.sums.crashed;
            stories_.crashes.push_back(
                fmt::format("story {}: its worker {}", options_.stories[ended.request].name, ended.death));
            return;
          }
          const auto result = decode_portion(ended.answer);
          CHECK(result.has_value());
          stories_.portion.count += result->portion.count;
          stories_.sums.add(result->sums);
          stories_.divergences.insert(stories_.divergences.end(), result->divergences.begin(),
                                      result->divergences.end());
          stories_.findings.insert(stories_.findings.end(), result->findings.begin(), result->findings.end());
          for (const Failure& failure : result->failures) {
            stories_.failures.push_back(failure);
            listener_.failed(failure);
          }
        },
        stop_);
    failures_ += stories_.failures.size();
  }

  bool story_failed() const { return !stories_.failures.empty() || !stories_.crashes.empty(); }

  // In order of seeds, except that what the crash of a worker left over comes first. Portions begin at the same seeds
  // whoever runs them.
  std::optional<Portion> next_portion() {
    if (!left_over_.empty()) return left_over_.front();
    for (auto done = earlier_.find(next_); done != earlier_.end() && done->second > 0; done = earlier_.find(next_)) {
      next_ += done->second;
    }
    const std::uint64_t end = options_.first_seed + options_.seeds;
    if (next_ >= end) return std::nullopt;
    const auto later = earlier_.upper_bound(next_);
    const std::uint64_t limit = later == earlier_.end() ? end : std::min(end, later->first);
    const std::uint64_t aligned = options_.first_seed + ((next_ - options_.first_seed) / kPortion + 1) * kPortion;
    return Portion{next_, std::min(limit, aligned) - next_};
  }

  void begin(const Portion& portion) {
    if (left_over_.empty()) {
      next_ = portion.first + portion.count;
    } else {
      left_over_.pop_front();
    }
  }

  void take_in(const PortionResult& result) {
    done_ += result.portion.count;
    virtual_ns_ += result.sums.virtual_ns;
    if (result.failures.empty()) return;
    failures_ += result.failures.size();
    if (!options_.keep_going) stop_before_ = std::min(stop_before_, result.portion.first);
  }

  // As what was run, it is that of all parts; limits are for this one.
  Duration spent() const { return state_.spent_earlier() + clock_.elapsed(); }
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
    const auto portion = next_portion();
    if (!portion || !may_go_on() || portion->first > stop_before_) return;
    if (!slot.worker || suspects_.contains(portion->first)) {  // what was left behind by others is no excuse
      slot.worker = std::make_unique<Worker>([this](const std::string& request, const SeedMark& mark) {
        return encode(run_portion(options_, portion_of(request), [&](std::uint64_t seed) {
          mark(seed);
          set_check_context(fmt::format("to see it again: ./lockstep replay --backend {} --profile {} --seed {}",
                                        options_.subject.name, name_of(options_.profile), seed));
        }));
      });
    }
    begin(*portion);
    slot.portion = portion;
    slot.since = clock_.elapsed();
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
    } else if (clock_.elapsed() - slot.since > options_.hung_after) {
      slot.worker->kill();
      died(slot, fmt::format("did not come to an end within {} s and was killed",
                             options_.hung_after / std::chrono::seconds(1)));
    }
  }

  void finish(Slot& slot) {
    if (slot.worker->dead()) {
      return died(slot, slot.worker->death());
    }
    auto result = decode_portion(slot.worker->take_answer());
    CHECK(result.has_value());
    slot.portion.reset();
    keep(*result);
  }

  void keep(const PortionResult& result) {
    state_.add(result, clock_.elapsed());
    take_in(result);
    for (const Failure& failure : result.failures) listener_.failed(failure);
  }

  // A worker may be killed from outside, by whoever is short of memory, so the seed at which it died is tried once more
  // in a new one; if that dies too, this is a result. The others of the portion are run again.
  void died(Slot& slot, const std::string& how) {
    const Portion portion = *slot.portion;
    const std::uint64_t seed = std::clamp(slot.worker->mark(), portion.first, portion.first + portion.count - 1);
    slot.portion.reset();
    slot.worker.reset();
    if (seed + 1 < portion.first + portion.count)
      left_over_.push_front({seed + 1, portion.first + portion.count - seed - 1});
    if (suspects_.insert(seed).second) {
      left_over_.push_front({seed, 1});
      listener_.died(seed, how);
    } else {
      keep_crash(seed, how);
    }
    if (seed > portion.first) left_over_.push_front({portion.first, seed - portion.first});
  }

  void keep_crash(std::uint64_t seed, const std::string& how) {
    PortionResult crash;
    crash.portion = {seed, 1};
    crash.sums.runs = 1;
    crash.sums.crashed = 1;
    crash.crashes.push_back(fmt::format("seed {}: its worker {}", seed, how));
    keep(crash);
  }

  void report(const std::string& doing) {
    listener_.progressed({done_, options_.seeds, failures_, spent(), virtual_ns_, doing});
  }

  const CampaignOptions& options_;
  CampaignListener& listener_;
  const std::atomic<bool>& stop_;
  CampaignState state_;
  Stopwatch clock_;
  std::map<std::uint64_t, std::uint64_t> earlier_;  // first seed -> count of what was finished before
  PortionResult stories_;
  std::deque<Portion> left_over_;
  std::set<std::uint64_t> suspects_;  // seeds at which a worker died once
  std::uint64_t next_ = options_.first_seed;
  std::uint64_t stop_before_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t done_ = 0;
  std::uint64_t failures_ = 0;
  std::int64_t virtual_ns_ = 0;
};

}  // namespace

CampaignSummary run_campaign(const CampaignOptions& options, CampaignListener& listener,
                             const std::atomic<bool>& stop) {
  return Runner(options, listener, stop).run();
}

}  // namespace lockstep::properties
