// CLI11 reads the words; what it throws is turned into one line that says what to do.
#include "cli/app.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "impl/adapter/adapter_lock.h"
#include "impl/plugin/plugin_lock.h"
#include "models/logs/builder.h"
#include "reports/text_style.h"
#include "scenarios/real_redis_subject.h"
#include "scenarios/wording.h"

namespace lockstep::cli {
namespace {

constexpr std::uint64_t kMostSeeds = 1'000'000'000'000'000'000;
constexpr std::uint64_t kMostJobs = 1024;

// A check that says what to write instead.
CLI::Validator whole_number(std::uint64_t most = kMostSeeds, std::uint64_t least = 0) {
  return CLI::Validator(
      [most, least](std::string& text) -> std::string {
        if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) {
          return fmt::format("\"{}\" is not a whole number; write one like 1000", text);
        }
        if (text.size() > 19 || std::stoull(text) > most) return fmt::format("{} is too large; at most {}", text, most);
        if (std::stoull(text) < least) return fmt::format("{} is too small; at least {}", text, least);
        return {};
      },
      "N");
}

void add_scenario(CLI::App& command, ScenarioArguments& arguments) {
  command.add_option("file", arguments.file,
                     "a scenario file, as a campaign leaves it for each failure, or a stored story's name");
  command
      .add_option_function<std::string>(
          "--seed",
          [&arguments](const std::string& text) {
            arguments.seed = std::stoull(text);
            arguments.has_seed = true;
          },
          "instead of a file: the seed of a campaign's run")
      ->check(whole_number());
  command.add_option("--backend", arguments.backend,
                     "with --seed: the campaign's backend; default: sqlite. With a stored story: another lock");
  command.add_option("--profile", arguments.profile, "with --seed: the campaign's profile; default: within-claims");
}

void add_campaign(CLI::App& app, CampaignArguments& a, int& code) {
  auto* c = app.add_subcommand("campaign", "try a lock in thousands of simulated lives, and say whether it is safe");
  c->add_option("--backend", a.backend, "whom to try; `lockstep list` names them, planted bugs included")
      ->default_str(default_backend());
  c->add_option("--profile", a.profile, "within-claims: any violation is a bug; beyond-claims: find the limits")
      ->capture_default_str();
  c->add_option("--seeds", a.seeds, "how many runs")->capture_default_str()->check(whole_number());
  c->add_option("--first-seed", a.first_seed, "the first of the consecutive seeds")
      ->capture_default_str()
      ->check(whole_number());
  c->add_option("--time", a.time, "begin no new run after so long, like \"10 min\" or \"90 s\"");
  c->add_option("--jobs", a.jobs, "worker processes; 0: one for each core")
      ->capture_default_str()
      ->check(whole_number(kMostJobs));
  c->add_flag("--keep-going", a.keep_going, "do not stop at the first violation; group them by property and shape");
  c->add_option("--check-determinism", a.check_determinism,
                "run one in so many seeds twice and compare; 0: failing ones only")
      ->capture_default_str()
      ->check(whole_number());
  c->add_flag("--no-shrink", a.no_shrink, "leave failing scenarios as they were generated");
  c->add_option("--out", a.out, "directory for failing scenarios and for the state of the campaign")
      ->capture_default_str();
  c->add_flag("--resume", a.resume, "go on with the campaign in --out that was interrupted or killed");
  c->add_option("--json", a.json, "write the report as JSON to this file; - for standard output instead of the text");
  c->add_option("--junit", a.junit, "write the report as JUnit XML to this file");
  c->add_option("--markdown", a.markdown, "write a summary to this file, for a comment on a pull request");
  c->add_flag("--github", a.github, "behind the text, what went wrong as annotations of GitHub's Actions");
  c->add_option("--html", a.html, "write the page also to this file; there is always one in --out, report.html");
  c->footer(
      "Exit codes: 0 clean, 1 a violation, 2 usage, 3 inconclusive, 4 not deterministic.\n"
      "Example: lockstep campaign --backend sqlite+wal-normal");
  c->callback([&a, &code] { code = campaign(a); });
}

void add_report(CLI::App& app, int& code) {
  const auto a = std::make_shared<ReportArguments>();
  auto* c = app.add_subcommand("report",
                               "tell again what a campaign found, also if it was killed or is at work; or envelopes");
  c->add_option("state", a->state,
                "the --out of a campaign or a .state file in it; or envelopes: a .json or a folder of them")
      ->capture_default_str();
  c->add_option("--html", a->html, "write it as a page to look at to this file");
  c->footer(
      "Exit codes: as those of the campaign, or of the envelopes; 3 also if it is not finished.\n"
      "Example: lockstep report lockstep-out");
  c->callback([a, &code] { code = report(*a); });
}

void add_validate(CLI::App& app, ValidateArguments& a, int& code) {
  auto* c = app.add_subcommand("validate", "does a lock do what it says? The contract, case by case, then campaigns");
  c->add_option("command", a.command, "behind --: an adapter, as on the command line; see docs/adapters.md");
  c->add_option("--backend", a.backend, "instead: one that `lockstep list` names");
  c->add_option("--only", a.only, "this case of the contract, and no campaign; repeatable")->allow_extra_args(false);
  const auto number = [c](const char* name, std::uint64_t& value, const char* what) {
    c->add_option(name, value, what)->capture_default_str()->check(whole_number(1'000'000'000));
  };
  number("--noises", a.noises, "runs of each case, with other delays");
  number("--seeds", a.seeds, "runs of each campaign");
  number("--limit", a.limit, "begin no new run of a campaign after so many seconds; 0: never mind");
  c->add_flag("--beyond", a.beyond, "also look for the limits: what the lock does not claim to survive");
  c->add_option("--jobs", a.jobs, "worker processes; 0: one for each core")
      ->capture_default_str()
      ->check(whole_number(kMostJobs));
  c->add_option("--out", a.out, "directory for scenarios of what went wrong")->capture_default_str();
  c->add_option("--json", a.json, "write the report as JSON to this file; - for standard output instead of the text");
  c->add_option("--junit", a.junit, "write the report as JUnit XML to this file");
  c->add_option("--markdown", a.markdown, "write the report to this file, to be pasted into a README");
  c->add_flag("--github", a.github, "behind the text, what went wrong as annotations of GitHub's Actions");
  c->add_option("--html", a.html, "write the report as a page to look at to this file");
  c->footer(
      "Exit codes: 0 it keeps what it claims, 1 it does not, 2 usage, 3 something is left open.\n"
      "Example: lockstep validate -- python3 adapters/python/example.py");
  c->fallthrough();  // to the options that say by whose time an adapter lives
  c->callback([&a, &code] { code = validate(a); });
}

void add_envelope(CLI::App& app, EnvelopeArguments& a, int& code) {
  auto* c = app.add_subcommand("envelope", "how much drift, pause, loss or storage trouble a lock survives");
  c->add_option("backend", a.backend, "whom to measure; `lockstep list` names them, planted bugs included")
      ->default_str(default_backend());
  c->add_option("--axes", a.axes, "only these, like drift,pause; default: all");
  c->add_option("--runs", a.runs, "behind each point; 0: 500, or 20 for a lock on real files or real time")
      ->capture_default_str()
      ->check(whole_number(1'000'000));
  c->add_option("--seed", a.seed, "the first of the consecutive seeds behind each point")
      ->capture_default_str()
      ->check(whole_number());
  c->add_option("--ttl", a.ttl, "of the leases, but on the axis ttl and in the maps")->capture_default_str();
  c->add_option("--time", a.time, "stop after so long, like \"3 min\": how far it comes depends on the machine then");
  c->add_option("--jobs", a.jobs, "worker processes; 0: one for each core")
      ->capture_default_str()
      ->check(whole_number(kMostJobs));
  c->add_flag("--quick", a.quick, "20 runs behind each point, and boundaries to a tenth instead of a fiftieth");
  c->add_flag("--no-maps", a.no_maps, "without the maps of drift, step, pause and delay against ttl");
  c->add_option("--out", a.out, "directory for an example of what breaks first, each a scenario to replay")
      ->capture_default_str();
  c->add_option("--json", a.json, "write the report as JSON to this file; - for standard output instead of the text");
  c->add_option("--csv", a.csv, "write a line for each property at each point to this file; - likewise");
  c->add_option("--html", a.html, "write the report as a page to look at to this file");
  c->footer(
      "Exit codes: 0 nothing broke that it claims to survive, 1 something did, 2 usage, 3 stopped before the end.\n"
      "Example: lockstep envelope redlock --axes drift,step");
  c->callback([&a, &code] { code = envelope(a); });
}

void add_zoo(CLI::App& app, ZooArguments& a, int& code) {
  auto* c = app.add_subcommand("zoo", "hunt the planted bugs, and say how soon each is found");
  c->add_option("bugs", a.bugs, "which, like sqlite+wal-normal; default: all that `lockstep list` names");
  c->add_option("--strategy", a.strategies, "how to search, or all; repeatable; default: as a campaign does")
      ->allow_extra_args(false);
  const auto number = [c](const char* name, std::uint64_t& value, const char* what) {
    c->add_option(name, value, what)->capture_default_str()->check(whole_number(1'000'000));
  };
  number("--hunts", a.hunts, "searches for each bug, from base seeds of their own; what counts is the median");
  number("--limit", a.limit, "give a hunt up after so many seconds");
  c->add_option("--jobs", a.jobs, "worker processes; 0: one for each core")
      ->capture_default_str()
      ->check(whole_number(kMostJobs));
  c->add_flag("--no-shrink", a.no_shrink, "do not make the first catch of each bug small");
  c->add_option("--out", a.out, "directory for the shrunk scenarios")->capture_default_str();
  c->add_option("--json", a.json, "write the table as JSON to this file; - for standard output instead of the text");
  c->add_option("--markdown", a.markdown, "write the table as a document to this file");
  c->add_option("--html", a.html, "write the table as a page to look at to this file");
  c->footer(
      "Exit codes: 0 every bug is caught, 1 one is not, 2 usage, 3 stopped before the end.\n"
      "Example: lockstep zoo --hunts 3 sqlite+wal-normal memory+wall-clock");
  c->callback([&a, &code] { code = zoo(a); });
}

void add_exhaust(CLI::App& app, ExhaustArguments& a, int& code) {
  auto* c = app.add_subcommand("exhaust", "try every fault at every step of small scopes, without dice");
  c->add_option("--backend", a.backend, "whom to try; `lockstep list` names them")->default_str(default_backend());
  c->add_option("--faults", a.depth, "so many in one run, at most: 1 or 2")
      ->capture_default_str()
      ->check(whole_number(2, 1));
  c->add_option("--limit", a.limit, "stop after so many seconds")
      ->capture_default_str()
      ->check(whole_number(1'000'000));
  c->add_option("--jobs", a.jobs, "worker processes; 0: one for each core")
      ->capture_default_str()
      ->check(whole_number(kMostJobs));
  c->add_option("--out", a.out, "directory for the scenario that broke something")->capture_default_str();
  c->add_option("--json", a.json, "write the report as JSON to this file; - for standard output instead of the text");
  c->footer(
      "Exit codes: 0 exhausted and nothing broken, 1 a violation, 2 usage, 3 not exhausted.\n"
      "Example: lockstep exhaust --backend memory --faults 2");
  c->callback([&a, &code] { code = exhaust(a); });
}

void add_replay(CLI::App& app, ReplayArguments& a, int& code) {
  auto* c = app.add_subcommand("replay", "run one scenario again and tell its story");
  add_scenario(*c, a.scenario);
  c->add_flag("--all", a.all, "every event, not only what belongs to the violation");
  c->add_flag("--json", a.json, "the run for machines: verdicts, trace hash, the whole history");
  c->add_option("--history", a.history, "write the history as JSON Lines to this file");
  c->add_option("--html", a.html, "write the run as a page to look at to this file");
  c->add_option("--trace", a.trace, "write the run as a trace for Perfetto or chrome://tracing to this file");
  c->footer("Exit codes: 0 nothing violated, 1 a violation, 2 usage, 3 inconclusive, 4 not deterministic.");
  c->callback([&a, &code] { code = replay(a); });
}

void add_explain(CLI::App& app, ExplainArguments& a, int& code) {
  auto* c = app.add_subcommand("explain", "say at which events a violation became likely, and when inevitable");
  add_scenario(*c, a.scenario);
  c->add_option("--property", a.property, "which violation; default: the one that the scenario expects, or the first");
  const auto number = [c](const char* name, std::uint64_t& value, const char* what) {
    c->add_option(name, value, what)->capture_default_str()->check(whole_number(100'000));
  };
  number("--runs", a.runs, "for each instant: runs that are the same until then, and go on with other noise");
  number("--points", a.points, "instants to look at, more of them where the likelihood changes");
  c->add_option("--jobs", a.jobs, "worker processes; 0: one for each core")
      ->capture_default_str()
      ->check(whole_number(kMostJobs));
  c->add_option("--json", a.json, "write it as JSON to this file; - for standard output instead of the text");
  c->add_option("--html", a.html, "write the run as a page to look at, with its likelihood over time, to this file");
  c->footer(
      "Exit codes: 0 nothing is broken, so there is nothing to explain, 1 explained, 2 usage, 3 stopped before the "
      "end.\n"
      "Example: lockstep explain lockstep-out/sqlite+wal-normal-seed-7.min.json");
  c->callback([&a, &code] { code = explain(a); });
}

void add_scenarios(CLI::App& app, ScenariosArguments& a, int& code) {
  auto* c = app.add_subcommand("scenarios", "the stored stories: what once went wrong, here or elsewhere");
  c->add_option("name", a.name, "tell this one, and run it on each lock of which it says what comes of it");
  c->add_flag("--json", a.json, "for machines");
  c->footer("Exit codes: 0, or 1 if the story that is told does not come out as it says, 2 usage.");
  c->callback([&a, &code] { code = list_scenarios(a); });
}

void add_stress(CLI::App& app, StressArguments& a, int& code) {
  auto* c = app.add_subcommand("stress", "use a lock from real processes, kill and stop them, and judge what happened");
  c->add_option("--backend", a.backend,
                "sqlite, filesystem, redis or redlock, or filesystem+unlinked-guards, which is wrong")
      ->capture_default_str();
  const auto number = [c](const char* name, std::uint64_t& value, const char* what) {
    c->add_option(name, value, what)->capture_default_str()->check(whole_number());
  };
  number("--processes", a.processes, "worker processes");
  number("--seconds", a.seconds, "how long; nobody is killed or stopped in the last fifth");
  number("--locks", a.locks, "how many locks they want");
  number("--seed", a.seed, "of the workers' and the signals' chance; the machine adds its own");
  c->add_option("--address", a.addresses,
                "of a Redis server, like 127.0.0.1:6379, unix:/run/redis.sock or\n"
                "redis://:PASSWORD@HOST/0; repeatable\n"
                "for redlock; default: one redis-server of its own, or five")
      ->allow_extra_args(false);
  c->add_option("--ttl", a.ttl, "longest lease, like \"500 ms\"; a stop lasts longer")->capture_default_str();
  c->add_flag("--rates", a.rates, "measure locking afterwards, beside flock and plain SQLite; alone with --seconds 0");
  c->add_option("--out", a.out, "keep the history in this directory; default: only if it shows a violation");
  c->add_option("--json", a.json, "write the report as JSON to this file; - for standard output instead of the text");
  c->footer(
      "Exit codes: 0 every promise kept, 1 a violation, 2 usage, 3 inconclusive.\n"
      "The store lies in a new directory in TMPDIR, or else in /tmp.\n"
      "Example: lockstep stress --backend filesystem --seconds 60");
  c->callback([&a, &code] { code = stress(a); });
}

// The command as it was called, without the forms in which it was to answer.
std::string line_to_paste(const CLI::App& command) {
  std::string line = fmt::format("{} {}", reports::called_as(), command.get_name());
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || name == "--html" || name == "--json" || name == "--window" || name == "--witness")
      continue;
    const bool flag = option->get_expected_max() == 0;
    for (const std::string& value : option->results()) {
      if (name.starts_with("-")) line += " " + name;
      if (!flag) line += " " + reports::shell_word(value);
    }
  }
  return line;
}

void add_check(CLI::App& app, CheckArguments& a, int& code) {
  auto* c = app.add_subcommand("check", "judge the log of any lock: could one lock have answered all that?");
  c->add_option("files", a.files,
                "logs, as JSON Lines or as Jepsen prints them, also compressed by gzip; - for standard input");
  c->add_option("--format", a.format, "json or edn; default: as the first line looks");
  c->add_option("--op", a.ops,
                "what the log calls an operation, and which it is, like \"acquire=try_lock\"; repeatable")
      ->allow_extra_args(false);
  c->add_option("--value-is", a.value_is, "Jepsen's :value is a granted token, the name of a lock, or nothing");
  c->add_option("--capacity", a.capacity, "the locks are semaphores of so many permits")
      ->check(whole_number(models::kMostPermits, 1));
  c->add_option("--ttl", a.ttl, "leases end by themselves after so long, like \"30 s\", unless the log tells");
  c->add_option("--drift", a.drift_ppm, "parts per million by which they may end earlier, since clocks differ")
      ->capture_default_str()
      ->check(whole_number(999'999));
  c->add_option("--states", a.states, "give up, undecided, beyond so many possible states of a lock at one time")
      ->capture_default_str()
      ->check(whole_number(kMostSeeds, 1));
  c->add_option("--steps", a.steps, "give up, undecided, after so many comparisons for one lock")
      ->capture_default_str()
      ->check(whole_number(kMostSeeds, 1));
  c->add_option("--leases-from", a.leases_from, "from when leases count, at least: grant, or asking for it")
      ->capture_default_str();
  c->add_flag("--cut", a.cut, "the log does not begin at the beginning: somebody may have held or asked before");
  c->add_flag("--fair", a.fair, "the lock serves a line: who would have passed somebody may be refused");
  c->add_flag("--general", a.general,
              "ask the general checker too, which is slow and knows no leases; they must agree");
  auto* json = c->add_flag("--json", a.json, "the verdicts for machines");
  c->add_flag("--window", a.window, "beneath each violation the time around it as a picture")->excludes(json);
  c->add_flag("--witness", a.witness,
              "of each lock that is right, an order in which it can have done all that, replayed by an independent\n"
              "check, as JSON Lines: beneath the verdict, or in a file")
      ->option_text("[=FILE]");
  c->add_option("--html", a.html, "write what is wrong as a page to look at to this file");
  auto* follow = c->add_flag("--follow", a.follow,
                             "the log is still being written: judge what there is, and go on until it is wrong");
  c->add_option("--patience", a.patience,
                "with --follow: what is not answered for so long, of the log's time, may never be; default: 10 s")
      ->needs(follow);
  c->add_option("--until-idle", a.until_idle, "with --follow: end when nothing has been written for so long")
      ->needs(follow);
  for (const char* other : {"--cut", "--fair", "--general", "--witness", "--html"})
    follow->excludes(c->get_option(other));
  add_wait_options(*c, a.waits);
  c->footer(
      "Exit codes: 0 all of them are right, 1 a violation in any, 2 usage, or one cannot be read, 3 undecided.\n"
      "A line: {\"process\":0,\"type\":\"ok\",\"op\":\"try_lock\",\"lock\":\"L\",\"sid\":17,\"time_ns\":473191}\n"
      "type: invoke, ok, fail, info (unknown); op: try_lock, lock, unlock; sid: the attempt, which an unlock has too.\n"
      "Or: {:process 0, :type :ok, :f :acquire, :value nil, :time 473191}, or 0\\t:ok\\t:acquire\\tnil");
  c->callback([&a, &code, c] {
    if (a.witness == "true") a.witness = "-";  // so says CLI11 of a flag without a value
    a.line = line_to_paste(*c);
    code = check(a);
  });
}

void add_make_log(CLI::App& app, MakeLogArguments& a, int& code) {
  auto* c = app.add_subcommand("generate-history", "make a log of any size, to measure checkers with");
  c->add_option("--family", a.family, "try-lock, lock, readers-writers or permits")->capture_default_str();
  const auto number = [c](const char* name, std::uint64_t& value, const char* what, std::uint64_t most) {
    c->add_option(name, value, what)->capture_default_str()->check(whole_number(most));
  };
  number("--operations", a.operations, "how many", 1'000'000'000);
  number("--clients", a.clients, "how many ask at a time", 1'000'000);
  number("--capacity", a.capacity, "with --family permits: of the semaphore", 1'000'000);
  number("--unknown", a.unknown, "how many of a hundred outcomes are unknown; not with --family lock", 100);
  number("--seed", a.seed, "another log of the same kind", kMostSeeds);
  c->add_flag("--tokens", a.tokens, "grants tell their fencing token");
  c->add_flag("--wrong", a.wrong, "with one grant too many in its last quarter");
  c->add_option("--out", a.out, "the file to write; default: standard output");
  c->footer("Example: lockstep generate-history --operations 1000000 | lockstep check -");
  c->callback([&a, &code] { code = make_log(a); });
}

void add_others(CLI::App& app, ShrinkArguments& a, ListArguments& l_args, int& code) {
  auto* s = app.add_subcommand("shrink", "find a smaller scenario that breaks the same property");
  s->add_option("file", a.file, "the scenario file, or a stored story's name")->required();
  s->add_option("--property", a.property, "the property to break, like S2; default: the one the file expects");
  s->add_option("--out", a.out, "where to write the smaller one; default: FILE with .min.json");
  s->footer(
      "Exit codes: 0 nothing is broken, so there is nothing to shrink, 1 the smaller one is broken too, 2 usage.");
  s->callback([&a, &code] { code = shrink(a); });
  auto* l = app.add_subcommand("list", "backends and planted bugs, properties, faults");
  auto* json = l->add_flag("--json", l_args.json, "for machines");
  auto* claims = l->add_flag("--claims", l_args.claims, "what each lock can do and promises, as a table");
  auto* contract = l->add_flag("--contract", l_args.contract, "the cases that `validate` tries, as a table");
  claims->excludes(json)->excludes(contract);
  contract->excludes(json);
  l->callback([&l_args, &code] { code = list(l_args); });
  auto* v = app.add_subcommand("version", "which version this is");
  v->callback([&code] { code = version(); });
}

// Read before the adapter is started.
void add_time_options(CLI::App& app, AdapterTime& time) {
  app.add_flag_callback(
         "--virtual-time", [&time] { time = AdapterTime::host; },
         "for an adapter that reads clocks or sleeps: it does so in simulated time")
      ->trigger_on_parse();
  app.add_flag_callback(
         "--wall-clock", [&time] { time = AdapterTime::machine; },
         "for an adapter that reads the machine's clock: runs take their time, and do not repeat")
      ->trigger_on_parse()
      ->excludes(app.get_option("--virtual-time"));
}

std::string one_line(std::string text) {
  for (char& c : text) c = c == '\n' ? ' ' : c;
  while (!text.empty() && (text.back() == ' ' || text.back() == '.')) text.pop_back();
  return text;
}

// A word that no option of the command is: the option that was probably meant. Empty if there is no such word.
std::string unknown_option(const CLI::App& command, const CLI::App& app) {
  const auto words = app.remaining(true);
  const auto word = std::ranges::find_if(words, [](const std::string& w) { return w.starts_with("--"); });
  if (word == words.end()) return "";
  std::vector<std::string> known;
  for (const CLI::App* one : {&command, &app}) {
    for (const CLI::Option* option : one->get_options()) {
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    }
  }
  const std::string name = word->substr(0, word->find('='));
  const std::string help = fmt::format("see lockstep {} --help", command.get_name());
  return fmt::format("{} has no option \"{}\"; {}", command.get_name(), name, scenarios::suggestion(name, known, help));
}

// What the words on the command line lack, and what to write instead.
std::string explain(const CLI::ParseError& error, const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  if (!chosen.empty()) {
    std::string what = one_line(error.what());
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr) {
      what = fmt::format("{} takes one value, once", what.substr(0, what.find(':')));
    }
    if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
      if (auto unknown = unknown_option(*chosen[0], app); !unknown.empty()) return unknown;
    }
    return fmt::format("{}; see lockstep {} --help", what, chosen[0]->get_name());
  }
  std::string commands;
  std::vector<std::string> known;
  for (const auto* command : app.get_subcommands(nullptr)) {
    commands += (commands.empty() ? "" : ", ") + command->get_name();
    known.push_back(command->get_name());
  }
  const auto words = app.remaining();
  if (words.empty()) return fmt::format("name a command: {}; see lockstep --help", commands);
  const std::string all = fmt::format("the commands are {}; see lockstep --help", commands);
  if (words[0].starts_with('-')) return fmt::format("there is no option \"{}\"; {}", words[0], all);
  return fmt::format("there is no command \"{}\"; {}", words[0], scenarios::suggestion(words[0], known, all));
}

// For every command; they are called once all words are read, so that each knows of the other.
void add_own_locks(CLI::App& app, AdapterTime& time) {
  add_time_options(app, time);
  const auto one_of_them = [&app] {
    if (app.count("--adapter") > 0 && app.count("--plugin") > 0) {
      throw UsageError("--adapter and --plugin: one lock at a time; leave one of them out");
    }
  };
  app.add_option_function<std::string>(
      "--adapter", [one_of_them, &time](const std::string& command) { one_of_them(), add_adapter(command, time); },
      "try a lock in another program: a command for the shell; see docs/adapters.md");
  app.add_option_function<std::string>(
      "--plugin", [one_of_them](const std::string& file) { one_of_them(), add_plugin(file); },
      "try a lock in a shared library: its file; see docs/own-locks.md");
}

// Another program with lockstep::main in it goes by its own name.
std::string name_of_program(const std::string& called) {
  const std::string name = called.substr(called.rfind('/') + 1);
  if (name.empty() || name == "lockstep") return "lockstep";
  reports::called_as() = called;
  return name;
}

int usage(const std::string& what) {
  fmt::print(stderr, "lockstep: {}\n", reports::printable(what));
  return kUsage;
}

int told(const std::exception& trouble) {
  fmt::print(stderr, "lockstep: {}\n", reports::printable(trouble.what()));
  return kViolation;
}

}  // namespace

int run_app(int argc, char** argv) {
  CLI::App app(
      "Lockstep: is this distributed lock safe, and how much can go wrong before it is not?\n"
      "Runs real locks under a simulated clock, network and disk, and checks every promise.");
  app.name(name_of_program(argc > 0 ? argv[0] : ""));
  app.require_subcommand(1);
  app.set_version_flag("--version", version_text, "which version this is");
  app.footer(
      "Beside these, the script ./lockstep knows: test (build and run all tests), bench (benchmarks),\n"
      "build PRESET. Each command explains itself: lockstep campaign --help.");
  ValidateArguments validate_arguments;
  add_own_locks(app, validate_arguments.time);
  CampaignArguments campaign_arguments;
  EnvelopeArguments envelope_arguments;
  ZooArguments zoo_arguments;
  ExhaustArguments exhaust_arguments;
  ReplayArguments replay_arguments;
  ShrinkArguments shrink_arguments;
  ExplainArguments explain_arguments;
  ScenariosArguments scenarios_arguments;
  StressArguments stress_arguments;
  CheckArguments check_arguments;
  MakeLogArguments make_log_arguments;
  ListArguments list_arguments;
  int code = kClean;
  add_campaign(app, campaign_arguments, code);
  add_report(app, code);
  add_validate(app, validate_arguments, code);
  add_envelope(app, envelope_arguments, code);
  add_zoo(app, zoo_arguments, code);
  add_exhaust(app, exhaust_arguments, code);
  add_replay(app, replay_arguments, code);
  add_explain(app, explain_arguments, code);
  add_scenarios(app, scenarios_arguments, code);
  add_stress(app, stress_arguments, code);
  add_check(app, check_arguments, code);
  add_make_log(app, make_log_arguments, code);
  add_others(app, shrink_arguments, list_arguments, code);
  try {
    app.parse(argc, argv);
    if (std::fflush(stdout) != 0) return usage("cannot write to standard output");
    return code;
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);  // of the command, if there is one
    return std::fflush(stdout) == 0 ? kClean : usage("cannot write to standard output");
  } catch (const CLI::CallForVersion&) {
    version();
    return std::fflush(stdout) == 0 ? kClean : usage("cannot write to standard output");
  } catch (const CLI::ParseError& error) {
    return usage(explain(error, app));
  } catch (const UsageError& error) {
    return usage(one_line(error.what()));
  } catch (const properties::CampaignError& error) {
    return usage(one_line(error.what()));
  } catch (const AdapterTrouble& error) {
    return told(error);
  } catch (const PluginTrouble& error) {
    return told(error);
  } catch (const scenarios::ServerTrouble& error) {
    return usage(one_line(error.what()));
  } catch (const std::system_error& error) {  // a full disk behind standard output, say
    return usage(one_line(error.what()));
  } catch (const std::exception& error) {
    fmt::print(stderr, "lockstep: internal error: {}\n", reports::printable(error.what()));
    return kInternal;
  }
}

}  // namespace lockstep::cli
