// What a command costs is real time only. What the server does by itself, ten times in a second, it does when that is
// due, as long as it has keys; without keys nobody could tell.
#include "scenarios/real_redis_subject.h"

#include <fmt/format.h>

#include <filesystem>

#include "impl/redis/resp.h"
#include "scenarios/redis_subject.h"
#include "sim/redis/sessions.h"
#include "virtual_time/program_file.h"
#include "virtual_time/redis_server.h"
#include "virtual_time/seen.h"

namespace lockstep::scenarios {
namespace {

using virtual_time::RedisServer;
using virtual_time::seen;
using virtual_time::TimeTrouble;

constexpr const char* kProgram = "redis-server";
constexpr int kOurs = 0;  // the connection on which we ask; those of sessions follow

std::string what_is_missing() {
  return has_redis_server() ? "" : fmt::format("the program {} is not installed", kProgram);
}

class RealServer {
 public:
  RealServer(const Clock& clock, RedisServer::Options options) : clock_(clock), server_(std::move(options)) {}

  // Sets its clocks; what is due happens, once, however late it is.
  void catch_up() {
    server_.jump(seen(clock_));
    if (!has_keys_ || clock_.monotonic() < next_look()) return;
    virtual_time::wake_due({&server_.host()});
    has_keys_ = ask(kOurs, lockstep::redis::encode({"DBSIZE"})) != ":0\r\n";
  }
  MonoTime next_look() const {
    return has_keys_ ? virtual_time::unseen(server_.next_deadline().monotonic) : MonoTime::max();
  }
  std::string carry_out(std::uint64_t session, const std::string& command) {
    const auto known = connections_.try_emplace(session, static_cast<int>(connections_.size()) + 1).first;
    has_keys_ = true;
    return ask(known->second, command);
  }

 private:
  std::string ask(int connection, const std::string& command) {
    auto reply = server_.execute(connection, command);
    if (!reply.empty()) return reply;
    const auto words = lockstep::redis::decode_command(command);
    throw ServerTrouble(fmt::format("{} gave no answer to {}", kProgram,
                                    words ? lockstep::redis::in_words(*words) : "what is no command"));
  }

  const Clock& clock_;
  RedisServer server_;
  std::map<std::uint64_t, int> connections_;  // by session
  bool has_keys_ = true;                      // as far as is known
};

RedisServer::Options options_for(const ServerParts& parts, ServerFile file) {
  // Several on one host have a directory each.
  const auto directory = fmt::format("{}/redis-{}", parts.real_directory(), parts.server);
  std::filesystem::create_directories(directory);
  const auto persistence =
      file == ServerFile::synced ? RedisServer::Persistence::always : RedisServer::Persistence::none;
  return {.directory = directory,
          .persistence = persistence,
          .host = {.name = fmt::format("the host of server {}", parts.server),
                   .seed = parts.random.next(),
                   .clocks = seen(parts.clock)},
          .program = kProgram};
}

// With the coroutine the server dies, by SIGKILL.
Awaitable<void> serve_while_alive(ServerParts parts, ServerFile file) {
  const std::uint64_t epoch = parts.random.next() | 1;
  RealServer server(parts.clock, options_for(parts, file));
  sim::redis::Sessions sessions(parts.endpoint, epoch, [&server](std::uint64_t session, const std::string& command) {
    return server.carry_out(session, command);
  });
  for (;;) {
    const Wake wake = co_await parts.endpoint.arrival().wait_until(server.next_look());
    if (wake == Wake::cancelled) co_return;
    server.catch_up();
    while (auto message = parts.endpoint.poll()) {
      if (auto frame = sim::redis::decode(message->payload)) sessions.take(message->from, std::move(*frame));
    }
    for (auto& answer : sessions.take_answers()) parts.endpoint.send(answer.to, std::move(answer.frame));
  }
}

Awaitable<void> serve(ServerParts parts, ServerFile file) {
  if (!has_redis_server()) throw ServerTrouble(what_is_missing());
  try {
    co_await serve_while_alive(std::move(parts), file);
  } catch (const TimeTrouble& trouble) {
    throw ServerTrouble(trouble.what());
  }
}

Subject with_real_servers(Subject subject, std::string name, std::string about) {
  subject.name = std::move(name);
  subject.about = std::move(about);
  subject.claims.survives_power_loss = false;
  subject.on_real_files = true;
  subject.lacks = what_is_missing;
  serves_really(subject, ServerFile::synced);
  return subject;
}

}  // namespace

bool has_redis_server() { return !virtual_time::found_program(kProgram).empty(); }

void serves_really(Subject& subject, ServerFile file) {
  subject.serve = [file](ServerParts parts) { return serve(std::move(parts), file); };
}

Subject redis_server_subject() {
  return with_real_servers(redis_subject(), "redis-server",
                           "SET NX PX on one real redis-server under virtual time, with appendfsync always");
}

Subject redlock_servers_subject() {
  return with_real_servers(redlock_subject(), "redlock-servers",
                           "the same key on a majority of five real redis-servers, each under its host's virtual time");
}

std::vector<Subject> real_redis_subjects() { return {redis_server_subject(), redlock_servers_subject()}; }

}  // namespace lockstep::scenarios
