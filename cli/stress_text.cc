// Counts are taken from the history, so that the report cannot say what the judges have not seen.
#include "cli/stress_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/app.h"
#include "cli/real_store.h"
#include "models/describe.h"
#include "scenarios/wording.h"

namespace lockstep::cli {
namespace {

using models::Event;
using models::EventType;
using models::Op;
using models::Outcome;
using models::Reason;
using models::Verdict;
using reports::counted;
using reports::grouped;
using reports::Tone;

constexpr int kStressVersion = 1;

struct Counts {
  std::uint64_t asked = 0, granted = 0, refused = 0, timed_out = 0, too_late = 0, errors = 0, open = 0;
  std::uint64_t renewed = 0, released = 0, lost = 0, accepted = 0, fenced_off = 0, pauses = 0;
};

Counts counts_of(const models::History& history) {
  Counts c;
  for (const Event& e : history.events) {
    const bool answered = e.type == EventType::ok || e.type == EventType::fail || e.type == EventType::info;
    if (e.op == Op::lock && e.type == EventType::invoke) ++c.asked;
    if (e.op == Op::lock && answered) {
      ++(e.type == EventType::ok         ? c.granted
         : e.reason == Reason::refused   ? c.refused
         : e.reason == Reason::timed_out ? c.timed_out
         : e.reason == Reason::expired   ? c.too_late
                                         : c.errors);
    }
    if (e.type == EventType::ok && e.op == Op::renew) ++c.renewed;
    if (e.type == EventType::ok && e.op == Op::unlock) ++c.released;
    if (e.type == EventType::lost) ++c.lost;
    if (e.type == EventType::process_paused) ++c.pauses;
    if (e.type == EventType::write_accepted) ++c.accepted;
    if (e.type == EventType::write_refused) ++c.fenced_off;
  }
  c.open = c.asked - c.granted - c.refused - c.timed_out - c.too_late - c.errors;
  return c;
}

std::string title_of(const Verdict& v) {
  return fmt::format("{} {}", models::id_of(v.property), models::name_of(v.property));
}

std::vector<std::string> titles(const StressResult& result, bool (*which)(const Verdict&)) {
  std::vector<std::string> titles;
  for (const Verdict& v : result.verdicts) {
    if (which(v)) titles.push_back(title_of(v));
  }
  return titles;
}
std::vector<std::string> broken(const StressResult& result) {
  return titles(result, [](const Verdict& v) { return v.outcome == Outcome::violation; });
}
std::vector<std::string> undecided(const StressResult& result) {
  return titles(result, [](const Verdict& v) { return v.outcome == Outcome::undecided; });
}
std::vector<std::string> not_exercised(const StressResult& result) {
  return titles(result, [](const Verdict& v) { return v.outcome == Outcome::ok && v.exercised == 0; });
}

double seconds_of(Duration duration) { return static_cast<double>(duration.count()) / 1e9; }

std::string answer(const StressReport& r) {
  const StressResult& s = r.result;
  const std::string where = fmt::format("{} on {} in {}", counted(r.options.processes, "process", "processes"),
                                        words_for(r.options.store), reports::rough_time(seconds_of(s.took)));
  const auto& name = r.options.store.backend;
  if (const auto list = broken(s); !list.empty()) {
    return fmt::format("{} broke {} among {}.", name, reports::listed(list), where);
  }
  if (!s.died.empty()) return fmt::format("A mistake of ours: {}.", reports::listed(s.died));
  if (s.interrupted) return fmt::format("Interrupted: {} has broken nothing so far, among {}.", name, where);
  if (s.stuck > 0) {
    return fmt::format("Inconclusive: {} of {} did not end.", counted(s.stuck, "worker", "workers"), where);
  }
  if (const auto list = undecided(s); !list.empty()) {
    return fmt::format("Inconclusive: {} could not be decided for {}.", reports::listed(list), where);
  }
  if (const auto list = not_exercised(s); !list.empty()) {
    return fmt::format("Inconclusive: nothing exercised {} among {}; run longer, or more processes.",
                       reports::listed(list), where);
  }
  return fmt::format("{} kept every promise among {}: no violation, every property exercised, {} and {}.", name, where,
                     counted(s.kills, "kill", "kills"), counted(s.stops, "stop", "stops"));
}

Tone tone_of(const StressResult& result) {
  const int code = code_of(result);
  return code == kClean ? Tone::good : code == kInconclusive ? Tone::doubtful : Tone::bad;
}

std::string heading(std::string_view text, const reports::TextStyle& style) {
  return fmt::format("\n{}\n", reports::paint(text, Tone::heading, style));
}

std::string verdict_table(const StressReport& r, const reports::TextStyle& style) {
  std::string text =
      heading(fmt::format("{}, {}, ttl {}, seed {}", r.options.store.backend, counted(r.options.locks, "lock", "locks"),
                          scenarios::duration_text(r.options.ttl), r.options.seed),
              style);
  text += reports::paint(fmt::format("  {}{}", reports::left("", 20), reports::right("exercised", 13)), Tone::quiet,
                         style) +
          "\n";
  for (const Verdict& v : r.result.verdicts) {
    const auto [words, tone] = v.outcome == Outcome::violation   ? std::pair("BROKEN", Tone::bad)
                               : v.outcome == Outcome::undecided ? std::pair("undecided", Tone::doubtful)
                               : v.exercised == 0                ? std::pair("not exercised", Tone::doubtful)
                                                                 : std::pair("kept", Tone::good);
    text += fmt::format("  {}  {}{}  {}\n", reports::left(models::id_of(v.property), 2),
                        reports::left(models::name_of(v.property), 16), reports::right(grouped(v.exercised), 13),
                        reports::paint(words, tone, style));
  }
  return text;
}

// What is judged of other stores.
std::vector<std::string> unjudged(const StressReport& r) {
  const models::PropertySet unjudged = judged_in_stress("sqlite") & ~judged_in_stress(r.options.store.backend);
  std::vector<std::string> ids;
  for (int i = 0; i < models::kPropertyCount; ++i) {
    const auto property = static_cast<models::Property>(i);
    if ((unjudged & models::bit(property)) != 0) ids.emplace_back(models::id_of(property));
  }
  return ids;
}

std::string unjudged_text(const StressReport& r, const reports::TextStyle& style) {
  const auto ids = unjudged(r);
  if (ids.empty()) return "";
  return reports::wrapped(fmt::format("Not judged: {}. A Redis server does not tell when it grants and ends a lease, "
                                      "serves nobody in order, and gives no fencing tokens.",
                                      reports::listed(ids)),
                          2, style);
}

std::string violations_text(const StressReport& r, const reports::TextStyle& style) {
  std::string text;
  for (const Verdict& v : r.result.verdicts) {
    if (v.outcome != Outcome::violation) continue;
    text += fmt::format("\n  {}\n", reports::paint(fmt::format("{}: {}", title_of(v), v.shape), Tone::bad, style));
    text += reports::wrapped(v.sentence, 4, style);
    for (const std::uint32_t index : v.evidence) {
      if (index >= r.result.history.events.size()) continue;
      text += fmt::format("    {}\n", models::describe(r.result.history.events[index], r.result.history));
    }
  }
  if (!text.empty()) text = heading("Violations", style) + text.substr(1);
  if (!r.history.empty()) {
    text += fmt::format("\nThe history is in {}: {}, JSON Lines.\n", r.history,
                        counted(r.result.history.events.size(), "event", "events"));
  }
  return text;
}

std::string done_text(const StressReport& r, const reports::TextStyle& style) {
  const Counts c = counts_of(r.result.history);
  std::string text = heading("What happened", style);
  const std::uint64_t stalls = c.pauses - std::min(c.pauses, r.result.stops);
  text += reports::wrapped(
      fmt::format("{} with SIGKILL, {} with SIGSTOP, each longer than the ttl; the machine itself kept a process "
                  "waiting {}, and nobody is expected to be on time then",
                  counted(r.result.kills, "kill", "kills"), counted(r.result.stops, "stop", "stops"),
                  counted(stalls, "time", "times")),
      2, style);
  text += reports::wrapped(
      fmt::format("{}: {} granted, {} refused, {} timed out, {} granted too late to be of use, {} with an error, {} "
                  "cut off by a kill; {} and {}",
                  counted(c.asked, "acquisition", "acquisitions"), grouped(c.granted), grouped(c.refused),
                  grouped(c.timed_out), grouped(c.too_late), grouped(c.errors), grouped(c.open),
                  counted(c.renewed, "renewal", "renewals"), counted(c.released, "release", "releases")),
      2, style);
  text += reports::wrapped(fmt::format("{} told to their holders; {} to the resource, {} refused as stale",
                                       counted(c.lost, "loss", "losses"),
                                       counted(c.accepted + c.fenced_off, "write", "writes"), grouped(c.fenced_off)),
                           2, style);
  const double seconds = std::max(seconds_of(r.result.took), 1e-9);
  text +=
      reports::wrapped(fmt::format("{:.1f} acquisitions and {:.1f} releases a second, under all this",
                                   static_cast<double>(c.granted) / seconds, static_cast<double>(c.released) / seconds),
                       2, style);
  return text;
}

std::string per_second(double rate) {
  if (rate < 0) return "";
  return rate >= 100 ? grouped(static_cast<std::uint64_t>(rate + 0.5)) : fmt::format("{:.1f}", rate);
}

std::string rates_text(const StressRates& rates, const reports::TextStyle& style) {
  if (rates.rates.empty()) return "";
  const std::string several = fmt::format("{} processes,", rates.processes);
  std::string text;
  if (rates.interrupted) text += "\nInterrupted: the figures that were not measured are left out.\n";
  text += heading("Taking and giving back, times per second", style);
  const auto row = [](std::string_view what, std::string_view a, std::string_view b, std::string_view c) {
    return fmt::format("  {}{}{}{}\n", reports::left(what, 34), reports::right(a, 12), reports::right(b, 16),
                       reports::right(c, 16));
  };
  text += row("", "1 process", several, several) + row("", "", "a lock each", "one lock");
  for (const Rate& rate : rates.rates) {
    text += row(rate.what, per_second(rate.alone), per_second(rate.apart), per_second(rate.together));
  }
  for (const Rate& rate : rates.rates)
    text += reports::wrapped(fmt::format("{}: {}", rate.what, rate.promise), 2, style);
  if (rates.hand_overs.empty()) return text;
  text += heading("From the release to the next holder", style);
  text += fmt::format("  {}{}{}{}\n", reports::left("", 34), reports::right("median", 12),
                      reports::right("99th in 100", 16), reports::right("samples", 16));
  for (const HandOver& h : rates.hand_overs) {
    text += fmt::format("  {}{}{}{}\n", reports::left(h.what, 34),
                        reports::right(fmt::format("{:.2f} ms", seconds_of(h.median) * 1e3), 12),
                        reports::right(fmt::format("{:.2f} ms", seconds_of(h.percentile99) * 1e3), 16),
                        reports::right(grouped(h.samples), 16));
  }
  return text;
}

nlohmann::ordered_json rates_json(const StressRates& rates) {
  nlohmann::ordered_json json;
  json["processes"] = rates.processes;
  for (const Rate& rate : rates.rates) {
    nlohmann::ordered_json line{{"what", rate.what}};
    if (rate.alone >= 0) line["one_process"] = rate.alone;
    if (rate.apart >= 0) line["a_lock_each"] = rate.apart;
    if (rate.together >= 0) line["one_lock"] = rate.together;
    json["per_second"].push_back(line);
  }
  if (rates.interrupted) json["interrupted"] = true;
  for (const HandOver& h : rates.hand_overs) {
    json["hand_over"].push_back({{"what", h.what},
                                 {"samples", h.samples},
                                 {"median_ns", h.median.count()},
                                 {"percentile_99_ns", h.percentile99.count()}});
  }
  return json;
}

}  // namespace

int code_of(const StressResult& result) {
  if (!broken(result).empty()) return kViolation;
  if (!result.died.empty()) return kInternal;
  if (result.interrupted || result.stuck > 0 || !undecided(result).empty() || !not_exercised(result).empty()) {
    return kInconclusive;
  }
  return kClean;
}

std::string stress_text(const StressReport& report, const reports::TextStyle& style) {
  std::string text;
  if (report.result.verdicts.empty()) return rates_text(report.rates, style).substr(1);
  std::string sentence = reports::wrapped(answer(report), 0, style);
  sentence.pop_back();
  text += reports::paint(sentence, tone_of(report.result), style) + "\n";
  text += verdict_table(report, style);
  text += unjudged_text(report, style);
  text += violations_text(report, style);
  text += done_text(report, style);
  return text + rates_text(report.rates, style);
}

std::string stress_json(const StressReport& r) {
  nlohmann::ordered_json json;
  json["lockstep_stress"] = kStressVersion;
  json["backend"] = r.options.store.backend;
  json["processes"] = r.options.processes;
  json["locks"] = r.options.locks;
  json["ttl_ns"] = r.options.ttl.count();
  json["seed"] = r.options.seed;
  if (!r.result.verdicts.empty()) {
    const Counts c = counts_of(r.result.history);
    json["answer"] = answer(r);
    json["exit_code"] = code_of(r.result);
    json["seconds"] = seconds_of(r.result.took);
    json["kills"] = r.result.kills;
    json["stops"] = r.result.stops;
    json["pauses"] = c.pauses;
    json["operations"] = {
        {"asked", c.asked},         {"granted", c.granted},          {"refused", c.refused},
        {"timed_out", c.timed_out}, {"too_late", c.too_late},        {"errors", c.errors},
        {"cut_off", c.open},        {"renewed", c.renewed},          {"released", c.released},
        {"lost", c.lost},           {"writes_accepted", c.accepted}, {"writes_refused", c.fenced_off}};
    for (const Verdict& v : r.result.verdicts) {
      nlohmann::ordered_json line{{"id", models::id_of(v.property)},
                                  {"name", models::name_of(v.property)},
                                  {"outcome", models::name_of(v.outcome)},
                                  {"exercised", v.exercised}};
      if (!v.sentence.empty()) line["sentence"] = v.sentence;
      json["properties"].push_back(line);
    }
    for (const std::string& id : unjudged(r)) json["not_judged"].push_back(id);
    json["events"] = r.result.history.events.size();
    if (!r.history.empty()) json["history"] = r.history;
  }
  if (!r.rates.rates.empty()) json["rates"] = rates_json(r.rates);
  return json.dump(2) + "\n";
}

}  // namespace lockstep::cli
