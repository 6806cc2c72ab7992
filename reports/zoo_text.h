// The planted bugs and what it costs to find each: for people, as a document, and for machines.
#pragma once

#include <string>

#include "reports/text_style.h"
#include "scenarios/zoo_table.h"

namespace lockstep::reports {

// The answer in one sentence, and how small what was shrunk became; the latter is empty if nothing was.
std::string zoo_answer(const scenarios::ZooTable& table);
std::string zoo_sizes(const scenarios::ZooTable& table);

// The first sentence is the answer. ASCII, ends with a line break.
std::string zoo_text(const scenarios::ZooTable& table, const TextStyle& style);
// The same table in Markdown, under the command that made it.
std::string zoo_markdown(const scenarios::ZooTable& table, const std::string& command, const std::string& date);
std::string zoo_json(const scenarios::ZooTable& table);

}  // namespace lockstep::reports
