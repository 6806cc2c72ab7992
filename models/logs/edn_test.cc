// Reading Jepsen's logs: which of their forms are understood, what is made of them, and what is said of broken ones.
#include "models/logs/edn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "models/dice_test.h"
#include "models/linear/judge.h"
#include "models/logs/edn_text.h"
#include "models/logs/read_test.h"

namespace lockstep::models {
namespace {

using linear::Action;
using linear::Answer;
using linear::Outcome;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

ReadLog read(const std::vector<std::string>& pieces, const LogRules& rules = {}) {
  Edn edn(rules);
  for (const std::string& piece : pieces) edn.take(piece);
  return std::move(edn).result();
}

ReadLog read(const std::string& text, const LogRules& rules = {}) { return read(std::vector{text}, rules); }

std::vector<std::string> complaints(const std::string& text, const LogRules& rules = {}) {
  std::vector<std::string> all;
  for (const BadLine& bad : read(text, rules).bad) all.push_back(std::to_string(bad.number) + ": " + bad.what);
  return all;
}

std::vector<Answer> answers(const ReadLog& log) {
  std::vector<Answer> all;
  for (const auto& op : log.log.operations) all.push_back(op.answer);
  return all;
}

Outcome verdict(const ReadLog& log) { return linear::judge(log.log).at(0).outcome; }

// As a client asks and is answered.
const std::string kGrant =
    "{:type :invoke, :f :acquire, :value nil, :process 0, :time 100, :index 0}\n"
    "{:type :ok, :f :acquire, :value nil, :process 0, :time 200, :index 1}\n";

void expect_the_grant(const ReadLog& log) {
  EXPECT_THAT(log.bad, IsEmpty());
  ASSERT_EQ(log.log.operations.size(), 1u);
  const auto& grant = log.log.operations[0];
  EXPECT_EQ(grant.action, Action::acquire);
  EXPECT_EQ(grant.answer, Answer::yes);
  EXPECT_EQ(grant.invoked, 100);
  EXPECT_EQ(grant.returned, 200);
}

TEST(Edn, IsReadOneMapALine) {
  const auto log = read(kGrant);
  expect_the_grant(log);
  EXPECT_EQ(log.log.operations[0].line, 2u);
  EXPECT_EQ(log.lines, 2u);
}

TEST(Edn, IsReadInEveryFormThatClojurePrints) {
  expect_the_grant(
      read("#jepsen.history.Op{:index 0, :time 100, :type :invoke, :process 0, :f :acquire, :value nil}\n"
           "#jepsen.history.Op {:index 1 :time 200 :type :ok :process 0 :f :acquire :value nil}\n"));
  expect_the_grant(
      read("#knossos.op.Op{:process 0, :type :invoke, :f :acquire, :value nil, :index 0, :time 100}\n"
           "#knossos.op.Op{:process 0, :type :ok, :f :acquire, :value nil, :index 1, :time 200}\n"));
  expect_the_grant(read(
      "[{:type :invoke, :f :acquire, :process 0, :time 100}\n {:type :ok, :f :acquire, :process 0, :time 200}]\n"));
  expect_the_grant(
      read("({:type :invoke, :f :acquire, :process 0, :time 100} {:type :ok, :f :acquire, :process 0, :time 200})"));
  expect_the_grant(
      read("; a test of mine\n"
           "({:process 0,\n  :type :invoke, ; asks\n  :f :acquire,\n\n  :time 100}\n"
           " {:process 0,\n  :type :ok,\n  :f :acquire,\n  :time 200})\n"));
}

TEST(Edn, IsReadInAnyPiecesOfWholeLines) {
  const std::string text =
      "[{:process 0,\n  :type :invoke,\n  :f :acquire, :value {:lock \"L\"\n  :x [1\n 2]}\n  :time 100}\n"
      " #_ {:dropped\n true}\n #jepsen.history.Op\n {:process 0,\n  :type :ok,\n  :f :acquire,\n  :time 200}]\n";
  for (std::size_t one = text.find('\n') + 1; one != 0; one = text.find('\n', one) + 1)
    for (std::size_t two = one; two != 0; two = text.find('\n', two) + 1)
      expect_the_grant(read({text.substr(0, one), text.substr(one, two - one), text.substr(two)}));
}

TEST(Edn, PassesOverWhateverAFieldMayHold) {
  const std::string fields =
      ":a [1 -2.5 1/2 7N 1.5M 1e9 ##Inf +3] :b #{1 :x} :c (quote a) :d {:e {:f [{}]}} :g \\a :h \\newline :i \\{ "
      ":j #inst \"2020-01-01T00:00:00Z\" :k #uuid \"0-1\" :l #my/tag [#other {1 2}] :m ^{:doc \"x\"} [1] :n ^:fast b "
      ":o \"a \\\" { \\\\\" :p #_ dropped kept #_#_ two {gone 1} :q #\"pat\\{tern\" :r #object[x.Y 0x7f \"z\"] "
      ":s/t ::u \"key\" 1 7 8 v, w,,x true";
  expect_the_grant(read("{:type :invoke, :f :acquire, :process 0, :time 100 " + fields + "}\n" + "{:type :ok, " +
                        fields + " :f :acquire, :process 0, :time 200}\n"));
}

TEST(Edn, TakesTheWordsOfTypesAndOperationsAsKeywordsStringsOrSymbols) {
  expect_the_grant(read(
      "{:type \"invoke\", :f acquire, :process 0, :time 100}\n{:type ok, :f \"acquire\", :process 0, :time 200}\n"));
}

TEST(Edn, KnowsTheNamesOfOperations) {
  const auto ops = [](const std::string& name, const LogRules& rules = {}) {
    const auto log =
        read("{:type :invoke :f " + name + " :process 0}\n{:type :fail :f " + name + " :process 0}", rules);
    return log.log.operations.empty()                        ? "other"
           : log.log.operations[0].action == Action::release ? "unlock"
           : log.log.operations[0].answer == Answer::no      ? "try_lock"
                                                             : "lock";
  };
  EXPECT_EQ(ops(":acquire"), ops(":lock"));
  EXPECT_EQ(ops(":lock"), std::string("lock")) << "one that fails has waited in vain, which is no answer";
  for (const auto* name : {":try-lock", ":try_lock", ":tryLock", ":tryAcquire", ":try-acquire"})
    EXPECT_EQ(ops(name), std::string("try_lock")) << name;
  EXPECT_EQ(ops(":release"), std::string("unlock"));
  EXPECT_EQ(ops(":unlock"), std::string("unlock"));
  EXPECT_EQ(ops(":start-partition"), std::string("other"));
  const LogRules rules{.ops = {{"acquire", LogEvent::Op::try_lock}, {"my/give-back", LogEvent::Op::unlock}}};
  EXPECT_EQ(ops(":acquire", rules), std::string("try_lock"));
  EXPECT_EQ(ops(":my/give-back", rules), std::string("unlock"));
}

TEST(Edn, CountsTheNemesisAndOtherOperations) {
  const auto log = read(
      "{:type :info, :f :lock, :process :nemesis, :time 1, :value :majority}\n"
      "{:process \"other\", :type :invoke, :f :acquire}\n"
      "{:type :invoke, :f :read, :process 3, :value nil, :time 2}\n"
      "{:valid? true}\n{}\n");
  EXPECT_THAT(log.bad, IsEmpty());
  EXPECT_EQ(log.ignored, 5u);
  EXPECT_EQ(log.log.operations.size(), 0u);
}

TEST(Edn, KnowsWhatTheNemesisDid) {
  const auto log = read(
      "{:type :info, :f :start-partition, :process :nemesis, :time 5, :value :majority}\n"
      "{:type :info, :f :stop-partition, :process :nemesis, :time 9, :value nil}\n"
      "{:type :fault, :fault \"power cut\", :time 10, :until-ns 20}\n"
      ":nemesis\t:info\t:kill\tnil\n");
  EXPECT_THAT(log.bad, IsEmpty());
  ASSERT_EQ(log.log.faults.size(), 3u);
  EXPECT_EQ(log.log.faults[0].what, "partition");
  EXPECT_EQ(log.log.faults[0].at, 5);
  EXPECT_EQ(log.log.faults[0].until, 9);
  EXPECT_EQ(log.log.faults[1].what, "power cut");
  EXPECT_EQ(log.log.faults[1].until, 20);
  EXPECT_EQ(log.log.faults[2].what, "kill");
}

TEST(Edn, OrdersEventsWithoutATimeAsTheyStand) {
  const auto log = read(
      "[{:type :invoke :f :acquire :process 0} {:type :ok :f :acquire :process 0} {:type :invoke :f :acquire :process "
      "1} "
      "{:type :ok :f :acquire :process 1}]");
  EXPECT_THAT(log.bad, IsEmpty());
  EXPECT_EQ(verdict(log), Outcome::violation) << "though all stand in one line";
}

// As a test of a lock service does that asks for and gives back at random: without a name of a lock, and without
// regard to who has it.
TEST(Edn, UnderstandsClientsThatAskForAndReleaseAtRandom) {
  const std::string at_random =
      "[{:type :invoke, :f :release, :process 1, :time 10, :index 0}\n"
      " {:type :fail, :f :release, :process 1, :time 20, :error :not-held, :index 1}\n"
      " {:type :invoke, :f :acquire, :process 3, :time 30, :index 2}\n"
      " {:type :ok, :f :acquire, :process 3, :time 40, :index 3}\n"
      " {:type :invoke, :f :acquire, :process 3, :time 50, :index 4}\n"
      " {:type :fail, :f :acquire, :process 3, :time 60, :error :already-held, :index 5}\n"
      " {:type :invoke, :f :acquire, :process 1, :time 65, :index 6}\n"
      " {:type :invoke, :f :release, :process 3, :time 70, :index 7}\n"
      " {:type :ok, :f :release, :process 3, :time 80, :index 8}\n"
      " {:type :ok, :f :acquire, :process 1, :time 90, :index 9}\n";
  const auto right = read(at_random + "]\n");
  EXPECT_THAT(right.bad, IsEmpty());
  EXPECT_THAT(answers(right), ElementsAre(Answer::no, Answer::yes, Answer::nothing, Answer::yes, Answer::yes));
  EXPECT_EQ(right.log.operations[4].hold, right.log.operations[1].hold) << "the failed attempt is none";
  EXPECT_EQ(verdict(right), Outcome::ok);
  const auto wrong = read(at_random +
                          " {:type :invoke, :f :acquire, :process 2, :time 100, :index 10}\n"
                          " {:type :ok, :f :acquire, :process 2, :time 110, :index 11}]\n");
  EXPECT_EQ(verdict(wrong), Outcome::violation);
}

TEST(Edn, AnUnknownOutcomeMayTakeEffectAtAnyTime) {
  const auto log = read(
      "{:type :invoke, :f :acquire, :process 0, :time 1}\n{:type :info, :f :acquire, :process 0, :time 2, :error "
      ":timeout}\n"
      "{:type :invoke, :f :acquire, :process 5, :time 3}\n{:type :ok, :f :acquire, :process 5, :time 4}\n");
  EXPECT_THAT(answers(log), ElementsAre(Answer::unknown, Answer::yes));
  EXPECT_EQ(verdict(log), Outcome::ok);
}

TEST(Edn, OnlyErrorsThatTellOfTheLockAreAnswers) {
  const auto answer = [](const std::string& f, const std::string& error) {
    return read("{:type :invoke :f " + f + " :process 0 :time 1}{:type :fail :f " + f + " :process 0 :time 2 " + error +
                "}")
        .log.operations.at(0)
        .answer;
  };
  EXPECT_EQ(answer(":try-lock", ""), Answer::no);
  EXPECT_EQ(answer(":try-lock", ":error nil"), Answer::no);
  EXPECT_EQ(answer(":try-lock", ":error :held"), Answer::no);
  EXPECT_EQ(answer(":try-lock", ":error [:locked \"by another\"]"), Answer::no);
  EXPECT_EQ(answer(":try-lock", ":error :client-down"), Answer::nothing);
  EXPECT_EQ(answer(":try-lock", ":error [:unavailable \"no leader\"]"), Answer::nothing);
  EXPECT_EQ(answer(":try-lock", ":error []"), Answer::nothing);
  EXPECT_EQ(answer(":try-lock", ":error :busy"), Answer::nothing) << "the server may be";
  EXPECT_EQ(answer(":release", ":error :not-lock-owner"), Answer::no);
  EXPECT_EQ(answer(":release", ":error \"read timed out\""), Answer::nothing);
}

TEST(Edn, ReadsTheFieldsOfOurOwnLogs) {
  const auto log = read(
      "{:type :invoke, :op :try_lock, :lock \"L\\n\", :sid 17, :owner 4, :process 0, :time_ns 5, :ttl_ns 30, :mode "
      ":shared}\n"
      "{:type :ok, :op :try_lock, :lock \"L\\n\", :sid 17, :process 0, :token 9, :time-ns 6, :ttl-ns 40}\n"
      "{:type :invoke, :f :acquire, :lock :M, :sid \"a-b\", :process 1, :mode permits, :permits 2, :capacity 3, :time "
      "7}\n"
      "{:type :fail, :f :acquire, :lock :M, :sid \"a-b\", :process 1, :reason \"timed_out\", :time 8}\n");
  EXPECT_THAT(log.bad, IsEmpty());
  ASSERT_EQ(log.log.operations.size(), 2u);
  const auto& grant = log.log.operations[0];
  EXPECT_EQ(log.log.locks[grant.lock].name, "L\n");
  EXPECT_EQ(name_of(log.log, grant.hold), "sid 17");
  EXPECT_EQ(grant.token, 9u);
  EXPECT_EQ(grant.ttl, 40);
  EXPECT_EQ(grant.mode, linear::Mode::shared);
  const auto& permits = log.log.operations[1];
  EXPECT_EQ(log.log.locks[permits.lock].name, "M");
  EXPECT_EQ(log.log.locks[permits.lock].capacity, 3u);
  EXPECT_EQ(permits.permits, 2u);
  EXPECT_EQ(name_of(log.log, permits.hold), "sid a-b");
}

TEST(Edn, FindsLockAndTokenInTheValue) {
  const auto found = [](const std::string& asked, const std::string& told, const LogRules& rules = {}) {
    const auto log = read("{:process 0 :type :invoke :f :acquire :value " + asked +
                              "}\n{:process 0 :type :ok :f :acquire :value " + told + "}",
                          rules);
    if (log.bad_lines != 0) return log.bad[0].what;
    return log.log.locks.at(0).name + "#" + std::to_string(log.log.operations.at(0).token);
  };
  const LogRules token{.value = LogRules::Value::token}, lock{.value = LogRules::Value::lock},
      nothing{.value = LogRules::Value::nothing};
  EXPECT_EQ(found("nil", "nil"), "the lock#0");
  EXPECT_EQ(found("{:lock \"a\"}", "{:lock \"a\" :token 5 :seen [1 {}]}"), "a#5");
  EXPECT_EQ(found("{:lock \"a\"}", "nil"), "a#0") << "the answer is about what was asked";
  EXPECT_EQ(found("\"6ba7\"", "{:client \"c1\", :fence 3, :uid \"6ba7\"}"), "the lock#3");
  EXPECT_EQ(found("[a nil]", "[a nil]"), "a#0") << "a key of jepsen.independent";
  EXPECT_EQ(found("[7 nil]", "[7 {:token 5}]"), "7#5");
  EXPECT_EQ(found("[[1 2] nil]", "[[1 2] nil]"), "[1 2]#0");
  EXPECT_EQ(found("[a nil]", "[a 5]"), "a#0") << "a number may be anything";
  EXPECT_EQ(found("[a nil]", "[a 5]", token), "a#5");
  EXPECT_EQ(found("nil", "5", token), "the lock#5");
  EXPECT_EQ(found("nil", "5"), "the lock#0");
  EXPECT_EQ(found("\"a\"", "\"a\"", lock), "a#0");
  EXPECT_EQ(found(":a", "a", lock), "a#0");
  EXPECT_EQ(found("5", "5", lock), "5#0");
  EXPECT_EQ(found("[a nil]", "[b {:token 5}]", nothing), "the lock#0");
  EXPECT_EQ(found("[1 2 3]", "[1 2 3]"), "the lock#0") << "no pair";
  EXPECT_EQ(found("{:lock \"a\" :mode :purple}", "{:token \"x\" :permits -1}"), "a#0") << "others' fields";
  EXPECT_EQ(found("[a nil]", "[b nil]"),
            "process 0 is answered what it did not ask in line 1: another operation, or about another lock");
}

TEST(Edn, AttemptsAreThoseOfAProcessAtALock) {
  const auto log = read(
      "{:process 0 :type :invoke :f :acquire :value [a nil]}{:process 0 :type :ok :f :acquire :value [a nil]}\n"
      "{:process 0 :type :invoke :f :acquire :value [b nil]}{:process 0 :type :ok :f :acquire :value [b nil]}\n"
      "{:process 0 :type :invoke :f :release :value [a nil]}{:process 0 :type :ok :f :release :value [a nil]}\n");
  EXPECT_THAT(log.bad, IsEmpty());
  EXPECT_EQ(log.log.operations.at(2).hold, log.log.operations.at(0).hold);
}

TEST(Edn, ReadsHistoriesPrintedAsText) {
  const auto log = read(
      "0\t:invoke\t:acquire\tnil\n:nemesis\t:info\t:start\t\"cut [a b] off\"\n0\t:ok\t:acquire\t[a 5]\n"
      "1\t:invoke\t:acquire\tnil\n1\t:fail\t:acquire\tnil\t:timeout\n1 :invoke :release nil\n"
      "1 :fail :release nil No such lock: \"L\n0\t:invoke\t:release\n",
      {.value = LogRules::Value::nothing});
  EXPECT_THAT(log.bad, IsEmpty());
  EXPECT_EQ(log.ignored, 1u);
  EXPECT_THAT(answers(log), ElementsAre(Answer::yes, Answer::nothing, Answer::nothing, Answer::unknown));
  EXPECT_EQ(log.log.operations[0].invoked, 1);
  EXPECT_EQ(log.log.operations[0].returned, 3);
}

TEST(Edn, TakesTheErrorAtTheEndOfALineForAnAnswerOnlyIfItIsAWord) {
  const auto answer = [](const std::string& error) {
    return answers(read("0\t:invoke\t:release\tnil\n0\t:fail\t:release\tnil" + error + "\n")).at(0);
  };
  EXPECT_EQ(answer(""), Answer::no);
  EXPECT_EQ(answer("\tnil"), Answer::no);
  EXPECT_EQ(answer("\t:not-held\r"), Answer::no);
  EXPECT_EQ(answer("\tnot-held by me, says \"a"), Answer::nothing);
  EXPECT_EQ(answer("\t[:timeout 5]"), Answer::nothing);
}

TEST(Edn, ReadsWhatJepsenLogsOfItsOperations) {
  for (const std::string& prefix :
       {std::string("INFO  jepsen.util - "), std::string("INFO [2020-01-02 03:04:05,678] jepsen.util - "),
        std::string("2022-07-15 14:36:38,411{GMT}\tINFO\t[jepsen worker 0] jepsen.util: ")}) {
    const auto log = read(prefix.substr(0, prefix.find("jepsen.util")) + "jepsen.core - Worker 0 starting\n" + prefix +
                          "0\t:invoke\t:acquire\tnil\n" + prefix + "Waiting {for :nothing\n" + prefix +
                          ":nemesis\t:info\t:start\tnil\n" + prefix + "0\t:ok\t:acquire\tnil\n" +
                          "java.net.SocketException: Connection reset [\n\tat java.lang.Thread.run\n{:valid? \n");
    EXPECT_THAT(log.bad, IsEmpty()) << prefix;
    EXPECT_THAT(answers(log), ElementsAre(Answer::yes)) << prefix;
    EXPECT_EQ(log.ignored, 6u) << prefix;
  }
  EXPECT_THAT(complaints("INFO  jepsen.util - 0\t:invoke\t:acquire\tnil\nINFO  jepsen.util - 0\t:o\n"),
              ElementsAre("2: is no event"));
}

TEST(Edn, SaysWhatIsWrongByLine) {
  EXPECT_THAT(complaints("\n\nhello\n"), ElementsAre("3: is no event"));
  EXPECT_THAT(complaints("#{:a}\n\"b\"\n"), ElementsAre("1: is no map", "2: is no map"));
  EXPECT_THAT(complaints("{:type}\n"), ElementsAre("1: its last key has no value"));
  EXPECT_THAT(complaints("{:process 0 :type 7}"),
              ElementsAre("1: :type has a value that it cannot have; it may be one of invoke, ok, fail and info"));
  EXPECT_THAT(complaints("{:time 1.5}"), ElementsAre(HasSubstr("1: :time has a value that it cannot have")));
  EXPECT_THAT(complaints("{:time 9000000000000000000}"),
              ElementsAre(HasSubstr("; it may be a whole number of nanoseconds, up to 126 years")));
  EXPECT_THAT(complaints("{:mode :purple}"), ElementsAre(HasSubstr("1: :mode has a value that it cannot have")));
  EXPECT_THAT(complaints("{:type :ok :f :acquire}"),
              ElementsAre("1: tells no process: a number or a name of who asks"));
  EXPECT_THAT(complaints("{:type :ok,\n :value ]}\n"),
              ElementsAre("1: a bracket closes that was not opened, in line 2"));
  EXPECT_THAT(complaints("{:a \\\n}\n"), ElementsAre("1: a backslash has no character"));
  EXPECT_THAT(complaints("[{:a 1}"), ElementsAre("1: opens a bracket that is not closed, so the log is cut short"));
  EXPECT_THAT(complaints("[{:a 1})"), ElementsAre("1: a bracket closes that was not opened", testing::_));
  EXPECT_THAT(complaints("\n{:type :invoke, :f \"acq"), ElementsAre("2: is cut short"));
  EXPECT_THAT(complaints("{:process 0 :type :invoke :f :acquire}\n{:process 0 :type :invoke :f :acquire}"),
              ElementsAre(HasSubstr("2: process 0 asks again before the answer to line 1")));
  EXPECT_THAT(complaints("{:process 0 :type :invoke :f :release}\n{:process 0 :type :ok :f :release}"),
              ElementsAre(HasSubstr("2: process 0 asks about an attempt that it never made")));
}

TEST(Edn, OneBadMapSpoilsNoOther) {
  for (const std::string bad :
       {"?", "{", "{:type :invoke, :f :acquire", "{:type :ok, :value {:a 1}", "{:type :ok, :value {:a 1}}}", "{:a \"b}",
        "{:a [1 2}", "{:time \"x\"}", "{1}", "}", "#", "#foo ]", "{:a #_}", "^", "{:a :b :c}", "{:a \"b\\", "#_"}) {
    const auto log = read(bad + "\n" + kGrant + kGrant);
    EXPECT_GE(log.bad_lines, 1u) << bad;
    EXPECT_GE(log.log.operations.size(), 1u) << bad;
    const auto within = read("[" + bad + "\n" + kGrant + kGrant + "]");
    EXPECT_GE(within.bad_lines, 1u) << bad;
    EXPECT_GE(within.log.operations.size(), 1u) << bad;
  }
  const auto one_line = read("[{:a} {:process 0 :type :invoke :f :acquire} {:b] {:process 0 :type :ok :f :acquire}]");
  EXPECT_EQ(one_line.bad_lines, 2u);
  EXPECT_THAT(answers(one_line), ElementsAre(Answer::unknown)) << "nobody can tell where the second bad one ends";
}

TEST(Edn, TellsTheFirstTenAndCountsTheRest) {
  std::string text;
  for (int i = 0; i < 25; ++i) text += "hello\n";
  const auto log = read(text);
  EXPECT_EQ(log.bad.size(), 10u);
  EXPECT_EQ(log.bad_lines, 25u);
}

TEST(Edn, RefusesDeepNestingAndEndlessEvents) {
  const auto nested = [](std::size_t levels, const std::string& open, const std::string& close) {
    std::string text = "{:a ";
    for (std::size_t i = 0; i < levels; ++i) text += open;
    text += "1";
    for (std::size_t i = 0; i < levels; ++i) text += close;
    return text + "}\n" + kGrant;
  };
  expect_the_grant(read(nested(150, "[", "]")));
  expect_the_grant(read(nested(150, "{:a ", "}")));
  for (const std::string open : {"[", "{:a ", "#{", "#t ", "#_ "})
    EXPECT_EQ(complaints(nested(100'000, open,
                                open == "["                             ? "]"
                                : open.ends_with(' ') && open != "{:a " ? ""
                                                                        : "}")),
              std::vector<std::string>{"1: is nested deeper than 200 times"})
        << open;
  Edn pieces{LogRules{}};
  pieces.take(std::string(300, '(') + "\n");
  pieces.take(kGrant);
  const ReadLog in_pieces = std::move(pieces).result();
  EXPECT_EQ(in_pieces.bad_lines, 1u);
  EXPECT_TRUE(in_pieces.log.operations.empty()) << "nothing behind it is read, in later pieces either";
  const auto endless = read("{:a \"" + std::string(2 << 20, 'x') + "\n" + kGrant);
  EXPECT_EQ(endless.bad.at(0).what, "is longer than a megabyte");
  EXPECT_EQ(endless.log.operations.size(), 1u);
}

TEST(Edn, KnowsItsOwnLogsByTheirBeginning) {
  for (const auto* edn :
       {"{:type", " \n{ :type", "#jepsen.history.Op{", "[{:type", "[\n ({", "({:a", "; mine\n", "0\t:invoke\t:x",
        ":nemesis :info :start", "INFO  jepsen.core - a", "2022-07-15 14:36:38,411{GMT} INFO", "{type :ok"})
    EXPECT_TRUE(looks_like_edn(edn)) << edn;
  for (const auto* other : {"", " ", "{\"type\"", "{ \n\"a\":1}", "[{\"a\":1}]", "hello", "{}", "[", "17"})
    EXPECT_FALSE(looks_like_edn(other)) << other;
}

TEST(EdnText, MeansWhatItsEscapesSay) {
  std::string meant;
  unescape("a\\nb\\t\\\"\\\\\\u00e9\\ud83d\\ude00\\ud83dx\\u12\\q\\", meant);
  EXPECT_EQ(meant, "a\nb\t\"\\\xc3\xa9\xf0\x9f\x98\x80\xef\xbf\xbdx\\u12\\q\\");
}

TEST(Edn, IsHarmlessWhenDamaged) {
  const std::string whole =
      "[{:type :invoke, :f :try-lock, :value [\"L\" nil], :process 0, :time 100, :mode :shared, :sid 4}\n"
      " #jepsen.history.Op{:type :ok, :f :try-lock, :value [\"L\" {:token 5, :x \"\\u00e9\"}], :process 0, :time 200, "
      ":sid 4}\n"
      " {:type :invoke, :f :release, :value [\"L\" nil], :process 0,\n  :time 300 ; late\n, :sid 4} #_{:a 1} ^:b {:c "
      "2}]\n";
  Dice dice(5);
  for (int i = 0; i < 20'000; ++i) {
    const auto log = read(damaged(whole, dice));
    for (const auto& verdict : linear::judge(log.log)) EXPECT_LE(verdict.evidence.size(), log.log.operations.size());
  }
}

}  // namespace
}  // namespace lockstep::models
