// A violation is on the disk before anybody hears of it.
#include "properties/portion.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>

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

// Numbers separated by spaces; strings as length, space, bytes.
class Writer {
 public:
  Writer& number(std::uint64_t value) {
    text_ += fmt::format("{} ", value);
    return *this;
  }
  Writer& string(std::string_view value) {
    text_ += fmt::format("{} {} ", value.size(), value);
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc() || end == rest_.data() + rest_.size() || *end != ' ') return fail();
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()) + 1);
    return value;
  }
  std::string string() {
    const std::uint64_t size = number();
    if (!ok_ || size >= rest_.size() || rest_[size] != ' ') {
      fail();
      return {};
    }
    std::string value(rest_.substr(0, size));
    rest_.remove_prefix(size + 1);
    return value;
  }
  bool finished() const { return ok_ && rest_.empty(); }
  bool ok() const { return ok_; }

 private:
  std::uint64_t fail() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool ok_ = true;
};

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
  result.sums.add(run);
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
    result.sums.add(run);
    ++result.portion.count;
    const models::PropertySet failing = scenarios::violated(run) & asserted;
    add_findings(result.findings, seed, scenario, run, scenarios::violated(run) & ~asserted);
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
  for (const auto* failures : {&result.failures, &result.findings}) {
    writer.number(failures->size());
    for (const Failure& f : *failures) {
      writer.number(f.seed)
          .string(f.story)
          .number(static_cast<std::uint64_t>(f.property))
          .string(f.shape)
          .string(f.sentence);
      writer.number(f.trace_hash).string(f.file).number(f.steps).number(f.faults);
    }
  }
  writer.number(result.divergences.size());
  for (const std::string& line : result.divergences) writer.string(line);
  writer.number(result.crashes.size());
  for (const std::string& line : result.crashes) writer.string(line);
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
  for (auto* failures : {&result.failures, &result.findings}) {
    for (std::uint64_t left = reader.number(); left > 0 && reader.ok(); --left) {
      Failure f;
      f.seed = reader.number();
      f.story = reader.string();
      const std::uint64_t property = reader.number();
      if (property >= models::kPropertyCount) return std::nullopt;
      f.property = static_cast<models::Property>(property);
      f.shape = reader.string();
      f.sentence = reader.string();
      f.trace_hash = reader.number();
      f.file = reader.string();
      f.steps = static_cast<std::uint32_t>(reader.number());
      f.faults = static_cast<std::uint32_t>(reader.number());
      failures->push_back(std::move(f));
    }
  }
  for (std::uint64_t left = reader.number(); left > 0 && reader.ok(); --left) {
    result.divergences.push_back(reader.string());
  }
  for (std::uint64_t left = reader.number(); left > 0 && reader.ok(); --left) {
    result.crashes.push_back(reader.string());
  }
  if (!reader.finished()) return std::nullopt;
  return result;
}

}  // namespace lockstep::properties
