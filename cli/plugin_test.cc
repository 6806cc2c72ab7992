// A lock in a shared library, from the command line: the example in C, planted mistakes in it, and libraries that are
// no plug-ins. They are built by cmake/test_plugins.cmake.
#include <array>
#include <csignal>
#include <regex>

#include "cli/program_test.h"

namespace lockstep::cli {
namespace {

class Plugins : public Program {
 public:
  Ended tries(const std::string& plugin, const std::string& words, const std::string& before = "") const {
    return shell(before + "cp '" LOCKSTEP_PLUGINS "/" + plugin + ".so' .; \"$L\" --plugin " + plugin + ".so " + words);
  }
  void is_refused(const std::string& words, const std::string& because) const {
    const Ended ended = shell("\"$L\" --plugin " + words);
    EXPECT_EQ(ended.code, 2) << words;
    EXPECT_EQ(lines_in(ended.err), 1) << ended.err;
    EXPECT_TRUE(says(ended.err, because)) << ended.err;
    EXPECT_EQ(ended.out, "") << words;
  }
};

TEST_F(Plugins, ThatKeepTheirPromisesAreClean) {
  for (const std::string plugin : {"good", "durable", "shared"}) {
    for (const std::string profile : {"within-claims", "beyond-claims"}) {
      const Ended ended = tries(plugin, "campaign --seeds 50 --profile " + profile);
      EXPECT_TRUE(ended.code == 0 || ended.code == 3) << ended.out << ended.err;  // so few seeds may not exercise all
      EXPECT_TRUE(says(ended.out, "-table kept ")) << ended.out;
      EXPECT_TRUE(says(ended.out, "no violation")) << ended.out;
    }
  }
}

TEST_F(Plugins, LeaveNothingBehind) {
  const Ended ended = tries("good", "campaign --seeds 3", "mkdir tmp; export TMPDIR=$PWD/tmp; ");
  EXPECT_NE(ended.code, 2) << ended.err;
  EXPECT_TRUE(std::filesystem::is_empty(directory + "/tmp"));
}

TEST_F(Plugins, ThatHangAreSpokenOfWhenOneRunIsReplayed) {
  const Ended ended = shell("timeout 6 \"$L\" --plugin '" LOCKSTEP_PLUGINS "/hanging.so' replay --seed 1");
  EXPECT_EQ(ended.code, 124);
  EXPECT_EQ(ended.err, "this run has taken 5 s, where milliseconds are usual; the lock may hang: Ctrl-C ends it\n");
}

TEST_F(Plugins, AreTheFirstBackendAndListed) {
  const Ended ended = tries("good", "list");
  EXPECT_EQ(ended.code, 0);
  EXPECT_TRUE(std::regex_search(ended.out, std::regex("\n  c-table +leases in a table of a plug-in in C\n")))
      << ended.out;
  const Ended claims = tries("good", "list --claims");
  EXPECT_TRUE(says(claims.out, "c-table")) << claims.out;
}

TEST_F(Plugins, ThatAreWrongAreFoundOutWithALineToPaste) {
  const std::string beyond = " --profile beyond-claims";
  for (const auto& [wrong, profile, broken] : std::vector<std::array<std::string, 3>>{{"forgiving", "", "S2"},
                                                                                      {"boastful", "", "S2"},
                                                                                      {"rebooted", "", "L2"},
                                                                                      {"alone", "", "S2"},
                                                                                      {"forgetful", beyond, "S5"}}) {
    const Ended ended = tries(wrong, "campaign --seeds 100 --no-shrink" + profile);
    EXPECT_EQ(ended.code, 1) << wrong << ended.out << ended.err;
    EXPECT_TRUE(says(ended.out, "-table broke " + broken)) << wrong << ended.out;
    EXPECT_TRUE(says(ended.out, "./lockstep --plugin '" + wrong + ".so' replay lockstep-out/")) << ended.out;
  }
}

TEST_F(Plugins, WhatACampaignFoundIsReplayed) {
  tries("forgiving", "campaign --seeds 100 --no-shrink --jobs 1");
  const Ended again = tries("forgiving", "replay lockstep-out/c-table-seed-*.json");
  EXPECT_EQ(again.code, 1) << again.out << again.err;
}

TEST_F(Plugins, ThatCrashAreToldWithTheSeed) {
  const Ended ended = tries("crashing", "campaign --seeds 30 --no-shrink");
  EXPECT_EQ(ended.code, 1) << ended.out << ended.err;
  const std::regex told(
      "  seed ([0-9]+): its worker was killed by signal 6 \\(Aborted\\)\n"
      "    \\./lockstep --plugin 'crashing.so' replay --backend c-table --profile within-claims --seed ([0-9]+)\n");
  std::smatch seed;
  ASSERT_TRUE(std::regex_search(ended.out, seed, told)) << ended.out;
  EXPECT_EQ(seed[1], seed[2]);
  EXPECT_EQ(tries("crashing", "replay --backend c-table --seed " + seed[1].str()).code, 128 + SIGABRT);
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
