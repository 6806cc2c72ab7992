// A shrunk scenario tells its own story: the account of its violation goes into its file.
#pragma once

#include <string>

namespace lockstep::cli {

// `beginning` comes before the account. A file that cannot be read, names no lock or breaks nothing is left as it is.
void write_account(const std::string& file, const std::string& beginning);

}  // namespace lockstep::cli
