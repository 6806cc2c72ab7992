// `lockstep report` of envelopes that were written as JSON: one, or all of a folder side by side. Nothing is run.
#pragma once

#include <string>
#include <vector>

#include "cli/commands.h"

namespace lockstep::cli {

// The file itself, if its name ends with .json; of a folder without campaigns all such files in it, if one of them
// looks like an envelope. None: `path` is for somebody else to read.
std::vector<std::string> envelope_files(const std::string& path);

// Tells the answer of each, and makes the page: of one file its own, of a folder the comparison. There, a README.md in
// which an item of a list begins with the name of a lock in bold has the lock's sentence, and pages beside the new one
// that are called like the JSON files are linked. Throws a UsageError for a file that is no envelope.
int report_envelopes(const ReportArguments& arguments, const std::vector<std::string>& files);

}  // namespace lockstep::cli
