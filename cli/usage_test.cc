// Whatever is wrong with what the program was given, it says so in one line that tells what to do, and ends with exit
// code 2 before it has done anything.
#include "cli/program_test.h"

namespace lockstep::cli {
namespace {

constexpr const char* kGood = R"({"version": 1, "backend": "memory", "seed": 1, "hosts": [{}, {}], "servers": 1,
    "clients": ["host 0"], "locks": 1, "heal_at": "1 s",
    "steps": [{"at": "0 s", "client": 0, "ttl": "1 s"}], "faults": []})";

class Usage : public Program {
 protected:
  Usage() { write("good.json", kGood); }
  void is_refused(const std::string& words, const std::string& because) const {
    const Ended ended = runs(words);
    EXPECT_EQ(ended.code, 2) << words;
    EXPECT_EQ(lines_in(ended.err), 1) << words << "\n" << ended.err;
    EXPECT_TRUE(ended.err.starts_with("lockstep: ")) << ended.err;
    EXPECT_TRUE(says(ended.err, because)) << words << "\n" << ended.err;
    EXPECT_EQ(ended.out, "") << words;
  }
};

TEST_F(Usage, OfNoCommandOrAnUnknownOneNamesTheCommands) {
  is_refused(
      "",
      "name a command: campaign, report, validate, envelope, zoo, exhaust, replay, explain, scenarios, stress, check, "
      "generate-history, "
      "shrink, list, version; see "
      "lockstep --help");
  is_refused("frobnicate",
             "there is no command \"frobnicate\"; the commands are campaign, report, validate, envelope, zoo, exhaust, "
             "replay, "
             "explain, "
             "scenarios, "
             "stress, check, generate-history, "
             "shrink, list, version");
  is_refused("--frobnicate", "there is no option \"--frobnicate\"");
  is_refused("list extra", "extra; see lockstep list --help");
  is_refused("campaign --frobnicate", "campaign has no option \"--frobnicate\"; see lockstep campaign --help");
}

TEST_F(Usage, OfNumbersThatAreNoneSaysWhatToWrite) {
  for (const std::string option : {"--seeds", "--first-seed", "--jobs", "--check-determinism"}) {
    is_refused("campaign " + option + " abc", option + ": \"abc\" is not a whole number; write one like 1000");
    is_refused("campaign " + option + " -1", option + ": \"-1\" is not a whole number");
    is_refused("campaign " + option + " 1.5", option + ": \"1.5\" is not a whole number");
    is_refused("campaign " + option + " ''", "");
    is_refused("campaign " + option + " 99999999999999999999",
               option + ": 99999999999999999999 is too large; at most ");
    is_refused("campaign " + option, option + " takes one value, once; see lockstep campaign --help");
  }
  is_refused("campaign --seeds 0", "--seeds: at least one run is needed");
  is_refused("campaign --seeds 1 --seeds 2", "--seeds takes one value, once");
  is_refused("campaign --jobs 1025", "--jobs: 1025 is too large; at most 1024");
  is_refused("replay --seed x", "--seed: \"x\" is not a whole number");
}

TEST_F(Usage, OfTimesThatAreNoneSaysWhatToWrite) {
  for (const std::string time : {"5", "s", "5 days", "-5 s", "1.5 h", "99999999999 s", "5 s 5"}) {
    is_refused("campaign --time '" + time + "'",
               "--time: \"" + time + "\" is not a time; write a number and s, min or h, like \"10 min\"");
  }
}

TEST_F(Usage, OfUnknownNamesTellsTheNamesThatThereAre) {
  is_refused("campaign --backend nobody", "there is no backend \"nobody\"; there are sqlite, memory, sqlite-direct, ");
  is_refused("replay --seed 1 --backend nobody", "there is no backend \"nobody\"; there are sqlite, memory");
  is_refused(
      "shrink good.json --property S99",
      "there is no property \"S99\"; there are S1, S2, S3, S4, S5, S6, S7, S8, S9, E1, N1, L1, L2, L3, L4 and L5");
  is_refused("campaign --profile x", "there is no profile \"x\"; there are within-claims and beyond-claims");
  is_refused("replay --seed 1 --profile x", "there is no profile \"x\"");
}

