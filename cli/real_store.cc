// A list of names and what they stand for.
#include "cli/real_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "impl/backends/file_backend.h"
#include "impl/backends/sqlite_backend.h"
#include "impl/env/check.h"
#include "impl/env/real/host_clock.h"
#include "impl/env/real/posix_file_system.h"
#include "impl/redis/real/redis_connection.h"
#include "impl/redis/redis_backend.h"
#include "impl/redis/redlock_backend.h"
#include "properties/portion.h"
#include "properties/zoo/files.h"
#include "scenarios/redis_subject.h"

namespace lockstep::cli {
namespace {

constexpr Duration kFirstAnswer = std::chrono::seconds(2);

using Connections = std::vector<std::shared_ptr<redis::Connection>>;

std::unique_ptr<LaneBackend> lane_store(const StorePlace& place, const StoreParts& parts) {
  if (place.backend == "sqlite") {
    SqliteOptions options;
    options.path = place.directory + "/locks.db";
    return std::make_unique<SqliteBackend>(std::move(options), parts.clock, parts.random, parts.lane, parts.observer);
  }
  FileOptions options{.directory = place.directory + "/locks", .files = std::make_shared<PosixFileSystem>()};
  if (place.backend == planted_real_stores()[0]) {
    options.files = std::make_shared<zoo::UnlinkedGuards>(std::move(options.files));
  } else {
    CHECK(place.backend == "filesystem");
  }
  return std::make_unique<FileBackend>(std::move(options), parts.clock, parts.random, parts.lane, parts.observer);
}

// All of them answer: a command each is on its way in a connection that stands.
Awaitable<Result<void>> all_answer(Connections servers, MonoTime give_up) {
  for (const auto& server : servers) {
    redis::Command ping{"PING"};
    const auto reply = co_await server->command(std::move(ping), give_up);
    if (!reply) co_return std::unexpected(reply.error());
  }
  co_return Result<void>();
}

}  // namespace

const std::vector<std::string>& real_stores() {
  static const std::vector<std::string> names{"sqlite", "filesystem"};
  return names;
}

const std::vector<std::string>& served_stores() {
  static const std::vector<std::string> names{"redis", "redlock"};
  return names;
}

const std::vector<std::string>& planted_real_stores() {
  static const std::vector<std::string> names{"filesystem+unlinked-guards"};
  return names;
}

bool is_served(const std::string& backend) { return std::ranges::count(served_stores(), backend) != 0; }

std::string words_for(const StorePlace& place) {
  if (place.backend == "sqlite") return "one SQLite file";
  if (!is_served(place.backend)) return "one directory";
  return place.servers.size() == 1 ? "one Redis server" : fmt::format("{} Redis servers", place.servers.size());
}

models::PropertySet judged_on(const std::string& backend) {
  using properties::Profile;
  if (!is_served(backend)) return models::kAllProperties;
  const auto subject = backend == "redis" ? scenarios::redis_subject() : scenarios::redlock_subject();
  return properties::asserted_properties(Profile::within_claims, subject);
}

RealStore real_store(const StorePlace& place, const StoreParts& parts) {
  if (!is_served(place.backend)) {
    auto store = lane_store(place, parts);
    const auto open = [it = store.get()](MonoTime give_up) { return it->open(give_up); };
    return {std::move(store), open};
  }
  Connections servers;
  for (const auto& address : place.servers) {
    servers.push_back(redis::connection_to(address, parts.context, parts.clock));
  }
  RealStore store;
  store.open = [servers](MonoTime give_up) { return all_answer(servers, give_up); };
  if (place.backend == "redis") {
    store.locks = std::make_unique<redis::RedisBackend>(servers.front(), parts.clock);
  } else {
    store.locks =
        std::make_unique<redis::RedlockBackend>(servers, parts.context.get_executor(), parts.clock, parts.random);
  }
  return store;
}

void require_answers(const std::vector<redis::ServerAddress>& servers) {
  for (const auto& address : servers) {
    asio::io_context context;
    RealHostClock clock(context);
    std::optional<Result<void>> outcome;
    const MonoTime give_up = clock.monotonic() + kFirstAnswer;
    asio::co_spawn(context, all_answer({redis::connection_to(address, context, clock)}, give_up),
                   [&](std::exception_ptr error, Result<void> answer) {
                     if (error) std::rethrow_exception(error);
                     outcome = std::move(answer);
                   });
    while (!outcome) context.run_one();
    if (!*outcome) throw std::runtime_error(outcome->error().detail);
  }
}

}  // namespace lockstep::cli
