// Line by line; the fields are event_json's, and those of the first line models/logs/own_history.h's.
#include "reports/history_jsonl.h"

#include <nlohmann/json.hpp>

#include "reports/event_json.h"

namespace lockstep::reports {

std::string history_jsonl(const models::History& history) {
  const auto owners = owners_of(history);
  std::string text;
  for (const models::Event& e : history.events) {
    const auto line = event_json(e, history, owners, Named::by_index);
    text += line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  }
  return text;
}

std::string history_jsonl(const models::History& history, const models::Bounds& bounds) {
  using enum models::Process::Role;
  nlohmann::ordered_json head = {{"type", "history"},
                                 {"leases_from", "asking"},
                                 {"drift_ppb", bounds.max_drift_ppb},
                                 {"place_kept_ns", bounds.place_kept.count()},
                                 {"lateness_ns", bounds.lateness.count()},
                                 {"progress_slack_ns", bounds.progress_slack.count()},
                                 {"one_store_clock", bounds.one_store_clock},
                                 {"roles", nlohmann::ordered_json::array()}};
  for (const models::Process& process : history.processes)
    head["roles"].push_back(process.role == server ? "server" : process.role == resource ? "resource" : "client");
  return head.dump() + "\n" + history_jsonl(history);
}

}  // namespace lockstep::reports
