// What goes wrong with real programs under virtual time: it is said in a sentence, with what to do about it.
#pragma once

#include <stdexcept>

namespace lockstep::virtual_time {

struct TimeTrouble : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace lockstep::virtual_time
