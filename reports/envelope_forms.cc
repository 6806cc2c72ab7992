// For pages and spreadsheets. A line for each axis and map, so that two reports can be compared by eye.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "reports/campaign_answer.h"
#include "reports/envelope_report.h"
#include "reports/envelope_words.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;
using models::Property;
using scenarios::Boundary;
using scenarios::Envelope;
using scenarios::EnvelopeAxis;
using scenarios::EnvelopeMap;
using scenarios::EnvelopePoint;
using scenarios::Tally;

std::string_view word_of(EnvelopeOutcome outcome) {
  switch (outcome) {
    case EnvelopeOutcome::kept: return "kept";
    case EnvelopeOutcome::broken: return "broken";
    case EnvelopeOutcome::open: return "open";
  }
  return "?";
}

std::string_view word_of(Envelope::End end) {
  switch (end) {
    case Envelope::End::complete: return "complete";
    case Envelope::End::interrupted: return "interrupted";
    case Envelope::End::out_of_time: return "out-of-time";
  }
  return "?";
}

std::string_view word_of(Stretch::State state) {
  switch (state) {
    case Stretch::State::kept: return "kept";
    case Stretch::State::broken: return "broken";
    case Stretch::State::not_exercised: return "not-exercised";
  }
  return "?";
}

template <typename F>
Json column(const std::vector<EnvelopePoint>& points, F value) {
  Json all = Json::array();
  for (const EnvelopePoint& point : points) all.push_back(value(point));
  return all;
}

// Of one property at all points. What is nought everywhere is left out.
Json series(const std::vector<EnvelopePoint>& points, Property p) {
  Json json = {{"exercised", column(points, [p](const EnvelopePoint& x) { return x.of(p).exercised; })},
               {"violations", column(points, [p](const EnvelopePoint& x) { return x.of(p).violations; })}};
  if (std::ranges::any_of(points, [p](const EnvelopePoint& x) { return x.of(p).undecided > 0; })) {
    json["undecided"] = column(points, [p](const EnvelopePoint& x) { return x.of(p).undecided; });
  }
  const auto interval = [p](const EnvelopePoint& x) { return exact_interval(x.of(p).violations, x.of(p).exercised); };
  json["lower"] = column(points, [&](const EnvelopePoint& x) { return rounded_down(interval(x).lower); });
  json["upper"] = column(points, [&](const EnvelopePoint& x) { return rounded_up(interval(x).upper); });
  return json;
}

Json json_of(const EnvelopeAxis& axis, const Boundary& b) {
  Json json = {{"property", models::id_of(b.property)}};
  json["last_kept"] = b.kept ? Json(*b.kept) : Json();
  json["first_broken"] = b.broken;
  json["text"] =
      fmt::format("{} to {}", b.kept ? magnitude(axis.unit, *b.kept) : "none", magnitude(axis.unit, b.broken));
  json["claimed"] = b.claimed;
  json["kept_again_beyond"] = b.returns;
  json["example"] = {{"seed", b.seed}, {"sentence", b.sentence}};
  if (!b.file.empty()) json["example"]["file"] = b.file, json["example"]["replay"] = replay_of(b);
  return json;
}

Json json_of(const Envelope& e, const EnvelopeAxis& axis) {
  Json json = {{"name", axis.name},        {"about", axis.about}, {"unit", name_of(axis.unit)},
               {"mildest", axis.mildest},  {"worst", axis.worst}, {"less_is_worse", axis.worst < axis.mildest},
               {"claimed", claim_of(axis)}};
  json["claimed_value"] = axis.claimed ? Json(*axis.claimed) : Json();
  if (!axis.lacks.empty()) json["not_tried_because"] = axis.lacks;
  json["values"] = column(axis.points, [](const EnvelopePoint& p) { return p.value; });
  json["labels"] = column(axis.points, [&](const EnvelopePoint& p) { return magnitude(axis.unit, p.value); });
  json["runs"] = column(axis.points, [](const EnvelopePoint& p) { return p.runs; });
  json["asked"] = column(axis.points, [](const EnvelopePoint& p) { return p.asked; });
  json["granted"] = column(axis.points, [](const EnvelopePoint& p) { return p.granted; });
  json["boundaries"] = Json::array();
  for (const Boundary& b : axis.boundaries) json["boundaries"].push_back(json_of(axis, b));
  for (const Property p : judged_properties(e)) {
    Json property = {{"state", word_of(stretch_of(axis, p).state)},
                     {"safe_up_to", safe_up_to(axis, p)},
                     {"verdict", verdict(axis, p)}};
    if (stretch_of(axis, p).state != Stretch::State::not_exercised) property.update(series(axis.points, p));
    json["properties"][std::string(models::id_of(p))] = std::move(property);
  }
  return json;
}

Json grid(const EnvelopeMap& map, const std::function<Json(const EnvelopePoint&)>& value) {
  Json rows = Json::array();
  for (std::size_t row = 0; !map.cells.empty() && row < map.ttls.size(); ++row) {
    Json cells = Json::array();
    for (std::size_t i = 0; i < map.values.size(); ++i) cells.push_back(value(map.cells[row * map.values.size() + i]));
    rows.push_back(std::move(cells));
  }
  return rows;
}

