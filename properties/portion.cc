// A violation is on the disk before anybody hears of it.
#include "properties/portion.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "properties/record_text.h"
#include "properties/search.h"
#include "scenarios/scenario_file.h"

namespace lockstep::properties {
namespace {

using scenarios::Failure;
using scenarios::Sums;

Failure without_file(std::uint64_t seed, const scenarios::Scenario& scenario, const scenarios::RunResult& result,
                     models::Property property) {
  const models::Verdict& verdict = result.verdicts[static_cast<std::size_t>(property)];
  Failure failure;
  failure.seed = seed;
  failure.property = property;
  failure.shape = verdict.shape;
  failure.sentence = verdict.sentence;
  failure.trace_hash = result.trace_hash;
  failure.steps = static_cast<std::uint32_t>(scenario.steps.size());
  failure.faults = static_cast<std::uint32_t>(scenario.faults.size());
  return failure;
}

Failure failure_of(const CampaignOptions& options, std::uint64_t seed, const scenarios::Scenario& scenario,
                   const scenarios::RunResult& result, models::PropertySet failing, const std::string& file) {
  const auto property = static_cast<models::Property>(std::countr_zero(failing));
  Failure failure = without_file(seed, scenario, result, property);
  failure.file = fmt::format("{}/{}-{}.json", options.directory, options.subject.name, file);
  scenarios::Scenario kept = scenario;
  kept.expect = property;
  if (const auto saved = scenarios::save(kept, failure.file); !saved) throw CampaignError(saved.error());
  return failure;
}

// Of `broken`, what no earlier seed broke.
void add_findings(std::vector<Failure>& findings, std::uint64_t seed, const scenarios::Scenario& scenario,
                  const scenarios::RunResult& result, models::PropertySet broken) {
  for (const Failure& known : findings) broken &= ~models::bit(known.property);
  for (int i = 0; i < models::kPropertyCount; ++i) {
    const auto property = static_cast<models::Property>(i);
    if ((broken & models::bit(property)) != 0) findings.push_back(without_file(seed, scenario, result, property));
  }
}

// Every number of the sums, in a fixed order, for writing and for reading alike.
template <typename S, typename F>
void each_number(S& sums, F visit) {
  visit(sums.runs);
  for (auto& p : sums.properties) {
    visit(p.runs), visit(p.exercised_runs), visit(p.exercised), visit(p.violations), visit(p.undecided);
  }
  for (auto& kind : sums.faults) visit(kind);
  visit(sums.steps), visit(sums.trace_events), visit(sums.history_events);
  visit(sums.messages), visit(sums.messages_lost), visit(sums.messages_duplicated);
  visit(sums.virtual_ns), visit(sums.determinism_checked), visit(sums.determinism_mismatches);
  visit(sums.trace_digest), visit(sums.crashed);
}

void write(Writer& writer, const scenarios::Coverage& coverage) {
  writer.number(coverage.endings.size());
  for (const auto& [ending, counts] : coverage.endings) {
    writer.number(static_cast<std::uint64_t>(ending.op)).number(static_cast<std::uint64_t>(ending.end));
    writer.number(static_cast<std::uint64_t>(ending.reason)).number(counts.total);
    for (const std::uint64_t number : counts.during) writer.number(number);
  }
}

scenarios::Coverage read_coverage(Reader& reader) {
  scenarios::Coverage coverage;
  for (std::uint64_t left = reader.number(); left > 0 && reader.ok(); --left) {
    const std::uint64_t op = reader.number(), end = reader.number(), reason = reader.number();
    if (op > static_cast<std::uint64_t>(models::Op::watch) ||
        end > static_cast<std::uint64_t>(models::EventType::info) ||
        reason > static_cast<std::uint64_t>(models::Reason::broken))
      reader.fail();
    auto& counts = coverage.endings[{static_cast<models::Op>(op), static_cast<models::EventType>(end),
                                     static_cast<models::Reason>(reason)}];
    counts.total = reader.number();
    for (std::uint64_t& number : counts.during) number = reader.number();
  }
  return coverage;
}

void write(Writer& writer, const std::vector<Failure>& failures) {
  writer.number(failures.size());
  for (const Failure& f : failures) {
    writer.number(f.seed).string(f.story).number(static_cast<std::uint64_t>(f.property));
    writer.string(f.shape).string(f.sentence).number(f.trace_hash).string(f.file).number(f.steps).number(f.faults);
    writer.number(f.shrunk).number(f.shrink_runs).number(static_cast<std::uint64_t>(f.shrink_seconds * 1e9));
    writer.string(f.other).string(f.other_file);
  }
}

std::vector<Failure> read_failures(Reader& reader) {
  std::vector<Failure> failures;
  for (std::uint64_t left = reader.number(); left > 0 && reader.ok(); --left) {
    Failure f;
    f.seed = reader.number();
    f.story = reader.string();
    const std::uint64_t property = reader.number();
    if (property >= models::kPropertyCount) reader.fail();
    f.property = static_cast<models::Property>(property);
    f.shape = reader.string();
    f.sentence = reader.string();
    f.trace_hash = reader.number();
    f.file = reader.string();
    f.steps = static_cast<std::uint32_t>(reader.number());
    f.faults = static_cast<std::uint32_t>(reader.number());
    f.shrunk = reader.number() != 0;
    f.shrink_runs = reader.number();
    f.shrink_seconds = static_cast<double>(reader.number()) / 1e9;
    f.other = reader.string();
    f.other_file = reader.string();
    if (reader.ok()) failures.push_back(std::move(f));
  }
  return failures;
}

void write(Writer& writer, const std::vector<std::string>& lines) {
  writer.number(lines.size());
  for (const std::string& line : lines) writer.string(line);
}

std::vector<std::string> read_lines(Reader& reader) {
  std::vector<std::string> lines;
  for (std::uint64_t left = reader.number(); left > 0 && reader.ok(); --left) lines.push_back(reader.string());
  return lines;
}

}  // namespace

models::PropertySet asserted_properties(Profile profile, const scenarios::Subject& subject) {
  using models::Property;
  const Claims& claims = subject.claims;
  models::PropertySet asserted = models::kAllProperties;
  if (profile == Profile::beyond_claims) asserted = models::bit(Property::fenced_writes);
  if (!claims.fencing) asserted &= ~(models::bit(Property::fencing_order) | models::bit(Property::fenced_writes));
  asserted &= ~subject.untold;
  if (!claims.events) asserted &= ~models::bit(Property::events);
  if (!claims.durable) asserted &= ~models::bit(Property::durability);
  if (!claims.fair) asserted &= ~models::bit(Property::fifo);
  return asserted;
}

std::optional<std::string> compare_runs(const scenarios::Scenario& scenario, const scenarios::Subject& subject) {
  const auto first = scenarios::run(scenario, subject, {.keep_trace = true});
  const auto second = scenarios::run(scenario, subject, {.keep_trace = true});
  if (first.trace_hash == second.trace_hash) return std::nullopt;
  return sim::first_difference(first.trace, second.trace);
}

namespace {

// Whoever lives by the machine's clock does so by chance.
bool repeats(const CampaignOptions& options) { return !options.subject.claims.on_machine_time; }

}  // namespace

PortionResult run_story(const CampaignOptions& options, const scenarios::StoredStory& story) {
  PortionResult result;
  const Claims& claims = options.subject.claims;
  const auto scenario = scenarios::on(story.scenario, options.subject);
  const auto may_strike = [&](const sim::Fault& fault) { return allowed(fault, *scenario, claims, options.profile); };
  if (!scenario || !std::ranges::all_of(scenario->faults, may_strike)) return result;
  result.portion.count = 1;
  const auto run = scenarios::run(*scenario, options.subject);
  const models::PropertySet failing = scenarios::violated(run) & asserted_properties(options.profile, options.subject);
  if (failing == 0) return result;
  result.sums.add(run, scenario->faults);
  if (repeats(options)) ++result.sums.determinism_checked;
  if (repeats(options) && scenarios::run(*scenario, options.subject).trace_hash != run.trace_hash) {
    ++result.sums.determinism_mismatches;
    const auto difference = compare_runs(*scenario, options.subject);
    result.divergences.push_back(
        fmt::format("story {}: {}", story.name, difference ? *difference : "the difference did not show itself again"));
  }
  scenarios::Scenario told = *scenario;
  if (story.scenario.backend != options.subject.name)
    told.about = fmt::format("The story \"{}\", which was told of {}, on {}.", story.name, story.scenario.backend,
                             options.subject.name);
  result.failures.push_back(failure_of(options, 0, told, run, failing, "story-" + story.name));
  result.failures.back().story = story.name;
  add_findings(result.findings, 0, told, run, failing & (failing - 1));
  for (Failure& finding : result.findings) {
    finding.story = story.name;
    finding.file = result.failures.back().file;
  }
  return result;
}

PortionResult run_portion(const CampaignOptions& options, Portion portion, const SeedMark& mark) {
  PortionResult result;
  result.portion = {portion.first, 0};
  const models::PropertySet asserted = asserted_properties(options.profile, options.subject);
  const auto search = strategies().front().begin(options.profile, options.subject);
  for (std::uint64_t seed = portion.first; seed < portion.first + portion.count; ++seed) {
    mark(seed);
    const scenarios::Scenario scenario = search->scenario(seed);
    const auto run = scenarios::run(scenario, options.subject);
    search->ran(seed, scenario, run);
    result.sums.add(run, scenario.faults);
    ++result.portion.count;
    const models::PropertySet failing = scenarios::violated(run) & asserted;
    // A failure is told of one property; of what else broke in it the first seed is kept.
    const models::PropertySet beside = failing & (failing - 1);
    add_findings(result.findings, seed, scenario, run, beside | (scenarios::violated(run) & ~asserted));
    const bool compared = failing != 0 || (options.determinism_every != 0 && seed % options.determinism_every == 0);
    if (compared && repeats(options)) {
      ++result.sums.determinism_checked;
      const auto again = scenarios::run(scenario, options.subject);
      if (again.trace_hash != run.trace_hash) {
        ++result.sums.determinism_mismatches;
        const auto difference = compare_runs(scenario, options.subject);
        result.divergences.push_back(
            fmt::format("seed {}: {}", seed, difference ? *difference : "the difference did not show itself again"));
      }
    }
    if (failing == 0) continue;
    result.failures.push_back(failure_of(options, seed, scenario, run, failing, fmt::format("seed-{}", seed)));
    if (!options.keep_going) break;
  }
  return result;
}

std::string encode(const PortionResult& result) {
  Writer writer;
  writer.number(result.portion.first).number(result.portion.count);
  each_number(result.sums, [&writer](const auto& number) { writer.number(static_cast<std::uint64_t>(number)); });
  write(writer, result.sums.coverage);
  write(writer, result.failures);
  write(writer, result.findings);
  write(writer, result.divergences);
  write(writer, result.crashes);
  return writer.take();
}

std::optional<PortionResult> decode_portion(std::string_view text) {
  Reader reader(text);
  PortionResult result;
  result.portion.first = reader.number();
  result.portion.count = reader.number();
  each_number(result.sums, [&reader](auto& number) {
    number = static_cast<std::remove_reference_t<decltype(number)>>(reader.number());
  });
  result.sums.coverage = read_coverage(reader);
  result.failures = read_failures(reader);
  result.findings = read_failures(reader);
  result.divergences = read_lines(reader);
  result.crashes = read_lines(reader);
  if (!reader.finished()) return std::nullopt;
  return result;
}

std::string encode(const std::vector<Failure>& failures) {
  Writer writer;
  write(writer, failures);
  return writer.take();
}

std::optional<std::vector<Failure>> decode_failures(std::string_view text) {
  Reader reader(text);
  auto failures = read_failures(reader);
  if (!reader.finished()) return std::nullopt;
  return failures;
}

}  // namespace lockstep::properties