TEST_F(Usage, OfMisspeltNamesTellsWhichWasMeant) {
  is_refused("campagin", "there is no command \"campagin\"; did you mean \"campaign\"?");
  is_refused("campaign --sedes 3", "campaign has no option \"--sedes\"; did you mean \"--seeds\"?");
  is_refused("validate --adaptr=x", "did you mean \"--adapter\"?");
  is_refused("campaign --backend sqlite+wal-norml", "did you mean \"sqlite+wal-normal\"?");
  is_refused("envelope redlok", "there is no backend \"redlok\"; did you mean \"redlock\"?");
  is_refused("zoo memory+wallclock",
             "there is no planted bug \"memory+wallclock\"; did you mean \"memory+wall-clock\"?");
  is_refused("scenarios granted-befor-durable", "did you mean \"granted-before-durable\"?");
  is_refused("replay granted-befor-durable",
             "there is neither a file nor a story \"granted-befor-durable\"; did you mean \"granted-before-durable\"?");
}

TEST_F(Usage, ThatIsRefusedLeavesNoEmptyReports) {
  is_refused("campaign --backend nobody --json new.json", "nobody");
  is_refused("envelope memory --json new.json --axes nothing", "");
  EXPECT_FALSE(std::filesystem::exists(directory + "/new.json"));
}

TEST_F(Usage, OfTheZooNamesWhatThereIs) {
  is_refused("zoo nobody", "there is no planted bug \"nobody\"; `lockstep list` names them");
  is_refused("zoo memory", "there is no planted bug \"memory\"");
  is_refused("zoo --strategy dice", "there is no strategy \"dice\"; there are all, mixed, swarm, hazards, pct, guided");
  is_refused("zoo --hunts 0", "--hunts and --limit: at least 1");
  is_refused("zoo --limit ten", "--limit: \"ten\" is not a whole number");
  is_refused("zoo --json missing/x.json memory+wall-clock", "missing/x.json");
}

TEST_F(Usage, OfExhaustExplainAndScenariosSaysWhatToWrite) {
  is_refused("exhaust --faults 3", "--faults: 3 is too large; at most 2");
  is_refused("exhaust --backend nobody", "there is no backend \"nobody\"");
  is_refused("explain", "name either a scenario file or --seed N");
  is_refused("explain nowhere.json", "nowhere.json");
  is_refused("explain good.json --runs 0", "--runs: at least 1");
  is_refused("scenarios nobody", "there is no story \"nobody\"; `lockstep scenarios` lists them");
}

TEST_F(Usage, OfReplayNeedsAFileOrASeedAndNotBoth) {
  const std::string either = "name either a scenario file or --seed N with --backend and --profile";
  is_refused("replay", either);
  is_refused("replay some.json --seed 3", either);
  is_refused("replay good.json --backend memory", "--backend goes with --seed; a scenario file names its own backend");
  is_refused("replay granted-twice --backend redlock",
             "granted-twice cannot be told of redlock, which is run in another way");
  is_refused("replay good.json --profile within-claims", "--profile goes with --seed; a scenario file names its own");
  is_refused("shrink", "file is required; see lockstep shrink --help");
  is_refused("replay a b", "b; see lockstep replay --help");
}

TEST_F(Usage, OfFilesThatAreNoScenariosSaysWhere) {
  ASSERT_EQ(runs("replay good.json").code, 0) << runs("replay good.json").err;
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = kGood;
    text.replace(text.find(from), from.size(), to);
    write("bad.json", text);
  };
  for (const std::string command : {"replay ", "shrink "}) {
    write("bad.json", "{");
    is_refused(command + "bad.json", "bad.json: line 1, column ");
    write("bad.json", "");
    is_refused(command + "bad.json", "bad.json: scenario: there is nothing");
    write("bad.json", std::string("\0\xff\n\n}", 5));
    is_refused(command + "bad.json", "bad.json: ");
    changed("\"servers\"", "\"serverz\"");
    is_refused(command + "bad.json", "serverz: no such field; did you mean \"servers\"?");
    changed("\"ttl\": \"1 s\"", "\"ttl\": \"-1 s\"");
    is_refused(command + "bad.json", "steps[0].ttl: \"-1 s\" is negative");
    changed("\"memory\"", "\"nobody\"");
    is_refused(command + "bad.json", "bad.json: backend: there is no backend \"nobody\"");
    changed("\"client\": 0", "\"client\": 7");
    is_refused(command + "bad.json", "steps[0].client");
    is_refused(command + "missing.json", "missing.json: cannot be read: there is no such file or directory");
    is_refused(command + ".", ".: cannot be read: this is a directory; name a file in it");
    is_refused(command + "/dev/null", "/dev/null: ");
    is_refused(command + "/dev/zero", "/dev/zero: ");
  }
}

