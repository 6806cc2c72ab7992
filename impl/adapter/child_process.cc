// Pipes do not block; whatever is waited for, standard error is read too, so that a program which complains without end
// does not stop there.
#include "impl/adapter/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace lockstep {
namespace {

using std::chrono::milliseconds;
using RealClock = std::chrono::steady_clock;

constexpr std::size_t kComplaintsKept = 2000;
constexpr std::size_t kComplaintsShown = 300;
constexpr int kNotStarted = 127;

std::array<int, 2> pipe_or_trouble() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw ChildTrouble(fmt::format("got no pipe: {}", std::strerror(errno)));
  return ends;
}

void close_once(int& descriptor) {
  if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  text = text.substr(text.rfind('\n') + 1);
  return text.size() > kComplaintsShown ? text.substr(text.size() - kComplaintsShown) : text;
}

void wait_for(pid_t child) {
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

// Empty where the kernel does not tell.
std::vector<pid_t> children_of_this_process() {
  std::vector<pid_t> children;
  std::error_code none;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", none)) {
    std::ifstream file(thread.path() / "children");
    for (pid_t child = 0; file >> child;) children.push_back(child);
  }
  return children;
}

// "NAME=value" with a zero byte behind each. Of a zombie nothing.
std::string environment_of(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/environ", process));
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

bool is_alive(pid_t process) {
  std::ifstream file(fmt::format("/proc/{}/stat", process));
  const std::string stat{std::istreambuf_iterator<char>(file), {}};
  const auto name_ends = stat.rfind(") ");
  return name_ends != std::string::npos && !stat.substr(name_ends + 2).starts_with('Z');
}

ChildProcess::ChildProcess(Options options) : options_(std::move(options)) {
  if (options_.command.empty()) throw ChildTrouble("has no name");
  static const bool ignored = ::signal(SIGPIPE, SIG_IGN) != SIG_ERR;
  static_cast<void>(ignored);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);  // of its orphans, so that they can be found
  static std::uint64_t count = 0;
  mark_ = fmt::format("LOCKSTEP_STARTED_BY={}-{}", ::getpid(), ++count);
  start();
}

ChildProcess::~ChildProcess() {
  if (pid_ > 0) {
    ::kill(-pid_, SIGKILL);
    wait_for(pid_);
    end_the_rest(pid_);
  }
  for (int* descriptor : {&life_, &in_, &out_, &err_}) close_once(*descriptor);
}

void ChildProcess::end_the_rest(pid_t group) {
  ::kill(-group, SIGKILL);
  while (::waitpid(-group, nullptr, 0) > 0 || errno == EINTR) {
  }
  // Who dies leaves his own children to us. More rounds than this are of a program that starts others faster.
  for (int rounds = 0; rounds < 100; ++rounds) {
    bool found = false;
    for (const pid_t orphan : children_of_this_process()) {
      const std::string environment = environment_of(orphan);
      if (environment.empty() && is_alive(orphan)) {  // between two programs
        found = true;
        ::poll(nullptr, 0, 1);
      }
      if (!environment.contains(mark_ + '\0')) continue;
      found = true;
      ::kill(orphan, SIGKILL);
      wait_for(orphan);
    }
    if (!found) return;
  }
}

void ChildProcess::start() {
  auto [in_read, in_write] = pipe_or_trouble();
  auto [out_read, out_write] = pipe_or_trouble();
  auto [err_read, err_write] = pipe_or_trouble();
  pid_ = ::fork();
  if (pid_ == 0) run_program(in_read, out_write, err_write);
  const int failed = errno;
  for (int* theirs : {&in_read, &out_write, &err_write}) close_once(*theirs);
  in_ = in_write, out_ = out_read, err_ = err_read;
  if (pid_ < 0) throw ChildTrouble(fmt::format("could not be started: {}", std::strerror(failed)));
  ::setpgid(pid_, pid_);  // also here: whoever comes first
  life_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  for (const int ours : {in_, out_, err_}) ::fcntl(ours, F_SETFL, O_NONBLOCK);
}

