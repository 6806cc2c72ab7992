// A lock in a shared library on trial: opened in each start of a simulated process that keeps the store, closed when
// that process ends or crashes. Its answers take no simulated time.
#pragma once

#include <string>

#include "impl/plugin/plugin_lock.h"
#include "scenarios/subject.h"

namespace lockstep::scenarios {

// Loads the library, which says what it claims. Throws PluginTrouble.
Subject plugin_subject(const std::string& file);

}  // namespace lockstep::scenarios