TEST_F(Usage, OfStressSaysWhatToWrite) {
  is_refused(
      "stress --backend memory",
      "there is no store \"memory\" that real processes can use here; there are sqlite, filesystem, redis, redlock "
      "and filesystem+unlinked-guards");
  is_refused("stress --processes 1", "--processes: from 2 to 64");
  is_refused("stress --processes 65", "--processes: from 2 to 64");
  is_refused("stress --locks 0", "--locks: from 1 to 1000");
  is_refused("stress --seconds 0", "--seconds: at least one, or --rates with it");
  is_refused("stress --seconds x", "--seconds: \"x\" is not a whole number");
  is_refused("stress --ttl 5", "--ttl: ");
  is_refused("stress --ttl '1 ms'", "--ttl: from \"50 ms\" to \"60 s\"");
  is_refused("stress --seconds 1 --out /proc/x", "cannot create the directory /proc/x: ");
  is_refused("stress --seconds 1 --json nowhere/x", "cannot write nowhere/x: ");
  const Ended homeless = shell("TMPDIR=/nowhere \"$L\" stress --seconds 1");
  EXPECT_EQ(homeless.code, 2);
  EXPECT_TRUE(says(homeless.err, "cannot create the directory /nowhere/lockstep-stress-")) << homeless.err;
}

TEST_F(Usage, OfStressOnADiskThatIsNearlyFullIsToldAtOnce) {
  const Ended full = shell(
      "mkdir small; unshare -Urm sh -c 'mount -t tmpfs -o size=64k none small || exit 77; TMPDIR=$PWD/small \"$0\" "
      "stress --seconds 1' \"$L\"");
  if (full.code == 77 || says(full.err, "unshare")) GTEST_SKIP() << "no disks of one's own here: " << full.err;
  EXPECT_EQ(full.code, 2);
  EXPECT_TRUE(says(full.err, "lockstep: there are 64 KiB left for ") && says(full.err, "make room, or set TMPDIR"))
      << full.err;
}

TEST_F(Usage, OfPlacesThatCannotBeWrittenIsToldBeforeAnythingIsRun) {
  is_refused("campaign --seeds 1 --out /proc/x", "cannot create the directory /proc/x: ");
  is_refused("campaign --seeds 1 --out /proc", "the campaign's state /proc/sqlite-within-claims.state: ");
  is_refused("campaign --seeds 1 --out ''", "--out: name a directory");
  is_refused("campaign --seeds 1 --json nowhere/x",
             "cannot write nowhere/x: No such file or directory; name another file");
  is_refused("campaign --seeds 1 --junit .", "cannot write .: Is a directory; name another file");
  is_refused("replay --seed 1 --history nowhere/x", "cannot write nowhere/x: ");
  is_refused("campaign --seeds 1 --resume",
             "nothing to resume: there is no lockstep-out/sqlite-within-claims.state; "
             "leave --resume out to begin");
}

TEST_F(Usage, OfAStateThatBelongsToAnotherCampaignTellsToWhich) {
  ASSERT_NE(runs("campaign --backend memory --seeds 5").code, 2);
  is_refused("campaign --backend memory --seeds 5 --first-seed 2 --resume", "belongs to another campaign (memory ");
  write("lockstep-out/memory-within-claims.state", "no database at all");
  is_refused("campaign --backend memory --seeds 5 --resume", "is damaged; leave --resume out to begin again");
}

TEST_F(Usage, IsExplainedByEveryCommand) {
  for (const std::string command : {"", "campaign ", "zoo ", "exhaust ", "replay ", "explain ", "scenarios ", "stress ",
                                    "shrink ", "list ", "version "}) {
    const Ended help = runs(command + "--help");
    EXPECT_EQ(help.code, 0);
    EXPECT_EQ(help.err, "");
    EXPECT_TRUE(says(help.out, "Usage: lockstep " + command)) << help.out;
    EXPECT_EQ(runs(command + "-h").out, help.out);
    std::stringstream lines(help.out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120u) << line;
  }
}

}  // namespace
}  // namespace lockstep::cli
