// The page, the clocks, and the end of processes.
#include "virtual_time/host.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "virtual_time/slots.h"
#include "virtual_time/watcher.h"

namespace lockstep::virtual_time {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw TimeTrouble(fmt::format("{}: {}", what, std::strerror(errno)));
}

bool is_dead(int handle) {
  pollfd polled{handle, POLLIN, 0};
  return ::poll(&polled, 1, 0) > 0;
}

void wait_until_dead(int handle) {
  pollfd polled{handle, POLLIN, 0};
  if (::poll(&polled, 1, 10'000) == 0)
    throw TimeTrouble("a process does not die of SIGKILL within 10 s; is its disk gone?");
}

}  // namespace

VirtualHost::VirtualHost(Options options) : options_(std::move(options)) {
  directory_ = options_.parent + "/lockstep-time-XXXXXX";
  if (::mkdtemp(directory_.data()) == nullptr) fail(options_.parent + " takes no folder for a virtual host");
  const int opened = ::open(file().c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (opened < 0 || ::ftruncate(opened, sizeof(Page)) != 0) fail(file() + " cannot be written");
  void* mapped = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0);
  ::close(opened);
  if (mapped == MAP_FAILED) fail(file() + " cannot be mapped");
  page_ = static_cast<Page*>(mapped);
  page_->magic = kMagic;
  page_->seed = options_.seed;
  page_->per_read = options_.per_read.count();
  jump(options_.clocks);
  // Who loses his parent becomes our child, and not a child of somebody who never asks for it.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const auto watcher = start_watcher(*page_, directory_);
  watcher_ = watcher.pid;
  lifeline_ = watcher.lifeline;
}

VirtualHost::~VirtualHost() {
  try {
    kill_all();
  } catch (const TimeTrouble&) {
    // The watcher tries again.
  }
  ::close(lifeline_);
  while (::waitpid(watcher_, nullptr, 0) < 0 && errno == EINTR) {
  }
  for (const auto& [pid, handle] : handles_) ::close(handle);
  for (const int pipe : pipes_) {
    if (pipe >= 0) ::close(pipe);
  }
  ::munmap(page_, sizeof(Page));
}

Clocks VirtualHost::now() const {
  return {WallTime(Duration(page_->wall.load())), MonoTime(Duration(page_->monotonic.load()))};
}

void VirtualHost::jump(const Clocks& to) {
  page_->wall = to.wall.time_since_epoch().count();
  page_->monotonic = to.monotonic.time_since_epoch().count();
}

Deadlines VirtualHost::next_deadline() const {
  std::int64_t wall = kNever;
  std::int64_t monotonic = kNever;
  for (const Slot& slot : slots_of(*page_)) {
    if (slot.state == free_slot) continue;
    if (slot.state == blocked) {
      wall = std::min(wall, slot.wall_deadline.load());
      monotonic = std::min(monotonic, slot.monotonic_deadline.load());
    }
    monotonic = std::min(monotonic, slot.timer.load());
  }
  for (const TimerFile& timer : page_->timer_files) {
    if (timer.pid <= 0) continue;
    auto& earliest = timer.by_wall != 0 ? wall : monotonic;
    earliest = std::min(earliest, timer.deadline.load());
  }
  return {WallTime(Duration(wall)), MonoTime(Duration(monotonic))};
}

bool VirtualHost::ends_now() const {
  return std::ranges::any_of(slots_of(*page_),
                             [](const Slot& slot) { return slot.state == running && slot.what == What::ending; });
}

void VirtualHost::kick(Slot& slot) {
  ++slot.kick;
  wake_futex(slot.kick);
  if (slot.state != blocked || slot.polls == 0) return;
  const auto index = static_cast<std::size_t>(&slot - page_->slots);
  if (pipes_.size() <= index) pipes_.resize(index + 1, -1);
  if (pipes_[index] < 0) {
    pipes_[index] = ::open(fmt::format("{}.{}", file(), index).c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  }
  if (pipes_[index] < 0 || ::write(pipes_[index], "", 1) != 1) fail("a thread cannot be woken");
}

// The real timer stands still until then; now it runs out at once.
bool VirtualHost::run_out_one_due_file() {
  for (TimerFile& timer : page_->timer_files) {
    const auto now = (timer.by_wall != 0 ? page_->wall : page_->monotonic).load();
    const auto deadline = timer.deadline.load();
    if (timer.pid <= 0 || deadline == kNever || deadline > now) continue;
    timer.deadline = timer.interval == 0 ? kNever : deadline + timer.interval;
    const int handle = process_handle(timer.pid);
    const int copy = handle < 0 ? -1 : copy_of(handle, timer.descriptor);
    if (copy < 0) {
      timer.pid = 0;  // closed without our seeing it
      continue;
    }
    const itimerspec soon{{}, {0, 1}};
    pollfd polled{copy, POLLIN, 0};
    if (::timerfd_settime(copy, 0, &soon, nullptr) == 0) ::poll(&polled, 1, 1000);
    ::close(copy);
    return true;
  }
  return false;
}

bool VirtualHost::wake_one_due() {
  if (run_out_one_due_file()) return true;
  Slot* next = nullptr;
  std::int64_t longest = -1;
  bool by_timer = false;
  const auto wall = page_->wall.load();
  const auto monotonic = page_->monotonic.load();
  const auto consider = [&](Slot& slot, std::int64_t overdue, bool timer) {
    if (overdue <= longest) return;
    next = &slot, longest = overdue, by_timer = timer;
  };
  const auto overdue = [](std::int64_t now, std::int64_t deadline) { return deadline == kNever ? -1 : now - deadline; };
  for (Slot& slot : slots_of(*page_)) {
    if (slot.state == free_slot) continue;
    consider(slot, overdue(monotonic, slot.timer), true);
    if (slot.state != blocked || virtual_time::runs(slot)) continue;
    consider(slot, overdue(monotonic, slot.monotonic_deadline), false);
    consider(slot, overdue(wall, slot.wall_deadline), false);
  }
  if (next == nullptr) return false;
  if (by_timer) {
    next->timer = next->timer_interval == 0 ? kNever : next->timer + next->timer_interval;
    const auto turn = next->turn.load();
    ++next->kick;  // from here on it runs
    ::kill(next->pid, SIGALRM);
    next->signalled = signal_at(turn, SIGALRM);
  }
  kick(*next);
  return true;
}

int VirtualHost::process_handle(pid_t pid) {
  const auto known = handles_.find(pid);
  if (known != handles_.end()) return known->second;
  const int handle = open_process(pid);
  if (handle >= 0) handles_[pid] = handle;
  return handle;
}

void VirtualHost::free_slots_of(pid_t pid) {
  pid_t parent = -1;
  for (Slot& slot : slots_of(*page_)) {
    const bool never_born = slot.pid == kReserved && slot.parent == pid;
    if (slot.state == free_slot || (slot.pid != pid && !never_born)) continue;
    if (slot.pid == pid) parent = slot.parent;
    slot.pid = 0;
    slot.key = 0;
    slot.state = free_slot;
  }
  for (TimerFile& timer : page_->timer_files) {
    if (timer.pid == pid) timer.pid = 0;
  }
  for (Slot& slot : slots_of(*page_)) {
    if (slot.state == free_slot || slot.pid != parent) continue;
    if (slot.what == What::signal) slot.signalled = signal_at(slot.turn, SIGCHLD);
    kick(slot);
  }
  if (const auto known = handles_.find(pid); known != handles_.end()) {
    ::close(known->second);
    handles_.erase(known);
  }
}

bool VirtualHost::bury() {
  std::set<pid_t> pids;
  for (const Slot& slot : slots_of(*page_)) {
    if (slot.state != free_slot && slot.pid > 0) pids.insert(slot.pid);
  }
  bool some = false;
  for (const pid_t pid : pids) {
    const int handle = process_handle(pid);
    if (handle >= 0 && !is_dead(handle)) continue;
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) == pid) statuses_[pid] = status;
    free_slots_of(pid);
    some = true;
  }
  return some;
}

