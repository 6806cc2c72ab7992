// Processes: a child has its slot before it exists, a signal kicks whom it is sent to, and who waits for a child does
// it where the driver can see it. A process that ends runs until the driver has seen it dead, and its files closed.
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "virtual_time/shim/core.h"

namespace lockstep::virtual_time {
namespace {

constexpr std::uint64_t kChildKey = 2;

thread_local Slot* unborn = nullptr;
pthread_mutex_t spawning = PTHREAD_MUTEX_INITIALIZER;

void before_fork() {
  if (page != nullptr) unborn = reserve(kReserved);
}
void after_fork_in_parent() { unborn = nullptr; }
void after_fork_in_child() {
  if (unborn != nullptr) become(*unborn);
  unborn = nullptr;
}

__attribute__((constructor(102))) void begin() {
  pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

// The driver looks after the dead when it is told of a change.
void ending() {
  if (page == nullptr) return;
  me().what = What::ending;
  changed();
}

__attribute__((destructor)) void end() { ending(); }

bool has_children() {
  const int pid = getpid();
  for (std::uint32_t i = 0; i < page->used; ++i) {
    const Slot& slot = page->slots[i];
    if (slot.state != free_slot && slot.parent == pid && slot.pid != pid) return true;
  }
  return false;
}

// In the order of the calls, so that a child finds what was reserved for it.
template <class Spawn>
int spawn(pid_t* pid, Spawn real) {
  pthread_mutex_lock(&spawning);
  Slot* slot = reserve(kReserved);
  pid_t born = 0;
  const int error = real(&born);
  std::int32_t expected = kReserved;
  if (error != 0) {
    give_back(*slot);
  } else {
    slot->pid.compare_exchange_strong(expected, born);
    if (pid != nullptr) *pid = born;
  }
  pthread_mutex_unlock(&spawning);
  return error;
}

}  // namespace

LOCKSTEP_EXPORT pid_t vfork() noexcept { return fork(); }

LOCKSTEP_EXPORT int posix_spawn(pid_t* __restrict pid, const char* __restrict path,
                                const posix_spawn_file_actions_t* actions,
                                const posix_spawnattr_t* __restrict attributes, char* const arguments[],
                                char* const environment[]) {
  const auto real = behind<posix_spawn>("posix_spawn", "GLIBC_2.15");
  if (page == nullptr) return real(pid, path, actions, attributes, arguments, environment);
  return spawn(pid, [&](pid_t* born) { return real(born, path, actions, attributes, arguments, environment); });
}

LOCKSTEP_EXPORT int posix_spawnp(pid_t* pid, const char* file, const posix_spawn_file_actions_t* actions,
                                 const posix_spawnattr_t* attributes, char* const arguments[],
                                 char* const environment[]) {
  const auto real = behind<posix_spawnp>("posix_spawnp", "GLIBC_2.15");
  if (page == nullptr) return real(pid, file, actions, attributes, arguments, environment);
  return spawn(pid, [&](pid_t* born) { return real(born, file, actions, attributes, arguments, environment); });
}

LOCKSTEP_EXPORT int system(const char* command) {
  const auto real = behind<system>("system");
  if (page == nullptr || command == nullptr) return real(command);
  const char* const arguments[] = {"sh", "-c", command, nullptr};
  pid_t pid = 0;
  if (posix_spawn(&pid, "/bin/sh", nullptr, nullptr, const_cast<char* const*>(arguments), environ) != 0) return -1;
  int status = 0;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  return status;
}

LOCKSTEP_EXPORT FILE* popen(const char* command, const char* mode) {
  const auto real = behind<popen>("popen");
  if (page == nullptr) return real(command, mode);
  pthread_mutex_lock(&spawning);
  Slot* slot = reserve(kReserved);  // the child finds it by its parent
  FILE* stream = real(command, mode);
  if (stream == nullptr) give_back(*slot);
  pthread_mutex_unlock(&spawning);
  return stream;
}

LOCKSTEP_EXPORT void _exit(int code) {
  ending();
  kernel(SYS_exit_group, code);
  __builtin_unreachable();
}

LOCKSTEP_EXPORT void _Exit(int code) noexcept { _exit(code); }

LOCKSTEP_EXPORT int kill(pid_t pid, int signal) noexcept {
  const auto send = [&] { return static_cast<int>(kernel(SYS_kill, pid, signal)); };
  if (page == nullptr || pid > 0) return kick_by_signal(pid, 0, signal, send);
  const int failed = send();  // to a group
  const pid_t group = pid == 0 ? getpgrp() : -pid;
  for (std::uint32_t i = 0; failed == 0 && i < page->used; ++i) {
    const auto other = page->slots[i].pid.load();
    if (other > 0 && getpgid(other) == group) kick_by_signal(other, 0, signal, [] { return 0; });
  }
  return failed;
}

LOCKSTEP_EXPORT int killpg(pid_t group, int signal) noexcept { return kill(-group, signal); }

LOCKSTEP_EXPORT int raise(int signal) noexcept { return pthread_kill(pthread_self(), signal); }

LOCKSTEP_EXPORT int sigqueue(pid_t pid, int signal, const sigval value) noexcept {
  const auto real = behind<sigqueue>("sigqueue");
  return kick_by_signal(pid, 0, signal, [&] { return real(pid, signal, value); });
}

LOCKSTEP_EXPORT pid_t wait4(pid_t pid, int* status, int options, rusage* usage) {
  const auto look = [&](int how) { return static_cast<pid_t>(kernel(SYS_wait4, pid, status, how, usage)); };
  if (page == nullptr || (options & WNOHANG) != 0) return look(options);
  pid_t found = 0;
  const int error = wait_for_key(kChildKey, What::child, {}, true, [&] {
    found = look(options | WNOHANG);
    if (found == 0 && !has_children()) found = look(options);  // one that is not controlled: it counts as running
    return found == 0 ? EBUSY : found < 0 ? errno : 0;
  });
  if (error == 0) return found;
  errno = error;
  return -1;
}

LOCKSTEP_EXPORT pid_t wait3(int* status, int options, rusage* usage) noexcept {
  return wait4(-1, status, options, usage);
}
LOCKSTEP_EXPORT pid_t waitpid(pid_t pid, int* status, int options) { return wait4(pid, status, options, nullptr); }
LOCKSTEP_EXPORT pid_t wait(int* status) { return wait4(-1, status, 0, nullptr); }

}  // namespace lockstep::virtual_time
