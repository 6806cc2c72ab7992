// `lockstep check` and `lockstep generate-history` as somebody meets them who has a log.
#include "cli/program_test.h"

namespace lockstep::cli {
namespace {

constexpr const char* kTwoHolders =
    R"({"process":0,"type":"invoke","op":"lock","lock":"L","sid":41,"time_ns":1000}
{"process":0,"type":"ok","op":"lock","lock":"L","sid":41,"time_ns":2000}
{"process":1,"type":"invoke","op":"lock","lock":"L","sid":44,"time_ns":2500}
{"process":1,"type":"ok","op":"lock","lock":"L","sid":44,"time_ns":3000}
{"process":0,"type":"invoke","op":"unlock","lock":"L","sid":41,"time_ns":4000}
{"process":0,"type":"ok","op":"unlock","lock":"L","sid":41,"time_ns":5000}
)";

class Check : public Program {};

TEST_F(Check, NamesTheTwoHoldersAndTheirLines) {
  write("two.jsonl", kTwoHolders);
  const Ended ended = runs("check two.jsonl");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(ended.out.starts_with("two.jsonl is not what one lock could have answered.")) << ended.out;
  EXPECT_TRUE(says(ended.out, "sid 41 held L from 0.000002 s to 0.000004 s for certain, sid 44 was granted it"))
      << ended.out;
  EXPECT_TRUE(says(ended.out, "two holders for 1 us")) << ended.out;
  EXPECT_TRUE(says(ended.out, "line 4: sid 44 acquire")) << ended.out;
}

TEST_F(Check, BelievesALogWhoseLeasesEnd) {
  write("two.jsonl", kTwoHolders);
  EXPECT_EQ(runs("check --ttl '1 us' two.jsonl").code, 0);
  EXPECT_EQ(runs("check --ttl '5 us' two.jsonl").code, 1);
  EXPECT_EQ(runs("check --capacity 2 two.jsonl").code, 0);
}

TEST_F(Check, ReadsGzipAndStandardInput) {
  write("two.jsonl", kTwoHolders);
  EXPECT_EQ(shell("gzip -k two.jsonl && \"$L\" check two.jsonl.gz").code, 1);
  EXPECT_EQ(shell("\"$L\" check - < two.jsonl").code, 1);
  EXPECT_EQ(shell("head -c 90 two.jsonl.gz > cut.gz; \"$L\" check cut.gz").code, 2);
}

TEST_F(Check, DecidesNothingOnALogThatItCannotReadWhole) {
  write("bad.jsonl", std::string(kTwoHolders) + "what?\n");
  const Ended ended = runs("check bad.jsonl");
  EXPECT_EQ(ended.code, 3);
  EXPECT_TRUE(says(ended.out, "line 7 is no JSON")) << ended.out;
  write("empty.jsonl", "");
  EXPECT_EQ(runs("check empty.jsonl").code, 3);
  const Ended missing = runs("check nothing.jsonl");
  EXPECT_EQ(missing.code, 2);
  EXPECT_TRUE(says(missing.err, "nothing.jsonl cannot be read: No such file or directory")) << missing.err;
}

TEST_F(Check, DecidesNoLockEitherWhereALineIsLost) {
  const std::string other = R"({"process":7,"type":"invoke","op":"try_lock","lock":"M","time_ns":1}
{"process":7,"type":"ok","op":"try_lock","lock":"M","time_ns":2}
)";
  write("bad.jsonl", kTwoHolders + other + "what?\n");
  const Ended json = runs("check --json bad.jsonl");
  EXPECT_EQ(json.code, 3);
  EXPECT_FALSE(says(json.out, "\"verdict\": \"ok\"") || says(json.out, "\"verdict\": \"violation\"")) << json.out;
  EXPECT_TRUE(says(json.out, "\"verdict_without_bad_lines\": \"violation\"")) << json.out;
  EXPECT_TRUE(says(json.out, "\"verdict_without_bad_lines\": \"ok\"")) << json.out;
  EXPECT_TRUE(says(runs("check bad.jsonl").out, "L: two holders, if what could not be understood does not matter"));
  write("right.jsonl", other);
  EXPECT_FALSE(says(runs("check --json right.jsonl").out, "without_bad_lines"));
}

