// A campaign: consecutive seeds, each a scenario, a run and its verdicts, spread over forked workers, one to a core,
// so that a lock that crashes takes only its worker down, and a worker that is killed from outside costs only time.
// What is found depends on the seeds alone: the same campaign gives the same sums however many workers it has, and also
// when it was killed and resumed in between.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

#include "properties/generate.h"
#include "properties/zoo/planted.h"
#include "scenarios/stories.h"
#include "scenarios/summary.h"

namespace lockstep::properties {

struct CampaignOptions {
  scenarios::Subject subject;
  Profile profile = Profile::within_claims;
  std::uint64_t first_seed = 1;
  std::uint64_t seeds = 10'000;
  Duration time_limit = Duration::max();  // of real time; no new seeds are begun after it
  unsigned jobs = 1;
  bool keep_going = false;               // after the first violation
  std::uint64_t determinism_every = 16;  // one in so many seeds is run twice and compared; 0: only failing ones
  Duration hung_after = std::chrono::seconds(120);  // of real time; one run takes milliseconds
  bool shrink = true;
  std::uint64_t shrink_at_most = 8;                  // groups of failures
  Duration shrink_limit = std::chrono::seconds(20);  // of real time, for each
  std::vector<zoo::Planted> canaries = {};           // hunted first
  std::vector<scenarios::StoredStory> stories = {};  // run after them
  std::string directory = "lockstep-out";            // for failures and the state
  bool resume = false;
  std::string version;  // of Lockstep; one version does not resume what another began
};

struct CampaignProgress {
  std::uint64_t done = 0;  // seeds
  std::uint64_t wanted = 0;
  std::uint64_t failures = 0;
  Duration elapsed{};  // like `done`, of all parts of a campaign that was resumed
  std::int64_t virtual_ns = 0;
  std::string doing;  // "running", "shrinking seed 17"
};

// Thrown for a world outside that does not play along: an unwritable directory, a state that belongs to another
// campaign, no process to be had. The text says what to do.
struct CampaignError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class CampaignListener {
 public:
  virtual ~CampaignListener() = default;
  virtual void progressed(const CampaignProgress&) {}
  // Another campaign was begun in the same directory, was at work for minutes and did not come to its end. It is kept
  // in this file: with its name of before it can be resumed.
  virtual void set_aside(const std::string& /*state_file*/) {}
  // A violation, already on disk, not yet shrunk.
  virtual void failed(const scenarios::Failure&) {}
  // A worker, in words that follow "its worker". The seed is run once more in a new one: only if that dies too it is
  // a crash in the summary.
  virtual void died(std::uint64_t /*seed*/, const std::string& /*how*/) {}
};

// `stop` asked for from outside (a signal handler may set it): seeds in flight are finished, then the report comes.
// A property that is not asserted and broke is a finding: the first seed that broke it stands among the failures,
// without a file, and does not count for the outcome. Errors: throws CampaignError.
scenarios::CampaignSummary run_campaign(const CampaignOptions& options, CampaignListener& listener,
                                        const std::atomic<bool>& stop);

// Properties whose violation fails a campaign, and that it must exercise: within claims all that the subject claims,
// beyond them S5 alone, which nothing may ever break.
models::PropertySet asserted_properties(Profile profile, const scenarios::Subject& subject);

// Runs twice and compares; nothing if the runs are equal, else the first event that differs.
std::optional<std::string> compare_runs(const scenarios::Scenario& scenario, const scenarios::Subject& subject);

}  // namespace lockstep::properties
