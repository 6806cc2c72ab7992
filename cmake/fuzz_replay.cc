// A test of every fuzzer: what it found worth keeping is still read without harm. Linked with the fuzzer's file, whose
// function ends the program if something is wrong.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

TEST(FuzzCorpus, IsReadWithoutHarm) {
  std::size_t files = 0;
  std::stringstream corpora(LOCKSTEP_CORPORA);
  for (std::string folder; std::getline(corpora, folder, ':');) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      SCOPED_TRACE(entry.path().string());
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(file)), {});
      ASSERT_FALSE(file.bad());
      EXPECT_EQ(LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()), 0);
      ++files;
    }
  }
  EXPECT_GT(files, 0u) << LOCKSTEP_CORPORA;
}

}  // namespace
