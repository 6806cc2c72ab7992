# Script: writes OUT, a C++ source with the contents of PARTS (the bundled script, then the style; or none).
set(script "")
set(style "")
if(PARTS)
  list(GET PARTS 0 script_file)
  list(GET PARTS 1 style_file)
  file(READ ${script_file} script)
  file(READ ${style_file} style)
endif()
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [=[
// Made by cmake: reports/pages/page_parts.h says what it is.
#include "reports/pages/page_parts.h"

namespace lockstep::reports {

std::string_view page_script() { return R"~~~~(@script@)~~~~"; }
std::string_view page_style() { return R"~~~~(@style@)~~~~"; }

}  // namespace lockstep::reports
]=])
