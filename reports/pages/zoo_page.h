// The planted bugs and what it cost to find each, as the document of a page.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "scenarios/zoo_table.h"

namespace lockstep::reports {

// Of the kind "zoo", for page(). `command` made it. Runs depend on the seeds alone; times are of this machine.
nlohmann::ordered_json zoo_document(const scenarios::ZooTable& table, const std::string& command);

}  // namespace lockstep::reports
