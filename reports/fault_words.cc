// A fault in the words of the catalogue, with the processes that live on a host, since those are the columns.
#include <fmt/format.h>

#include "models/words.h"
#include "reports/story.h"
#include "reports/text_style.h"

namespace lockstep::reports {
namespace {

constexpr std::size_t kNamesAtMost = 3;

std::string host_words(std::uint32_t host, const scenarios::Scenario& s) {
  std::vector<std::string> names;
  for (std::uint32_t p = 0; p < s.processes(); ++p) {
    if (s.host_of(p) == host) names.push_back(process_name(s, p));
  }
  if (names.empty() || names.size() > kNamesAtMost) return fmt::format("host {}", host);
  return fmt::format("host {} ({})", host, listed(names));
}

std::string amount_words(const sim::Fault& fault) {
  const auto unit = sim::facts_of(fault.kind).amount;
  if (unit.empty() || fault.amount == 0) return "";
  if (unit == "ns") return fmt::format(" by {}", models::length(Duration(fault.amount)));
  if (unit != "ppm") return fmt::format(" by {} ppb", fault.amount);
  std::string share = fmt::format("{}.{:04}", fault.amount / 10'000, fault.amount % 10'000);
  share.erase(share.find_last_not_of('0') + 1);
  if (share.back() == '.') share.pop_back();
  return fmt::format(", {} %", share);
}

}  // namespace

std::string fault_words(const sim::Fault& fault, const scenarios::Scenario& scenario) {
  const auto& facts = sim::facts_of(fault.kind);
  std::string text = fmt::format("{} ", facts.name);
  if (facts.subject == sim::FaultSubject::process) text += process_name(scenario, fault.target);
  if (facts.subject == sim::FaultSubject::host) text += host_words(fault.target, scenario);
  if (facts.subject == sim::FaultSubject::link) {
    const auto arrow = fault.kind == sim::FaultKind::cut_one_way ? "->" : "-";
    text += fmt::format("{} {} {}", host_words(fault.target, scenario), arrow, host_words(fault.other, scenario));
  }
  text += amount_words(fault);
  const bool at_once = fault.lasts == Duration::zero() || fault.kind == sim::FaultKind::step_wall;
  return at_once ? text : fmt::format("{} for {}", text, models::length(fault.lasts));
}

}  // namespace lockstep::reports
