// A lock in a shared library, from the command line: the example in C, planted mistakes in it, and libraries that are
// no plug-ins. They are built by cmake/test_plugins.cmake.
#include "cli/program_test.h"

namespace lockstep::cli {
namespace {

class Plugins : public Program {
 public:
  Ended tries(const std::string& plugin, const std::string& words) const {
    return shell("mkdir -p tmp; export TMPDIR=$PWD/tmp; cp '" LOCKSTEP_PLUGINS "/" + plugin +
                 ".so' .; \"$L\" --plugin " + plugin + ".so " + words);
  }
  void is_refused(const std::string& words, const std::string& because) const {
    const Ended ended = shell("\"$L\" --plugin " + words);
    EXPECT_EQ(ended.code, 2) << words;
    EXPECT_EQ(lines_in(ended.err), 1) << ended.err;
    EXPECT_TRUE(says(ended.err, because)) << ended.err;
    EXPECT_EQ(ended.out, "") << words;
  }
};

TEST_F(Plugins, ThatKeepTheirPromisesAreCleanAndLeaveNothingBehind) {
  const Ended ended = tries("good", "campaign --seeds 50");
  EXPECT_TRUE(ended.code == 0 || ended.code == 3) << ended.out << ended.err;  // so few seeds may not exercise all
  EXPECT_TRUE(says(ended.out, "c-table kept every promise in 50 runs")) << ended.out;
  EXPECT_TRUE(std::filesystem::is_empty(directory + "/tmp"));
}

TEST_F(Plugins, AreTheFirstBackendAndListed) {
  const Ended ended = tries("good", "list");
  EXPECT_EQ(ended.code, 0);
  EXPECT_TRUE(says(ended.out, "c-table                      leases in a table of a plug-in in C\n")) << ended.out;
  const Ended claims = tries("good", "list --claims");
  EXPECT_TRUE(says(claims.out, "c-table")) << claims.out;
}

TEST_F(Plugins, ThatAreWrongAreFoundOutWithALineToPaste) {
  for (const std::string wrong : {"forgiving", "forgetful", "alone"}) {
    const Ended ended = tries(wrong, "campaign --seeds 200 --no-shrink");
    EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
    EXPECT_TRUE(says(ended.out, "c-table broke S")) << ended.out;
    EXPECT_TRUE(says(ended.out, "./lockstep --plugin '" + wrong + ".so' replay lockstep-out/c-table-seed-"))
        << ended.out;
  }
  const auto file = std::filesystem::directory_iterator(directory + "/lockstep-out")->path();
  EXPECT_FALSE(file.empty());
}

TEST_F(Plugins, WhatACampaignFoundIsReplayed) {
  tries("forgiving", "campaign --seeds 200 --no-shrink");
  const Ended again = tries("forgiving", "replay lockstep-out/c-table-seed-*.json");
  EXPECT_EQ(again.code, 1) << again.out << again.err;
}

TEST_F(Plugins, ThatCrashAreToldWithTheSeed) {
  const Ended ended = tries("crashing", "campaign --seeds 30 --no-shrink");
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  EXPECT_TRUE(says(ended.out, "seed ")) << ended.out;
  EXPECT_TRUE(says(ended.out, "its worker was killed by signal 11 (Segmentation fault)")) << ended.out;
  EXPECT_TRUE(says(ended.out, "./lockstep --plugin 'crashing.so' replay --backend c-table")) << ended.out;
}

TEST_F(Plugins, ThatAnswerNonsenseAreNamedWithTheFunction) {
  const Ended ended = tries("nonsense", "campaign --seeds 30 --no-shrink");
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  EXPECT_TRUE(says(ended.out, "the plug-in nonsense.so answered acquire()")) << ended.out;
  EXPECT_TRUE(says(ended.out, "with the status 99")) << ended.out;
}

TEST_F(Plugins, ThatWereCompiledAnewAreAnotherCampaign) {
  tries("good", "campaign --seeds 5");
  EXPECT_NE(tries("good", "campaign --seeds 6 --resume").code, 2);
  const Ended other =
      shell("cp '" LOCKSTEP_PLUGINS "/forgiving.so' good.so; \"$L\" --plugin good.so campaign --resume");
  EXPECT_EQ(other.code, 2) << other.out;
  EXPECT_TRUE(says(other.err, "belongs to another campaign")) << other.err;
}

TEST_F(Plugins, ThatAreNoneAreToldInOneLine) {
  write("text.so", "Once upon a time, there was a lock.\n");
  write("torn.so", "\177ELF and no more");
  const std::string place = LOCKSTEP_PLUGINS "/";
  is_refused("missing.so list", "the plug-in missing.so does not exist");
  is_refused(". list", "the plug-in . is a directory; name the library in it");
  is_refused("'' list", "is no file: its name is empty");
  is_refused("text.so list", "the plug-in text.so is no shared library; build one with: cc -shared -fPIC -o mine.so");
  is_refused("torn.so list", "the plug-in torn.so cannot be loaded: ");
  is_refused("\"$L\" list", "cannot be loaded: ");
  is_refused(place + "unexported.so list", "unexported.so has no lockstep_plugin(); export it as ");
  is_refused(place + "silent.so list", "silent.so does not speak ABI 1, which this program does: ");
  is_refused(place + "later.so list", "later.so speaks ABI 2 and this program 1; compile it anew with ");
  is_refused(place + "longer.so list", "longer.so has a lockstep_plugin_v1 of ");
  is_refused(place + "holey.so list", "holey.so has no acquire(): the pointer is NULL; write all six functions");
  is_refused(place + "misnamed.so list", "has no fit name: a lock cannot be called \"c table\": letters, digits and ");
  is_refused(place + "good.so --adapter 'python3 x.py' list", "--adapter and --plugin: one lock at a time; ");
}

}  // namespace
}  // namespace lockstep::cli