const int* VirtualHost::status_of(pid_t pid) const {
  const auto known = statuses_.find(pid);
  return known == statuses_.end() ? nullptr : &known->second;
}

void VirtualHost::begins(pid_t pid) {
  statuses_.erase(pid);
  if (const auto old = handles_.extract(pid)) ::close(old.mapped());
}

void VirtualHost::kill_tree(pid_t root) {
  bury();
  for (int rounds = 0; rounds < 100; ++rounds) {
    std::set<pid_t> tree{root};
    bool grew = true;
    while (grew) {
      grew = false;
      for (const Slot& slot : slots_of(*page_)) {
        if (slot.state == free_slot || slot.pid <= 0 || !tree.contains(slot.parent)) continue;
        grew = tree.insert(slot.pid).second || grew;
      }
    }
    bool any = false;
    if (statuses_.contains(root)) tree.erase(root);  // its number may be somebody else's by now
    for (const pid_t pid : tree) {
      const int handle = process_handle(pid);
      if (handle < 0 || is_dead(handle)) continue;
      any = true;
      send_signal(handle, SIGKILL);
    }
    for (const pid_t pid : tree) {
      if (const auto handle = handles_.find(pid); handle != handles_.end()) wait_until_dead(handle->second);
    }
    bury();
    if (!any) return;
  }
}

void VirtualHost::kill_all() {
  for (int rounds = 0; rounds < 100; ++rounds) {
    pid_t one = -1;
    for (const Slot& slot : slots_of(*page_)) {
      if (slot.state != free_slot && slot.pid > 0) one = slot.pid;
    }
    if (one < 0) return;
    kill_tree(one);
  }
}

}  // namespace lockstep::virtual_time
