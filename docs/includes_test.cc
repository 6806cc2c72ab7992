// Who may know whom. CMake says it by linking and would report a breach as an undefined symbol, or, for a
// header, not at all; this test reads the includes and says in words which direction is wrong and why there
// is one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "docs/source_text.h"

namespace lockstep::docs {
namespace {

struct Zone {
  std::string_view folder;
  std::vector<std::string_view> knows;       // apart from itself
  std::vector<std::string_view> tests_know;  // in addition
  std::string_view because;
};

constexpr std::string_view kReal = "impl/env/real";
constexpr std::string_view kRealRedis = "impl/redis/real";

// A file belongs to the first zone whose folder holds it, so impl/env does not hold impl/env/real. A name
// that ends in '*' stands for all that it begins, except what is real, which is only ever meant by name.
std::vector<Zone> zones_of_production() {
  return {
      {kReal, {"impl/env"}, {}, "the production seams are linked by users who have no simulator and no lock"},
      {"impl/env", {}, {kReal}, "the seams are the ground floor: production and simulator stand on them alike"},
      {"impl/lock", {"impl/env"}, {kReal}, "the contract of a lock is written without its implementations"},
      {"impl/backends", {"impl/env", "impl/lock"}, {kReal, "impl/*"}, "a backend cannot tell by whom it is called"},
      {"impl/client",
       {"impl/env", "impl/lock"},
       {kReal, "impl/*"},
       "a client meets the server on the wire, and a backend through its contract"},
      {"impl/server",
       {"impl/env", "impl/lock"},
       {kReal, "impl/*"},
       "a server is handed a backend through its contract, and meets the client on the wire"},
      {"impl/observe",
       {"impl/env", "impl/lock", "impl/client"},
       {kReal, "impl/*"},
       "metrics and traces are made of what a client tells, and linked by whoever wants them"},
      {kRealRedis,
       {"impl/env", "impl/lock", "impl/redis"},
       {kReal, "impl/*"},
       "a connection to a real server is linked by users who have no simulator, and knows none of the locks on it"},
      {"impl/redis",
       {"impl/env", "impl/lock"},
       {kReal, "impl/*"},
       "a lock on Redis sees a connection, whatever is at its other end"},
      {"impl/adapter",
       {"impl/env", "impl/lock", "impl/backends"},
       {kReal, "impl/*"},
       "a lock in another program is spoken to in lines, and is a lock like others"},
      {"impl/plugin",
       {"impl/env", "impl/lock", "impl/backends"},
       {kReal, "impl/*"},
       "a lock in a shared library is called through a table of functions, and is a lock like others"},
  };
}

std::vector<Zone> other_zones() {
  static const std::vector<std::string_view> worlds = {"impl/*", "sim", "sim/redis", "models", "virtual_time"};
  static const std::vector<std::string_view> runs = {"impl/*", "sim", "sim/redis", "models", "scenarios"};
  static const std::vector<std::string_view> campaigns = {
      "impl/*", "sim", "models", "scenarios", "properties/zoo", "properties/contract"};
  static const std::vector<std::string_view> shown = {"impl/*", "sim", "models/*", "scenarios"};
  static const std::vector<std::string_view> all_below = {kReal,        kRealRedis,       "impl/*",
                                                          "sim",        "models/*",       "scenarios",
                                                          "properties", "properties/zoo", "properties/contract",
                                                          "reports"};
  return {
      {"sim/redis",
       {"impl/env", "impl/lock", "impl/redis"},
       {"impl/*", "sim", "virtual_time"},
       "a simulated server speaks the protocol of the real one, and knows the scripts that it is sent"},
      {"sim", {"impl/env"}, {kReal}, "a simulator that knows what a lock is could favour it"},
      {"models/linear", {}, {"models"}, "a judge that depends on nothing cannot be bribed: logs in, verdicts out"},
      {"models/logs",
       {"models", "models/linear"},
       {},
       "reading a log needs the form that is judged, and of our own histories what may have been so in them"},
      {"models/general",
       {"models/linear"},
       {"models", "models/logs"},
       "a search for any specification knows none but those beside it"},
      {"models", {"models/linear"}, {}, "histories in, verdicts out: who judges them knows nobody who makes them"},
      {"virtual_time/shim", {}, {}, "what is loaded into programs of strangers brings nothing along"},
      {"virtual_time",
       {"impl/env", "virtual_time/shim"},
       {kReal, "impl/*"},
       "real programs under virtual time are real processes, of which neither a lock nor the simulator knows"},
      {"scenarios", worlds, {kReal}, "what generates, judges or shows runs comes after them"},
      {"properties/zoo", runs, {kReal}, "a lock that is wrong does not know who will find out"},
      {"properties/contract",
       runs,
       {kReal, "properties/zoo"},
       "a case of the contract is asked of any lock, whoever asks"},
      {"properties", campaigns, {kReal}, "a campaign returns its results, and others write the report"},
      {"reports", shown, {kReal}, "a report shows results, whoever made them"},
      {"cli", all_below, {}, "a benchmark is a program of its own"},
      {"bench", all_below, {}, "the command line is a program of its own"},
      {"examples",
       {kReal, kRealRedis, "impl/*", "scenarios"},
       {},
       "an example has what a user gets: an installed copy"},
      {"docs", {}, {}, "these tests read the sources as text"},
  };
}

const std::vector<Zone>& zones() {
  static const std::vector<Zone> all = [] {
    std::vector<Zone> both = zones_of_production(), others = other_zones();
    for (Zone& zone : others) both.push_back(std::move(zone));
    return both;
  }();
  return all;
}

const Zone* zone_of(std::string_view path) {
  for (const auto& zone : zones()) {
    if (is_below(path, zone.folder)) return &zone;
  }
  return nullptr;
}

bool is_real(const Zone& zone) { return zone.folder.ends_with("/real"); }

bool names(std::string_view known, std::string_view path) {
  const auto* zone = zone_of(path);
  if (is_real(*zone)) return known == zone->folder;
  return known.ends_with('*') ? path.starts_with(known.substr(0, known.size() - 1)) : zone->folder == known;
}

std::string in_words(const std::vector<std::string_view>& folders) {
  std::string words;
  for (const auto folder : folders) words += (words.empty() ? "" : ", ") + std::string(folder);
  return words.empty() ? "only itself" : words;
}

// What is wrong with one include, as a sentence; nothing when it is right.
std::optional<std::string> objection(const std::string& path, const Include& include) {
  const auto* from = zone_of(path);
  const auto where = fmt::format("{}:{} includes {}", path, include.line, include.target);
  if (from == nullptr) return fmt::format("{} is in no folder of the house; docs/includes_test.cc lists them", path);
  const auto* to = zone_of(include.target);
  if (to == nullptr) {
    if (!include.quoted) return std::nullopt;  // <vector>, <boost/...>
    return fmt::format("{}: our own headers are named from the root of the repository, in quotes; others in <>", where);
  }
  if (!include.quoted) return fmt::format("{}: our own headers stand in quotes", where);
  if (to == from) return std::nullopt;
  auto knows = from->knows;
  if (is_test(path)) knows.insert(knows.end(), from->tests_know.begin(), from->tests_know.end());
  for (const auto known : knows) {
    if (names(known, include.target)) return std::nullopt;
  }
  if (is_real(*to)) {
    return fmt::format("{}: real clocks, entropy, sockets and files are for cli, bench and tests", where);
  }
  return fmt::format("{}: {} may know {}, because {}", where, from->folder, in_words(knows), from->because);
}

// Directions toward the outside: what a header or folder keeps out.
std::optional<std::string> outside_objection(const std::string& path, const Include& include) {
  const auto where = fmt::format("{}:{} includes {}", path, include.line, include.target);
  if (is_below(path, "models") && !is_test(path) &&
      (include.target.starts_with("boost/") || include.target.starts_with("sqlite3") ||
       include.target.starts_with("nlohmann/") || include.target == "fstream" || include.target == "thread")) {
    return fmt::format("{}: models are pure, they have no clock, no input or output and no Asio", where);
  }
  if (is_header(path) && (include.target == "boost/asio.hpp" || include.target == "nlohmann/json.hpp")) {
    return fmt::format(
        "{}: in a header it costs every file that includes it seconds of compilation; include the part "
        "that is needed, or <nlohmann/json_fwd.hpp>",
        where);
  }
  return std::nullopt;
}

std::string said_of(const std::string& path, const std::string& line) {
  std::string said;
  for (const auto& include : includes_of({path, line + "\n"})) {
    for (const auto& sentence : {objection(path, include), outside_objection(path, include)})
      said += sentence.value_or("");
  }
  return said;
}

TEST(Includes, FollowTheDirectionsOfTheHouse) {
  int own = 0;
  for (const auto& file : read_sources(LOCKSTEP_ROOT)) {
    for (const auto& include : includes_of(file)) {
      own += include.quoted ? 1 : 0;
      for (const auto& sentence : {objection(file.path, include), outside_objection(file.path, include)}) {
        EXPECT_FALSE(sentence) << *sentence;
      }
    }
  }
  EXPECT_GT(own, 20) << "so few includes were found in " LOCKSTEP_ROOT " that the others were probably not read";
}

TEST(IncludeRules, SayWhatIsWrongInWords) {
  EXPECT_EQ(said_of("sim/world.h", R"(#include "impl/lock/name.h")"),
            "sim/world.h:1 includes impl/lock/name.h: sim may know impl/env, because a simulator that knows what a "
            "lock is could favour it");
  EXPECT_EQ(said_of("sim/world.cc", R"(#include "impl/env/real/clock.h")"),
            "sim/world.cc:1 includes impl/env/real/clock.h: real clocks, entropy, sockets and files are for "
            "cli, bench "
            "and tests");
  EXPECT_EQ(said_of("sim/world.cc", R"(#include "executor.h")"),
            "sim/world.cc:1 includes executor.h: our own headers are named from the root of the repository, "
            "in quotes; "
            "others in <>");
}

TEST(IncludeRules, AllowEveryDirectionOfTheDrawing) {
  for (const auto& [path, target] : std::vector<std::pair<std::string, std::string>>{
           {"impl/env/real/clock.cc", "impl/env/clock.h"},
           {"impl/backends/memory.cc", "impl/lock/backend.h"},
           {"impl/client/handle.cc", "impl/lock/wire.h"},
           {"impl/server/dispatch_test.cc", "impl/backends/memory.h"},
           {"impl/backends/sqlite_test.cc", "impl/env/real/file.h"},
           {"sim/world.cc", "impl/env/clock.h"},
           {"sim/world_test.cc", "impl/env/real/clock.h"},
           {"impl/redis/real/redis_connection.cc", "impl/redis/connection.h"},
           {"sim/redis/keyspace_test.cc", "virtual_time/redis_server.h"},
           {"models/fencing.cc", "models/history.h"},
           {"models/general/judge_lock.cc", "models/linear/log.h"},
           {"scenarios/run.cc", "impl/backends/memory.h"},
           {"scenarios/run.cc", "sim/world.h"},
           {"properties/campaign.cc", "scenarios/run.h"},
           {"reports/html.cc", "models/verdict.h"},
           {"cli/campaign.cc", "impl/env/real/clock.h"},
           {"bench/run_bench.cc", "properties/campaign.h"},
           {"virtual_time/host.h", "impl/env/time.h"},
           {"virtual_time/host.cc", "virtual_time/shim/layout.h"},
       }) {
    EXPECT_EQ(said_of(path, fmt::format("#include \"{}\"", target)), "");
  }
  EXPECT_EQ(said_of("models/fencing.cc", "#include <vector>"), "");
}

TEST(IncludeRules, RefuseEveryDirectionAgainstIt) {
  for (const auto& [path, target] : std::vector<std::pair<std::string, std::string>>{
           {"impl/env/clock.h", "impl/env/real/clock.h"},
           {"impl/env/clock.h", "impl/lock/name.h"},
           {"impl/env/real/clock.h", "impl/lock/name.h"},
           {"impl/lock/name.h", "impl/backends/memory.h"},
           {"impl/backends/memory.cc", "impl/client/handle.h"},
           {"impl/backends/memory.cc", "impl/env/real/clock.h"},
           {"impl/client/handle.cc", "impl/server/dispatch.h"},
           {"impl/client/handle.cc", "sim/world.h"},
           {"impl/redis/redis_backend.cc", "impl/redis/real/redis_connection.h"},
           {"impl/redis/real/redis_connection.cc", "impl/env/real/host_clock.h"},
           {"scenarios/redis_subject.cc", "impl/redis/real/redis_connection.h"},
           {"impl/client/handle_test.cc", "sim/world.h"},
           {"sim/world_test.cc", "impl/backends/memory.h"},
           {"sim/world.cc", "scenarios/run.h"},
           {"models/fencing.cc", "impl/env/time.h"},
           {"models/fencing_test.cc", "scenarios/run.h"},
           {"models/general/search.h", "models/history.h"},
           {"models/linear/sweep.cc", "models/general/search.h"},
           {"scenarios/run.cc", "properties/campaign.h"},
           {"scenarios/run.cc", "impl/env/real/clock.h"},
           {"properties/campaign.cc", "reports/html.h"},
           {"reports/html.cc", "properties/campaign.h"},
           {"reports/html.cc", "impl/env/real/file.h"},
           {"properties/campaign.cc", "cli/options.h"},
           {"bench/run_bench.cc", "cli/options.h"},
           {"sim/world.cc", "virtual_time/host.h"},
           {"impl/redis/resp.cc", "virtual_time/redis_server.h"},
           {"virtual_time/host.cc", "sim/world.h"},
           {"virtual_time/shim/core.h", "impl/env/time.h"},
           {"elsewhere/new.cc", "sim/world.h"},
       }) {
    EXPECT_NE(said_of(path, fmt::format("#include \"{}\"", target)), "") << path << " -> " << target;
  }
  EXPECT_NE(said_of("sim/world.cc", "#include <impl/env/clock.h>"), "");
  EXPECT_NE(said_of("models/fencing.cc", "#include <boost/asio/awaitable.hpp>"), "");
  EXPECT_NE(said_of("sim/world.h", "#include <boost/asio.hpp>"), "");
  EXPECT_NE(said_of("scenarios/scenario.h", "#include <nlohmann/json.hpp>"), "");
}

}  // namespace
}  // namespace lockstep::docs
