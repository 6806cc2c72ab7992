// Reads a log in whichever of the forms it is written: JSON Lines, or what Jepsen prints.
#pragma once

#include <cstdint>
#include <string_view>

#include "models/logs/edn.h"
#include "models/logs/json_lines.h"

namespace lockstep::models {

enum class LogFormat : std::uint8_t { by_content, json, edn };

class LogReader {
 public:
  explicit LogReader(const LogRules& rules = {}, LogFormat format = LogFormat::by_content, AfterLine after_line = {});

  // Some more whole lines, with kReadPadding bytes behind the last. The first of them that are not empty tell the form.
  // A byte order mark before the very first is passed over.
  void take(std::string_view lines);

  // What has been read. Call once, after all.
  ReadLog result() &&;

 private:
  LogFormat format_;
  bool begun_ = false;
  JsonLines json_;
  Edn edn_;
};

}  // namespace lockstep::models
