// A child asks the kernel to be killed when its parent dies, and looks whether it already has: between fork and that
// request nobody tells. The parent waits for it to have asked: stopped before that, it would be left behind.
#include "cli/worker_processes.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <system_error>
#include <utility>

namespace lockstep::cli {

void* shared_memory(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  return memory;
}

ChildProcess::ChildProcess(const std::function<void()>& life) {
  std::fflush(stdout);
  std::fflush(stderr);
  const pid_t parent = ::getpid();
  int asked[2] = {-1, -1};
  if (::pipe2(asked, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  pid_ = ::fork();
  const int failure = errno;
  if (pid_ != 0) {
    ::close(asked[1]);
    char byte = 0;
    while (pid_ > 0 && ::read(asked[0], &byte, 1) < 0 && errno == EINTR) {
    }
    ::close(asked[0]);
    if (pid_ < 0) throw std::system_error(failure, std::generic_category(), "fork");
    return;
  }
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
  if (::write(asked[1], "", 1) != 1) ::_exit(70);
  ::close(asked[0]);
  ::close(asked[1]);
  int code = 0;
  try {
    life();
  } catch (const std::exception& error) {
    fmt::print(stderr, "lockstep: a worker ended: {}\n", error.what());
    code = 70;
  }
  std::fflush(stderr);
  ::_exit(code);
}

ChildProcess::~ChildProcess() { kill(); }
ChildProcess::ChildProcess(ChildProcess&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  return *this;
}

void ChildProcess::signal(int number) const {
  if (running()) ::kill(pid_, number);
}

void ChildProcess::kill() {
  if (!running()) return;
  signal(SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

std::optional<std::string> ChildProcess::ended() {
  int status = 0;
  if (!running() || ::waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  pid_ = -1;
  if (WIFSIGNALED(status)) {
    return fmt::format("was ended by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
  }
  return WEXITSTATUS(status) == 0 ? std::string() : fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

}  // namespace lockstep::cli
