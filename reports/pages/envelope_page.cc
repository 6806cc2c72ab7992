// What was not exercised is said in sentences: of an axis, of a property everywhere, and of a property along some axes.
#include "reports/pages/envelope_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/campaign_answer.h"
#include "reports/envelope_report.h"
#include "reports/text_style.h"
#include "scenarios/wording.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;

bool was_tried(const Json& axis) { return !axis.contains("not_tried_because"); }

bool is_exercised(const Json& axis, const std::string& id) {
  return axis.contains("properties") && axis["properties"].contains(id) &&
         axis["properties"][id]["state"] != "not-exercised";
}

std::string title_of(const Json& property) {
  return fmt::format("{} {}", property["id"].get<std::string>(), property["name"].get<std::string>());
}

// Along which it was kept, but at some magnitude nobody exercised it.
std::vector<std::string> partly(const Json& told, const std::string& id) {
  std::vector<std::string> axes;
  for (const Json& axis : told["axes"]) {
    if (!was_tried(axis) || !is_exercised(axis, id) || axis["properties"][id]["state"] != "kept") continue;
    const std::string to = axis["properties"][id]["safe_up_to"];
    if (to.ends_with('*')) {
      axes.push_back(fmt::format("{} (only to {})", axis["name"].get<std::string>(), to.substr(0, to.size() - 1)));
    }
  }
  return axes;
}

void say_of_properties(const Json& told, Json& said) {
  std::vector<std::string> unjudged, nowhere;
  for (const models::Property p : all_properties()) {
    const auto judged = std::ranges::find(told["properties"], models::id_of(p), [](const Json& x) { return x["id"]; });
    if (judged == told["properties"].end()) unjudged.push_back(reports::title_of(p));
  }
  for (const Json& property : told["properties"]) {
    const std::string id = property["id"];
    std::vector<std::string> without;
    bool anywhere = false;
    for (const Json& axis : told["axes"]) {
      if (!was_tried(axis)) continue;
      if (is_exercised(axis, id)) anywhere = true;
      if (!is_exercised(axis, id)) without.push_back(axis["name"]);
    }
    if (!anywhere) nowhere.push_back(title_of(property));
    if (anywhere && !without.empty()) {
      said.push_back(fmt::format("{} was not exercised along {}.", title_of(property), listed(without)));
    }
    const auto some = partly(told, id);
    if (!some.empty()) {
      said.push_back(fmt::format("{} was exercised along a part of {}.", title_of(property), listed(some)));
    }
  }
  if (!nowhere.empty()) said.push_back(fmt::format("Nothing here exercised {}.", listed(nowhere)));
  if (!unjudged.empty()) {
    said.push_back(fmt::format("{} {} not judged: the lock does not tell enough for that.", listed(unjudged),
                               unjudged.size() == 1 ? "was" : "were"));
  }
}

Json absent(const Json& told) {
  Json said = Json::array();
  if (told["end"] == "interrupted") said.push_back("It was stopped from outside before its end: this is a part.");
  if (told["end"] == "out-of-time") said.push_back("It ran out of its time before its end: this is a part.");
  for (const Json& axis : told["axes"]) {
    if (was_tried(axis)) continue;
    said.push_back(fmt::format("{} was not tried: {}.", axis["name"].get<std::string>(),
                               axis["not_tried_because"].get<std::string>()));
  }
  say_of_properties(told, said);
  if (told["maps"].empty()) said.push_back("No map of a trouble against the length of leases was drawn.");
  for (const Json& map : told["maps"]) {
    if (map["runs"].empty())
      said.push_back(fmt::format("The map of {} against ttl was not drawn.", map["x"].get<std::string>()));
  }
  return said;
}

// Of the axis, in its own measure of decades: 0 where even the mildest breaks, 1 for all of it.
double survived(const Json& axis, const Json& boundary) {
  if (boundary["last_kept"].is_null()) return 0;
  const double mildest = axis["mildest"], worst = axis["worst"], kept = boundary["last_kept"];
  if (mildest <= 0 || worst <= 0 || mildest == worst || kept <= 0) return 0;
  return std::round(1000 * std::log(kept / mildest) / std::log(worst / mildest)) / 1000;
}

// Properties that break at the same magnitude are told together, the first to break first.
Json breaks_of(const Json& axis) {
  std::vector<Json> all;
  for (const Json& b : axis["boundaries"]) {
    const auto same = std::ranges::find_if(all, [&](const Json& one) {
      return one["first_broken"] == b["first_broken"] && one["last_kept"] == b["last_kept"] &&
             one["claimed"] == b["claimed"];
    });
    if (same != all.end()) {
      (*same)["properties"].push_back(b["property"]);
      continue;
    }
    const std::string id = b["property"];
    all.push_back({{"properties", {b["property"]}},
                   {"safe_up_to", axis["properties"][id]["safe_up_to"]},
                   {"text", b["text"]},
                   {"last_kept", b["last_kept"]},
                   {"first_broken", b["first_broken"]},
                   {"claimed", b["claimed"]},
                   {"survived", survived(axis, b)}});
  }
  std::ranges::stable_sort(all, {}, [](const Json& one) { return one["survived"].get<double>(); });
  return all;
}

