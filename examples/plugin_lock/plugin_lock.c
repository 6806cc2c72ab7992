// A lock of one's own as a plug-in in C: leases in memory, and a file by which tokens go on rising after a crash. From
// the root of Lockstep, or with -I<where it is installed>/include/lockstep:
//
//   cc -shared -fPIC -I. -o plugin_lock.so examples/plugin_lock/plugin_lock.c
//   ./lockstep --plugin plugin_lock.so campaign
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "impl/plugin/lockstep_plugin.h"

typedef struct lockstep_request request;
typedef struct lockstep_error failure;
struct text { size_t size; char data[512]; };
struct lease {
  struct lease* next;
  struct text space, lock, holder;
  uint64_t token;
  int64_t until;
};
struct table {
  const struct lockstep_host* host;
  struct lease* leases;
  uint64_t last_token;
};

static int same(const struct text* kept, struct lockstep_bytes b) {
  return kept->size == b.size && memcmp(kept->data, b.data, b.size) == 0;
}
static void keep(struct text* kept, struct lockstep_bytes b) { memcpy(kept->data, b.data, kept->size = b.size); }
static int64_t now(const struct table* t) { return t->host->now_ns(t->host->context); }

static struct lease* lease_of(const struct table* t, const request* asked) {
  struct lease* l = t->leases;
  while (l != NULL && !(same(&l->space, asked->space) && same(&l->lock, asked->lock))) l = l->next;
  return l;
}

// The file has a byte for each time that the table was opened, so no start gives out a token of an earlier one.
static lockstep_status open_table(const struct lockstep_host* host, void** lock, failure* error) {
  const char* directory = host->directory(host->context);
  char path[4096];
  if (directory == NULL || snprintf(path, sizeof path, "%s/starts", directory) < 0) return LOCKSTEP_STORAGE;
  FILE* file = fopen(path, "a");
  const long starts = file != NULL && fputc('.', file) != EOF && fflush(file) == 0 ? ftell(file) : 0;
  if (file != NULL) fclose(file);
  struct table* t = starts > 0 ? calloc(1, sizeof *t) : NULL;
  if (t == NULL) return snprintf(error->message, sizeof error->message, "%.200s is no use", path), LOCKSTEP_STORAGE;
  t->host = host;
  t->last_token = (uint64_t)starts << 32;
  *lock = t;
  return LOCKSTEP_YES;
}
static void close_table(void* lock) {
  struct table* t = lock;
  for (struct lease *l = t->leases, *next; l != NULL; l = next) next = l->next, free(l);
  free(t);
}

static lockstep_status acquire(void* lock, const request* asked, uint64_t* token, failure* error) {
  struct table* t = lock;
  struct lease* l = lease_of(t, asked);
  if (l == NULL) {
    if ((l = calloc(1, sizeof *l)) == NULL) return error->definite = 1, LOCKSTEP_STORAGE;
    l->next = t->leases;
    t->leases = l;
    keep(&l->space, asked->space);
    keep(&l->lock, asked->lock);
  }
  if (now(t) >= l->until) {
    keep(&l->holder, asked->holder);
    l->token = ++t->last_token;
  }
  if (!same(&l->holder, asked->holder)) return LOCKSTEP_NO;
  l->until = now(t) + asked->ttl_ns;
  *token = l->token;
  return LOCKSTEP_YES;
}
// Renews it, or releases it: then ttl_ns is 0, and it ends now.
static lockstep_status extend(void* lock, const request* asked, failure* error) {
  struct lease* l = lease_of(lock, asked);
  if (l == NULL || now(lock) >= l->until || !same(&l->holder, asked->holder)) return LOCKSTEP_NO;
  l->until = now(lock) + asked->ttl_ns;
  return LOCKSTEP_YES;
}
static lockstep_status inspect(void* lock, const request* asked, struct lockstep_bytes* holder, failure* error) {
  const struct lease* l = lease_of(lock, asked);
  if (l == NULL || now(lock) >= l->until) return LOCKSTEP_NO;
  *holder = (struct lockstep_bytes){l->holder.data, l->holder.size};
  return LOCKSTEP_YES;
}

const struct lockstep_plugin_v1* lockstep_plugin(uint32_t version) {
  static const struct lockstep_plugin_v1 plugin = {
      sizeof plugin, LOCKSTEP_PLUGIN_ABI, LOCKSTEP_CLAIMS_FENCING | LOCKSTEP_CLAIMS_WALL_CLOCK_IMMUNE,
      LOCKSTEP_RUNS_SERVER, 2000000, "c-table", "leases in a table of a plug-in in C", open_table, close_table, acquire, extend, extend, inspect};
  return version == LOCKSTEP_PLUGIN_ABI ? &plugin : NULL;
}
