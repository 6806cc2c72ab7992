// What the build bundled of reports/pages/web: both are empty where there was no bundler.
#pragma once

#include <string_view>

namespace lockstep::reports {

std::string_view page_script();
std::string_view page_style();

}  // namespace lockstep::reports
