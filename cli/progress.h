// Where a campaign is, as one line: how far, what went wrong so far, when it will be over, how fast.
#pragma once

#include <cstddef>
#include <string>

#include "properties/campaign.h"

namespace lockstep::cli {

// No longer than `width`: what there is no room for is left out from the end, so what matters most comes first. The end
// is estimated from the rate so far, and from `limit`, the time after which no run is begun.
std::string progress_line(const properties::CampaignProgress& progress, Duration limit, std::size_t width);

}  // namespace lockstep::cli
