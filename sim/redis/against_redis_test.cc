// The model and a real redis-server under virtual time carry out the same random programs, and every reply has to be
// the same: whatever commands are wrong in, at every millisecond, with clocks that step back, through crashes. Says how
// many commands a second; LOCKSTEP_REDIS_COMMANDS asks for more of them. Skipped where there is no redis-server.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <regex>

#include "impl/env/random.h"
#include "impl/redis/lock_commands.h"
#include "sim/redis/keyspace.h"
#include "virtual_time/program_file.h"
#include "virtual_time/redis_server.h"

namespace lockstep::sim::redis {
namespace {

namespace r = lockstep::redis;
using namespace std::chrono_literals;
using virtual_time::RedisServer;

// A step of a program. In a command, "{250}" stands for the millisecond that is 250 behind the present one.
struct Step {
  enum class Kind : std::uint8_t { ask, later, earlier, restart };
  Kind kind = Kind::ask;
  Command command;
  std::int64_t milliseconds = 0;
};
using Steps = std::vector<Step>;

std::string shown(const std::string& word) { return word.empty() ? "\"\"" : r::in_words(r::bulk(word)); }

std::string in_words(const Step& step) {
  switch (step.kind) {
    case Step::Kind::ask: {
      std::string words;
      for (const std::string& word : step.command) words += (words.empty() ? "" : " ") + shown(word);
      return words;
    }
    case Step::Kind::later: return "(" + std::to_string(step.milliseconds) + " ms later)";
    case Step::Kind::earlier: return "(the wall clock steps back by " + std::to_string(step.milliseconds) + " ms)";
    case Step::Kind::restart: return "(it is killed and started again)";
  }
  return "";
}

// Who removes what has expired.
enum class Expiry : std::uint8_t {
  when_asked,  // only whoever looks at it
  by_itself,   // the server too, ten times a second
};

// Both of them, at the same instant.
class Pair {
 public:
  explicit Pair(const std::string& directory, Expiry expiry)
      : expiry_(expiry),
        server_({.directory = directory,
                 .persistence = RedisServer::Persistence::always,
                 .more = {"--enable-debug-command", "yes", "--auto-aof-rewrite-percentage", "0"}}) {
    set_expiry();
  }

  // The first step at which they differ, in words; nothing if they never do. Begins with no keys.
  std::optional<std::pair<std::size_t, std::string>> differ(const Steps& steps) {
    ask({{"FLUSHALL"}});
    written_.clear();
    for (std::size_t i = 0; i < steps.size();) {
      if (steps[i].kind != Step::Kind::ask) {
        change(steps[i++]);
        continue;
      }
      std::vector<Command> together;
      const std::size_t first = i;
      for (; i < steps.size() && steps[i].kind == Step::Kind::ask; ++i) together.push_back(steps[i].command);
      if (auto difference = ask(std::move(together))) return std::pair(first + difference->first, difference->second);
    }
    return std::nullopt;
  }
  std::uint64_t commands = 0;  // so far
  UnixMs ahead = 0;            // a planted mistake: the model's clock is wrong by so much

 private:
  UnixMs now() const {
    return std::chrono::floor<std::chrono::milliseconds>(server_.now().wall).time_since_epoch().count();
  }

  void change(const Step& step) {
    const auto by = std::chrono::milliseconds(step.milliseconds);
    if (step.kind == Step::Kind::later) {
      const virtual_time::Clocks to = server_.now() + by;
      return expiry_ == Expiry::when_asked ? server_.jump(to) : server_.advance(to);
    }
    if (step.kind == Step::Kind::earlier) {
      // What the server has removed by itself and what not is all the same, but not when it comes to life again.
      if (expiry_ == Expiry::by_itself) {
        for (const std::string& key : keys()) ask({{"EXISTS", key}});
      }
      const virtual_time::Clocks clocks = server_.now();
      return server_.jump({clocks.wall - by, clocks.monotonic});
    }
    server_.crash();
    server_.restart();
    set_expiry();
    model_ = Keyspace();
    for (const Command& command : written_) model_.execute(command, 0);
    model_.take_effects();
  }

