// What from_json says about every kind of mistake, word for word: the place, the mistake, and what to do.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "scenarios/scenario_json.h"

namespace lockstep::scenarios {
namespace {

constexpr std::string_view kSound = R"({
  "version": 1,
  "about": "sound",
  "backend": "sqlite",
  "seed": 7,
  "expect": "S5",
  "hosts": [{"drift_ppb": 5}, {}, {}],
  "servers": 1,
  "clients": ["host 1", "host 2"],
  "locks": 1,
  "network": {"loss_ppm": 20000},
  "storage": {"sync_max": "10 ms"},
  "heal_at": "30 s",
  "steps": [
    {"at": "0 s", "client": 0, "ttl": "9 s", "writes": 4, "careless": true},
    {"at": "2 s", "client": 1, "ttl": "10 s", "ending": "forget"}
  ],
  "faults": [
    {"at": "3 s", "kind": "pause-process", "target": "client 0", "lasts": "11 s"},
    {"at": "3 s", "kind": "slow-link", "target": "host 0", "other": "host 2", "amount": "1 ms"}
  ]
}
)";

std::string said_of(std::string_view text) {
  const auto read = from_json(text);
  return read ? "" : read.error();
}

// The sound scenario with one piece of it replaced.
std::string said_with(std::string_view piece, std::string_view replacement) {
  std::string text(kSound);
  const auto at = text.find(piece);
  if (at == text.npos) return fmt::format("the test is wrong: {} is not in it", piece);
  return said_of(text.replace(at, piece.size(), replacement));
}

TEST(ScenarioErrors, AreNoneForASoundScenario) { EXPECT_EQ(said_of(kSound), ""); }

TEST(ScenarioErrors, TellADurationThatIsNone) {
  const auto ttl = [](std::string_view text) {
    return said_with(R"("10 s", "ending")", fmt::format("{}, \"ending\"", text));
  };
  EXPECT_EQ(ttl(R"("10 sec")"),
            R"(steps[1].ttl: "10 sec" is not a duration; write a number and ns, us, ms or s, like "250 ms")");
  EXPECT_EQ(ttl("10"), R"(steps[1].ttl: 10 is not a duration; write a number and ns, us, ms or s, like "250 ms")");
  EXPECT_EQ(ttl("null"), R"(steps[1].ttl: null is not a duration; write a number and ns, us, ms or s, like "250 ms")");
  EXPECT_EQ(ttl(R"("1.5 ms")"), R"(steps[1].ttl: "1.5 ms" has a decimal point; write "1500 us")");
  EXPECT_EQ(ttl("1.5"), "steps[1].ttl: 1.5 is not a whole number; write it without a decimal point or an exponent");
  EXPECT_EQ(ttl(R"("-3 s")"), R"(steps[1].ttl: "-3 s" is negative; write zero or more)");
  EXPECT_EQ(ttl(R"("10000000000 s")"), R"(steps[1].ttl: "10000000000 s" is too long; write less than 292 years)");
  EXPECT_EQ(ttl(R"("2 s\n")"),
            R"(steps[1].ttl: "2 s\n" is not a duration; write a number and ns, us, ms or s, like "250 ms")");
  EXPECT_EQ(said_with(R"("heal_at": "30 s")", R"("heal_at": "-30 s")"),
            R"(heal_at: "-30 s" is negative; write zero or more)");
}

