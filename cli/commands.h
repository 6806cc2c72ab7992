// The commands, each a function from its options to an exit code. Errors of usage are thrown as UsageError and come
// out as one line and exit code 2.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "cli/wait_arguments.h"
#include "properties/campaign.h"
#include "scenarios/adapter_subject.h"

namespace lockstep::cli {

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A lock in another program, for every command: see docs/adapters.md. Throws a UsageError.
using AdapterTime = scenarios::AdapterOptions::Time;
// Gives its name.
std::string add_adapter(const std::string& command, AdapterTime time);
// A lock in a shared library, likewise: see docs/own-locks.md. Throws a UsageError.
void add_plugin(const std::string& file);
// The first lock that the program has registered itself, or sqlite.
std::string default_backend();

struct CampaignArguments {
  std::string backend;  // empty: default_backend()
  std::string profile = "within-claims";
  std::uint64_t seeds = 10'000;
  std::uint64_t first_seed = 1;
  std::string time;   // "10 min"; empty: no limit
  unsigned jobs = 0;  // 0: one for each core
  bool keep_going = false;
  std::uint64_t check_determinism = 16;
  bool no_shrink = false;
  bool resume = false;
  std::string out = "lockstep-out";
  std::string json;
  std::string junit;
  std::string markdown;
  bool github = false;
  std::string html;  // beside the one in `out`
};
int campaign(const CampaignArguments& arguments);
// Of --time: "90 s", "10 min", "2 h". Throws a UsageError.
Duration real_time_or_error(const std::string& text);
int code_of(scenarios::CampaignOutcome outcome);

struct ReportArguments {
  std::string state =
      "lockstep-out";  // the directory that --out named, or a state in it; or envelopes as JSON, one or a directory
  std::string html;
};
int report(const ReportArguments& arguments);

struct ValidateArguments {
  std::vector<std::string> command;      // of an adapter, word by word; none: `backend`
  std::string backend;                   // empty: default_backend()
  AdapterTime time = AdapterTime::told;  // of the command
  std::vector<std::string> only;         // cases of the contract; none: all, and campaigns
  std::uint64_t noises = 3;
  std::uint64_t seeds = 200;
  std::uint64_t limit = 60;  // seconds for each campaign; 0: none
  bool beyond = false;
  unsigned jobs = 0;  // 0: one for each core
  std::string out = "lockstep-out/validate";
  std::string json, junit, markdown, html;
  bool github = false;
};
int validate(const ValidateArguments& arguments);

struct EnvelopeArguments {
  std::string backend;     // empty: default_backend()
  std::string axes;        // names with commas between; empty: all
  std::uint64_t runs = 0;  // behind each point; 0: as many as a few minutes allow
  std::uint64_t seed = 1;
  std::string ttl = "2 s";
  std::string time;   // as for a campaign
  unsigned jobs = 0;  // 0: one for each core
  bool quick = false;
  bool no_maps = false;
  std::string out = "lockstep-out/envelope";
  std::string json, csv, html;
};
int envelope(const EnvelopeArguments& arguments);

struct ZooArguments {
  std::vector<std::string> bugs;        // none: all
  std::vector<std::string> strategies;  // none: the default one
  std::uint64_t hunts = 20;             // for each bug and strategy
  std::uint64_t limit = 60;             // seconds, for each hunt
  unsigned jobs = 0;                    // 0: one for each core
  bool no_shrink = false;
  std::string out = "lockstep-out/zoo";
  std::string json;
  std::string markdown;
  std::string html;
};
int zoo(const ZooArguments& arguments);

struct ExhaustArguments {
  std::string backend;        // empty: default_backend()
  std::uint64_t depth = 1;    // faults at most
  std::uint64_t limit = 600;  // seconds
  unsigned jobs = 0;          // 0: one for each core
  std::string out = "lockstep-out/exhaust";
  std::string json;
};
int exhaust(const ExhaustArguments& arguments);

// A scenario is named by its file, or by backend, profile and seed.
struct ScenarioArguments {
  std::string file;
  std::uint64_t seed = 0;
  bool has_seed = false;
  std::string backend;  // empty: default_backend()
  std::string profile;  // empty: within-claims
};
struct ReplayArguments {
  ScenarioArguments scenario;
  bool all = false;
  bool json = false;
  std::string history;
  std::string html;
  std::string trace;
};
int replay(const ReplayArguments& arguments);

struct ScenariosArguments {
  std::string name;  // empty: all
  bool json = false;
};
int list_scenarios(const ScenariosArguments& arguments);

struct ShrinkArguments {
  std::string file;
  std::string property;  // empty: the one that the file expects; if it expects none, the first that is violated
  std::string out;       // empty: beside the file
};
int shrink(const ShrinkArguments& arguments);

struct ExplainArguments {
  ScenarioArguments scenario;
  std::string property;       // as for shrink
  std::uint64_t runs = 100;   // for each instant
  std::uint64_t points = 40;  // instants
  unsigned jobs = 0;          // 0: one for each core
  std::string json;
  std::string html;
};
int explain(const ExplainArguments& arguments);

struct StressArguments {
  std::string backend = "sqlite";
  std::uint64_t processes = 8;
  std::uint64_t seconds = 60;
  std::uint64_t locks = 2;
  std::uint64_t seed = 1;
  std::string ttl = "500 ms";
  std::vector<std::string> addresses;  // of Redis servers; empty: some of the run's own
  bool rates = false;
  std::string out;  // empty: the history is kept only if it shows a violation
  std::string json;
};
int stress(const StressArguments& arguments);

struct CheckArguments {
  std::vector<std::string> files;  // "-": standard input
  std::uint64_t capacity = 0;      // of semaphores; 0: there are none, or the log tells
  std::string ttl;               // of grants whose events tell none, like "30 s"; empty: they do not end by themselves
  std::uint64_t drift_ppm = 0;   // clocks may run so much faster
  std::string format;            // json or edn; empty: as its first line looks
  std::vector<std::string> ops;  // "acquire=try_lock": what the log calls an operation, and which it is
  std::string value_is;          // of Jepsen's logs: token, lock or nothing; empty: fields, if it is a map or a pair
  std::uint64_t states = 4096;
  std::uint64_t steps = 20'000'000;
  std::string leases_from = "grant";  // or "asking"
  bool cut = false;                   // the logs do not begin at the beginning
  bool fair = false;                  // the locks serve a line
  bool general = false;               // with the general checker's opinion beside
  bool window = false;
  bool json = false;
  bool follow = false;
  std::string patience, until_idle;  // how long, of the log's time and of ours; empty: ten seconds, and for ever
  std::string witness;               // the file for it, "-": standard output; empty: none
  std::string html;                  // the file for a page; empty: none
  std::string line;                  // to paste, to judge it again
  WaitArguments waits;
};
int check(const CheckArguments& arguments);
std::uint64_t peak_memory_bytes();
// Of an option like "30 s". Throws a UsageError, also if it is negative.
Duration duration_or_error(const char* option, const std::string& text);

struct MakeLogArguments {
  std::string family = "try-lock";
  std::uint64_t operations = 1000;
  std::uint64_t clients = 16;
  std::uint64_t capacity = 4;
  std::uint64_t unknown = 0;
  std::uint64_t seed = 1;
  bool tokens = false;
  bool wrong = false;
  std::string out;  // empty: standard output
};
int make_log(const MakeLogArguments& arguments);

struct ListArguments {
  bool json = false;
  bool claims = false;    // of the honest locks, as a table in Markdown
  bool contract = false;  // its cases, likewise
};
int list(const ListArguments& arguments);
int version();
// "0.1.0".
std::string version_text();

// Of an empty name: the default one. Throws UsageError with the name that was probably meant, or those that there are;
// `file` is the scenario in which the name stands, if it does.
scenarios::Subject subject_or_error(const std::string& name, const std::string& file = "");
// The same of --backend, where nothing else is on trial by --adapter.
scenarios::Subject subject_on_trial(const std::string& name);
properties::Profile profile_or_error(const std::string& name);

}  // namespace lockstep::cli
