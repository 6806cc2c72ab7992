// A lock in a shared library, for `lockstep --plugin FILE`: what it exports and what it is given. C99 or C++; nothing
// is linked. docs/own-locks.md tells more, examples/plugin_lock is one in C. What holds throughout:
//
// Times are in nanoseconds. Texts are bytes with a length, their pointer is never null, and they are only valid until
// the call returns, unless it says otherwise. There is one thread, with 128 KiB of stack, and one call at a time. A
// library must start no threads, since campaigns fork after it was loaded. Several locks may be open at a time: global
// variables they would share. Simulated crashes fall between calls: close() is called, and later open() in a new start.
// No exception and no longjmp may leave a function. A library that crashes is reported with the seed.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// A structure below changes only together with this number; further constants may come without.
#define LOCKSTEP_PLUGIN_ABI 1u
#define LOCKSTEP_MOST_HOLDER 64  // bytes

#define LOCKSTEP_PLUGIN_EXPORT __attribute__((visibility("default")))

// What a function answers. Anything else ends the run, and is reported.
typedef int32_t lockstep_status;
enum {
  LOCKSTEP_YES = 1,
  LOCKSTEP_NO = 2,           // the answer "no", which is no error
  LOCKSTEP_UNREACHABLE = 3,  // from here on errors: no answer in time
  LOCKSTEP_BUSY = 4,         // in use for too long
  LOCKSTEP_STORAGE = 5,      // could not read or write
  LOCKSTEP_INVALID = 6,      // the request breaks a rule
  LOCKSTEP_UNSUPPORTED = 7   // outside what the lock claims
};

// To be filled in by who answers with an error; zeros before each call.
struct lockstep_error {
  int32_t definite;   // 1: what was asked for has certainly not happened. 0: it may have. In doubt 0
  char message[252];  // for people; ends with a zero byte
};

// What is claimed is tried, and what is not is left alone.
enum {
  LOCKSTEP_CLAIMS_DURABLE = 1,  // leases and tokens survive a crash of the process: they are in the directory
  LOCKSTEP_CLAIMS_SURVIVES_POWER_LOSS = 2,  // and a restart of its host, at which now_ns begins anew
  LOCKSTEP_CLAIMS_FENCING = 4,              // acquire gives tokens, which only rise, for each lock
  LOCKSTEP_CLAIMS_WALL_CLOCK_IMMUNE = 8,    // dates may step
  LOCKSTEP_CLAIMS_NO_EXPIRY = 16            // leases end with their client's process only; with RUNS_CLIENTS
};

// Who opens the lock.
enum {
  LOCKSTEP_RUNS_SERVER = 0,  // one server, which clients on other hosts ask over the network
  LOCKSTEP_RUNS_HOSTS = 1,   // several servers, each on a host and with clocks of its own; they share the directory
  LOCKSTEP_RUNS_CLIENTS = 2  // each client process of one host; they share the directory
};

struct lockstep_bytes {
  const char* data;
  size_t size;
};

struct lockstep_request {
  struct lockstep_bytes space;   // 0 to 255 bytes, any; together with `lock` which lock it is
  struct lockstep_bytes lock;    // 1 to 512 bytes, any
  struct lockstep_bytes holder;  // one attempt to hold the lock, never used again: a text; inspect: empty
  int64_t ttl_ns;                // acquire and renew: how long the lease lasts, from now; otherwise 0
};

// What a lock gets from the simulated host on which it is opened. Valid until close(); to be called from within the
// functions of the plug-in only, and not from close().
struct lockstep_host {
  size_t size;    // sizeof(struct lockstep_host)
  void* context;  // to be handed to each function
  // Only goes forward, at its host's rate. Whatever asks the machine for the time instead is not repeatable.
  int64_t (*now_ns)(void* context);
  int64_t (*wall_ns)(void* context);  // since 1970; may be wrong, and may step
  uint64_t (*random)(void* context);  // all 64 bits, from the seed
  // An absolute path, ending with a zero byte, valid until close(): a real directory for all who keep this lock,
  // which outlives crashes and loses nothing in them. It is made when this is first called. NULL: it cannot be made,
  // which ends the run.
  const char* (*directory)(void* context);
  uint64_t boot[2];  // of which boot of which host now_ns is: readings of different boots cannot be compared
};

// `lock` is what open() made. Everything in here, texts included, must stay as it is.
struct lockstep_plugin_v1 {
  uint32_t size;          // sizeof(struct lockstep_plugin_v1)
  uint32_t abi;           // LOCKSTEP_PLUGIN_ABI
  uint32_t claims;        // of LOCKSTEP_CLAIMS_*, added up
  uint32_t runs;          // one of LOCKSTEP_RUNS_*
  int64_t max_drift_ppb;  // how much clocks may differ in rate, in parts of 10^9; claimed as well
  const char* name;       // letters, digits and "-_.", at most 40
  const char* about;      // a sentence, or NULL
  // Once for each start of the process that keeps the lock. YES, with the lock, or an error: then it is tried again.
  lockstep_status (*open)(const struct lockstep_host* host, void** lock, struct lockstep_error* error);
  // The process has ended, mostly by crashing: frees memory and closes what is open, as a kernel would, and does
  // nothing else. A close() that writes files or gives locks back would make a crash look like a clean end.
  void (*close)(void* lock);
  // YES, with a token if it has such; NO: somebody else holds it. Whoever holds it already did not hear the first
  // answer and gets the same token and a full ttl from now.
  lockstep_status (*acquire)(void* lock, const struct lockstep_request* request, uint64_t* token,
                             struct lockstep_error* error);
  // YES: a full ttl from now. NO: the lease is over, or another's.
  lockstep_status (*renew)(void* lock, const struct lockstep_request* request, struct lockstep_error* error);
  // YES: given back. NO: there was nothing to give back.
  lockstep_status (*release)(void* lock, const struct lockstep_request* request, struct lockstep_error* error);
  // YES, with the holder, which must stay valid until the next call; NO: nobody holds it.
  lockstep_status (*inspect)(void* lock, const struct lockstep_request* request, struct lockstep_bytes* holder,
                             struct lockstep_error* error);
};

// What the library exports: its plug-in in this version, or NULL if it does not speak it.
LOCKSTEP_PLUGIN_EXPORT const struct lockstep_plugin_v1* lockstep_plugin(uint32_t version);

#ifdef __cplusplus
}
#endif
