// CHECK: our own mistakes, in every build. It ends the process with the place, the condition and whatever line the
// composition root gave to be printed (a replay line), so that even a broken invariant can be replayed.
#pragma once

#include <string>

namespace lockstep {

// What to print beneath a failed check. The text is copied; an empty one prints nothing.
void set_check_context(std::string text);
[[noreturn]] void check_failed(const char* file, int line, const char* condition);

}  // namespace lockstep

#define CHECK(condition) ((condition) ? void() : ::lockstep::check_failed(__FILE__, __LINE__, #condition))
