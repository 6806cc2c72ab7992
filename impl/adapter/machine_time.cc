// The only clock here that is not a seam's: whoever asks for it does not want to be simulated.
#include "impl/adapter/machine_time.h"

#include <chrono>
#include <thread>

namespace lockstep {

std::function<void(Duration)> machine_pace() {
  return [began = std::chrono::steady_clock::now()](Duration since) { std::this_thread::sleep_until(began + since); };
}

}  // namespace lockstep
