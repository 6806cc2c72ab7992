// The page about the backends shows what they claim today.
#include "reports/claims_table.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace lockstep::reports {
namespace {

TEST(ClaimsTable, StandsInThePageAboutTheBackends) {
  std::ifstream page(LOCKSTEP_ROOT "/docs/backends.md");
  std::stringstream text;
  text << page.rdbuf();
  const std::string table = claims_table(scenarios::honest_subjects());
  EXPECT_NE(text.str().find(table), std::string::npos) << "docs/backends.md should hold:\n" << table;
}

TEST(ClaimsTable, SaysNoWhereALockMakesNoPromise) {
  scenarios::Subject modest{.name = "modest",
                            .about = {},
                            .claims = {.renewal = false},
                            .open = {},
                            .client = {},
                            .between = {},
                            .planted = {}};
  const std::string table = claims_table({modest});
  EXPECT_NE(table.find("| renew | no |"), std::string::npos) << table;
  EXPECT_NE(table.find("| clocks that differ in rate by up to | 0.0 % |"), std::string::npos) << table;
}

}  // namespace
}  // namespace lockstep::reports
