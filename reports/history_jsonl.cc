// Line by line; the fields are event_json's.
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

}  // namespace lockstep::reports
