// The end of a process whose own invariant is broken. The context is the one piece of state in the project that is
// not handed down: a failed check must be able to speak from anywhere.
#include "impl/env/check.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace lockstep {
namespace {

std::string& context() {
  static std::string text;
  return text;
}

}  // namespace

void set_check_context(std::string text) { context() = std::move(text); }

void check_failed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "lockstep: internal error at %s:%d: %s does not hold\n", file, line, condition);
  if (!context().empty()) std::fprintf(stderr, "%s\n", context().c_str());
  std::fflush(stderr);
  std::abort();
}

}  // namespace lockstep
