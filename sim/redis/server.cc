// What came while it was at its file is taken in together and made durable together, as the event loop of redis-server
// has it.
#include "sim/redis/server.h"

#include <algorithm>
#include <charconv>
#include <span>

namespace lockstep::sim::redis {
namespace {

using namespace std::chrono_literals;

constexpr Duration kTick = 100ms;  // expired keys go, the replica says that it lives
constexpr Duration kSyncEvery = 1s;
constexpr std::size_t kBacklog = 1024;

std::string encoded(const std::vector<Command>& commands) {
  std::string bytes;
  for (const Command& command : commands) bytes += lockstep::redis::encode(command);
  return bytes;
}

// The whole file; nothing if it cannot be read.
std::optional<std::string> content(File& file) {
  const auto size = file.size();
  if (!size) return std::nullopt;
  std::string bytes(*size, '\0');
  const auto got = file.read_at(0, std::as_writable_bytes(std::span(bytes)));
  if (!got) return std::nullopt;
  bytes.resize(*got);
  return bytes;
}

bool replace(File& file, const std::string& bytes) {
  return file.truncate(0).has_value() && file.write_at(0, std::as_bytes(std::span(bytes))).has_value() &&
         file.sync().has_value();
}

// A file that is there, with a name that survives a power loss.
std::unique_ptr<File> open_for_good(FileSystem& files, const std::string& directory, const std::string& path) {
  auto file = files.open(path, {.write = true, .create = true});
  if (!file || !files.sync_directory(directory.empty() ? "/" : directory)) return nullptr;
  return std::move(*file);
}

}  // namespace

Server::Server(const Parts& parts, Options options)
    : parts_(parts),
      options_(std::move(options)),
      epoch_(parts.random.next() | 1),
      sessions_(parts.endpoint, epoch_, [this](std::uint64_t, const std::string& bytes) { return carry_out(bytes); }),
      heard_(parts.clock.monotonic()) {}

UnixMs Server::now() const {
  return std::chrono::floor<std::chrono::milliseconds>(parts_.clock.wall().time_since_epoch()).count();
}

// --- Its files -------------------------------------------------------------------------------------------------------

std::optional<Server::Loaded> Server::read_files(FileSystem& files, const Options& options) {
  Loaded loaded;
  if (options.peer) {
    auto role = open_for_good(files, options.directory, options.directory + "/role");
    auto text = role ? content(*role) : std::nullopt;
    if (!text) return std::nullopt;
    loaded.role = std::move(*text);
  }
  if (options.persistence == Persistence::none) return loaded;
  loaded.file = open_for_good(files, options.directory, options.directory + "/appendonly.aof");
  const auto bytes = loaded.file ? content(*loaded.file) : std::nullopt;
  if (!bytes) return std::nullopt;
  auto read = lockstep::redis::decode_commands(*bytes);
  // aof-load-truncated yes: what was being written when the server died is cut off.
  if (read.bytes < bytes->size() && !loaded.file->truncate(read.bytes)) return std::nullopt;
  loaded.commands = std::move(read.commands);
  return loaded;
}

Awaitable<bool> Server::load() {
  const auto work = [files = parts_.files, options = options_] { return read_files(*files, options); };
  auto done = co_await blocking(parts_.lane, parts_.clock, work);
  if (!done || !*done) co_return false;
  Loaded& loaded = **done;
  file_ = std::move(loaded.file);
  // Nothing expires while it loads.
  for (const Command& command : loaded.commands) keys_.execute(command, 0);
  keys_.take_effects();
  master_ = loaded.role.empty() ? !options_.follows : loaded.role[0] == 'm';
  if (!loaded.role.empty()) std::from_chars(&loaded.role[1], loaded.role.data() + loaded.role.size(), term_);
  co_return true;
}

Awaitable<bool> Server::persist(std::vector<Command> effects) {
  if (file_ == nullptr || effects.empty()) co_return true;
  const bool sync = options_.persistence == Persistence::always;
  if (!sync && !std::exchange(unsynced_, true)) sync_at_ = saturating_add(parts_.clock.monotonic(), kSyncEvery);
  const auto work = [file = file_, sync, bytes = encoded(effects)] {
    return file->append(std::as_bytes(std::span(bytes))).has_value() && (!sync || file->sync().has_value());
  };
  const auto done = co_await blocking(parts_.lane, parts_.clock, work);
  co_return done.value_or(false);
}

Awaitable<bool> Server::sync_if_due() {
  if (parts_.clock.monotonic() < sync_at_) co_return true;
  unsynced_ = false;
  sync_at_ = MonoTime::max();
  const auto work = [file = file_] { return file->sync().has_value(); };
  const auto done = co_await blocking(parts_.lane, parts_.clock, work);
  co_return done.value_or(false);
}

Awaitable<bool> Server::keep_role() {
  if (!std::exchange(role_changed_, false)) co_return true;
  const auto work = [files = parts_.files, path = options_.directory + "/role",
                     text = (master_ ? "m" : "r") + std::to_string(term_)] {
    auto file = files->open(path, {.write = true, .create = true});
    return file.has_value() && replace(**file, text);
  };
  const auto done = co_await blocking(parts_.lane, parts_.clock, work);
  co_return done.value_or(false);
}

// --- Its loop --------------------------------------------------------------------------------------------------------

Awaitable<void> Server::run() {
  if (!co_await load()) co_return;
  heard_ = parts_.clock.monotonic();
  for (;;) {
    const Wake wake = co_await parts_.endpoint.arrival().wait_until(std::min(next_tick(), sync_at_));
    if (wake == Wake::cancelled) co_return;
    while (auto message = parts_.endpoint.poll()) take(*message);
    if (parts_.clock.monotonic() >= tick_at_) tick();
    auto effects = keys_.take_effects();
    if (master_) replicate(effects);
    bool fine = co_await persist(std::move(effects));
    if (fine) fine = co_await keep_role();
    if (fine) fine = co_await sync_if_due();
    if (!fine) co_return;
    for (auto& answer : sessions_.take_answers()) parts_.endpoint.send(answer.to, std::move(answer.frame));
  }
}

// Nothing happens by itself while there is nothing to expire and nobody to follow.
MonoTime Server::next_tick() const {
  return keys_.has_deadlines() || options_.peer ? std::max(tick_at_, parts_.clock.monotonic()) : MonoTime::max();
}

void Server::take(const Message& message) {
  auto frame = decode(message.payload);
  if (!frame) return;
  switch (frame->kind) {
    case Frame::Kind::connect:
    case Frame::Kind::ask: return sessions_.take(message.from, std::move(*frame));
    case Frame::Kind::follow:
    case Frame::Kind::changes:
    case Frame::Kind::whole:
    case Frame::Kind::depose:
      if (options_.peer && message.from == *options_.peer) take_from_peer(*frame);
      return;
    default: return;
  }
}

std::string Server::carry_out(const std::string& bytes) {
  const auto command = lockstep::redis::decode_command(bytes);
  const Reply reply = !command  ? lockstep::redis::error("ERR Protocol error")
                      : master_ ? keys_.execute(*command, now())
                                : lockstep::redis::error("READONLY You can't write against a read only replica.");
  return lockstep::redis::encode(reply);
}

void Server::tick() {
  const MonoTime at = parts_.clock.monotonic();
  tick_at_ = saturating_add(at, kTick);
  if (master_) keys_.expire(now());
  if (!options_.peer) return;
  if (!master_ && at - heard_ > options_.down_after) becomes(true, term_ + 1);
  if (!master_) return send_to_peer(Frame::Kind::follow, changes_, {});
  if (term_ > 0) send_to_peer(Frame::Kind::depose, changes_, {});
}

// --- Replication -----------------------------------------------------------------------------------------------------

// To a replica: whose changes it has. To others: the term.
void Server::send_to_peer(Frame::Kind kind, std::uint64_t number, std::string body) {
  const std::uint64_t word = kind == Frame::Kind::follow ? master_epoch_ : term_;
  parts_.endpoint.send(*options_.peer, encode(Frame{kind, epoch_, word, number, std::move(body)}));
}

void Server::becomes(bool master, std::uint64_t term) {
  role_changed_ = true;
  master_ = master;
  term_ = term;
  master_epoch_ = 0;
  heard_ = parts_.clock.monotonic();
  backlog_.clear();
  backlog_from_ = changes_;
}

void Server::replicate(const std::vector<Command>& effects) {
  if (!options_.peer || effects.empty()) return;
  send_to_peer(Frame::Kind::changes, changes_, encoded(effects));
  changes_ += effects.size();
  backlog_.insert(backlog_.end(), effects.begin(), effects.end());
  for (; backlog_.size() > kBacklog; ++backlog_from_) backlog_.pop_front();
}

void Server::take_from_peer(const Frame& frame) {
  if (frame.kind == Frame::Kind::follow) return serve_replica(frame);
  if (frame.session < term_) return;  // of a master that has been deposed
  if (frame.session > term_) becomes(false, frame.session);
  if (master_) return;
  heard_ = parts_.clock.monotonic();
  if (frame.kind == Frame::Kind::changes) follow(frame);
  if (frame.kind == Frame::Kind::whole) take_whole(frame);
}

void Server::serve_replica(const Frame& frame) {
  if (!master_) return;
  const bool known = frame.session == epoch_ && frame.number >= backlog_from_ && frame.number <= changes_;
  if (!known) return send_to_peer(Frame::Kind::whole, changes_, encoded(keys_.contents()));
  const auto from = backlog_.begin() + static_cast<std::ptrdiff_t>(frame.number - backlog_from_);
  send_to_peer(Frame::Kind::changes, frame.number, encoded({from, backlog_.end()}));
}

void Server::follow(const Frame& changes) {
  if (changes.epoch != master_epoch_ || changes.number > changes_) return;  // it will ask for what is missing
  const auto read = lockstep::redis::decode_commands(changes.body);
  for (std::size_t i = changes_ - changes.number; i < read.commands.size(); ++i) {
    keys_.execute(read.commands[i], 0);  // a replica lets nothing expire by itself
    ++changes_;
  }
}

void Server::take_whole(const Frame& frame) {
  if (frame.epoch == master_epoch_ && frame.number <= changes_) return;  // an old one
  keys_.execute({"FLUSHALL"}, 0);
  for (const Command& command : lockstep::redis::decode_commands(frame.body).commands) keys_.execute(command, 0);
  master_epoch_ = frame.epoch;
  changes_ = frame.number;
}

}  // namespace lockstep::sim::redis
