// Reads a trace as its viewers do, event by event.
#include "reports/trace_flaws_test.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace lockstep::reports {
namespace {

class TraceFlaws {
 public:
  explicit TraceFlaws(const std::string& text) {
    const auto trace = nlohmann::json::parse(text, nullptr, false);
    if (!trace.is_object() || !trace.contains("traceEvents")) {
      flaws_.push_back("no object with traceEvents");
      return;
    }
    for (const auto& event : trace["traceEvents"]) take(event);
    for (const Place& place : places_) {
      if (!named_groups_.contains(place.first)) say(fmt::format("group {} has no name", place.first));
      if (!named_tracks_.contains(place)) say(fmt::format("track {} of {} has no name", place.second, place.first));
      if (!tracks_.insert(place.second).second) say(fmt::format("track {} is in two groups", place.second));
    }
    for (const auto& [id, ends] : arrows_) {
      if (ends.begins != 1 || ends.arrives != 1) say(fmt::format("arrow {} has not both its ends", id));
      if (ends.from > ends.to) say(fmt::format("arrow {} points back in time", id));
    }
  }
  const std::vector<std::string>& all() const { return flaws_; }

 private:
  using Place = std::pair<int, int>;
  struct Ends {
    int begins = 0, arrives = 0;
    double from = 0, to = 0;
  };
  struct Span {
    double from = 0, to = 0;
  };
  void say(const std::string& flaw) { flaws_.push_back(flaw); }

  void take(const nlohmann::json& event) {
    const std::string what = event.dump();
    for (const char* key : {"ph", "name", "pid", "tid", "ts"}) {
      if (!event.contains(key)) return say(fmt::format("no {}: {}", key, what));
    }
    if (!event["pid"].is_number_integer() || !event["tid"].is_number_integer() || !event["ts"].is_number())
      return say("no numbers: " + what);
    const std::string phase = event["ph"];
    const Place place{event["pid"], event["tid"]};
    const double at = event["ts"];
    if (phase == "M") return take_name(event, place);
    places_.insert(place);
    if (!std::isfinite(at) || at < 0) say("no instant: " + what);
    if (at < last_) say("not in order: " + what);
    last_ = at;
    if (phase == "X") return take_slice(event, place, at);
    if (phase == "s" || phase == "f") return take_arrow(event, place, at);
    if (phase != "i" || event.value("s", "") != "t") say("unknown: " + what);
  }

  void take_name(const nlohmann::json& event, const Place& place) {
    const std::string name = event["name"];
    if (!event.contains("args")) return say("names nothing: " + event.dump());
    const bool names = !event["args"].value("name", "").empty();
    if (name == "process_name" && names) named_groups_.insert(place.first);
    if (name == "thread_name" && names) named_tracks_.insert(place);
  }

  // As a viewer does: it keeps what is open on the track, and looks at nothing but its top.
  void take_slice(const nlohmann::json& event, const Place& place, double at) {
    constexpr double kRounding = 1e-4;  // of a sum of two fractions; a nanosecond is ten times as much
    if (!event.contains("dur") || event["dur"] < 0) return say("no length: " + event.dump());
    const double end = at + event["dur"].get<double>();
    auto& open = open_[place];
    while (!open.empty() && open.back().to <= at + kRounding && open.back().from < at) open.pop_back();
    if (!open.empty() && end > open.back().to + kRounding) say("does not nest: " + event.dump());
    open.push_back({at, end});
  }

  void take_arrow(const nlohmann::json& event, const Place& place, double at) {
    if (!event.contains("id")) return say("an arrow without a number: " + event.dump());
    Ends& ends = arrows_[event["id"].get<long>()];
    const auto& open = open_[place];
    if (open.empty() || open.back().from != at) say("an arrow without a slice: " + event.dump());
    const bool begins = event["ph"] == "s";
    (begins ? ends.begins : ends.arrives) += 1;
    (begins ? ends.from : ends.to) = at;
    if (!begins && event.value("bp", "") != "e") say("an arrow to the next slice: " + event.dump());
  }

  std::vector<std::string> flaws_;
  std::set<int> named_groups_, tracks_;
  std::set<Place> named_tracks_, places_;
  std::map<Place, std::vector<Span>> open_;
  std::map<long, Ends> arrows_;
  double last_ = 0;
};

}  // namespace

std::vector<std::string> flaws_of_trace(const std::string& text) { return TraceFlaws(text).all(); }

}  // namespace lockstep::reports