void ChildProcess::run_program(int in, int out, int err) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (!options_.directory.empty() && ::chdir(options_.directory.c_str()) != 0) {
    ::dprintf(STDERR_FILENO, "%s: %s\n", options_.directory.c_str(), std::strerror(errno));
    ::_exit(kNotStarted);
  }
  ::putenv(mark_.data());
  for (const std::string& variable : options_.environment) {
    const auto equals = variable.find('=');
    ::setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
  std::vector<char*> words;
  for (std::string& word : options_.command) words.push_back(word.data());
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  ::dprintf(STDERR_FILENO, "%s: %s\n", words[0], std::strerror(errno));
  ::_exit(kNotStarted);
}

void ChildProcess::take_in(int from, std::string& into, std::size_t keep) {
  std::array<char, 65536> buffer;
  for (;;) {
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got > 0) into.append(buffer.data(), static_cast<std::size_t>(got));
    if (into.size() > keep) return;  // enough for now
    if (got > 0 || (got < 0 && errno == EINTR)) continue;
    if (got == 0 && from == out_) silent_ = true;
    if (got == 0 && from == err_) close_once(err_);
    return;
  }
}

bool ChildProcess::wait(bool to_write, milliseconds left) {
  std::array<pollfd, 4> all{
      {{out_, POLLIN, 0}, {err_, POLLIN, 0}, {to_write ? in_ : -1, POLLOUT, 0}, {life_, POLLIN, 0}}};
  const int ready = ::poll(all.data(), all.size(), static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
  if (ready < 0 && errno != EINTR) throw ChildTrouble(fmt::format("cannot be waited for: {}", std::strerror(errno)));
  if (ready <= 0) return false;
  if (all[1].revents != 0 && err_ >= 0) {
    take_in(err_, complaints_, kComplaintsKept * 8);
    if (complaints_.size() > kComplaintsKept) complaints_.erase(0, complaints_.size() - kComplaintsKept);
  }
  if (all[0].revents != 0 && !silent_) take_in(out_, received_, options_.longest_line);
  // Somebody whom it has started may keep its output open, but would answer for nobody.
  if (all[3].revents != 0 && received_.size() <= options_.longest_line) {
    take_in(out_, received_, options_.longest_line);
    silent_ = true;
  }
  return true;
}

void ChildProcess::has_ended() {
  int status = 0;
  for (int tries = 0; tries < 150 && pid_ > 0; ++tries) {
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      end_the_rest(std::exchange(pid_, -1));
    } else {
      ::poll(nullptr, 0, 10);
    }
  }
  close_once(life_);
  // What it has said last may still be on its way.
  for (int tries = 0; tries < 50 && err_ >= 0; ++tries) wait(false, milliseconds(10));
  std::string how = "closed its output";
  if (pid_ < 0 && WIFEXITED(status)) how = fmt::format("ended with exit code {}", WEXITSTATUS(status));
  if (pid_ < 0 && WIFSIGNALED(status)) how = fmt::format("was ended by signal {}", WTERMSIG(status));
  const std::string said = last_line(complaints_);
  throw ChildTrouble(said.empty() ? how : fmt::format("{}; it said: {}", how, said));
}

void ChildProcess::send(const std::string& line) {
  const std::string bytes = line + "\n";
  const auto until = RealClock::now() + options_.patience;
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t wrote = ::write(in_, bytes.data() + sent, bytes.size() - sent);
    if (wrote > 0) sent += static_cast<std::size_t>(wrote);
    if (wrote >= 0 || errno == EINTR) continue;
    if (errno != EAGAIN) has_ended();
    const auto left = std::chrono::duration_cast<milliseconds>(until - RealClock::now());
    if (left <= milliseconds(0)) {
      throw ChildTrouble(fmt::format("did not read what it was sent within {} ms", options_.patience.count()));
    }
    wait(true, left);
    if (silent_) has_ended();
  }
}

std::string ChildProcess::receive() {
  const auto until = RealClock::now() + options_.patience;
  for (;;) {
    const auto end = received_.find('\n');
    if (end != std::string::npos && end <= options_.longest_line) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    if (received_.size() > options_.longest_line) {
      throw ChildTrouble(fmt::format("wrote a line of more than {} bytes", options_.longest_line));
    }
    if (silent_) has_ended();
    const auto left = std::chrono::duration_cast<milliseconds>(until - RealClock::now());
    if (left <= milliseconds(0)) {
      const std::string said = last_line(complaints_);
      throw ChildTrouble(fmt::format("did not answer within {} ms{}{}", options_.patience.count(),
                                     said.empty() ? "" : "; it said: ", said));
    }
    wait(false, left);
  }
}

}  // namespace lockstep
