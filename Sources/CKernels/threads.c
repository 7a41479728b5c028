// The thread team: GNU OpenMP's, which oneDNN runs on too, so that no two pools compete for the processors.
#include "parallel.h"

#include <dlfcn.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

// libgomp's entry points: Clang does not emit these calls itself, so that no -fopenmp is needed. Without the
// library everything runs on the calling thread.
static struct {
  void (*parallel)(void (*body)(void *), void *context, unsigned threads, unsigned flags);
  int (*max_threads)(void);
  void (*set_num_threads)(int threads);
  int (*in_parallel)(void);
} team;

static pthread_once_t team_once = PTHREAD_ONCE_INIT;

// Opened at run time because it reads its environment once, when it is loaded, and unless told otherwise its
// idle threads spin for some 10 ms after every region: on a machine that does anything else they take the
// processor from the very threads they wait for. A thousand turns, tens of microseconds, bridge the gaps
// between operations.
static void open_team(void) {
  bool sets_spin = !getenv("GOMP_SPINCOUNT") && !getenv("OMP_WAIT_POLICY");
  if (sets_spin) setenv("GOMP_SPINCOUNT", "1000", 1);
  void *library = dlopen("libgomp.so.1", RTLD_NOW | RTLD_GLOBAL);
  if (sets_spin) unsetenv("GOMP_SPINCOUNT");
  if (!library) return;
  team.max_threads = (int (*)(void))dlsym(library, "omp_get_max_threads");
  team.set_num_threads = (void (*)(int))dlsym(library, "omp_set_num_threads");
  team.in_parallel = (int (*)(void))dlsym(library, "omp_in_parallel");
  if (!team.max_threads || !team.set_num_threads || !team.in_parallel) return;
  team.parallel = (void (*)(void (*)(void *), void *, unsigned, unsigned))dlsym(library, "GOMP_parallel");
}

static atomic_int team_size;
static _Thread_local int adopted_size;

int ck_threads(void) {
  pthread_once(&team_once, open_team);
  int threads = atomic_load_explicit(&team_size, memory_order_relaxed);
  if (threads == 0) {
    threads = team.parallel ? team.max_threads() : 1;
    if (threads < 1) threads = 1;
    int unset = 0;
    if (!atomic_compare_exchange_strong(&team_size, &unset, threads)) threads = unset;
  }
  return threads;
}

void ck_set_threads(int threads) { atomic_store(&team_size, threads < 1 ? 1 : threads); }

void ck_adopt_threads(int threads) {
  if (adopted_size == threads || !team.parallel) return;
  team.set_num_threads(threads);
  adopted_size = threads;
}

typedef struct {
  void (*body)(void *, int64_t, int64_t);
  void *context;
  int64_t count, grain;
  _Alignas(64) atomic_llong next;
} region;

static void run_chunks(void *pointer) {
  region *work = pointer;
  for (;;) {
    int64_t begin = atomic_fetch_add_explicit(&work->next, work->grain, memory_order_relaxed);
    if (begin >= work->count) return;
    int64_t left = work->count - begin;
    work->body(work->context, begin, begin + (left < work->grain ? left : work->grain));
  }
}

void ck_parallel(int64_t count, int64_t grain, void (*body)(void *context, int64_t begin, int64_t end),
                 void *context) {
  if (count <= 0) return;
  if (grain < 1) grain = 1;
  int64_t chunks = (count - 1) / grain + 1;
  int threads = ck_threads();
  region work = {.body = body, .context = context, .count = count, .grain = grain};
  atomic_init(&work.next, 0);
  if (chunks == 1 || threads == 1 || !team.parallel || team.in_parallel()) {
    run_chunks(&work);
  } else {
    team.parallel(run_chunks, &work, (unsigned)(chunks < threads ? chunks : threads), 0);
  }
}

// ---- Memory ----

void ck_release_memory(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

typedef struct {
  void *memory[CK_SCRATCH_SLOTS];
  size_t bytes[CK_SCRATCH_SLOTS];
} scratch_slots;

static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static _Thread_local scratch_slots *thread_scratch;

static void free_scratch(void *pointer) {
  scratch_slots *slots = pointer;
  for (int i = 0; i < CK_SCRATCH_SLOTS; i++) free(slots->memory[i]);
  free(slots);
}

static void make_scratch_key(void) { pthread_key_create(&scratch_key, free_scratch); }

void *ck_scratch(ck_scratch_slot slot, size_t bytes) {
  if (!thread_scratch) {
    pthread_once(&scratch_once, make_scratch_key);
    thread_scratch = calloc(1, sizeof(scratch_slots));
    if (!thread_scratch) abort();
    pthread_setspecific(scratch_key, thread_scratch);
  }
  if (bytes > thread_scratch->bytes[slot]) {
    free(thread_scratch->memory[slot]);
    size_t rounded = (bytes + 4095) & ~(size_t)4095;
    thread_scratch->memory[slot] = aligned_alloc(64, rounded);
    if (!thread_scratch->memory[slot]) abort();  // As Swift does when memory runs out.
    thread_scratch->bytes[slot] = rounded;
  }
  return thread_scratch->memory[slot];
}
