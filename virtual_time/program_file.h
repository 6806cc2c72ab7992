// Can a program be controlled? The clocks of one that does not load libraries, or asks the kernel itself, go on as
// ever.
#pragma once

#include <string>

namespace lockstep::virtual_time {

// Where the shell would find it; empty if nowhere.
std::string found_program(const std::string& name);

// Why the program in that file cannot be controlled, in words that follow "it": "is statically linked"; empty if
// nothing speaks against it. Of a script, its interpreter is looked at.
std::string why_not_controlled(const std::string& path);

}  // namespace lockstep::virtual_time
