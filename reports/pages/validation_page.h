// What a validation found, as the document of a page: levels with their evidence, the contract case by case, campaigns.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "reports/pages/campaign_page.h"
#include "scenarios/validation.h"

namespace lockstep::reports {

// Of the kind "validation", for page(). What depends on this machine is in `machine`, there and in the campaigns.
nlohmann::ordered_json validation_document(const scenarios::Validation& validation, const FailuresTold& told,
                                           const std::string& version);

}  // namespace lockstep::reports
