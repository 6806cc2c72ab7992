// What happened at an instant is told by the story's first line of it.
#include "reports/explain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "models/words.h"
#include "reports/campaign_answer.h"
#include "reports/story.h"

namespace lockstep::reports {
namespace {

using models::Instant;
using scenarios::Explanation;
using scenarios::Likelihood;
using scenarios::RunResult;
using scenarios::Scenario;

constexpr std::uint32_t kJump = 15;  // percent between neighbours that are told as a jump

std::uint32_t percent(const Likelihood& point) {
  return point.runs == 0 ? 0 : (point.violations * 100 + point.runs / 2) / point.runs;
}

// "server 0 grants A #1 to client 0 for 1 s", of each instant; empty if nothing is worth telling.
class Happenings {
 public:
  Happenings(const RunResult& result, const Scenario& scenario, models::Property property) : result_(result) {
    const models::Verdict& told = result.verdicts[static_cast<std::size_t>(property)];
    lines_ = story_of(result, scenario, &told, true);
  }
  std::string at(Instant instant) const {
    const StoryLine* best = nullptr;
    for (const StoryLine& line : lines_) {
      if (line.at != instant || line.kind == StoryLine::Kind::silent || line.words.empty()) continue;
      if (best == nullptr || rank(line) < rank(*best)) best = &line;
    }
    return best == nullptr ? "" : in_prose(*best, result_.history);
  }

 private:
  static int rank(const StoryLine& line) {
    return line.evidence ? 0 : line.kind == StoryLine::Kind::event ? 1 : line.kind == StoryLine::Kind::world ? 2 : 3;
  }
  const RunResult& result_;
  std::vector<StoryLine> lines_;
};

std::string answer(const Explanation& e, const Happenings& happenings) {
  const std::string title = title_of(e.property);
  const auto from = inevitable_from(e);
  if (!e.complete) return "Stopped before all instants were looked at.";
  if (!from)
    return fmt::format(
        "{} was never inevitable: even with the same run up to the proof, not every other ending breaks it.", title);
  const std::uint32_t before = *from == 0 ? 0 : percent(e.points[*from - 1]);
  if (*from == 0)
    return fmt::format("{} was inevitable from the beginning: all {} with other noise broke it too.", title,
                       counted(e.points[0].runs, "run", "runs"));
  const Likelihood& point = e.points[*from];
  const std::string what = happenings.at(point.at);
  return fmt::format(
      "{} became inevitable at {}{}: of {} that were the same so far and went on with other noise, all broke it; of "
      "those that "
      "parted just before, {} %.",
      title, models::seconds(point.at), what.empty() ? "" : ", when " + what, counted(point.runs, "run", "runs"),
      before);
}

}  // namespace

std::string explain_text(const Explanation& e, const RunResult& result, const Scenario& scenario,
                         const TextStyle& style) {
  const Happenings happenings(result, scenario, e.property);
  std::string text = wrapped(answer(e, happenings), 0, style) + "\n";
  text += paint("      parted at  likelihood", Tone::quiet, style) + "\n";
  constexpr std::uint32_t kBar = 20;
  for (std::size_t i = 0; i < e.points.size(); ++i) {
    const Likelihood& point = e.points[i];
    const std::uint32_t now = percent(point), before = i == 0 ? now : percent(e.points[i - 1]);
    const bool jump = now > before + kJump || before > now + kJump;
    const std::string when = i == 0 ? "the beginning" : clock_of(point.at);
    std::string line =
        fmt::format("{} {}  {} %  {}", jump ? ">>" : "  ", right(when, 13), right(fmt::format("{}", now), 3),
                    left(std::string(now * kBar / 100, '#'), kBar + 2));
    if (i != 0) line += printable(happenings.at(point.at));
    while (line.back() == ' ') line.pop_back();
    text += paint(line, jump ? Tone::heading : Tone::plain, style) + "\n";
  }
  return text + "\n" +
         wrapped(fmt::format(
                     "Likelihood: of {} that were the same up to that instant and then had other delays, losses and "
                     "latencies; steps and faults are those of the scenario.",
                     counted(e.points.empty() ? 0 : e.points[0].runs, "run", "runs")),
                 0, style);
}

nlohmann::ordered_json explanation_value(const Explanation& e, const RunResult& result, const Scenario& scenario) {
  using Json = nlohmann::ordered_json;
  const Happenings happenings(result, scenario, e.property);
  Json points = Json::array();
  for (std::size_t i = 0; i < e.points.size(); ++i) {
    const Likelihood& point = e.points[i];
    points.push_back({{"at_ns", i == 0 ? 0 : point.at.count()},
                      {"runs", point.runs},
                      {"violations", point.violations},
                      {"what", i == 0 ? "the beginning" : happenings.at(point.at)}});
  }
  Json all = {{"property", models::id_of(e.property)}, {"answer", answer(e, happenings)}, {"complete", e.complete}};
  const auto from = inevitable_from(e);
  all["inevitable_from_ns"] = from ? Json(*from == 0 ? 0 : e.points[*from].at.count()) : Json(nullptr);
  all["points"] = std::move(points);
  return all;
}

std::string explain_json(const Explanation& e, const RunResult& result, const Scenario& scenario) {
  using Json = nlohmann::ordered_json;
  return explanation_value(e, result, scenario).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lockstep::reports