Json cell_of(const Json& told, const std::string& name) {
  const auto axis = std::ranges::find(told["axes"], name, [](const Json& a) { return a["name"].get<std::string>(); });
  if (axis == told["axes"].end()) return {{"state", "not-measured"}};
  if (!was_tried(*axis)) return {{"state", "not-tried"}, {"because", (*axis)["not_tried_because"]}};
  Json breaks = breaks_of(*axis);
  if (!breaks.empty()) return {{"state", "broken"}, {"claimed", (*axis)["claimed"]}, {"breaks", std::move(breaks)}};
  std::uint64_t exercised = 0;
  for (const Json& property : told["properties"]) exercised += is_exercised(*axis, property["id"]) ? 1 : 0;
  return {{"state", exercised > 0 ? "kept" : "not-exercised"}, {"exercised", exercised}};
}

Json axes_of(const std::vector<EnvelopeBeside>& envelopes) {
  Json axes = Json::array();
  for (const auto& one : envelopes) {
    for (const Json& axis : (*one.told)["axes"]) {
      const auto known = std::ranges::find(axes, axis["name"], [](const Json& a) { return a["name"]; });
      if (known == axes.end()) axes.push_back({{"name", axis["name"]}, {"about", axis["about"]}});
    }
  }
  return axes;
}

std::string answer_of(const std::vector<EnvelopeBeside>& envelopes) {
  std::vector<std::string> broken, open;
  std::uint64_t runs = 0;
  for (const auto& one : envelopes) {
    runs += (*one.told)["runs_in_all"].get<std::uint64_t>();
    if ((*one.told)["outcome"] == "broken") broken.push_back((*one.told)["backend"]);
    if ((*one.told)["outcome"] == "open") open.push_back((*one.told)["backend"]);
  }
  const std::size_t kept = envelopes.size() - broken.size() - open.size();
  std::string text =
      fmt::format("{} in {}. Within what they claim along every axis that was measured: {}",
                  counted(envelopes.size(), "lock", "locks"), counted(runs, "run", "runs"), grouped(kept));
  if (!broken.empty()) text += fmt::format("; broken within what they claim: {}", listed(broken));
  if (!open.empty()) text += fmt::format("; left open: {}", listed(open));
  return text + ".";
}

}  // namespace

std::string measure_again(const Json& told) {
  std::string joined;
  for (const Json& axis : told["axes"]) joined += (joined.empty() ? "" : ",") + axis["name"].get<std::string>();
  std::string command =
      fmt::format("{} envelope {} --axes {} --runs {} --seed {} --ttl {}", called_as(),
                  shell_word(told["backend"].get<std::string>()), shell_word(joined),
                  told["runs_per_point"].get<std::uint64_t>(), told["first_seed"].get<std::uint64_t>(),
                  in_shell_quotes(scenarios::duration_text(Duration(told["ttl_ns"].get<std::int64_t>()))));
  if (told["resolution_ppm"] == kQuickResolution) command += " --quick";
  if (told["maps"].empty()) command += " --no-maps";
  return command;
}

Json envelope_document(const Json& told) {
  Json document = {{"kind", "envelope"},
                   {"title", fmt::format("{}: how much does it survive?", told["backend"].get<std::string>())}};
  document.update(told);
  document["ttl"] = scenarios::duration_text(Duration(told["ttl_ns"].get<std::int64_t>()));
  document["absent"] = absent(told);
  document["command"] = measure_again(told);
  return document;
}

Json envelopes_document(const std::vector<EnvelopeBeside>& envelopes, const std::string& command) {
  const Json axes = axes_of(envelopes);
  Json locks = Json::array();
  for (const auto& [shown, sentence, page] : envelopes) {
    const Json& told = *shown;
    Json cells = Json::array();
    for (const Json& axis : axes) cells.push_back(cell_of(told, axis["name"]));
    Json lock = {{"name", told["backend"]},
                 {"about", told["about"]},
                 {"outcome", told["outcome"]},
                 {"answer", told["answer"]},
                 {"runs", told["runs_in_all"]},
                 {"runs_per_point", told["runs_per_point"]},
                 {"ttl", scenarios::duration_text(Duration(told["ttl_ns"].get<std::int64_t>()))},
                 {"first_seed", told["first_seed"]},
                 {"version", told["machine"]["version"]},
                 {"absent", absent(told)},
                 {"command", measure_again(told)},
                 {"cells", std::move(cells)}};
    if (!sentence.empty()) lock["sentence"] = sentence;
    if (!page.empty()) lock["page"] = page;
    locks.push_back(std::move(lock));
  }
  return {{"kind", "envelopes"},
          {"title", "How much the locks survive"},
          {"answer", answer_of(envelopes)},
          {"axes", axes},
          {"locks", std::move(locks)},
          {"command", command}};
}

}  // namespace lockstep::reports