Json json_of(const Envelope& e, const EnvelopeMap& map) {
  Json json = {{"x", map.axis},  {"x_unit", name_of(map.unit)}, {"x_values", map.values}, {"y", "ttl"},
               {"y_unit", "ns"}, {"y_values", map.ttls}};
  json["x_labels"] = Json::array();
  for (const std::int64_t value : map.values) json["x_labels"].push_back(magnitude(map.unit, value));
  json["y_labels"] = Json::array();
  for (const std::int64_t ttl : map.ttls) {
    json["y_labels"].push_back(magnitude(scenarios::EnvelopeUnit::nanoseconds, ttl));
  }
  json["runs"] = grid(map, [](const EnvelopePoint& p) { return Json(p.runs); });
  json["asked"] = grid(map, [](const EnvelopePoint& p) { return Json(p.asked); });
  json["granted"] = grid(map, [](const EnvelopePoint& p) { return Json(p.granted); });
  json["kept_everywhere"] = Json::array();
  json["properties"] = Json::object();
  for (const Property p : judged_properties(e)) {
    const auto tally = [p](const EnvelopePoint& cell) -> const Tally& { return cell.of(p); };
    const bool broken = std::ranges::any_of(map.cells, [&](const auto& cell) { return tally(cell).violations > 0; });
    const bool exercised = std::ranges::any_of(map.cells, [&](const auto& cell) { return tally(cell).exercised > 0; });
    if (!broken && exercised) json["kept_everywhere"].push_back(models::id_of(p));
    if (!broken) continue;
    json["properties"][std::string(models::id_of(p))] = {
        {"exercised", grid(map, [&](const EnvelopePoint& cell) { return Json(tally(cell).exercised); })},
        {"violations", grid(map, [&](const EnvelopePoint& cell) { return Json(tally(cell).violations); })}};
  }
  return json;
}

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string lines(const Json& all) {
  std::string text = "[";
  for (const Json& json : all) text += (text.size() > 1 ? ",\n  " : "\n  ") + dump(json);
  return text + (all.empty() ? "]" : "\n]");
}

std::string csv_line(const std::string& axis, std::string_view unit, const EnvelopePoint& point, std::int64_t ttl,
                     Property p) {
  const Tally& t = point.of(p);
  const Interval interval = exact_interval(t.violations, t.exercised);
  return fmt::format("{},{},{},{},{},{},{},{},{},{:.4f},{:.4f}\n", axis, point.value, unit, ttl, models::id_of(p),
                     point.runs, t.exercised, t.violations, t.undecided, rounded_down(interval.lower),
                     rounded_up(interval.upper));
}

}  // namespace

Json envelope_told(const Envelope& e, const std::string& version) {
  Json told = {{"lockstep_envelope", kEnvelopeVersion},
               {"backend", e.backend},
               {"about", e.about},
               {"outcome", word_of(outcome_of(e))},
               {"end", word_of(e.end)},
               {"answer", answer(e)},
               {"runs_in_all", e.runs_in_all},
               {"ttl_ns", e.ttl.count()},
               {"first_seed", e.first_seed},
               {"runs_per_point", e.runs},
               {"runs_per_cell", e.runs_of_map},
               {"resolution_ppm", e.resolution_ppm},
               {"interval", "exact (Clopper-Pearson), two-sided, 95 %, of the runs that exercised the property"},
               {"max_drift_ppb", e.claims.max_drift_ppb},
               {"deaths", e.deaths}};
  for (const char* list : {"properties", "axes", "maps"}) told[list] = Json::array();
  for (const Property p : judged_properties(e)) {
    told["properties"].push_back({{"id", models::id_of(p)},
                                  {"name", models::name_of(p)},
                                  {"promise", models::promise_of(p)},
                                  {"claimed", (e.asserted & models::bit(p)) != 0},
                                  {"calm_exercised", e.calm.of(p).exercised},
                                  {"calm_violations", e.calm.of(p).violations}});
  }
  for (const EnvelopeAxis& axis : e.axes) told["axes"].push_back(json_of(e, axis));
  for (const EnvelopeMap& map : e.maps) told["maps"].push_back(json_of(e, map));
  told["machine"] = {{"seconds", static_cast<double>(e.took.count()) / 1e9}, {"jobs", e.jobs}, {"version", version}};
  return told;
}

std::string envelope_json(const Envelope& e, const std::string& version) {
  const Json told = envelope_told(e, version);
  std::string text;
  for (const auto& [key, value] : told.items()) {
    const bool by_line = key == "axes" || key == "maps";
    text += fmt::format("{}\n{}: {}", text.empty() ? "{" : ",", dump(Json(key)), by_line ? lines(value) : dump(value));
  }
  return text + "\n}\n";
}

std::string envelope_csv(const Envelope& e) {
  std::string text = "axis,value,unit,ttl_ns,property,runs,exercised,violations,undecided,lower_95,upper_95\n";
  for (const Property p : judged_properties(e)) text += csv_line("calm", "", e.calm, e.ttl.count(), p);
  for (const EnvelopeAxis& axis : e.axes) {
    for (const EnvelopePoint& point : axis.points) {
      const std::int64_t ttl = axis.name == "ttl" ? point.value : e.ttl.count();
      for (const Property p : judged_properties(e)) text += csv_line(axis.name, name_of(axis.unit), point, ttl, p);
    }
  }
  for (const EnvelopeMap& map : e.maps) {
    for (std::size_t i = 0; i < map.cells.size(); ++i) {
      const std::int64_t ttl = map.ttls[i / map.values.size()];
      for (const Property p : judged_properties(e)) {
        text += csv_line(map.axis + " x ttl", name_of(map.unit), map.cells[i], ttl, p);
      }
    }
  }
  return text;
}

}  // namespace lockstep::reports