  void set_expiry() {
    if (expiry_ == Expiry::when_asked) {
      server_.execute(0, r::encode(Command{"DEBUG", "SET-ACTIVE-EXPIRE", "0"}));
    }
  }

  // Which of them is answered differently, and how.
  std::optional<std::pair<std::size_t, std::string>> ask(std::vector<Command> asked) {
    std::vector<Reply> said;
    std::string bytes;
    for (Command& command : asked) {
      for (std::string& word : command) {
        if (word.size() > 2 && word.front() == '{') word = std::to_string(now() + std::stoll(word.substr(1)));
      }
      said.push_back(model_.execute(command, now() + ahead));
      bytes += r::encode(command);
    }
    for (Command& effect : model_.take_effects()) written_.push_back(std::move(effect));
    commands += asked.size();
    const std::string replies = server_.execute(0, bytes);
    std::string_view rest = replies;
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const std::size_t length = length_of_reply(rest);
      std::optional<Reply> real = r::decode_reply(rest.substr(0, length));
      rest.remove_prefix(length);
      if (real) *real = without_place(std::move(*real));
      if (real == said[i]) continue;
      return std::pair(i, "redis-server: " + (real ? whole(*real) : "none") + "\n  the model: " + whole(said[i]));
    }
    EXPECT_EQ(rest, "");
    return std::nullopt;
  }

  // Of the first of several.
  static std::size_t length_of_reply(std::string_view bytes) {
    const std::size_t line = bytes.find("\r\n");
    if (line == std::string_view::npos) return bytes.size();
    const bool counted = bytes[0] == '$' || bytes[0] == '*';
    const std::int64_t count = counted ? std::stoll(std::string(bytes.substr(1, line - 1))) : -1;
    std::size_t length = line + 2;
    if (bytes[0] == '$' && count >= 0) length += static_cast<std::size_t>(count) + 2;
    for (std::int64_t i = 0; bytes[0] == '*' && i < count; ++i) length += length_of_reply(bytes.substr(length));
    return std::min(length, bytes.size());
  }

  // Where in which script Lua met an error is not modelled.
  static Reply without_place(Reply reply) {
    static const std::regex place(" script: [0-9a-f]{40}, on @user_script:[0-9]+\\.$");
    if (reply.kind == Reply::Kind::error) reply.text = std::regex_replace(reply.text, place, "");
    return reply;
  }
  static std::string whole(const Reply& reply) {
    return reply.kind == Reply::Kind::error ? "-" + reply.text : r::in_words(reply);
  }

 public:
  static const std::vector<std::string>& keys() {
    static const std::vector<std::string> all{"a", "b", "c", ""};
    return all;
  }

 private:
  Expiry expiry_;
  RedisServer server_;
  Keyspace model_;
  std::vector<Command> written_;
};

// --- Programs --------------------------------------------------------------------------------------------------------

class Author {
 public:
  explicit Author(RandomStream chance) : chance_(chance) {}

  Steps program() {
    Steps steps(10 + chance_.below(50));
    for (Step& step : steps) step = this->step();
    return steps;
  }

 private:
  const std::string& one_of(const std::vector<std::string>& words) { return words[chance_.below(words.size())]; }

  Step step() {
    const std::uint64_t what = chance_.below(1000);
    if (what < 1) return {Step::Kind::restart, {}, 0};
    if (what < 60) return {Step::Kind::earlier, {}, chance_.between(1, chance_.chance(1, 16) ? 5000 : 60)};
    if (what < 300) return {Step::Kind::later, {}, chance_.between(1, chance_.chance(1, 16) ? 5000 : 60)};
    return {Step::Kind::ask, command(), 0};
  }

