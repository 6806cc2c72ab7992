// Scenario files on the disk of this machine: what is said when something stands in the way, and that a save that
// fails leaves everything as it was.
#include "scenarios/scenario_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "scenarios/random_scenario_test.h"
#include "scenarios/scenario_json.h"

namespace lockstep::scenarios {
namespace {

namespace fs = std::filesystem;

struct ScenarioFile : testing::Test {
  ScenarioFile() : folder(fs::path(testing::TempDir()) / fmt::format("lockstep-scenario-{}", ::getpid())) {
    fs::remove_all(folder);
    fs::create_directory(folder);
  }
  ~ScenarioFile() override {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }
  std::string path(std::string_view name) const { return folder / name; }
  static std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write(const std::string& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
    return names;
  }

  fs::path folder;
  Scenario first = RandomScenario(1).draw();
  Scenario second = RandomScenario(2).draw();
};

using Names = std::vector<std::string>;

TEST_F(ScenarioFile, IsLoadedAsItWasSaved) {
  ASSERT_TRUE(save(first, path("a.json")));
  EXPECT_EQ(load(path("a.json")), first);
  ASSERT_TRUE(save(second, path("a.json")));
  EXPECT_EQ(load(path("a.json")), second);
  EXPECT_EQ(content(path("a.json")), to_json(second));
  EXPECT_EQ(names(), Names({"a.json"}));
}

TEST_F(ScenarioFile, IsReplacedBehindASymbolicLink) {
  ASSERT_TRUE(save(first, path("a.json")));
  fs::create_symlink("a.json", path("link.json"));
  ASSERT_TRUE(save(second, path("link.json")));
  EXPECT_TRUE(fs::is_symlink(path("link.json")));
  EXPECT_EQ(load(path("a.json")), second);
}

TEST_F(ScenarioFile, SaysInWordsWhyItCannotBeLoaded) {
  const auto said = [](const std::string& path) { return load(path).error(); };
  EXPECT_EQ(said(path("none.json")), path("none.json") + ": cannot be read: there is no such file or directory");
  EXPECT_EQ(said(folder), folder.native() + ": cannot be read: this is a directory; name a file in it");
  write(path("a.json"), "{\n \"version\": 1,\n}");
  EXPECT_EQ(said(path("a.json")), path("a.json") + ": line 3, column 1: unexpected '}'; expected text in quotes");
  EXPECT_EQ(said(path("a.json/b")), path("a.json/b") + ": cannot be read: a part of this path is not a directory");
  write(path("big.json"), std::string((16u << 20) + 1, ' '));
  EXPECT_EQ(said(path("big.json")), path("big.json") + ": scenario: has more than 16777216 bytes; make it smaller");
  EXPECT_EQ(said(""), ": cannot be read: there is no such file or directory");
}

TEST_F(ScenarioFile, SaysInWordsWhyItCannotBeSaved) {
  const auto said = [&](const std::string& path) { return save(first, path).error(); };
  EXPECT_EQ(said(path("none/a.json")), path("none/a.json") + ": cannot be written: there is no such file or directory");
  EXPECT_EQ(said(folder), folder.native() + ": cannot be written: this is a directory; name a file in it");
  EXPECT_EQ(said("/dev/null"), "/dev/null: cannot be written: this is not a regular file");
  first.servers = 9;
  EXPECT_EQ(said(path("a.json")), path("a.json") + ": is not written: servers: must be 0 to 8");
  EXPECT_EQ(names(), Names());
}

TEST_F(ScenarioFile, IsRefusedWithoutPermission) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may do everything";
  ASSERT_TRUE(save(first, path("a.json")));
  fs::permissions(path("a.json"), fs::perms::none);
  EXPECT_EQ(load(path("a.json")).error(), path("a.json") + ": cannot be read: permission is denied");
  fs::permissions(folder, fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_EQ(save(first, path("b.json")).error(), path("b.json") + ": cannot be written: permission is denied");
  fs::permissions(folder, fs::perms::owner_all);
}

TEST_F(ScenarioFile, StaysAsItWasWhenTheNewOneDoesNotFit) {
  ASSERT_TRUE(save(first, path("a.json")));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit tight{.rlim_cur = 100, .rlim_max = before.rlim_max};
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  const auto saved = save(second, path("a.json"));
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error(), path("a.json") + ": cannot be written: the file is larger than the system allows");
  EXPECT_EQ(load(path("a.json")), first);
  EXPECT_EQ(names(), Names({"a.json"}));
}

}  // namespace
}  // namespace lockstep::scenarios
