// Which names are one file on a file system that folds: those that differ only in the case of ASCII letters, and by
// option also in the composition of accented Latin-1 letters, as on macOS. A pure function of the bytes; what lies
// beyond Latin-1 is taken literally, as is text that is not UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lockstep::sim {

enum class NameFolding : std::uint8_t {
  none,         // names are bytes
  ascii_case,   // "Lock" is "lock"
  composition,  // and one character e-acute is an e with an accent behind it, of either case
};

// The same for two names exactly when they are one file. '/' stays what it is.
std::string folded(std::string_view name, NameFolding folding);

}  // namespace lockstep::sim