TEST_F(Check, TellsReasonsThatItDoesNotKnow) {
  write("busy.jsonl", R"({"process":1,"type":"invoke","op":"try_lock","lock":"L","time_ns":1}
{"process":1,"type":"fail","op":"try_lock","lock":"L","reason":"busy","time_ns":2}
)");
  const Ended ended = runs("check busy.jsonl");
  EXPECT_EQ(ended.code, 0);
  EXPECT_TRUE(says(ended.out, "1 failure for the reason \"busy\", which is not known")) << ended.out;
  EXPECT_TRUE(says(runs("check --json busy.jsonl").out, "\"reason\": \"busy\"")) << "and how many failed";
}

TEST_F(Check, FollowsALogUntilItIsWrongOrEnds) {
  write("two.jsonl", kTwoHolders);
  const Ended wrong = shell(
      "head -n 2 two.jsonl > grows.jsonl; (sleep 0.3; tail -n +3 two.jsonl >> grows.jsonl) & "
      "\"$L\" check --follow --until-idle '20 s' grows.jsonl");
  EXPECT_EQ(wrong.code, 1);
  EXPECT_TRUE(says(wrong.out, "grows.jsonl is not what one lock could have answered.")) << wrong.out;
  EXPECT_TRUE(says(wrong.out, "line 4: sid 44 acquire")) << wrong.out;
  const Ended right = shell("\"$L\" generate-history --operations 30000 | \"$L\" check --follow -");
  EXPECT_EQ(right.code, 0);
  EXPECT_TRUE(says(right.out, "30 000 operations on 1 lock, judged as they came")) << right.out;
  EXPECT_EQ(runs("check --follow --general two.jsonl").code, 2);
  EXPECT_EQ(runs("check --patience '1 s' two.jsonl").code, 2);
}

constexpr const char* kJepsenHistory =
    R"({:type :invoke, :f :acquire, :value nil, :process 0, :time 1000, :index 0}
{:type :invoke, :f :acquire, :value nil, :process 1, :time 1500, :index 1}
{:type :ok, :f :acquire, :value 7, :process 0, :time 2000, :index 2}
{:type :info, :f :start, :process :nemesis, :time 2100, :index 3}
{:type :fail, :f :acquire, :value nil, :process 1, :time 2500, :index 4}
{:type :invoke, :f :release, :value nil, :process 0, :time 3000, :index 5}
{:type :ok, :f :release, :value nil, :process 0, :time 4000, :index 6}
{:type :invoke, :f :acquire, :value nil, :process 1, :time 5000, :index 7}
{:type :fail, :f :acquire, :value nil, :process 1, :time 6000, :index 8}
)";

TEST_F(Check, ReadsWhatJepsenPrints) {
  write("history.edn", kJepsenHistory);
  EXPECT_EQ(runs("check history.edn").code, 0);
  const Ended refused = runs("check --op acquire=try_lock history.edn");
  EXPECT_EQ(refused.code, 1) << "nobody held it when the second one was refused";
  EXPECT_TRUE(says(refused.out, "line 9: ")) << refused.out;
  EXPECT_EQ(runs("check --op :acquire=other --op release=other history.edn").code, 3) << "nothing is left to judge";
  EXPECT_EQ(shell("sed 's/{/#jepsen.history.Op{/' history.edn | \"$L\" check -").code, 0);
  EXPECT_EQ(shell("(printf '['; cat history.edn; printf ']') | gzip | \"$L\" check --value-is token -").code, 0);
  EXPECT_EQ(shell("printf '0\\t:invoke\\t:acquire\\tnil\\n0\\t:ok\\t:acquire\\tnil\\n' | \"$L\" check -").code, 0);
  EXPECT_EQ(runs("check --format json history.edn").code, 3);
  write("two.jsonl", kTwoHolders);
  EXPECT_EQ(runs("check --format edn two.jsonl").code, 3);
  EXPECT_EQ(runs("check --op lock=other --op unlock=other two.jsonl").code, 3);
}

