// What judging the log of a lock costs: made logs of all families, with tokens or unknown outcomes, from a thousand
// operations up, judged from memory and from their text; and how soon a wrong one is found out. Printed, never
// asserted; `ratio` as in ratio.h, `exponent` is that of the growth since ten times fewer operations: 1 is linear. With
// --large also ten million operations, which take 4 GB. Peak memory wants a process for each log: bench/checker_table.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "bench/ratio.h"
#include "models/linear/judge.h"
#include "models/logs/json_lines.h"
#include "models/logs/made_log.h"

namespace {

using namespace lockstep;
using Family = models::MadeLog::Family;
using linear::Outcome;

struct Cell {
  std::string series;  // all but the number of operations
  models::MadeLog recipe;
};

struct Made {
  std::string name;
  std::string text;
  std::size_t length = 0;  // without the padding behind it
  linear::Log log;
};

linear::Log read(const Made& made) {
  models::JsonLines lines;
  lines.take({made.text.data(), made.length});
  return std::move(lines).result().log;
}

// The last one is kept: a large log takes longer to make than to judge.
const Made& made_for(const Cell& cell) {
  static Made last;
  const std::string name = fmt::format("{}/{}", cell.series, cell.recipe.operations);
  if (last.name == name) return last;
  last = Made{.name = name};
  models::make_log(cell.recipe, [](const models::LogEvent& event) { last.text += json_line(event); });
  last.length = last.text.size();
  last.text.resize(last.length + models::kReadPadding);
  last.log = read(last);
  return last;
}

// In proportion to the log, and few states: how long it takes to give up is no figure of interest.
linear::SweepBudget budget_for(const Cell& cell) {
  return {.states = 256, .steps = 100'000 + 4 * cell.recipe.operations};
}

// Of how many operations a log of the series was undecided: larger ones are left out.
std::map<std::string, std::uint64_t>& undecided() {
  static std::map<std::string, std::uint64_t> smallest;
  return smallest;
}

bool is_hopeless(benchmark::State& state, const Cell& cell) {
  const auto found = undecided().find(cell.series);
  if (found == undecided().end() || found->second >= cell.recipe.operations) return false;
  state.SkipWithError("a smaller log was undecided");
  return true;
}

std::string_view word_of(Outcome outcome) {
  if (outcome == Outcome::undecided) return "undecided";
  return outcome == Outcome::ok ? "ok" : "violation";
}

void tell(benchmark::State& state, const Cell& cell, const std::string& what, double seconds,
          const linear::Judgement& judgement) {
  static std::map<std::pair<std::string, std::uint64_t>, double> all;
  const std::string series = what + cell.series;
  const auto operations = static_cast<double>(cell.recipe.operations);
  all[{series, cell.recipe.operations}] = seconds;
  if (const auto before = all.find({series, cell.recipe.operations / 10}); before != all.end())
    state.counters["exponent"] = std::log10(seconds / before->second);
  state.counters["ns_per_operation"] = seconds * 1e9 / operations;
  state.counters["states"] = static_cast<double>(judgement.most_states);
  state.SetLabel(std::string(word_of(judgement.outcome)));
  if (judgement.outcome == Outcome::undecided)
    undecided().emplace(cell.series, cell.recipe.operations);
  else if ((judgement.outcome == Outcome::violation) != cell.recipe.wrong)
    state.SkipWithError("the verdict is wrong");
}

void judge(benchmark::State& state, const Cell& cell) {
  if (is_hopeless(state, cell)) return;
  const Made& made = made_for(cell);
  linear::Judgement judgement;
  const bench::Ratio ratio(state);
  for (auto _ : state) judgement = linear::judge(made.log, budget_for(cell)).front();
  tell(state, cell, "judge", ratio.seconds_per_iteration(), judgement);
}

void read_and_judge(benchmark::State& state, const Cell& cell) {
  if (is_hopeless(state, cell)) return;
  const Made& made = made_for(cell);
  linear::Judgement judgement;
  const bench::Ratio ratio(state);
  for (auto _ : state) judgement = linear::judge(read(made), budget_for(cell)).front();
  tell(state, cell, "read_and_judge", ratio.seconds_per_iteration(), judgement);
}

void enter(Cell cell, const std::vector<std::uint64_t>& sizes) {
  if (cell.recipe.clients <= cell.recipe.capacity) cell.recipe.capacity = 2;  // or nobody would ever be refused
  for (const std::uint64_t operations : sizes) {
    cell.recipe.operations = operations;
    const std::string name = fmt::format("{}/{}", cell.series, operations);
    for (const bool reads : {false, true})
      benchmark::RegisterBenchmark(((reads ? "read_and_judge/" : "judge/") + name).c_str(),
                                   reads ? read_and_judge : judge, cell)
          ->Unit(benchmark::kMillisecond)
          ->MinTime(0.1);
  }
}

void enter_all(const std::vector<std::uint64_t>& sizes) {
  const std::vector<std::pair<Family, std::string>> families = {{Family::try_lock, "try-lock"},
                                                                {Family::lock, "lock"},
                                                                {Family::readers_writers, "readers-writers"},
                                                                {Family::permits, "permits"}};
  for (const auto& [family, name] : families) {
    for (const auto& [kind, tokens, unknown] :
         {std::tuple{"", false, 0u}, {"+tokens", true, 0u}, {"+1%unknown", false, 1u}, {"+5%unknown", false, 5u}}) {
      if (family == Family::lock && unknown > 0) continue;  // who waits is told in the end
      for (const std::uint32_t clients : {4u, 16u, 64u}) {
        const models::MadeLog recipe{.family = family, .clients = clients, .unknown = unknown, .tokens = tokens};
        enter({fmt::format("{}{}/{}", name, kind, clients), recipe}, sizes);
      }
    }
    if (family == Family::lock) continue;  // who waits is never granted too early
    for (const std::uint32_t clients : {4u, 16u, 64u})
      enter({fmt::format("{}+wrong/{}", name, clients), {.family = family, .clients = clients, .wrong = true}}, {1000});
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::uint64_t> sizes = {1'000, 10'000, 100'000, 1'000'000};
  std::vector<char*> others;
  for (int i = 0; i < argc; ++i) {
    if (i > 0 && std::string_view(argv[i]) == "--large")
      sizes.push_back(10'000'000);
    else
      others.push_back(argv[i]);
  }
  int count = static_cast<int>(others.size());
  others.push_back(nullptr);
  benchmark::Initialize(&count, others.data());
  if (benchmark::ReportUnrecognizedArguments(count, others.data())) return 2;
  enter_all(sizes);
  benchmark::RunSpecifiedBenchmarks();
}
