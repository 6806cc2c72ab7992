// What a lock directory makes of files that it has not written, or not like this.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "impl/backends/store_world_test.h"

namespace lockstep {
namespace {

using testing::HasSubstr;

struct LockDirectory : StoreWorld, testing::Test {
  std::string file(const std::string& name) const { return directory.file("locks/" + name); }
  void put(const std::string& name, const std::string& content) const { std::ofstream(file(name)) << content; }
  TestAttempt wants(const std::string& name) { return attempt_on(store.backend(), {"s", name}, seconds(10)); }
  std::string why_not(const std::string& name) {
    const auto answer = wants(name).asks();
    return answer ? "granted or refused" : answer.error().detail;
  }
  std::vector<std::string> listed() {
    std::vector<std::string> names;
    const auto listing = await(context, store.backend().list(ListRequest{.space = "s"}, MonoTime::max()));
    for (const Holder& holder : listing.value().holders) names.push_back(holder.name.bytes);
    return names;
  }

  TestFileStore store{*this, false};
};

TEST_F(LockDirectory, LetsOtherFilesBe) {
  wants("n").acquires();
  put("junk", "of somebody");
  put("Junk+n", "of somebody");
  std::filesystem::create_directory(file("adir"));
  std::filesystem::create_directory(file("lost+found"));
  clock.reboot();  // every record is read
  store.reopen();
  EXPECT_THAT(listed(), testing::ElementsAre("n"));
  EXPECT_EQ(wants("m").acquires(), 1u);
}

TEST_F(LockDirectory, TakesAnEmptiedRecordForDamagedAndNotForALockThatNobodyHad) {
  wants("n").acquires();
  std::filesystem::resize_file(file("s+n"), 0);
  EXPECT_THAT(why_not("n"), HasSubstr("s+n is damaged"));
  EXPECT_EQ(wants("m").acquires(), 1u);
}

TEST_F(LockDirectory, DoesNotWaitForANamedPipe) {
  ASSERT_EQ(::mkfifo(file("s+n").c_str(), 0600), 0);
  EXPECT_THAT(why_not("n"), HasSubstr("s+n"));
}

TEST_F(LockDirectory, ThatLostItsMarkIsDamagedAndIsNotMadeAnew) {
  wants("n").acquires();
  clock.reboot();
  store.reopen();
  std::filesystem::resize_file(file(".opening"), 0);
  try {
    store.reopen();
    ADD_FAILURE() << "opened";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr(".opening is empty, though there are locks in it"));
  }
}

}  // namespace
}  // namespace lockstep