TEST_F(Check, SaysWhatToWriteInstead) {
  const auto refuses = [&](const std::string& words) {
    const Ended ended = runs("check " + words + " x.edn");
    EXPECT_EQ(ended.code, 2);
    return ended.err;
  };
  EXPECT_TRUE(says(refuses("--format xml"), "there is no format \"xml\"; there are json and edn"));
  EXPECT_TRUE(says(refuses("--value-is fish"), "it may be token, lock or nothing"));
  for (const std::string op : {"acquire", "=lock", "acquire=grab", ":=lock"})
    EXPECT_TRUE(says(refuses("--op " + op), "like acquire=try_lock")) << op;
}

TEST_F(Check, ShowsTheTimeAroundAViolationWhenAsked) {
  write("two.jsonl", kTwoHolders);
  EXPECT_FALSE(says(runs("check two.jsonl").out, "####"));
  const Ended ended = runs("check --window two.jsonl");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended.out, "both certainly hold it, for 1 us ^^^^")) << ended.out;
  EXPECT_TRUE(says(ended.out, "^ sid 41 granted, line 2")) << ended.out;
  EXPECT_EQ(runs("check --window --json two.jsonl").code, 2);
  EXPECT_EQ(shell("\"$L\" generate-history | \"$L\" check --window -").code, 0);
}

TEST_F(Check, CutsLongSidsInItsEvidence) {
  std::string text = kTwoHolders;
  const std::string sid = "\"sid\":41", longer = "\"sid\":\"" + std::string(300, 'x') + "\"";
  for (auto at = text.find(sid); at != std::string::npos; at = text.find(sid)) text.replace(at, sid.size(), longer);
  write("long.jsonl", text);
  const Ended ended = runs("check long.jsonl");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended.out, "line 2: sid xxxxxxxxxxxxxxxxxxxxx... acquire")) << ended.out;
}

TEST_F(Check, AsksForASecondOpinion) {
  write("two.jsonl", kTwoHolders);
  const Ended ended = runs("check --general two.jsonl");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended.out, "The general checker agrees on 1 lock, disagrees on 0 and leaves 0 undecided."))
      << ended.out;
  const Ended leases = runs("check --general --ttl '1 us' two.jsonl");
  EXPECT_EQ(leases.code, 0) << leases.out;
  EXPECT_TRUE(says(leases.out, "L: undecided, since the lease of sid 41 ends by itself")) << leases.out;
  EXPECT_TRUE(says(runs("check --general --json two.jsonl").out, "\"general\": {"));
  EXPECT_EQ(shell("\"$L\" generate-history --unknown 3 --clients 4 | \"$L\" check --general -").code, 0);
}

TEST_F(Check, TakesALogWithoutItsBeginning) {
  write("rest.jsonl", R"({"process":1,"type":"ok","op":"lock","lock":"L","sid":40,"time_ns":500}
{"process":1,"type":"invoke","op":"unlock","lock":"L","sid":40,"time_ns":600}
{"process":1,"type":"ok","op":"unlock","lock":"L","sid":40,"time_ns":700}
{"process":2,"type":"invoke","op":"unlock","lock":"M","sid":2,"time_ns":800}
{"process":2,"type":"ok","op":"unlock","lock":"M","sid":2,"time_ns":900}
)");
  EXPECT_EQ(runs("check rest.jsonl").code, 3);
  EXPECT_EQ(runs("check --cut rest.jsonl").code, 0);
  write("two.jsonl", kTwoHolders);
  EXPECT_EQ(runs("check --cut two.jsonl").code, 1);
  EXPECT_EQ(shell("\"$L\" generate-history | tail -n 1500 | \"$L\" check --cut -").code, 0);
  EXPECT_EQ(shell("\"$L\" generate-history --wrong | tail -n 1500 | \"$L\" check --cut -").code, 1);
}

