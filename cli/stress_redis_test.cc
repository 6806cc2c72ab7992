// Real processes on real Redis servers: the run's own, and some that were named. Skipped where there is no
// redis-server.
#include <nlohmann/json.hpp>

#include "cli/program_test.h"
#include "impl/redis/real/redis_process.h"

namespace lockstep::cli {
namespace {

using redis::RedisProcess;

struct StressOnRedis : Program {
  void SetUp() override {
    if (!RedisProcess::installed()) GTEST_SKIP() << "redis-server is not installed";
  }
  RedisProcess& starts(RedisProcess::Options options) {
    options.directory = directory + "/own-" + std::to_string(servers.size());
    std::filesystem::create_directory(options.directory);
    servers.push_back(std::make_unique<RedisProcess>(options));
    servers.back()->start();
    return *servers.back();
  }
  // Servers that live in this test's directory, apart from those above.
  std::string servers_left() const {
    return shell("sleep 0.2; for p in /proc/[0-9]*; do readlink $p/cwd | grep '^" + directory +
                 ".*/lockstep-stress' && cat $p/comm; done; true")
        .out;
  }
  std::string refusal(const std::string& words) const {
    const Ended ended = runs("stress --seconds 1 " + words);
    EXPECT_EQ(ended.code, 2) << ended.out;
    return ended.err;
  }
  std::vector<std::unique_ptr<RedisProcess>> servers;
};

TEST_F(StressOnRedis, BreaksNoPromiseOnServersOfItsOwnAndSaysWhatIsNotJudged) {
  for (const std::string backend : {"redis", "redlock"}) {
    const Ended ended =
        shell("TMPDIR=$PWD \"$L\" stress --seconds 3 --processes 4 --ttl '300 ms' --json out.json --out " + directory +
              "/kept --backend " + backend);
    EXPECT_TRUE(ended.code == 0 || ended.code == 3) << ended.out << ended.err;
    EXPECT_FALSE(says(ended.out, "BROKEN")) << ended.out;
    EXPECT_TRUE(says(ended.out, backend == "redis" ? "on one Redis server" : "on 5 Redis servers")) << ended.out;
    EXPECT_TRUE(says(ended.out, "Not judged: S1, S4, S5, S7, S8, L1 and L3. ")) << ended.out;
    EXPECT_EQ(servers_left(), "");
    const auto report = nlohmann::json::parse(read("out.json"));
    EXPECT_GT(report["operations"]["granted"], 0);
    EXPECT_EQ(report["properties"].size(), 5u) << "S2, S6, S9, L2 and L4";
    EXPECT_EQ(report["not_judged"].size(), 7u);
    EXPECT_NE(runs("check kept/history.jsonl").code, 1) << "it may be undecided";
  }
}

TEST_F(StressOnRedis, UsesTheServersThatAreNamed) {
  const std::uint16_t port = RedisProcess::free_port();
  starts({.port = port});
  const std::string path = starts({.password = "p"}).address().path;
  const std::string addresses =
      " --address 127.0.0.1:" + std::to_string(port) + " --address unix://:p@" + path + "?db=1";
  const Ended ended = runs("stress --seconds 2 --processes 3 --ttl '200 ms' --backend redlock" + addresses);
  EXPECT_TRUE(ended.code == 0 || ended.code == 3) << ended.out << ended.err;
  EXPECT_TRUE(says(ended.out, "on 2 Redis servers")) << ended.out;
}

TEST_F(StressOnRedis, SaysWhatIsWrongWithAnAddress) {
  const std::string free = "127.0.0.1:" + std::to_string(RedisProcess::free_port());
  EXPECT_EQ(refusal("--backend redis --address " + free),
            "lockstep: " + free + " cannot be reached: Connection refused\n");
  const std::string path = starts({.password = "right"}).address().path;
  EXPECT_EQ(refusal("--backend redis --address unix:" + path),
            "lockstep: unix:" + path +
                " cannot be reached: it says \"NOAUTH Authentication required.\"; an address with a "
                "password looks like redis://:PASSWORD@HOST:PORT\n");
  const std::string wrong = refusal("--backend redis --address unix://:secret@" + path);
  EXPECT_TRUE(says(wrong, "WRONGPASS")) << wrong;
  EXPECT_FALSE(says(wrong, "secret")) << wrong;
  EXPECT_EQ(refusal("--backend redis --address nowhere"), "lockstep: --address: it names no port\n");
  EXPECT_EQ(refusal("--backend sqlite --address a:1"), "lockstep: --address: sqlite needs no server\n");
  EXPECT_EQ(refusal("--backend redis --address a:1 --address b:1"),
            "lockstep: --address: redis is one server; redlock is several\n");
  EXPECT_EQ(refusal("--backend redlock --address a:1 --address redis://a:1/2"),
            "lockstep: --address: a:1 is named twice\n");
}

TEST_F(StressOnRedis, LeavesNoServerBehindWhenItIsKilled) {
  const Ended ended =
      shell("TMPDIR=$PWD \"$L\" stress --backend redlock --seconds 100 & sleep 1.5; kill -KILL $!; wait $!");
  EXPECT_EQ(ended.code, 137) << ended.err;
  EXPECT_EQ(servers_left(), "");
}

struct StressWithoutRedis : Program {};

TEST_F(StressWithoutRedis, SaysWhereToGetOne) {
  const Ended ended = shell("PATH=$PWD \"$L\" stress --backend redis --seconds 1");
  EXPECT_EQ(ended.code, 2);
  EXPECT_TRUE(says(ended.err, "no program redis-server")) << ended.err;
  EXPECT_TRUE(says(ended.err, "--address HOST:PORT")) << ended.err;
}

}  // namespace
}  // namespace lockstep::cli
