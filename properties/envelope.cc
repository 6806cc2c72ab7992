// Round after round of points, each round worked off side by side: first all axes at their round magnitudes, then one
// point in each bracket, until all are narrow, then the maps.
#include "properties/envelope.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "properties/bisect.h"
#include "properties/campaign.h"
#include "properties/stopwatch.h"
#include "properties/work_off.h"
#include "scenarios/scenario_file.h"

namespace lockstep::properties {
namespace {

using models::Property;
using scenarios::Boundary;
using scenarios::Envelope;
using scenarios::EnvelopeAxis;
using scenarios::EnvelopeMap;
using scenarios::EnvelopePoint;
using scenarios::Scenario;
using scenarios::Tally;

constexpr std::uint32_t kLeast = 10, kMostChunks = 50;  // runs of one request, and requests for one point
constexpr std::uint64_t kGuessedProbes = 12;            // of an axis, before anything is known
constexpr std::string_view kMapped[] = {"drift", "step", "pause", "delay"};
constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kMapTtls[] = {10 * kMillion,   50 * kMillion,   200 * kMillion,
                                     1000 * kMillion, 5000 * kMillion, 20'000 * kMillion};

// A point to be measured.
struct Cell {
  const Trouble* trouble = nullptr;  // null: calm
  std::int64_t value = 0;
  Duration ttl{};
  std::uint32_t runs = 0;
};

Scenario scenario_of(const Cell& cell, const scenarios::Subject& subject, std::uint64_t seed) {
  return cell.trouble == nullptr ? calm_duel(subject, cell.ttl, seed)
                                 : duel_with(*cell.trouble, cell.value, subject, cell.ttl, seed);
}

std::string encode(const EnvelopePoint& point) {
  std::string text = fmt::format("{} {} {}", point.runs, point.asked, point.granted);
  for (const Tally& t : point.tallies) {
    text += fmt::format(" {} {} {} {}", t.exercised, t.violations, t.undecided, t.seed);
  }
  return text;
}

EnvelopePoint decode(const std::string& text) {
  EnvelopePoint point;
  std::istringstream words(text);
  words >> point.runs >> point.asked >> point.granted;
  for (Tally& t : point.tallies) words >> t.exercised >> t.violations >> t.undecided >> t.seed;
  if (!words) throw CampaignError("a worker answered with something else than its counts");
  return point;
}

void add(EnvelopePoint& to, const EnvelopePoint& more) {
  to.runs += more.runs;
  to.asked += more.asked;
  to.granted += more.granted;
  for (std::size_t i = 0; i < to.tallies.size(); ++i) {
    Tally& sum = to.tallies[i];
    const Tally& other = more.tallies[i];
    if (other.violations > 0 && (sum.violations == 0 || other.seed < sum.seed)) sum.seed = other.seed;
    sum.exercised += other.exercised;
    sum.violations += other.violations;
    sum.undecided += other.undecided;
  }
}

std::vector<Trial> trials_of(const EnvelopeAxis& axis, Property property) {
  std::vector<Trial> trials;
  for (const EnvelopePoint& point : axis.points) {
    const Tally& tally = point.of(property);
    trials.push_back({point.value, tally.exercised > 0, tally.violations > 0});
  }
  return trials;
}

class Survey {
 public:
  Survey(const EnvelopeOptions& options, const std::function<void(const EnvelopeProgress&)>& progress,
         const std::atomic<bool>& stop)
      : options_(options), progress_(progress), stop_(stop) {}

  Envelope run() && {
    begin();
    sweep();
    bisect();
    if (options_.maps) draw_maps();
    for (std::size_t i = 0; i < all_.axes.size(); ++i) judge(i);
    tell_examples();
    if (stop_) all_.end = Envelope::End::interrupted;
    if (!stop_ && out_of_time()) all_.end = Envelope::End::out_of_time;
    all_.took = clock_.elapsed();
    return std::move(all_);
  }

 private:
  void begin() {
    const scenarios::Subject& subject = options_.subject;
    all_.backend = subject.name;
    all_.about = subject.about;
    all_.claims = subject.claims;
    all_.judged = models::kAllProperties & ~subject.untold;
    all_.asserted = asserted_properties(Profile::within_claims, subject);
    all_.ttl = options_.ttl;
    all_.first_seed = options_.first_seed;
    all_.runs = options_.runs;
    all_.runs_of_map = options_.maps ? options_.runs_of_map : 0;
    all_.resolution_ppm = options_.resolution_ppm;
    all_.jobs = options_.jobs;
    for (const std::string& name : options_.axes) {
      if (trouble_named(name) == nullptr) throw CampaignError(fmt::format("there is no axis \"{}\"", name));
    }
    for (const Trouble& trouble : troubles()) {
      if (!options_.axes.empty() && std::ranges::find(options_.axes, trouble.name) == options_.axes.end()) continue;
      EnvelopeAxis& axis = all_.axes.emplace_back();
      axis.name = trouble.name;
      axis.about = trouble.about;
      axis.unit = trouble.unit;
      axis.mildest = trouble.mildest;
      axis.worst = trouble.worst;
      axis.lacks = trouble.lacks(subject);
      axis.claimed = trouble.claimed(subject);
      if (axis.lacks.empty()) troubles_.push_back(&trouble);
      if (!axis.lacks.empty()) troubles_.push_back(nullptr);
    }
  }

  bool out_of_time() const { return clock_.elapsed() > options_.time_limit; }

  // In the order of the cells. What was not done, because somebody stopped it or a worker died, is not counted.
  std::vector<EnvelopePoint> measure(const std::vector<Cell>& cells, const std::string& doing, std::uint64_t to_come) {
    std::vector<EnvelopePoint> points(cells.size());
    std::vector<std::pair<std::size_t, std::uint64_t>> asked;  // cell, first seed
    WorkOrder order{
        .function = [&](const std::string& request, const auto& mark) { return answer(cells, request, mark); },
        .requests = {},
        .jobs = options_.jobs};
    std::uint64_t wanted = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      points[i].value = cells[i].value;
      wanted += cells[i].runs;
      const std::uint32_t chunk = std::max(kLeast, cells[i].runs / kMostChunks);
      for (std::uint32_t done = 0; done < cells[i].runs; done += chunk) {
        const std::uint32_t count = std::min(chunk, cells[i].runs - done);
        asked.emplace_back(i, options_.first_seed + done);
        order.requests.push_back(fmt::format("{} {} {}", i, options_.first_seed + done, count));
      }
    }
    const std::uint64_t about = done_ + wanted + to_come;
    if (out_of_time()) return points;
    work_off(
        order,
        [&](const Ended& ended) {
          const auto [cell, seed] = asked[ended.request];
          if (ended.death.empty()) {
            const EnvelopePoint more = decode(ended.answer);
            done_ += more.runs;
            add(points[cell], more);
          } else {
            all_.deaths.push_back(death_of(cells[cell], ended));
          }
          progress_({doing, done_, about});
        },
        stop_, [&] { return !out_of_time(); });
    all_.runs_in_all = done_;
    return points;
  }

  std::string answer(const std::vector<Cell>& cells, const std::string& request,
                     const std::function<void(std::uint64_t)>& mark) const {
    std::istringstream words(request);
    std::size_t cell = 0;
    std::uint64_t first = 0, runs = 0;
    words >> cell >> first >> runs;
    EnvelopePoint point;
    for (std::uint64_t seed = first; seed < first + runs; ++seed) {
      mark(seed);
      count(point, scenarios::run(scenario_of(cells[cell], options_.subject, seed), options_.subject), seed);
    }
    return encode(point);
  }

  static std::string death_of(const Cell& cell, const Ended& ended) {
    const std::string where = cell.trouble == nullptr ? "calm" : fmt::format("{} {}", cell.trouble->name, cell.value);
    return fmt::format("{}, seed {}: its worker {}", where, ended.mark, ended.death);
  }

  void sweep() {
    std::vector<Cell> cells{{nullptr, 0, options_.ttl, options_.runs}};
    std::vector<std::size_t> axis_of{0};
    for (std::size_t i = 0; i < troubles_.size(); ++i) {
      if (troubles_[i] == nullptr) continue;
      for (const std::int64_t value : round_steps(troubles_[i]->mildest, troubles_[i]->worst)) {
        cells.push_back({troubles_[i], value, options_.ttl, options_.runs});
        axis_of.push_back(i);
      }
    }
    const auto points = measure(cells, "sweeping", troubles_.size() * kGuessedProbes * options_.runs + runs_of_maps());
    all_.calm = points[0];
    for (std::size_t i = 1; i < points.size(); ++i) insert(all_.axes[axis_of[i]], points[i]);
  }

  void insert(EnvelopeAxis& axis, const EnvelopePoint& point) const {
    if (point.runs == 0) return;
    const bool less_is_worse = axis.worst < axis.mildest;
    const auto milder = [less_is_worse](const EnvelopePoint& a, const EnvelopePoint& b) {
      return less_is_worse ? a.value > b.value : a.value < b.value;
    };
    axis.points.insert(std::ranges::lower_bound(axis.points, point, milder), point);
  }

  // The middles of all brackets that are still wide.
  std::vector<std::int64_t> probes_of(const EnvelopeAxis& axis) const {
    std::vector<std::int64_t> probes;
    for (int i = 0; i < models::kPropertyCount; ++i) {
      const auto property = static_cast<Property>(i);
      if ((all_.judged & models::bit(property)) == 0) continue;
      const auto trials = trials_of(axis, property);
      if (const auto middle = between(bracket_of(trials), options_.resolution_ppm)) probes.push_back(*middle);
    }
    std::ranges::sort(probes);
    const auto repeated = std::ranges::unique(probes);
    probes.erase(repeated.begin(), repeated.end());
    return probes;
  }

  void bisect() {
    for (int round = 1; !stop_ && !out_of_time(); ++round) {
      std::vector<Cell> cells;
      std::vector<std::size_t> axis_of;
      for (std::size_t i = 0; i < troubles_.size(); ++i) {
        for (const std::int64_t value : probes_of(all_.axes[i])) {
          cells.push_back({troubles_[i], value, options_.ttl, options_.runs});
          axis_of.push_back(i);
        }
      }
      if (cells.empty()) return;
      const std::uint64_t later = round < 6 ? static_cast<std::uint64_t>(6 - round) * cells.size() * options_.runs : 0;
      const auto points = measure(cells, fmt::format("bisecting, round {}", round), later + runs_of_maps());
      for (std::size_t i = 0; i < points.size(); ++i) insert(all_.axes[axis_of[i]], points[i]);
    }
  }

  std::uint64_t runs_of_maps() const {
    std::uint64_t runs = 0;
    for (const Trouble* trouble : mapped()) {
      runs += round_steps(trouble->mildest, trouble->worst).size() * std::size(kMapTtls) * options_.runs_of_map;
    }
    return options_.maps ? runs : 0;
  }

  std::vector<const Trouble*> mapped() const {
    std::vector<const Trouble*> chosen;
    for (const Trouble* trouble : troubles_) {
      if (trouble != nullptr && std::ranges::find(kMapped, trouble->name) != std::end(kMapped))
        chosen.push_back(trouble);
    }
    return chosen;
  }

  void draw_maps() {
    std::vector<Cell> cells;
    for (const Trouble* trouble : mapped()) {
      EnvelopeMap& map = all_.maps.emplace_back();
      map.axis = trouble->name;
      map.unit = trouble->unit;
      map.values = round_steps(trouble->mildest, trouble->worst);
      map.ttls.assign(std::begin(kMapTtls), std::end(kMapTtls));
      for (const std::int64_t ttl : map.ttls) {
        for (const std::int64_t value : map.values) {
          cells.push_back({trouble, value, Duration(ttl), options_.runs_of_map});
        }
      }
    }
    if (cells.empty() || stop_) return;
    const auto points = measure(cells, "drawing maps", 0);
    auto next = points.begin();
    for (EnvelopeMap& map : all_.maps) {
      const auto end = next + static_cast<std::ptrdiff_t>(map.values.size() * map.ttls.size());
      map.cells.assign(next, end);
      next = end;
    }
  }

  void judge(std::size_t index) {
    EnvelopeAxis& axis = all_.axes[index];
    for (int i = 0; i < models::kPropertyCount; ++i) {
      const auto property = static_cast<Property>(i);
      const Bracket bracket = bracket_of(trials_of(axis, property));
      if (!bracket.broken) continue;
      Boundary& boundary = axis.boundaries.emplace_back();
      boundary.property = property;
      boundary.kept = bracket.kept;
      boundary.broken = *bracket.broken;
      boundary.returns = bracket.returns;
      const bool within = !axis.claimed || boundary.broken <= *axis.claimed;
      boundary.claimed = within && (all_.asserted & models::bit(property)) != 0;
      const auto at = std::ranges::find(axis.points, boundary.broken, &EnvelopePoint::value);
      boundary.seed = at->of(property).seed;
    }
  }

  // The runs that broke something first are run once more, for the sentence, and written down.
  void tell_examples() {
    std::vector<std::pair<std::size_t, std::size_t>> wanted;  // axis, boundary
    for (std::size_t a = 0; a < all_.axes.size(); ++a) {
      for (std::size_t b = 0; b < all_.axes[a].boundaries.size(); ++b) wanted.emplace_back(a, b);
    }
    WorkOrder order{.function = [&](const std::string& request, const auto&) { return example(wanted, request); },
                    .requests = {},
                    .jobs = options_.jobs};
    for (std::size_t i = 0; i < wanted.size(); ++i) order.requests.push_back(fmt::format("{}", i));
    const std::atomic<bool> never = false;  // they are few
    work_off(
        order,
        [&](const Ended& ended) {
          if (!ended.death.empty()) return;
          const auto [a, b] = wanted[ended.request];
          Boundary& boundary = all_.axes[a].boundaries[b];
          boundary.sentence = ended.answer;
          if (!options_.directory.empty()) boundary.file = file_of(a, boundary);
        },
        never);
  }

  // One file for all that the same run broke; it is named after the first of them.
  std::string file_of(std::size_t axis, const Boundary& boundary) const {
    const auto same = [&](const Boundary& b) { return b.broken == boundary.broken && b.seed == boundary.seed; };
    const Boundary& first = *std::ranges::find_if(all_.axes[axis].boundaries, same);
    return fmt::format("{}/{}-{}-{}.json", options_.directory, all_.backend, all_.axes[axis].name,
                       models::id_of(first.property));
  }

  std::string example(const std::vector<std::pair<std::size_t, std::size_t>>& wanted,
                      const std::string& request) const {
    const auto [a, b] = wanted[std::strtoull(request.c_str(), nullptr, 10)];
    const Boundary& boundary = all_.axes[a].boundaries[b];
    Scenario scenario = duel_with(*troubles_[a], boundary.broken, options_.subject, options_.ttl, boundary.seed);
    const auto result = scenarios::run(scenario, options_.subject);
    scenario.expect = boundary.property;
    const std::string file = file_of(a, boundary);
    if (!options_.directory.empty() && file.ends_with(fmt::format("-{}.json", models::id_of(boundary.property)))) {
      if (const auto saved = scenarios::save(scenario, file); !saved) throw CampaignError(saved.error());
    }
    return result.verdicts[static_cast<std::size_t>(boundary.property)].sentence;
  }

  const EnvelopeOptions& options_;
  const std::function<void(const EnvelopeProgress&)>& progress_;
  const std::atomic<bool>& stop_;
  const Stopwatch clock_;
  Envelope all_;
  std::vector<const Trouble*> troubles_;  // by axis; null: it does not bear on the lock
  std::uint64_t done_ = 0;
};

}  // namespace

void count(EnvelopePoint& point, const scenarios::RunResult& result, std::uint64_t seed) {
  ++point.runs;
  for (const models::Event& event : result.history.events) {
    if (event.op != models::Op::lock) continue;
    point.asked += event.type == models::EventType::invoke;
    point.granted += event.type == models::EventType::ok;
  }
  for (const models::Verdict& verdict : result.verdicts) {
    Tally& tally = point.tallies[static_cast<std::size_t>(verdict.property)];
    if (verdict.outcome == models::Outcome::undecided) {
      ++tally.undecided;
      continue;
    }
    if (verdict.exercised > 0) ++tally.exercised;
    if (verdict.outcome != models::Outcome::violation) continue;
    if (tally.violations == 0) tally.seed = seed;
    ++tally.violations;
  }
}

Envelope measure_envelope(const EnvelopeOptions& options, const std::function<void(const EnvelopeProgress&)>& progress,
                          const std::atomic<bool>& stop) {
  return Survey(options, progress, stop).run();
}

}  // namespace lockstep::properties
