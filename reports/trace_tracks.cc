// Track numbers are unique in the whole trace, since Perfetto takes a number that two groups share for one thread. What
// begins at one instant stays in the order in which it was laid out: a viewer binds the end of an arrow to the slice
// that it has just read.
#include "reports/trace_tracks.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

namespace lockstep::reports {
namespace {

using models::Instant;
using Json = nlohmann::ordered_json;

constexpr int kFirstTrack = 1001;  // no group's number, or a viewer takes the track for the group's main thread

double microseconds(Instant at) { return static_cast<double>(at.count()) / 1e3; }

Json json_of(const Notes& notes) {
  Json json = Json::object();
  for (const auto& [name, value] : notes) json[name] = value;
  return json;
}

// What is open on a lane, the innermost last.
using Lane = std::vector<const Slice*>;

bool fits(Lane& lane, const Slice& slice) {
  while (!lane.empty() && lane.back()->to <= slice.from && lane.back()->from < slice.from) lane.pop_back();
  return lane.empty() || (lane.back()->whose == slice.whose && slice.to <= lane.back()->to);
}

// For each slice, in the order of beginnings, its lane. The slices are sorted here.
std::vector<std::size_t> lanes_of(std::vector<Slice>& slices) {
  std::ranges::stable_sort(slices, {}, [](const Slice& s) { return std::tuple(s.from, -s.to, s.order); });
  std::vector<Lane> lanes;
  std::vector<std::size_t> places;
  for (const Slice& slice : slices) {
    auto lane = std::ranges::find_if(lanes, [&](Lane& l) { return fits(l, slice); });
    if (lane == lanes.end()) lane = lanes.insert(lane, Lane());
    lane->push_back(&slice);
    places.push_back(static_cast<std::size_t>(lane - lanes.begin()));
  }
  return places;
}

class Events {
 public:
  explicit Events(std::vector<TrackGroup> groups) {
    for (int number = 1; TrackGroup & group : groups) {
      name("process_name", number, 0, "name", group.name);
      name("process_sort_index", number, 0, "sort_index", number);
      for (Track& track : group.tracks) add(number, track);
      ++number;
    }
  }

  Json all() && {
    std::ranges::stable_sort(events_, {}, [](const auto& event) { return event.first; });
    for (auto& event : events_) names_.push_back(std::move(event.second));
    return std::move(names_);
  }

 private:
  void name(const char* what, int group, int track, const char* key, const Json& value) {
    names_.push_back(
        {{"ph", "M"}, {"name", what}, {"pid", group}, {"tid", track}, {"ts", 0}, {"args", {{key, value}}}});
  }

  void add(int group, Track& track) {
    const auto places = lanes_of(track.slices);
    const std::size_t lanes = places.empty() ? 1 : *std::ranges::max_element(places) + 1;
    const int first = next_;
    for (std::size_t lane = 0; lane < lanes; ++lane, ++next_) {
      name("thread_name", group, next_, "name", lane == 0 ? track.name : fmt::format("{} ({})", track.name, lane + 1));
      name("thread_sort_index", group, next_, "sort_index", next_);
    }
    for (std::size_t i = 0; i < places.size(); ++i)
      add(group, first + static_cast<int>(places[i]), track.category, track.slices[i]);
    for (Mark& mark : track.marks) {
      Json& event = begin("i", mark.name, track.category, group, first, mark.at);
      event["s"] = "t";
      event["args"] = json_of(mark.notes);
    }
  }

  void add(int group, int number, const std::string& category, Slice& slice) {
    Json& event = begin("X", slice.name, category, group, number, slice.from);
    event["dur"] = microseconds(slice.to - slice.from);
    event["args"] = json_of(slice.notes);
    if (slice.end == ArrowEnd::none) return;
    const bool arrives = slice.end == ArrowEnd::arrives;
    Json& arrow = begin(arrives ? "f" : "s", "message", category, group, number, slice.from);
    arrow["id"] = slice.arrow;
    if (arrives) arrow["bp"] = "e";  // to the slice that it lies in, not to the next one
  }

  Json& begin(const char* phase, const std::string& what, const std::string& category, int group, int track,
              Instant at) {
    events_.emplace_back(at, Json{{"ph", phase}, {"name", what}, {"cat", category}, {"pid", group}});
    Json& event = events_.back().second;
    event["tid"] = track;
    event["ts"] = microseconds(at);
    return event;
  }

  Json names_ = Json::array();
  std::vector<std::pair<Instant, Json>> events_;
  int next_ = kFirstTrack;
};

}  // namespace

std::string trace_json(std::vector<TrackGroup> groups, const Notes& about) {
  const Json document = {
      {"displayTimeUnit", "ns"}, {"otherData", json_of(about)}, {"traceEvents", Events(std::move(groups)).all()}};
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lockstep::reports
