// The shape is written as the document is: a word for each value, "?" behind names that may be absent, "*" for the id
// of any property, and a list's one element for all of its.
#include "reports/envelope_read.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "models/checkers.h"
#include "reports/campaign_answer.h"
#include "reports/envelope_report.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;

const Json& shape() {
  static const Json made = Json::parse(R"({
    "lockstep_envelope": "count", "backend": "text", "about": "text", "outcome": "kept|broken|open",
    "end": "complete|interrupted|out-of-time", "answer": "text", "runs_in_all": "count", "ttl_ns": "count",
    "first_seed": "count", "runs_per_point": "count", "runs_per_cell": "count", "resolution_ppm": "count",
    "interval": "text", "max_drift_ppb": "count", "deaths": ["text"],
    "properties": [{"id": "property", "name": "text", "promise": "text", "claimed": "flag", "calm_exercised": "count",
      "calm_violations": "count"}],
    "axes": [{"name": "text", "about": "text", "unit": "ns|ppm|ppb", "mildest": "count", "worst": "count",
      "less_is_worse": "flag", "claimed": "text", "claimed_value": "count or nothing", "not_tried_because?": "text",
      "values": ["count"], "labels": ["text"], "runs": ["count"], "asked": ["count"], "granted": ["count"],
      "boundaries": [{"property": "property", "last_kept": "count or nothing", "first_broken": "count", "text": "text",
        "claimed": "flag", "kept_again_beyond": "flag",
        "example": {"seed": "count", "sentence": "text", "file?": "text", "replay?": "text"}}],
      "properties?": {"*": {"state": "kept|broken|not-exercised", "safe_up_to": "text", "verdict": "text",
        "exercised?": ["count"], "violations?": ["count"], "undecided?": ["count"], "lower?": ["share"],
        "upper?": ["share"]}}}],
    "maps": [{"x": "text", "x_unit": "ns|ppm|ppb", "x_values": ["count"], "y": "text", "y_unit": "ns",
      "y_values": ["count"], "x_labels": ["text"], "y_labels": ["text"], "runs": [["count"]], "asked": [["count"]],
      "granted": [["count"]], "kept_everywhere": ["property"],
      "properties": {"*": {"exercised": [["count"]], "violations": [["count"]]}}}],
    "machine": {"seconds": "number", "jobs": "count", "version": "text"}})");
  return made;
}

struct Flaw {
  std::string what;
};

bool is_property(const std::string& id) {
  return std::ranges::any_of(all_properties(), [&](models::Property p) { return models::id_of(p) == id; });
}

bool is_of(const Json& value, const std::string& kind) {
  if (kind == "text") return value.is_string();
  if (kind == "flag") return value.is_boolean();
  if (kind == "count") return value.is_number_unsigned();
  if (kind == "count or nothing") return value.is_number_unsigned() || value.is_null();
  if (kind == "number") return value.is_number();
  if (kind == "share") return value.is_number() && value >= 0 && value <= 1;
  if (!value.is_string()) return false;
  if (kind == "property") return is_property(value);
  return ("|" + kind + "|").find("|" + value.get<std::string>() + "|") != std::string::npos;
}

void require_shape(const Json& value, const Json& shape, const std::string& where);

void require_fields(const Json& value, const Json& shape, const std::string& where) {
  const std::string prefix = where.empty() ? "" : where + ".";
  const bool by_property = shape.contains("*");
  for (const auto& [name, wanted] : shape.items()) {
    const bool optional = name.ends_with('?');
    const std::string plain = name.substr(0, name.size() - (optional ? 1 : 0));
    if (name == "*") continue;
    if (value.contains(plain)) require_shape(value.at(plain), wanted, prefix + plain);
    if (!value.contains(plain) && !optional) throw Flaw{prefix + plain + " is missing"};
  }
  for (const auto& [name, inside] : value.items()) {
    if (by_property && is_property(name)) require_shape(inside, shape.at("*"), prefix + name);
    const bool known = by_property ? is_property(name) : shape.contains(name) || shape.contains(name + "?");
    if (!known) throw Flaw{fmt::format("{}{} is no field of an envelope", prefix, shortened(printable(name), 40))};
  }
}