TEST_F(Check, CountsLeasesFromWhereItIsTold) {
  write("two.jsonl", kTwoHolders);
  EXPECT_EQ(runs("check --leases-from asking --ttl '1 us' two.jsonl").code, 0);
  EXPECT_EQ(runs("check --leases-from asking --ttl '5 us' two.jsonl").code, 1);
  const Ended ended = runs("check --leases-from noon two.jsonl");
  EXPECT_EQ(ended.code, 2);
  EXPECT_TRUE(says(ended.err, "--leases-from: \"noon\" is neither grant nor asking")) << ended.err;
}

TEST_F(Check, JudgesHistoriesOfOurs) {
  for (const std::string backend : {"sqlite", "memory", "filesystem"}) {
    for (const std::string seed : {"1", "2", "3"}) {
      const std::string replay = "\"$L\" replay --backend " + backend + " --seed " + seed + " --history own.jsonl";
      ASSERT_EQ(shell(replay).code, 0) << backend << " " << seed;
      const Ended ended = runs("check --general own.jsonl");
      EXPECT_EQ(ended.code, 0) << backend << " " << seed << ": " << ended.out;
    }
  }
}

TEST_F(Check, TellsMachines) {
  write("two.jsonl", kTwoHolders);
  const Ended ended = runs("check --json two.jsonl");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended.out, "\"verdict\": \"violation\"")) << ended.out;
  EXPECT_TRUE(says(ended.out, "\"shape\": \"two holders\"")) << ended.out;
  EXPECT_TRUE(says(ended.out, "\"peak_memory_bytes\": ")) << ended.out;
  EXPECT_FALSE(says(ended.out, "\"peak_memory_bytes\": 0,")) << ended.out;
}

TEST_F(Check, WritesAnOrderThatIsReplayed) {
  write("two.jsonl", kTwoHolders);
  const Ended shown = runs("check --ttl '1 us' --witness two.jsonl");
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_TRUE(says(shown.out, "an order that explains every answer, of 1 lock: replayed by an independent check"))
      << shown.out;
  EXPECT_TRUE(says(shown.out,
                   "{\"at_ns\":2000,\"line\":2,\"lock\":\"L\",\"sid\":41,\"did\":\"granted\"}\n"
                   "{\"at_ns\":3000,\"line\":null,\"lock\":\"L\",\"sid\":41,\"did\":\"lease ended\"}\n"
                   "{\"at_ns\":3000,\"line\":4,\"lock\":\"L\",\"sid\":44,\"did\":\"granted\"}\n"
                   "{\"at_ns\":4000,\"line\":6,\"lock\":\"L\",\"sid\":41,\"did\":\"over before\"}\n"))
      << shown.out;
  const Ended wrong = runs("check --witness two.jsonl");
  EXPECT_EQ(wrong.code, 1);
  EXPECT_FALSE(says(wrong.out, "at_ns")) << "there is none";
  const Ended json = runs("check --ttl '1 us' --json --witness=w.jsonl two.jsonl");
  EXPECT_EQ(json.code, 0) << json.err;
  EXPECT_TRUE(says(json.out, "\"replayed_locks\": 1")) << json.out;
  EXPECT_EQ(shell("wc -l < w.jsonl | tr -d ' \n'; exit 0").out, "4");
  EXPECT_EQ(runs("check --json --witness two.jsonl").code, 2);
  EXPECT_EQ(runs("check --witness=no/where two.jsonl").code, 2);
  EXPECT_EQ(shell("\"$L\" generate-history --operations 3000 --unknown 2 | \"$L\" check --witness - | grep -c at_ns | "
                  "grep -q '^2[89]..$\\|^3000$'")
                .code,
            0);
}

