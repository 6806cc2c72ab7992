// The bytes of a log, wherever they are: a file, one compressed by gzip, or standard input.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace lockstep::cli {

// Gives whole lines, some megabytes at a time, each with `padding` readable bytes behind it; the last line may lack its
// end. "-" is standard input. Throws UsageError where it cannot be read, or is no whole gzip file, or is written in a
// form that no log has, as with a line of a gigabyte.
void read_lines(const std::string& path, std::size_t padding, const std::function<void(std::string_view)>& take);

}  // namespace lockstep::cli
