// Threads: each has its slot before it exists, and whoever joins one waits where the driver can see it.
#include <pthread.h>
#include <stdlib.h>

#include "virtual_time/shim/core.h"

namespace lockstep::virtual_time {
namespace {

struct Birth {
  void* (*body)(void*);
  void* argument;
  Slot* slot;
};

pthread_key_t at_end;
thread_local int ends_seen = 0;

// Last of all that a thread does at its end, which may take locks: hence it puts itself off.
void end_thread(void* slot) {
  if (++ends_seen < PTHREAD_DESTRUCTOR_ITERATIONS) {
    pthread_setspecific(at_end, slot);
  } else {
    forget_me();
  }
}

__attribute__((constructor(102))) void make_key() { pthread_key_create(&at_end, end_thread); }

void* live(void* argument) {
  const Birth birth = *static_cast<Birth*>(argument);
  free(argument);
  become(*birth.slot);
  pthread_setspecific(at_end, birth.slot);
  return birth.body(birth.argument);
}

bool lives(pthread_t thread) {
  const int pid = me().pid;
  for (std::uint32_t i = 0; i < page->used; ++i) {
    const Slot& slot = page->slots[i];
    if (slot.pid == pid && slot.handle == thread && slot.state != free_slot) return true;
  }
  return false;
}

}  // namespace

LOCKSTEP_EXPORT int pthread_create(pthread_t* __restrict thread, const pthread_attr_t* __restrict attributes,
                                   void* (*body)(void*), void* __restrict argument) noexcept {
  const auto real = behind<pthread_create>("pthread_create");
  if (page == nullptr) return real(thread, attributes, body, argument);
  auto* birth = static_cast<Birth*>(malloc(sizeof(Birth)));
  if (birth == nullptr) return EAGAIN;
  Slot* slot = reserve(me().pid);
  *birth = {body, argument, slot};
  const int error = real(thread, attributes, live, birth);
  if (error != 0) {
    give_back(*slot);
    free(birth);
  } else if (slot->tid == 0) {
    slot->handle = *thread;
  }
  return error;
}

LOCKSTEP_EXPORT int pthread_join(pthread_t thread, void** result) {
  const auto real = behind<pthread_join>("pthread_join");
  if (page != nullptr && pthread_equal(thread, pthread_self()) == 0) {
    wait_for_key(thread, What::thread, {}, false, [&] { return lives(thread) ? EBUSY : 0; });
  }
  return real(thread, result);
}

LOCKSTEP_EXPORT int pthread_kill(pthread_t thread, int signal) noexcept {
  const auto real = behind<pthread_kill>("pthread_kill");
  if (page == nullptr) return real(thread, signal);
  return kick_by_signal(me().pid, thread, signal, [&] { return real(thread, signal); });
}

}  // namespace lockstep::virtual_time
