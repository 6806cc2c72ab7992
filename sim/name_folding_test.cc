// Disks on which two names may be one file, as on macOS and Windows.
#include "sim/name_folding.h"

#include <gtest/gtest.h>

#include "sim/disk.h"

namespace lockstep::sim {
namespace {

constexpr std::string_view composed = "caf\xc3\xa9";     // one character: e with an acute accent
constexpr std::string_view decomposed = "cafe\xcc\x81";  // e, and a combining acute accent
constexpr std::string_view upper_case = "CAF\xc3\x89";   // E with an acute accent

bool one_file(std::string_view a, std::string_view b, NameFolding folding) {
  return folded(a, folding) == folded(b, folding);
}

TEST(NameFolding, OfNoneKeepsEveryBit) {
  EXPECT_EQ(folded("Lock", NameFolding::none), "Lock");
  EXPECT_FALSE(one_file(composed, decomposed, NameFolding::none));
}

TEST(NameFolding, OfCaseConcernsAsciiLettersOnly) {
  EXPECT_TRUE(one_file("LOCK-[1]", "lock-[1]", NameFolding::ascii_case));
  EXPECT_FALSE(one_file("lock-[", "lock-{", NameFolding::ascii_case)) << "32 apart, but no letters";
  EXPECT_FALSE(one_file(composed, upper_case, NameFolding::ascii_case));
  EXPECT_FALSE(one_file(composed, decomposed, NameFolding::ascii_case));
}

TEST(NameFolding, OfCompositionTakesAccentedLettersApart) {
  EXPECT_TRUE(one_file(composed, decomposed, NameFolding::composition));
  EXPECT_TRUE(one_file(composed, upper_case, NameFolding::composition));
  EXPECT_FALSE(one_file(composed, "cafe", NameFolding::composition));
  EXPECT_FALSE(one_file("\xc3\x86", "\xc3\xa6", NameFolding::composition)) << "the ligatures have no parts";
  EXPECT_TRUE(one_file("\xc3\xbf", "y\xcc\x88", NameFolding::composition)) << "the last of the table";
  EXPECT_TRUE(one_file("\xc3\x80", "A\xcc\x80", NameFolding::composition)) << "the first";
}

TEST(NameFolding, TakesWhatIsNoUtf8Literally) {
  EXPECT_EQ(folded("\xc3", NameFolding::composition), "\xc3");
  EXPECT_EQ(folded("\xc3z\xff", NameFolding::composition), "\xc3z\xff");
}

struct FoldingDisk : testing::Test {
  std::unique_ptr<OpenFile> opens(std::string_view path, OpenMode mode = {.create = true}) {
    auto file = disk.open(1, path, mode);
    return file ? std::move(*file) : nullptr;
  }
  using Names = std::vector<std::string>;
  Disk disk{{.folding = NameFolding::ascii_case}};
};

TEST_F(FoldingDisk, KeepsTheSpellingOfTheCreation) {
  const auto one = opens("/Lock");
  const auto two = opens("/lOCK");
  EXPECT_EQ(&one->content(), &two->content());
  EXPECT_EQ(disk.list("/"), Names{"Lock"});
  EXPECT_TRUE(disk.exists("/LOCK"));
  EXPECT_EQ(opens("/LOCK", {.create = true, .exclusive = true}), nullptr);
  EXPECT_EQ(disk.make_directory("/LOCK").error(), DiskError::exists);
  EXPECT_EQ(disk.link("/lock", "/LOCK").error(), DiskError::exists);
}

TEST_F(FoldingDisk, FoldsDirectoriesToo) {
  ASSERT_TRUE(disk.make_directory("/Dir"));
  opens("/DIR/File");
  EXPECT_EQ(disk.list("/dir"), Names{"File"});
  EXPECT_EQ(disk.size_of("/dir/FILE"), 0u);
  EXPECT_EQ(disk.remove_directory("/dir").error(), DiskError::not_empty);
  ASSERT_TRUE(disk.remove("/dir/file"));
  ASSERT_TRUE(disk.remove_directory("/dir"));
  EXPECT_EQ(disk.list("/"), Names{});
}

TEST_F(FoldingDisk, RenamesToAnotherSpelling) {
  opens("/lock");
  opens("/other");
  ASSERT_TRUE(disk.rename("/LOCK", "/Lock"));
  EXPECT_EQ(disk.list("/"), (Names{"Lock", "other"}));
  ASSERT_TRUE(disk.rename("/other", "/LOCK")) << "replaces";
  EXPECT_EQ(disk.list("/"), Names{"Lock"});
}

TEST_F(FoldingDisk, IsFoundAgainAfterAPowerLoss) {
  opens("/Lock");
  ASSERT_TRUE(disk.sync_directory("/"));
  ASSERT_TRUE(disk.rename("/lock", "/LOCK"));
  RandomStream random(1);
  disk.power_loss(random);
  EXPECT_TRUE(disk.exists("/lock"));
  EXPECT_EQ(disk.list("/").value().size(), 1u);
}

}  // namespace
}  // namespace lockstep::sim
