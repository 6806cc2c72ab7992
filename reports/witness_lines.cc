// Follows who holds, to tell a grant from one that is told once more.
#include "reports/witness_lines.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "reports/text_style.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;

class Words {
 public:
  explicit Words(const linear::Log& log) : log_(log) {}

  std::string_view of(const linear::Point& point) {
    if (point.kind == linear::Point::Kind::lease_end) {
      holders_.erase(point.hold);
      return "lease ended";
    }
    const linear::Operation& op = log_.operations[point.operation];
    const bool no = op.answer == linear::Answer::no;
    switch (op.action) {
      case linear::Action::acquire:
        if (no) return "refused";
        if (!granted_.insert(point.hold).second) return "granted before";
        holders_.insert(point.hold);
        return "granted";
      case linear::Action::release:
        if (no) return "not held";
        return holders_.erase(point.hold) > 0 ? "released" : "over before";
      case linear::Action::renew: return no ? "not held" : op.mode == linear::Mode::shared ? "lowered" : "renewed";
      case linear::Action::break_all: holders_.clear(); return "broken";
      case linear::Action::inspect: return op.hold == linear::kNone ? "seen free" : "seen held";
    }
    return "";
  }

 private:
  const linear::Log& log_;
  std::set<std::uint32_t> holders_, granted_;
};

Json sid_of(const linear::Log& log, std::uint32_t hold) {
  if (hold == linear::kNone) return nullptr;
  if (const auto named = log.names.find(hold); named != log.names.end()) return printable(named->second);
  if (hold < log.sids.size() && log.sids[hold] != linear::kNoNumber) return log.sids[hold];
  return printable(name_of(log, hold));
}

}  // namespace

std::string witness_lines(const linear::Log& log, const linear::Witness& witness) {
  const std::string lock = printable(log.locks[witness.lock].name);
  Words words(log);
  std::string text;
  for (const linear::Point& point : witness.points) {
    const Json line = {
        {"at_ns", point.at},
        {"line", point.operation == linear::kNone ? Json(nullptr) : Json(log.operations[point.operation].line)},
        {"lock", lock},
        {"sid", sid_of(log, point.hold)},
        {"did", words.of(point)}};
    text += line.dump() + "\n";
  }
  return text;
}

}  // namespace lockstep::reports