constexpr const char* kOvertaken =
    R"({"process":0,"type":"invoke","op":"lock","lock":"L","sid":1,"time_ns":1000}
{"process":0,"type":"ok","op":"lock","lock":"L","sid":1,"time_ns":2000}
{"process":1,"type":"invoke","op":"lock","lock":"L","sid":2,"time_ns":3000}
{"process":2,"type":"invoke","op":"lock","lock":"L","sid":3,"time_ns":4000}
{"process":0,"type":"invoke","op":"unlock","lock":"L","sid":1,"time_ns":5000}
{"process":0,"type":"ok","op":"unlock","lock":"L","sid":1,"time_ns":6000}
{"process":2,"type":"ok","op":"lock","lock":"L","sid":3,"time_ns":9000}
{"process":2,"type":"invoke","op":"unlock","lock":"L","sid":3,"time_ns":9500}
{"process":2,"type":"ok","op":"unlock","lock":"L","sid":3,"time_ns":9600}
{"process":1,"type":"ok","op":"lock","lock":"L","sid":2,"time_ns":9700}
)";

TEST_F(Check, WritesNoWitnessOverALog) {
  write("two.jsonl", kTwoHolders);
  const Ended ended = shell(
      "ln two.jsonl hard; ln -s two.jsonl soft; cp two.jsonl other; "
      "for w in two.jsonl ./two.jsonl hard soft; do \"$L\" check --witness=$w other two.jsonl; echo $?; "
      "\"$L\" check --witness=$w - < two.jsonl; echo $?; done");
  EXPECT_EQ(ended.out, "2\n2\n2\n2\n2\n2\n2\n2\n");
  EXPECT_TRUE(says(ended.err, "--witness: hard is the log two.jsonl itself, and would be written over; name another"))
      << ended.err;
  EXPECT_TRUE(says(ended.err, "--witness: soft is what standard input reads, and")) << ended.err;
  EXPECT_EQ(text_of(directory + "/two.jsonl"), kTwoHolders);
  EXPECT_EQ(runs("check --ttl '1 us' --witness=/dev/null - two.jsonl").code, 3) << "standard input is empty";
}

TEST_F(Check, TellsWhoWasOvertakenIfAsked) {
  write("overtaken.jsonl", kOvertaken);
  EXPECT_EQ(runs("check overtaken.jsonl").code, 0) << "it is right all the same";
  const Ended told = runs("check --waits overtaken.jsonl");
  EXPECT_EQ(told.code, 0);
  EXPECT_TRUE(says(told.out, "L: 3 waited; the longest, sid 2, for 6.7 us; sid 2 was overtaken 1 time")) << told.out;
  const Ended ended = runs("check --fifo overtaken.jsonl");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended.out, "L: overtaken")) << ended.out;
  EXPECT_TRUE(says(ended.out, "sid 3, asked at 0.000004 s and granted at 0.000009 s")) << ended.out;
  EXPECT_TRUE(says(ended.out, "line 10: sid 2 acquire")) << ended.out;
  EXPECT_EQ(runs("check --overtaking 1 overtaken.jsonl").code, 0);
  EXPECT_EQ(runs("check --fifo --queued-within '2 us' overtaken.jsonl").code, 3) << "nobody came later for certain";
  EXPECT_EQ(runs("check --wake-within '2 us' overtaken.jsonl").code, 1);
  EXPECT_EQ(runs("check --wake-within '3 us' overtaken.jsonl").code, 0);
  EXPECT_EQ(runs("check --wake-within soon overtaken.jsonl").code, 2);
  const Ended json = runs("check --json --fifo overtaken.jsonl");
  EXPECT_TRUE(says(json.out, "\"kind\": \"overtaken\"")) << json.out;
}

TEST_F(Check, SumsUpSeveralLogsAndSaysWhichCannotBeRead) {
  write("two.jsonl", kTwoHolders);
  ASSERT_EQ(shell("head -n 2 two.jsonl > one.jsonl; mkdir logs").code, 0);
  write("empty.jsonl", "");
  const Ended all = runs("check one.jsonl none.jsonl two.jsonl logs empty.jsonl");
  EXPECT_EQ(all.code, 1) << "a violation is one, whatever else could not be read";
  EXPECT_TRUE(all.out.ends_with("\n\n5 logs: 1 wrong, 2 not readable, 1 undecided, 1 right\n")) << all.out;
  EXPECT_TRUE(says(all.err, "lockstep: none.jsonl cannot be read: No such file or directory\n")) << all.err;
  EXPECT_TRUE(says(all.err, "lockstep: logs cannot be read: Is a directory\n")) << all.err;
  EXPECT_EQ(runs("check one.jsonl none.jsonl empty.jsonl").code, 2);
  EXPECT_EQ(runs("check one.jsonl empty.jsonl").code, 3);
  EXPECT_EQ(runs("check one.jsonl one.jsonl").out.find("2 logs: 2 right") == std::string::npos, false);
  EXPECT_FALSE(says(runs("check one.jsonl").out, "1 log"));
  const Ended json = runs("check --json none.jsonl one.jsonl");
  EXPECT_EQ(json.code, 2);
  EXPECT_TRUE(says(json.out, "\"verdict\": \"unreadable\",\n      \"error\": \"none.jsonl cannot be read: No such"))
      << json.out;
  EXPECT_TRUE(says(json.out, "\"verdict\": \"ok\"")) << json.out;
}