  Command command() {
    Command command = right();
    if (!chance_.chance(1, 12)) return command;
    // One word more, less, another, or twice.
    // But a script stays one of ours: the model knows no Lua.
    const std::size_t first = command[0] == "EVAL" || command[0] == "eval" ? 2 : 1;
    const std::size_t at = first + chance_.below(command.size() - first + 1);
    switch (chance_.below(4)) {
      case 0: command.insert(command.begin() + static_cast<std::ptrdiff_t>(at), strange()); break;
      case 1:
        if (at < command.size()) command.erase(command.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 2:
        if (at < command.size()) command[at] = strange();
        break;
      case 3: command.push_back(command[chance_.below(command.size())]); break;
    }
    return command;
  }

  Command right() {
    switch (chance_.below(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4: return set();
      case 5: return {word("GET"), key()};
      case 6: return several("DEL");
      case 7: return several("EXISTS");
      case 8:
      case 9: return {word("PTTL"), key()};
      case 10: return expire("PEXPIRE", time());
      case 11: return expire("PEXPIREAT", instant());
      case 12:
      case 13:
      case 14: return script();
      default: break;
    }
    switch (chance_.below(8)) {
      case 0: return {word("FLUSHALL")};
      case 1: return {word("FLUSHALL"), one_of({"ASYNC", "SYNC", "async", "NOW"})};
      case 2: return {word("PING")};
      case 3: return {word("PING"), value()};
      case 4: return {strange(), value(), key()};
      default: return {word("GET"), key()};
    }
  }

  Command set() {
    Command command{word("SET"), key(), value()};
    for (std::uint64_t i = chance_.below(4); i > 0; --i) {
      switch (chance_.below(10)) {
        case 0:
        case 1: command.push_back(word("NX")); break;
        case 2: command.push_back(word("XX")); break;
        case 3: command.push_back(word("GET")); break;
        case 4: command.push_back(word("KEEPTTL")); break;
        case 5:
        case 6: command.insert(command.end(), {word("PX"), time()}); break;
        case 7: command.insert(command.end(), {word("EX"), time()}); break;
        case 8: command.insert(command.end(), {word("PXAT"), instant()}); break;
        case 9: command.insert(command.end(), {word("EXAT"), time()}); break;
      }
    }
    return command;
  }
  Command several(const std::string& name) {
    Command command{word(name), key()};
    while (chance_.chance(1, 3)) command.push_back(key());
    return command;
  }
  Command expire(const std::string& name, const std::string& when) {
    Command command{word(name), key(), when};
    while (chance_.chance(1, 5)) command.push_back(word(one_of({"NX", "XX", "GT", "LT"})));
    return command;
  }
  Command script() {
    static const std::vector<std::string> scripts{std::string(r::kDeleteIfMine), std::string(r::kExtendIfMine),
                                                  std::string(r::kDeleteIfBegins), std::string(r::kLeftIfMine),
                                                  std::string(r::kLook)};
    Command command{word("EVAL"), one_of(scripts), "1", key(), value(), time()};
    if (chance_.chance(1, 10)) command[2] = one_of({"0", "2", "3", "4", "-1", "x", "01"});
    return command;
  }

  // Now and then in other letters.
  std::string word(std::string name) {
    if (chance_.chance(1, 20)) {
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return name;
  }
  std::string key() { return one_of(Pair::keys()); }
  std::string value() {
    static const std::vector<std::string> values{"v.1", "v.2", "v.", "w", "", std::string("\0\r\n\xff", 4)};
    return one_of(values);
  }
  // Milliseconds, or what is none.
  std::string time() {
    return chance_.chance(1, 10) ? number() : std::to_string(chance_.between(1, chance_.chance(1, 8) ? 5000 : 100));
  }
  std::string instant() {
    return chance_.chance(1, 10) ? number() : "{" + std::to_string(chance_.between(-20, 100)) + "}";
  }
  std::string number() {
    static const std::vector<std::string> numbers{"0",
                                                  "-1",
                                                  "-0",
                                                  "+1",
                                                  "01",
                                                  "1 ",
                                                  " 1",
                                                  "1.5",
                                                  "1e3",
                                                  "0x10",
                                                  "",
                                                  "x",
                                                  "-",
                                                  "9223372036854775807",
                                                  "9223372036854775808",
                                                  "-9223372036854775808",
                                                  "-9223372036854775809",
                                                  "9223372036854775",
                                                  "9223372036854776",
                                                  "9223370236854775807",
                                                  "1000000000000000",
                                                  "99999999999999999999999",
                                                  "-5000"};
    return one_of(numbers);
  }
  std::string strange() {
    static const std::vector<std::string> words{
        "NOPE",    "nx",   "",    "1", "PX", "GET", "two\r\nlines", std::string("n\0l", 3), std::string(150, 'x'),
        "BELIEVE", "{10}", "IFEQ"};
    return one_of(words);
  }

  RandomStream chance_;
};

// --- The test --------------------------------------------------------------------------------------------------------

struct AgainstRedis : testing::TestWithParam<Expiry> {
  void SetUp() override {
    if (virtual_time::found_program("redis-server").empty()) GTEST_SKIP() << "redis-server is not installed";
    // Every command is synced: not to a disk.
    const std::string parent = std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : testing::TempDir();
    directory = parent + "/lockstep-against-" + std::to_string(::getpid());
    std::filesystem::create_directory(directory);
  }
  void TearDown() override { std::filesystem::remove_all(directory); }
  // A server of its own for some programs, so that its file stays short.
  std::unique_ptr<Pair> pair() {
    std::filesystem::remove_all(directory + "/appendonlydir");
    return std::make_unique<Pair>(directory, GetParam());
  }
  static std::uint64_t wanted() {
    const char* more = std::getenv("LOCKSTEP_REDIS_COMMANDS");
    return more == nullptr ? 20'000 : std::strtoull(more, nullptr, 10);
  }
  // As short as it gets by leaving out steps.
  Steps shrunk(Pair& both, Steps steps) {
    for (std::size_t length = steps.size(); length > 0; length = length > 1 ? (length + 1) / 2 : 0) {
      for (std::size_t at = 0; at < steps.size();) {
        Steps fewer(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(at));
        const std::size_t end = std::min(at + length, steps.size());
        fewer.insert(fewer.end(), steps.begin() + static_cast<std::ptrdiff_t>(end), steps.end());
        if (both.differ(fewer)) {
          steps = std::move(fewer);
        } else {
          at += length;
        }
      }
      if (length == 1) break;
    }
    return steps;
  }
  std::string told(Pair& both, const Steps& steps) {
    const auto difference = both.differ(steps);
    std::string text;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      text += "  " + in_words(steps[i]) + "\n";
      if (difference && i == difference->first) text += "  " + difference->second + "\n";
    }
    return text;
  }
  std::string directory;
};

TEST_P(AgainstRedis, TheModelAnswersAsTheRealServerDoes) {
  constexpr int kProgramsOfAServer = 200;
  constexpr int kEnough = 12;  // differences
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t commands = 0, programs = 0;
  int differences = 0;
  while (commands < wanted() && differences < kEnough) {
    const auto both = pair();
    for (int i = 0; i < kProgramsOfAServer && both->commands + commands < wanted() && differences < kEnough; ++i) {
      Author author(RandomStream(1).fork("programs", programs++));
      const Steps steps = author.program();
      if (!both->differ(steps)) continue;
      ++differences;
      ADD_FAILURE() << "program " << programs - 1 << ":\n" << told(*both, shrunk(*both, steps));
    }
    commands += both->commands;
  }
  const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::cout << commands << " commands of " << programs << " programs compared with redis-server, "
            << static_cast<std::uint64_t>(static_cast<double>(commands) / took) << " a second\n";
}

TEST_P(AgainstRedis, AModelThatIsWrongByAMillisecondIsFoundOutInAFewSteps) {
  const auto both = pair();
  both->ahead = 1;
  for (std::uint64_t program = 0;; ++program) {
    ASSERT_LT(program, 200u) << "nothing differed";
    Author author(RandomStream(2).fork("programs", program));
    const Steps steps = author.program();
    if (!both->differ(steps)) continue;
    const Steps shortest = shrunk(*both, steps);
    EXPECT_LE(shortest.size(), 3u) << told(*both, shortest);
    EXPECT_NE(told(*both, shortest).find("redis-server: "), std::string::npos);
    break;
  }
}

INSTANTIATE_TEST_SUITE_P(Expiring, AgainstRedis, testing::Values(Expiry::when_asked, Expiry::by_itself),
                         [](const auto& one) {
                           return one.param == Expiry::when_asked ? std::string("WhenAsked") : std::string("ByItself");
                         });

}  // namespace
}  // namespace lockstep::sim::redis
