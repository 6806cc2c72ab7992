// Two programs are told apart, and one program is itself.
#include "properties/program.h"

#include <gtest/gtest.h>

#include <fstream>

namespace lockstep::properties {
namespace {

TEST(Program, IsKnownByTheBytesOfItsExecutable) {
  EXPECT_EQ(program(), program());
  EXPECT_NE(program().find("executable " + digest_of("/proc/self/exe")), std::string::npos) << program();
  EXPECT_NE(digest_of("/proc/self/exe"), digest_of("/bin/sh"));
}

TEST(Program, IsDigestedByFnv1a) {
  const std::string path = testing::TempDir() + "digest_of";
  std::ofstream(path) << "foobar";
  EXPECT_EQ(digest_of(path), "85944171f73967e8");
  std::ofstream(path).close();
  EXPECT_EQ(digest_of(path), "cbf29ce484222325");
  std::remove(path.c_str());
  EXPECT_EQ(digest_of(path), "");
  EXPECT_EQ(digest_of("/"), "") << "a directory can be opened, but not read";
}

}  // namespace
}  // namespace lockstep::properties
