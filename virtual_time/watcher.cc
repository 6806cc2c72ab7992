// It was forked, so it has the page; it takes no memory from the heap, which another thread may have left locked.
#include "virtual_time/watcher.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "virtual_time/slots.h"
#include "virtual_time/trouble.h"

namespace lockstep::virtual_time {
namespace {

bool kill_all_on(Page& page) {
  bool any = false;
  for (Slot& slot : slots_of(page)) {
    const auto pid = slot.pid.load();
    if (slot.state == free_slot || pid <= 0 || pid == ::getpid()) continue;
    any = ::kill(pid, SIGKILL) == 0 || any;
  }
  return any;
}

// Without the heap: the entries as the kernel gives them.
struct Entry {
  std::uint64_t inode;
  std::int64_t next;
  unsigned short length;
  unsigned char type;
  char name[1];
};

void empty_folder(int parent, const char* name) {
  const int folder = ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (folder < 0) return;
  alignas(8) char buffer[8192];
  for (bool removed = true; removed;) {
    removed = false;
    ::lseek(folder, 0, SEEK_SET);
    for (long got; (got = ::syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0;) {
      for (long at = 0; at < got;) {
        auto* entry = reinterpret_cast<Entry*>(buffer + at);
        at += entry->length;
        if (std::strcmp(entry->name, ".") == 0 || std::strcmp(entry->name, "..") == 0) continue;
        if (entry->type == DT_DIR) empty_folder(folder, entry->name);
        removed = ::unlinkat(folder, entry->name, entry->type == DT_DIR ? AT_REMOVEDIR : 0) == 0 || removed;
      }
    }
  }
  ::close(folder);
}

[[noreturn]] void watch(Page& page, const char* directory, int lifeline) {
  ::setsid();  // no terminal's signals
  if (lifeline > 0) ::close_range(0, static_cast<unsigned>(lifeline) - 1, 0);
  ::close_range(static_cast<unsigned>(lifeline) + 1, ~0U, 0);
  char byte;
  while (::read(lifeline, &byte, 1) < 0 && errno == EINTR) {
  }
  // Again and again: one may have been about to start another.
  for (int rounds = 0; rounds < 200 && kill_all_on(page); ++rounds) ::usleep(2000);
  empty_folder(AT_FDCWD, directory);
  ::rmdir(directory);
  ::_exit(0);
}

}  // namespace

Watcher start_watcher(Page& page, const std::string& directory) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw TimeTrouble("a virtual host has got no pipe for its watcher");
  Watcher watcher;
  watcher.pid = ::fork();
  if (watcher.pid == 0) watch(page, directory.c_str(), ends[0]);
  ::close(ends[0]);
  watcher.lifeline = ends[1];
  if (watcher.pid < 0) throw TimeTrouble("the watcher of a virtual host could not be started");
  return watcher;
}

}  // namespace lockstep::virtual_time
