// What happened at an instant is told by the story's first line of it.
#include "reports/explain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "models/words.h"
#include "reports/campaign_answer.h"
#include "reports/plain_story.h"
#include "reports/plain_words.h"
#include "reports/story.h"

namespace lockstep::reports {
namespace {

using models::Instant;
using scenarios::Explanation;
using scenarios::Likelihood;
using scenarios::RunResult;
using scenarios::Scenario;

constexpr int kExplanationVersion = 1;
constexpr std::uint32_t kJump = 15;  // percent between neighbours that are told as a jump

// Of neighbours whose difference chance hardly explains, so many runs as there are: 2.5 standard errors.
bool is_jump(const Likelihood& before, const Likelihood& now) {
  if (before.runs == 0 || now.runs == 0) return false;
  const double a = before.runs, b = now.runs;
  const double difference = std::abs(before.violations / a - now.violations / b);
  const double pooled = (before.violations + now.violations) / (a + b);
  const double error = std::sqrt(pooled * (1 - pooled) * (1 / a + 1 / b));
  return difference * 100 > kJump && difference > 2.5 * error;
}

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
    return best == nullptr ? told_at(instant) : in_prose(*best, result_.history);
  }

 private:
  // What has no line in a picture, like an answer that ends an arrow.
  std::string told_at(Instant instant) const {
    const auto& events = result_.history.events;
    const auto event = std::ranges::find(events, instant, &models::Event::at);
    if (event == events.end()) return "";
    return plain(event_in_words(result_.history, static_cast<std::uint32_t>(event - events.begin()), {}));
  }
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
    const std::uint32_t now = percent(point);
    const bool jump = i > 0 && is_jump(e.points[i - 1], point);
    const std::string when = i == 0 ? "the beginning" : clock_of(point.at);
    const std::string head =
        fmt::format("{} {}  {} %  {}", jump ? ">>" : "  ", right(when, 13), right(fmt::format("{}", now), 3),
                    left(std::string(now * kBar / 100, '#'), kBar + 2));
    text += painted(hanging(head, head.size(), i == 0 ? "" : happenings.at(point.at), style),
                    jump ? Tone::heading : Tone::plain, style);
  }
  return text + "\n" +
         wrapped(fmt::format(
                     "Likelihood: of {} that were the same up to that instant and then had other delays, losses and "
                     "latencies; steps and faults are those of the scenario. >> marks what chance does not explain.",
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
  Json all = {{"lockstep_explanation", kExplanationVersion},
              {"property", models::id_of(e.property)},
              {"answer", answer(e, happenings)},
              {"complete", e.complete}};
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
