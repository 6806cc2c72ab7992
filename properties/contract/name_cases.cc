// Names that a careless store takes for the same: two clients each hold one of a pair at the same time.
#include "properties/contract/contract.h"

namespace lockstep::properties::contract {

using namespace std::chrono_literals;
using scenarios::Subject;

namespace {

// `pair`: as scenario.names counts them.
Plot two_names(const Subject& subject, std::uint32_t pair) {
  Plot plot(subject);
  plot.setting().locks = 2;
  plot.setting().names = pair;
  plot.use(0, 100ms).of(0).holds(5s).granted();
  plot.use(1, 700ms).of(1).holds(1500ms).granted();
  plot.use(2, 1500ms).of(0).refused("client 0 holds it");
  plot.use(2, 1900ms).of(1).refused("client 1 holds it");
  plot.use(2, 2700ms).of(1).granted(2700ms + plot.quick());
  plot.use(2, 4s).of(0).refused("client 0 holds it");
  return plot;
}

template <std::uint32_t pair>
Plot named(const Subject& subject) {
  return two_names(subject, pair);
}

}  // namespace

std::vector<Case> name_cases() {
  return {
      {"names-case", "\"db\" and \"DB\" are two locks", Aspect::exclusion, nothing, named<1>},
      {"names-unicode-form", "an accented letter and a letter with an accent are two locks", Aspect::exclusion, nothing,
       named<2>},
      {"names-zero-byte", "what differs behind a zero byte is two locks", Aspect::exclusion, nothing, named<3>},
      {"names-long", "what differs after 300 letters is two locks", Aspect::exclusion, nothing, named<4>},
      {"names-last-point", "\"end\" and \"end.\" are two locks", Aspect::exclusion, nothing, named<5>},
      {"names-last-space", "\"stop\" and \"stop \" are two locks", Aspect::exclusion, nothing, named<6>},
      {"names-slash", "\"a/b\" and \"a_b\" are two locks", Aspect::exclusion, nothing, named<7>},
      {"names-upwards", "\"../up\" and \"up\" are two locks", Aspect::exclusion, nothing, named<8>},
      {"names-escaped", "\"%41\" and \"A\" are two locks", Aspect::exclusion, nothing, named<9>},
      {"names-no-text", "names that are no text are two locks", Aspect::exclusion, nothing, named<10>},
  };
}

}  // namespace lockstep::properties::contract
