// A scope that was cut off says so: its numbers are those of what was tried.
#include "reports/exhaust_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/campaign_answer.h"

namespace lockstep::reports {
namespace {

using scenarios::Exhaustion;
using scenarios::ScopeExhausted;

constexpr int kExhaustionVersion = 1;

// The ids of what the lock claims: those that were exercised in any run, and those that were not.
std::pair<std::vector<std::string>, std::vector<std::string>> promises(const Exhaustion& e) {
  std::pair<std::vector<std::string>, std::vector<std::string>> ids;
  for (int i = 0; i < models::kPropertyCount; ++i) {
    const auto property = static_cast<models::Property>(i);
    if ((e.asserted & models::bit(property)) == 0) continue;
    ((e.exercised & models::bit(property)) != 0 ? ids.first : ids.second).emplace_back(models::id_of(property));
  }
  return ids;
}

std::string answer(const Exhaustion& e) {
  std::uint64_t runs = 0, states = 0;
  for (const ScopeExhausted& scope : e.scopes) runs += scope.runs, states += scope.states;
  const std::string faults = e.depth == 1 ? "one fault" : fmt::format("up to {} faults", e.depth);
  const std::string tried = fmt::format("{}, {}", counted(runs, "run", "runs"), counted(states, "state", "states"));
  if (e.violated)
    return fmt::format("{} breaks {} with {} in a small scope ({}).", e.backend, title_of(e.property), faults, tried);
  const auto left = std::ranges::count_if(e.scopes, [](const ScopeExhausted& scope) { return !scope.exhausted; });
  if (left > 0) {
    return fmt::format("{} of {} were not exhausted; {} broke nothing in what was tried ({}).", left,
                       counted(e.scopes.size(), "small scope", "small scopes"), e.backend, tried);
  }
  const auto [exercised, not_exercised] = promises(e);
  const std::string what = not_exercised.empty() ? fmt::format("the {} promises asked of it", exercised.size())
                                                 : fmt::format("the {} promises exercised", exercised.size());
  return fmt::format("{} kept {} in {} with {} at every step: exhausted ({}).{}", e.backend, what,
                     counted(e.scopes.size(), "small scope", "small scopes"), faults, tried,
                     not_exercised.empty() ? "" : fmt::format(" Not exercised: {}.", listed(not_exercised)));
}

}  // namespace

std::string exhaust_text(const Exhaustion& e, const TextStyle& style) {
  std::string text = wrapped(answer(e), 0, style) + "\n";
  text += paint(fmt::format("  {}{}  {}what is done", right("runs", 8), right("states", 8), left("", 11)), Tone::quiet,
                style) +
          "\n";
  for (const ScopeExhausted& scope : e.scopes) {
    if (scope.runs == 0 && e.violated) continue;
    const std::string end = scope.exhausted ? "exhausted" : e.violated ? "" : "cut off";
    const std::string head =
        fmt::format("  {}{}  {}", right(grouped(scope.runs), 8), right(grouped(scope.states), 8), left(end, 11));
    text += hanging(head, head.size(), scope.about, style);
  }
  if (e.violated)
    text += "\n" + wrapped(e.sentence, 2, style) +
            fmt::format("  {}\n", paint(printable(replay_line(e.file)), Tone::heading, style));
  for (const std::string& death : e.deaths) text += "\n" + wrapped(printable(death) + ".", 0, style);
  return text + "\n" +
         wrapped(fmt::format("A state is a run in which something else happened, or in another order. It took {}.",
                             rough_time(static_cast<double>(e.took.count()) / 1e9)),
                 0, style);
}

std::string exhaust_json(const Exhaustion& e) {
  using Json = nlohmann::ordered_json;
  Json scopes = Json::array();
  for (const ScopeExhausted& scope : e.scopes) {
    scopes.push_back(
        {{"about", scope.about}, {"runs", scope.runs}, {"states", scope.states}, {"exhausted", scope.exhausted}});
  }
  Json all = {{"lockstep_exhaustion", kExhaustionVersion},
              {"backend", e.backend},
              {"depth", e.depth},
              {"answer", answer(e)},
              {"violated", e.violated}};
  if (e.violated) {
    all["property"] = models::id_of(e.property);
    all["sentence"] = e.sentence;
    all["file"] = e.file;
  }
  const auto [exercised, not_exercised] = promises(e);
  all["exercised"] = exercised;
  all["not_exercised"] = not_exercised;
  all["deaths"] = e.deaths;
  all["seconds"] = static_cast<double>(e.took.count()) / 1e9;
  all["scopes"] = std::move(scopes);
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace lockstep::reports