TEST_F(Check, SaysHowToReadWhatIsNoLog) {
  write("log.zst", "\x28\xb5\x2f\xfd and more");
  EXPECT_TRUE(
      says(runs("check log.zst").err, "log.zst is compressed by zstd; write: zstdcat log.zst | lockstep check -"));
  write("utf16.jsonl", std::string("\xff\xfe{\0", 4));
  EXPECT_TRUE(says(runs("check utf16.jsonl").err, "is in UTF-16; write: iconv -f UTF-16 -t UTF-8 utf16.jsonl"));
  write("two.jsonl", kTwoHolders);
  const Ended cut = shell("gzip -k two.jsonl; head -c 90 two.jsonl.gz > cut.gz; \"$L\" check cut.gz");
  EXPECT_TRUE(says(cut.err, "what is there can be judged: zcat cut.gz | lockstep check -")) << cut.err;
  write("other.jsonl", "{\"client\":0,\"event\":\"acquired\"}\n");
  EXPECT_TRUE(says(runs("check other.jsonl").out, "a process, a type and an op, or f, in each line"));
  write("empty.jsonl", "");
  EXPECT_TRUE(says(runs("check empty.jsonl").out, "empty.jsonl is empty, so nothing was judged."));
  EXPECT_EQ(runs("check - -").code, 2);
  EXPECT_TRUE(says(runs("check").err, "name a log, or - for standard input"));
  write("bom.jsonl", "\xef\xbb\xbf" + std::string(kTwoHolders));
  EXPECT_EQ(runs("check bom.jsonl").code, 1);
  EXPECT_EQ(runs("check --follow --until-idle 10ms bom.jsonl").code, 1);
}

// The log with each of `words` in place of another.
std::string with(std::string text, const std::string& words, const std::string& others) {
  for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + others.size()))
    text.replace(at, words.size(), others);
  return text;
}

TEST_F(Check, LeavesNamesAsTheyAreButForWhatControlsATerminal) {
  write("names.jsonl", with(kTwoHolders, "\"L\"", "\"Pr\u00fcfung \u9501\""));
  EXPECT_TRUE(says(runs("check names.jsonl").out, "Pr\u00fcfung \u9501: two holders"));
  EXPECT_TRUE(says(runs("check --json names.jsonl").out, "\"lock\": \"Pr\u00fcfung \u9501\""));
  write("evil.jsonl", with(kTwoHolders, "\"L\"", R"("\u001b[31m\u009b1m\u202e")") + "\x1b[31m\n");
  for (const std::string option : {"", "--json", "--window", "--follow --until-idle 10ms"}) {
    const Ended ended = runs("check " + option + " evil.jsonl \"$(printf 'no\\033[31m')\"");
    EXPECT_FALSE(says(ended.out + ended.err, "\x1b")) << option << ended.out;
    EXPECT_FALSE(says(ended.out + ended.err, "\u009b")) << option << ended.out;
    EXPECT_FALSE(says(ended.out + ended.err, "\u202e")) << option << ended.out;
  }
  EXPECT_FALSE(says(runs("check --op \"$(printf '\\033[31m')\" --format \"$(printf '\\033[31m')\" x").err, "\x1b"));
}

TEST_F(Check, CountsTheLocksThatItDoesNotTellOf) {
  std::string text;
  for (int i = 0; i < 13; ++i) text += with(kTwoHolders, "\"L\"", "\"L" + std::to_string(i) + "\"");
  for (int sid = 41; sid <= 44; sid += 3) text = with(text, ",\"sid\":" + std::to_string(sid), "");
  write("many.jsonl", text);
  const Ended ended = runs("check many.jsonl");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended.out, "L9: two holders")) << ended.out;
  EXPECT_FALSE(says(ended.out, "L10: two holders")) << ended.out;
  EXPECT_TRUE(ended.out.ends_with("\n  and 3 more locks that broke their promise\n")) << ended.out;
}