TEST(ScenarioErrors, TellAFieldThatIsUnknownMissingOrGivenTwice) {
  EXPECT_EQ(said_with(R"("ttl": "10 s")", R"("tll": "10 s")"), R"(steps[1].tll: no such field; did you mean "ttl"?)");
  EXPECT_EQ(said_with(R"("backend")", R"("engine")"),
            "engine: no such field; write one of version, about, source, backend, seed, expect, outcomes, hosts, "
            "servers, server_hosts, shared_disk, "
            "mount_cache, clients, locks, capacities, names, network, storage, heal_at, steps, faults");
  EXPECT_EQ(said_with(R"("loss_ppm")", R"("loss\nppm")"),
            R"(network."loss\nppm": no such field; did you mean "loss_ppm"?)");
  EXPECT_EQ(said_with(R"("ttl": "10 s", )", ""), R"(steps[1].ttl: is missing; add it, like "ttl": "250 ms")");
  EXPECT_EQ(said_with(R"("version": 1,)", ""), R"(version: is missing; add it, like "version": 1)");
  EXPECT_EQ(said_with(R"("seed": 7,)", ""), R"(seed: is missing; add it, like "seed": 1)");
  EXPECT_EQ(said_with(R"("hosts": [{"drift_ppb": 5}, {}, {}],)", ""),
            R"(hosts: is missing; add it, like "hosts": [{}, {}])");
  EXPECT_EQ(said_with(R"("clients": ["host 1", "host 2"],)", ""),
            R"(clients: is missing; add it, like "clients": ["host 1"])");
  EXPECT_EQ(said_with(R"("target": "client 0", )", ""),
            R"(faults[0].target: is missing; add it, like "target": "client 0")");
  EXPECT_EQ(said_with(R"("other": "host 2", )", ""), R"(faults[1].other: is missing; add it, like "other": "host 1")");
  EXPECT_EQ(said_with(R"("client": 1)", R"("client": 1, "client": 1)"),
            "steps[1].client: is given twice; keep one of them");
  EXPECT_EQ(said_with(R"("seed": 7)", R"("seed": 7, "seed": 8)"), "seed: is given twice; keep one of them");
}

TEST(ScenarioErrors, TellAValueOfAnotherType) {
  EXPECT_EQ(said_of("[]"), "scenario: a list is not an object; begin with {");
  EXPECT_EQ(said_with(R"("backend": "sqlite")", R"("backend": true)"), "backend: true is not text; write it in quotes");
  EXPECT_EQ(said_with(R"("seed": 7)", R"("seed": "7")"),
            R"(seed: "7" is not a number; write a whole number without quotes)");
  EXPECT_EQ(said_with("7", "\"" + std::string(1000, 'x') + '"'),
            "seed: \"" + std::string(40, 'x') + "...\" is not a number; write a whole number without quotes");
  EXPECT_EQ(said_with(R"("careless": true)", R"("careless": 1)"),
            "steps[0].careless: 1 is not true or false; write one of them");
  EXPECT_EQ(said_with(R"({"loss_ppm": 20000})", "[]"), "network: a list is not an object; write it in { }");
  EXPECT_EQ(said_with(R"([{"drift_ppb": 5}, {}, {}])", "3"), "hosts: 3 is not a list; write it in [ ]");
  EXPECT_EQ(said_with(R"({"drift_ppb": 5})", "5"), "hosts[0]: 5 is not an object; write it in { }");
  EXPECT_EQ(said_with(R"("host 1")", "1"), R"(clients[0]: 1 is not a host; write one like "host 0")");
  EXPECT_EQ(said_with(R"("forget")", "{}"),
            R"(steps[1].ending: an object is not an ending; write one in quotes, like "release")");
  EXPECT_EQ(said_with(R"("amount": "1 ms")", R"("amount": 1000000)"),
            R"(faults[1].amount: 1000000 is not a duration; write a number and ns, us, ms or s, like "250 ms")");
}

