// Over Unix sockets, which hand over in the system call: when the server waits again, its answer is here.
#include "virtual_time/redis_server.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace lockstep::virtual_time {
namespace {

constexpr std::size_t kMuch = 100'000;  // so many bytes may have filled the socket

std::vector<std::string> command_of(const RedisServer::Options& options, const std::string& socket) {
  std::vector<std::string> command{options.program,
                                   "--port",
                                   "0",
                                   "--unixsocket",
                                   socket,
                                   "--dir",
                                   options.directory,
                                   "--daemonize",
                                   "no",
                                   "--save",
                                   "",
                                   "--jemalloc-bg-thread",
                                   "no"};
  if (options.persistence == RedisServer::Persistence::none) {
    command.insert(command.end(), {"--appendonly", "no"});
  } else {
    const bool always = options.persistence == RedisServer::Persistence::always;
    command.insert(command.end(), {"--appendonly", "yes", "--appendfsync", always ? "always" : "everysec"});
  }
  command.insert(command.end(), options.more.begin(), options.more.end());
  return command;
}

}  // namespace

RedisServer::RedisServer(Options options) : options_(std::move(options)), host_(options_.host) { restart(); }

RedisServer::~RedisServer() {
  for (const auto& [number, descriptor] : connections_) ::close(descriptor);
}

void RedisServer::restart() {
  crash();
  ::unlink(socket_path().c_str());
  program_ = std::make_unique<Program>(
      host_, Program::Options{.command = command_of(options_, socket_path()), .patience = options_.patience});
  if (program_->has_ended()) {
    const auto state = program_->state();
    const auto output = program_->take_output();
    program_.reset();
    throw TimeTrouble(fmt::format("{} {}: {}", options_.program, state,
                                  output.substr(output.size() > 400 ? output.size() - 400 : 0)));
  }
}

void RedisServer::crash() {
  if (program_ != nullptr) program_->crash();
  program_.reset();
  for (const auto& [number, descriptor] : connections_) ::close(descriptor);
  connections_.clear();
}

int RedisServer::connected(int connection) {
  if (const auto known = connections_.find(connection); known != connections_.end()) return known->second;
  if (!is_up()) throw TimeTrouble(fmt::format("{} has crashed and was not started again", options_.program));
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = socket_path();
  if (path.size() >= sizeof address.sun_path) throw TimeTrouble(path + " is too long for the name of a socket");
  std::memcpy(address.sun_path, path.data(), path.size());
  if (descriptor < 0 || ::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    if (descriptor >= 0) ::close(descriptor);
    throw TimeTrouble(fmt::format("{} takes no connection: {}", options_.program, std::strerror(error)));
  }
  return connections_[connection] = descriptor;
}

std::string RedisServer::execute(int connection, std::string_view command) {
  const int descriptor = connected(connection);
  while (!command.empty()) {
    const auto sent = ::send(descriptor, command.data(), command.size(), MSG_NOSIGNAL);
    if (sent > 0) command.remove_prefix(static_cast<std::size_t>(sent));
    if (sent > 0 || errno == EINTR) continue;
    if (errno != EAGAIN) break;  // it has cut us off
    settle({&host_}, options_.patience);
  }
  settle({&host_}, options_.patience);
  return collect(connection, descriptor);
}

std::string RedisServer::collect(int connection, int descriptor) {
  std::string replies;
  std::array<char, 65536> buffer;
  for (;;) {
    std::size_t now = 0;
    ssize_t got = 0;
    while ((got = ::recv(descriptor, buffer.data(), buffer.size(), 0)) > 0) {
      replies.append(buffer.data(), static_cast<std::size_t>(got));
      now += static_cast<std::size_t>(got);
      if (static_cast<std::size_t>(got) < buffer.size() && now < kMuch) break;  // that was all
    }
    if (got == 0 || (got < 0 && errno != EAGAIN)) disconnect(connection);
    if (got == 0 || now < kMuch) return replies;
    settle({&host_}, options_.patience);
  }
}

std::string RedisServer::take(int connection) {
  const auto known = connections_.find(connection);
  return known == connections_.end() ? std::string() : collect(connection, known->second);
}

void RedisServer::disconnect(int connection) {
  const auto known = connections_.find(connection);
  if (known == connections_.end()) return;
  ::close(known->second);
  connections_.erase(known);
  if (is_up()) settle({&host_}, options_.patience);
}

void RedisServer::advance(const Clocks& to) { advance_to(host_, to, options_.patience); }

}  // namespace lockstep::virtual_time