TEST_F(Check, SaysWhenALogMayLackItsBeginning) {
  const std::string released =
      with(std::string(kTwoHolders).substr(std::string(kTwoHolders).rfind("{\"process\":0,\"type\":\"inv")), "41", "7");
  write("rest.jsonl", released);
  const Ended ended = runs("check rest.jsonl");
  EXPECT_EQ(ended.code, 1);
  EXPECT_TRUE(says(ended.out, "the grant may have been before the log begins: such a log needs --cut")) << ended.out;
  EXPECT_EQ(runs("check --cut rest.jsonl").code, 0);
}

TEST_F(Check, AccusesNobodyWhileEventsOfALockAreLeftOut) {
  std::string log;
  int time = 0;
  for (const std::string words :
       {R"("process":0,"op":"lock")", R"("process":0,"op":"free")", R"("process":1,"op":"lock")"}) {
    for (const std::string type : {"invoke", "ok"}) {
      log += "{" + words + R"(,"type":")" + type + R"(","lock":"L","time_ns":)" + std::to_string(++time) + "}\n";
    }
  }
  write("log.jsonl", log);
  const auto left_out = runs("check log.jsonl");
  EXPECT_EQ(left_out.code, 3) << left_out.out;
  EXPECT_TRUE(says(left_out.out, "is undecided: events that name a lock were left out")) << left_out.out;
  EXPECT_EQ(runs("check --op free=unlock log.jsonl").code, 0);
}

TEST_F(Check, SaysWhatItWaitsForWhileItFollows) {
  std::string text = kTwoHolders;
  text += R"({"process":3,"type":"invoke","op":"lock","lock":"M","sid":1,"time_ns":6000}
{"process":4,"type":"invoke","op":"lock","lock":"M","sid":2,"time_ns":2000006000}
)";
  write("waits.jsonl", with(text, "\"L\",\"sid\":44", "\"N\",\"sid\":44"));
  const Ended ended = runs("check --follow --until-idle 10ms waits.jsonl");
  EXPECT_EQ(ended.code, 0) << ended.out;
  EXPECT_TRUE(says(ended.err,
                   "line 7, of 0.000006 s, has no answer yet; until it has one, or the log is 10 s past that "
                   "(--patience), nothing after it is judged"))
      << ended.err;
  const Ended unknown =
      shell("\"$L\" generate-history --operations 60000 --unknown 10 | \"$L\" check --follow --states 50 -");
  EXPECT_EQ(unknown.code, 3) << unknown.out;
  EXPECT_TRUE(says(unknown.err, "a lock is undecided now, and stays so; start again with a --patience that is shorter"))
      << unknown.err;
}

TEST_F(Check, IsRightAboutLogsThatAreMade) {
  for (const std::string family : {"try-lock", "lock", "readers-writers", "permits"}) {
    const std::string make = "\"$L\" generate-history --operations 3000 --family " + family;
    EXPECT_EQ(shell(make + " | \"$L\" check -").code, 0) << family;
    EXPECT_EQ(shell(make + " --tokens | \"$L\" check -").code, 0) << family;
    if (family == "lock") continue;
    EXPECT_EQ(shell(make + " --unknown 3 --clients 4 | \"$L\" check -").code, 0) << family;
    EXPECT_EQ(shell(make + " --wrong | \"$L\" check -").code, 1) << family;
  }
}

}  // namespace
}  // namespace lockstep::cli