TEST(ScenarioErrors, TellANumberThatIsOutOfRange) {
  EXPECT_EQ(said_with(R"("servers": 1)", R"("servers": -1)"), "servers: -1 is out of range; write 0 to 4294967295");
  EXPECT_EQ(said_with(R"("servers": 1)", R"("servers": 4294967296)"),
            "servers: 4294967296 is out of range; write 0 to 4294967295");
  EXPECT_EQ(said_with(R"("seed": 7)", R"("seed": 18446744073709551616)"),
            "seed: 18446744073709551616 is out of range; write a number of 64 bits at most");
  EXPECT_EQ(said_with(R"("seed": 7)", R"("seed": -9223372036854775809)"),
            "seed: -9223372036854775809 is out of range; write a number of 64 bits at most");
  EXPECT_EQ(said_with(R"("drift_ppb": 5)", R"("drift_ppb": -9223372036854775808)"),
            "hosts[0].drift_ppb: -9223372036854775808 is out of range; write -999999999 to 999999999");
  EXPECT_EQ(said_with(R"("seed": 7)", R"("seed": 7e0)"),
            "seed: 7e0 is not a whole number; write it without a decimal point or an exponent");
  EXPECT_EQ(said_with(R"("seed": 7)", R"("seed": 1e999)"),
            "seed: 1e999 is not a whole number; write it without a decimal point or an exponent");
}

TEST(ScenarioErrors, TellAWordThatIsUnknown) {
  EXPECT_EQ(said_with(R"("pause-process")", R"("crash")"),
            R"(faults[0].kind: "crash" is not a fault; did you mean "crash-process"?)");
  EXPECT_EQ(said_with(R"("pause-process")", R"("pause-proces")"),
            R"(faults[0].kind: "pause-proces" is not a fault; did you mean "pause-process"?)");
  EXPECT_EQ(
      said_with(R"("pause-process")", R"("flood")"),
      R"(faults[0].kind: "flood" is not a fault; write one of crash-process, pause-process, reboot-host, cut-link, )"
      "cut-one-way, isolate-host, lossy-link, duplicating-link, slow-link, step-wall, freeze-wall, "
      "drift-monotonic, freeze-monotonic, slow-disk, full-disk, failing-writes, failing-syncs, failing-reads, "
      "lying-syncs");
  EXPECT_EQ(said_with(R"("forget")", R"("forgets")"),
            R"(steps[1].ending: "forgets" is not an ending; did you mean "forget"?)");
  EXPECT_EQ(said_with(R"("S5")", R"("fenced writes")"),
            R"(expect: "fenced writes" is not a property; did you mean "fenced-writes"?)");
  EXPECT_EQ(said_with(R"("S5")", R"("S0")"),
            R"(expect: "S0" is not a property; write one of lease-exclusion, belief-exclusion, linearizable, )"
            "fencing-order, fenced-writes, ownership, idempotence, durability, no-phantom-hold, events, names, expiry, "
            "progress, fifo, timely, deadlock-free");
  EXPECT_EQ(said_with(R"("target": "client 0")", R"("target": "host 0")"),
            R"(faults[0].target: "host 0" is not a process; write one like "server 0", "client 2" or "resource")");
  EXPECT_EQ(said_with(R"("target": "client 0")", R"("target": "client 2")"),
            "faults[0].target: there are 2 clients, counted from 0; name one of them");
  EXPECT_EQ(said_with(R"("target": "client 0")", R"("target": "server 1")"),
            "faults[0].target: there is 1 server, counted from 0; name one of them");
  EXPECT_EQ(said_with(R"("target": "host 0")", R"("target": "host 0x")"),
            R"(faults[1].target: "host 0x" is not a host; write one like "host 0")");
  EXPECT_EQ(said_with(R"("host 1")", R"("host 4294967296")"),
            R"(clients[0]: "host 4294967296" is not a host; write one like "host 0")");
  EXPECT_EQ(said_with(R"("version": 1)", R"("version": 2)"),
            "version: 2 is not known here; write 1, or use a newer program");
}