void require_shape(const Json& value, const Json& shape, const std::string& where) {
  if (shape.is_object()) {
    if (!value.is_object()) throw Flaw{where + " is not an object"};
    return require_fields(value, shape, where);
  }
  if (shape.is_array()) {
    if (!value.is_array()) throw Flaw{where + " is not a list"};
    for (std::size_t i = 0; i < value.size(); ++i) {
      require_shape(value[i], shape[0], fmt::format("{}[{}]", where, i));
    }
    return;
  }
  const std::string kind = shape;
  if (is_of(value, kind)) return;
  const bool words = kind.find('|') != std::string::npos;
  throw Flaw{fmt::format("{} is not {} {}", where, words ? "one of" : "a", kind)};
}

void require_length(const Json& list, std::size_t length, const std::string& where) {
  if (list.size() != length) throw Flaw{fmt::format("{} has {} entries instead of {}", where, list.size(), length)};
}

void require_grid(const Json& rows, std::size_t height, std::size_t width, const std::string& where) {
  if (rows.empty()) return;  // not drawn: stopped before
  require_length(rows, height, where);
  for (const Json& row : rows) require_length(row, width, where + ", a row,");
}

void require_sense(const Json& axis, const std::string& where) {
  const std::size_t length = axis["values"].size();
  for (const char* name : {"labels", "runs", "asked", "granted"}) {
    require_length(axis[name], length, where + "." + name);
  }
  const Json none = Json::object();
  const Json& properties = axis.contains("properties") ? axis["properties"] : none;
  for (const auto& [id, series] : properties.items()) {
    const std::string its = fmt::format("{}.properties.{}", where, id);
    for (const char* name : {"exercised", "violations", "lower", "upper"}) {
      const bool there = series.contains(name), wanted = series["state"] != "not-exercised";
      if (there != wanted) throw Flaw{fmt::format("{}.{} is {}", its, name, wanted ? "missing" : "there unexercised")};
      if (there) require_length(series[name], length, its + "." + name);
    }
  }
  for (const Json& b : axis["boundaries"]) {
    const auto tried = [&](const Json& value) {
      return std::ranges::find(axis["values"], value) != axis["values"].end();
    };
    const std::string id = b["property"];
    const std::string its = fmt::format("{}: the boundary of {}", where, id);
    if (!tried(b["first_broken"]) || (!b["last_kept"].is_null() && !tried(b["last_kept"]))) {
      throw Flaw{its + " is where nothing was tried"};
    }
    if (!properties.contains(id) || properties[id]["state"] != "broken")
      throw Flaw{its + " belongs to none that broke"};
  }
}

void require_sense(const Json& told) {
  for (std::size_t i = 0; i < told["axes"].size(); ++i) require_sense(told["axes"][i], fmt::format("axes[{}]", i));
  for (std::size_t i = 0; i < told["maps"].size(); ++i) {
    const Json& map = told["maps"][i];
    const std::string where = fmt::format("maps[{}]", i);
    const std::size_t width = map["x_values"].size(), height = map["y_values"].size();
    require_length(map["x_labels"], width, where + ".x_labels");
    require_length(map["y_labels"], height, where + ".y_labels");
    for (const char* name : {"runs", "asked", "granted"}) require_grid(map[name], height, width, where + "." + name);
    for (const auto& [id, series] : map["properties"].items()) {
      for (const char* name : {"exercised", "violations"}) {
        require_length(series[name], height, fmt::format("{}.properties.{}.{}", where, id, name));
        require_grid(series[name], height, width, fmt::format("{}.properties.{}.{}", where, id, name));
      }
    }
  }
}

}  // namespace

std::expected<Json, std::string> envelope_read(const std::string& text) {
  const Json told = Json::parse(text, nullptr, false);
  if (told.is_discarded()) return std::unexpected("is not JSON; `lockstep envelope NAME --json FILE` writes envelopes");
  if (!told.is_object() || !told.contains("lockstep_envelope")) {
    return std::unexpected("is not an envelope; `lockstep envelope NAME --json FILE` writes them");
  }
  if (told["lockstep_envelope"] != kEnvelopeVersion) {
    return std::unexpected(
        fmt::format("is an envelope of version {}, and this program reads version {}; measure it again",
                    shortened(printable(told["lockstep_envelope"].dump()), 20), kEnvelopeVersion));
  }
  try {
    require_shape(told, shape(), "");
    require_sense(told);
  } catch (const Flaw& flaw) {
    return std::unexpected("is a damaged envelope: " + flaw.what + "; measure it again");
  }
  return told;
}

}  // namespace lockstep::reports
