// One event of a log of Jepsen's: what its fields mean. Knows nothing of where events begin and end.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "models/logs/builder.h"
#include "models/logs/edn_text.h"
#include "models/logs/faults.h"

namespace lockstep::models {

class EdnEvent {
 public:
  explicit EdnEvent(const LogRules& rules) : rules_(rules) {}

  // The fields of a new one follow.
  void begin();
  // False: the field has a value that it cannot have. Fields that say nothing of locks are passed over.
  bool take(std::string_view key, const EdnForm& value);
  bool take_process(const EdnForm& value);
  bool take_type(const EdnForm& value);
  bool take_operation(const EdnForm& value);
  bool take_error(const EdnForm& value);
  void take_value(const EdnForm& value) { value_ = value; }

  // After its last field. What it points to stays until the next begins, or the text that was read ends.
  const LogEvent& end();

 private:
  void take_fault(const EdnForm& value);
  // Of :value, whose fields may be anybody's: those that cannot be understood are passed over.
  void take_pair(std::string_view written);
  void take_inner(const EdnForm& value);
  std::string_view text_of(const EdnForm& form);

  const LogRules& rules_;
  LogEvent event_;
  WorldEvent world_;
  EdnForm value_;
  std::array<std::string, 4> unescaped_;  // texts of this event that have escapes
  std::size_t used_ = 0;
};

}  // namespace lockstep::models
