// For programs that live by the machine's clock: whoever simulates time keeps step with it.
#pragma once

#include <functional>

#include "impl/env/time.h"

namespace lockstep {

// Begins now; each call waits until so much time has passed since then.
std::function<void(Duration)> machine_pace();

}  // namespace lockstep
