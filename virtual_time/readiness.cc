// Who seems to wait may be about to run: the kernel wakes him when a descriptor gets ready, and he cannot say so before
// he runs. So the driver looks at the descriptors itself, by copies of them.
#include <fmt/format.h>
#include <poll.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "virtual_time/host.h"
#include "virtual_time/slots.h"

namespace lockstep::virtual_time {
namespace {

void refuse_if_not_allowed() {
  if (errno != EPERM && errno != ENOSYS) return;
  throw TimeTrouble(
      "processes cannot be looked into: allow ptrace of descendants (kernel.yama.ptrace_scope at most 1; in a "
      "container the "
      "capability SYS_PTRACE; Linux 5.6), or run in wall-clock time with --wall-clock");
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::ranges::replace(text, '\0', ' ');
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

std::string text_of_thread(const Slot& slot, const char* what) {
  return text_of(fmt::format("/proc/{}/task/{}/{}", slot.pid.load(), slot.tid.load(), what));
}

// All that a thread polls; nothing if it does not wait any more.
std::vector<pollfd> polled_by(const Slot& slot) {
  const auto turn = slot.turn.load();
  const auto count = slot.polls.load();
  if (count == 0 || slot.state != blocked) return {};
  std::vector<pollfd> polled(count - 1);  // without its pipe
  if (polled.empty()) return {};
  if (polled.size() <= kFewPolls) {
    for (std::size_t i = 0; i < polled.size(); ++i) {
      const auto word = slot.few_polled[i].load(std::memory_order_relaxed);
      std::memcpy(&polled[i], &word, sizeof polled[i]);
    }
    return polled;
  }
  iovec here{polled.data(), polled.size() * sizeof(pollfd)};
  iovec there{reinterpret_cast<void*>(slot.polled.load()), here.iov_len};
  const auto got = ::process_vm_readv(slot.pid, &here, 1, &there, 1, 0);
  if (got < 0) refuse_if_not_allowed();
  if (got != static_cast<ssize_t>(here.iov_len) || slot.turn != turn) return {};
  return polled;
}

// Is there something to read from it, or is it gone?
bool has_input(int process, int descriptor, short events) {
  pollfd copy{copy_of(process, descriptor), events, 0};
  if (copy.fd < 0) {
    refuse_if_not_allowed();
    return true;
  }
  const int ready = ::poll(&copy, 1, 0);
  ::close(copy.fd);
  return ready > 0;
}

// The descriptor from which a thread reads in the kernel, told by the kernel; -1: it does something else.
int read_by(const Slot& slot) {
  std::istringstream call(text_of_thread(slot, "syscall"));
  long number = -1;
  std::string descriptor;
  call >> number >> descriptor;
  if (call.fail()) return -1;
  for (const long reading : {SYS_read, SYS_readv, SYS_recvfrom, SYS_recvmsg, SYS_accept, SYS_accept4}) {
    if (number == reading) return static_cast<int>(std::strtol(descriptor.c_str(), nullptr, 16));
  }
  return -1;
}

}  // namespace

bool VirtualHost::is_ready() {
  for (Slot& slot : slots_of(*page_)) {
    if (slot.state != blocked || slot.polls == 0) continue;
    const int handle = process_handle(slot.pid);
    if (handle < 0) return true;  // dead, and not buried
    const auto turn = slot.turn.load();
    for (const pollfd& one : polled_by(slot)) {
      if (one.fd >= 0 && has_input(handle, one.fd, one.events)) return true;
    }
    if (slot.turn != turn || slot.state != blocked) return true;
  }
  return false;
}

bool VirtualHost::runs() const {
  std::uint32_t index = 0;
  for (const Slot& slot : slots_of(*page_)) {
    if (virtual_time::runs(slot) && !readers_.contains(index)) return true;
    ++index;
  }
  return false;
}

bool VirtualHost::look_at_readers() {
  const auto before = readers_.size();
  std::uint32_t index = 0;
  for (const Slot& slot : slots_of(*page_)) {
    if (const auto at = index++; slot.state == running && slot.tid > 0 && !readers_.contains(at)) {
      const auto ran = text_of_thread(slot, "schedstat");
      const int descriptor = read_by(slot);
      const int handle = descriptor >= 0 ? process_handle(slot.pid) : -1;
      if (handle >= 0 && !has_input(handle, descriptor, POLLIN)) readers_[at] = ran;
    }
  }
  return readers_.size() > before;
}

bool VirtualHost::readers_wait() {
  for (const auto& [index, ran] : readers_) {
    const Slot& slot = page_->slots[index];
    const int descriptor = slot.state == running ? read_by(slot) : -1;
    const int handle = descriptor >= 0 ? process_handle(slot.pid) : -1;
    if (handle < 0 || has_input(handle, descriptor, POLLIN) || text_of_thread(slot, "schedstat") != ran) {
      readers_.clear();
      return false;
    }
  }
  return true;
}

std::string VirtualHost::who_runs() const {
  for (const Slot& slot : slots_of(*page_)) {
    if (slot.state != blocked && slot.state != running) continue;
    const auto pid = slot.pid.load();
    if (pid == kReserved)
      return fmt::format("a child of process {} on {} has not come to life", slot.parent.load(), name());
    const auto program = text_of(fmt::format("/proc/{}/cmdline", pid)).substr(0, 200);
    const auto who = fmt::format("`{}` (process {} on {})", program, pid, name());
    if (slot.tid == 0) return fmt::format("{} has not loaded the library that controls it", who);
    if (!virtual_time::runs(slot)) continue;
    if (virtual_time::runs(slot) && slot.state == blocked) return who + " was woken, and does not go on";
    const auto call = text_of_thread(slot, "syscall");
    if (call.empty() || call.starts_with("running")) {
      return fmt::format(
          "{} computes without end, or looks at the clock until time has passed; it has looked {} times "
          "(a step for each look, VirtualHost::Options::per_read, lets it end)",
          who, page_->reads.load());
    }
    return fmt::format("{} is in the system call {}, which is not simulated", who, call.substr(0, call.find(' ')));
  }
  return "nobody runs, but somebody is about to";
}

}  // namespace lockstep::virtual_time
