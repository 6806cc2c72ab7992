// It is asked by a blocking PING until it has loaded what it kept.
#include "impl/redis/real/redis_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string_view>
// First of hiredis's, which build on it.
#include <hiredis/read.h>
//
#include <hiredis/hiredis.h>

#include "impl/env/check.h"

namespace lockstep::redis {
namespace {

constexpr int kLooks = 4000;
constexpr timespec kBetween{0, 5'000'000};

struct Free {
  void operator()(redisContext* context) const { redisFree(context); }
  void operator()(void* reply) const { freeReplyObject(reply); }
};

std::vector<std::string> arguments_of(const RedisProcess::Options& options) {
  const std::string& directory = options.directory;
  std::vector<std::string> words{"redis-server", "--dir", directory, "--logfile", directory + "/log", "--save", ""};
  const auto set = [&words](const std::string& name, const std::string& value) {
    words.push_back("--" + name);
    words.push_back(value);
  };
  set("port", std::to_string(options.port));
  set("bind", "127.0.0.1");
  if (options.port == 0) set("unixsocket", directory + "/socket");
  set("appendonly", options.appendfsync.empty() ? "no" : "yes");
  if (!options.appendfsync.empty()) set("appendfsync", options.appendfsync);
  if (!options.password.empty()) set("requirepass", options.password);
  return words;
}

[[noreturn]] void become(std::vector<std::string> words, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
  // What is typed at the terminal is for who has started it.
  ::setpgid(0, 0);
  const int nothing = ::open("/dev/null", O_RDWR);
  for (const int file : {0, 1, 2}) ::dup2(nothing, file);
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  ::execvp(pointers[0], pointers.data());
  ::_exit(127);
}

}  // namespace

bool RedisProcess::installed() {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const std::string program = std::string(rest.substr(0, colon)) + "/redis-server";
    if (::access(program.c_str(), X_OK) == 0) return true;
    rest = colon == std::string_view::npos ? "" : rest.substr(colon + 1);
  }
  return false;
}

std::uint16_t RedisProcess::free_port() {
  const int file = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool found = ::bind(file, generic, length) == 0 && ::getsockname(file, generic, &length) == 0;
  ::close(file);
  if (!found) throw std::runtime_error("no port is free on 127.0.0.1");
  return ntohs(address.sin_port);
}

RedisProcess::RedisProcess(Options options) : options_(std::move(options)) {
  if (options_.port == 0) {
    address_.path = options_.directory + "/socket";
  } else {
    address_.host = "127.0.0.1";
    address_.port = options_.port;
  }
  address_.password = options_.password;
}

RedisProcess::~RedisProcess() { kill(); }

void RedisProcess::start() {
  CHECK(!running());
  const pid_t parent = ::getpid();
  const std::vector<std::string> words = arguments_of(options_);
  std::error_code ignored;
  std::filesystem::remove(options_.directory + "/socket", ignored);
  pid_ = ::fork();
  if (pid_ == 0) become(words, parent);
  if (pid_ < 0) throw std::runtime_error("cannot start redis-server: no process is left");
  for (int i = 0; i < kLooks; ++i) {
    if (answers()) return;
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      throw std::runtime_error("redis-server has ended at once: " + last_words());
    }
    ::nanosleep(&kBetween, nullptr);
  }
  kill();
  throw std::runtime_error("redis-server does not answer: " + last_words());
}

bool RedisProcess::answers() const {
  const timeval patience{0, 500'000};
  const std::unique_ptr<redisContext, Free> context(
      address_.host.empty() ? redisConnectUnixWithTimeout(address_.path.c_str(), patience)
                            : redisConnectWithTimeout(address_.host.c_str(), address_.port, patience));
  if (context == nullptr || context->err != 0) return false;
  redisSetTimeout(context.get(), patience);
  if (!address_.password.empty()) {
    const std::unique_ptr<void, Free> let_in(redisCommand(context.get(), "AUTH %s", address_.password.c_str()));
  }
  const std::unique_ptr<void, Free> raw(redisCommand(context.get(), "PING"));
  const auto* reply = static_cast<const redisReply*>(raw.get());
  return reply != nullptr && reply->type == REDIS_REPLY_STATUS && std::string_view(reply->str) == "PONG";
}

std::string RedisProcess::last_words() const {
  std::ifstream log(options_.directory + "/log");
  std::string line, last = "it has written nothing";
  while (std::getline(log, line)) {
    if (!line.empty()) last = line;
  }
  return last;
}

void RedisProcess::kill() {
  if (!running()) return;
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

void RedisProcess::stop() const {
  if (running()) ::kill(pid_, SIGSTOP);
}
void RedisProcess::resume() const {
  if (running()) ::kill(pid_, SIGCONT);
}

}  // namespace lockstep::redis