TEST(ScenarioErrors, TellWhatCannotBeRun) {
  EXPECT_EQ(said_with(R"("client": 1)", R"("client": 2)"), "steps[1].client: no such client");
  EXPECT_EQ(said_with(R"("ttl": "10 s")", R"("ttl": "10 ns")"), "steps[1].ttl: must be 1 ms to 1 h");
  EXPECT_EQ(said_with(R"("host 1")", R"("host 3")"), "clients[0]: no such host");
  EXPECT_EQ(said_with(R"("other": "host 2")", R"("other": "host 0")"), "faults[1].other: must be another host");
  EXPECT_EQ(said_with(R"("amount": "1 ms")", R"("amount": "-1 ms")"), "faults[1].amount: must not be negative");
}

TEST(ScenarioErrors, TellLineAndColumnWhereItIsNoJson) {
  EXPECT_EQ(said_with(R"("seed": 7,)", R"("seed": ],)"), "line 5, column 11: unexpected ']'; expected a value");
  EXPECT_EQ(said_with(R"("seed": 7,)", R"("seed": 7)"), "line 6, column 3: unexpected text in quotes; expected '}'");
  EXPECT_EQ(said_with(R"("seed": 7)", R"("seed" 7)"), "line 5, column 10: unexpected a number; expected ':'");
  EXPECT_EQ(said_with(R"("seed": 7,)", R"("seed": 7, // lucky)"),
            "line 5, column 14: this is not JSON; text stands in quotes, and there are no comments");
  EXPECT_EQ(said_with("sound", "s\x01"),
            R"(line 3, column 14: invalid string: control character U+0001 (SOH) must be escaped to \u0001)");
  EXPECT_EQ(said_with("sound", "ünd\\x"), "line 3, column 17: invalid string: forbidden character after backslash");
  EXPECT_EQ(said_with(R"("seed": 7,)", "\"seed\": seven,"),
            "line 5, column 11: this is not JSON; text stands in quotes, and there are no comments");
  EXPECT_EQ(said_of("{"), "line 1, column 2: the text ends too early; close what is open");
  EXPECT_EQ(said_of(kSound.substr(0, 30)), "line 3, column 13: invalid string: missing closing quote");
  EXPECT_EQ(said_of(std::string(kSound) + "{}"), "line 23, column 1: the scenario has ended; remove what follows");
  EXPECT_EQ(said_of(std::string(kSound) + " 123"), "line 23, column 2: the scenario has ended; remove what follows");
}

TEST(ScenarioErrors, TellBytesThatAreNoText) {
  EXPECT_EQ(said_with("sound", "\xc3"), "line 3, column 13: byte 0xc3 is not text; save the file as UTF-8");
  EXPECT_EQ(said_with("sound", "ü\xed\xa0\x80"), "line 3, column 14: byte 0xed is not text; save the file as UTF-8");
  EXPECT_EQ(said_of(std::string(kSound) + '\0'), "line 23, column 1: byte 0x00 is not text; save the file as UTF-8");
  for (const auto* bad :
       {"\x80", "\xc0\x80", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf8", "\xe2\x82"}) {
    EXPECT_NE(said_with("sound", bad), "") << bad;
  }
  for (const auto* good :
       {"\x7f", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_EQ(said_with("sound", good), "") << good;
  }
}

TEST(ScenarioErrors, TellWhatIsTooMuchOrNothing) {
  EXPECT_EQ(said_of(""), "scenario: there is nothing; begin with {");
  EXPECT_EQ(said_of(" \n"), "scenario: there is nothing; begin with {");
  EXPECT_EQ(said_of(std::string((16u << 20) + 1, ' ')), "scenario: has more than 16777216 bytes; make it smaller");
  EXPECT_EQ(said_of(std::string(1'000'000, '[')),
            "[0][0][0][0][0][0][0][0]: is nested more than 8 deep; a scenario is flatter");
  std::string many = "[0";
  for (int i = 0; i < 100'000; ++i) many += ",0";
  EXPECT_EQ(said_with(R"([{"drift_ppb": 5}, {}, {}])", many + "]"),
            "hosts[100000]: a list has at most 100000 entries; make it shorter");
}

}  // namespace
}  // namespace lockstep::scenarios
