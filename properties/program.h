// Which program this is: results of two programs are not to be added up. Of the outside world, as the stopwatch is: no
// run ever sees it.
#pragma once

#include <string>

namespace lockstep::properties {

// The SQLite it is linked with and a digest of the running executable: "SQLite 2022-12-28 ..., executable 0123...".
// Another build is another text. Where the executable cannot be read it is "executable unknown".
std::string program();

// 64-bit FNV-1a of a file's bytes, in 16 hex digits; empty if it cannot be read.
std::string digest_of(const std::string& path);

}  // namespace lockstep::properties
