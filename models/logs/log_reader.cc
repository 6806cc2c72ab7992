// Empty lines before the first are given to both, so that both count lines alike.
#include "models/logs/log_reader.h"

#include <utility>

namespace lockstep::models {

LogReader::LogReader(const LogRules& rules, LogFormat format, AfterLine after_line)
    : format_(format), json_(rules, after_line), edn_(rules, std::move(after_line)) {}

void LogReader::take(std::string_view lines) {
  if (!begun_ && lines.starts_with("\xef\xbb\xbf")) lines.remove_prefix(3);
  begun_ = true;
  const bool empty = lines.find_first_not_of(" \t\r\n") == lines.npos;
  if (format_ == LogFormat::by_content && !empty) format_ = looks_like_edn(lines) ? LogFormat::edn : LogFormat::json;
  if (format_ != LogFormat::json) edn_.take(lines);
  if (format_ != LogFormat::edn) json_.take(lines);
}

ReadLog LogReader::result() && {
  return format_ == LogFormat::edn ? std::move(edn_).result() : std::move(json_).result();
}

}  // namespace lockstep::models
