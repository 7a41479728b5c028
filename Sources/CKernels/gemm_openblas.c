// OpenBLAS, opened at run time and kept to one thread; tiles of constant size run on our team.
#include "activation.h"
#include "gemm.h"
#include "parallel.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112 };

typedef void sgemm_function(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                            const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);

static sgemm_function *sgemm;
// LAPACK's, which OpenBLAS brings along: SVD by divide and conquer, column-major.
typedef void sgesdd_function(const char *job, const int *m, const int *n, float *a, const int *lda, float *s, float *u,
                             const int *ldu, float *vt, const int *ldvt, float *work, const int *lwork, int *iwork,
                             int *info);
static sgesdd_function *sgesdd;
static char description[160];
static pthread_once_t open_once = PTHREAD_ONCE_INIT;

// Debian's OpenBLAS knows fewer processors than there are and falls back to slow kernels: name the core for
// it.
static const char *core_for_this_processor(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    return "SkylakeX";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
  return NULL;
}

// "OpenBLAS 0.3.21 …" → "0.3.21".
static void describe(const char *config, const char *core) {
  char version[32] = "";
  if (config) sscanf(config, "OpenBLAS %31s", version);
  snprintf(description, sizeof description, "OpenBLAS%s%s (%s)", *version ? " " : "", version,
           core ? core : "?");
}

static void open_library(void) {
  // Read while the library loads. Restored after, so that child processes inherit what the user set.
  const char *core = core_for_this_processor();
  bool sets_core = core && !getenv("OPENBLAS_CORETYPE"), sets_threads = !getenv("OPENBLAS_NUM_THREADS");
  if (sets_core) setenv("OPENBLAS_CORETYPE", core, 1);
  if (sets_threads) setenv("OPENBLAS_NUM_THREADS", "1", 1);
  void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library) library = dlopen("libopenblas.so", RTLD_NOW | RTLD_LOCAL);
  if (sets_core) unsetenv("OPENBLAS_CORETYPE");
  if (sets_threads) unsetenv("OPENBLAS_NUM_THREADS");
  if (!library) return;

  void (*set_threads)(int) = (void (*)(int))dlsym(library, "openblas_set_num_threads");
  char *(*config)(void) = (char *(*)(void))dlsym(library, "openblas_get_config");
  char *(*corename)(void) = (char *(*)(void))dlsym(library, "openblas_get_corename");
  sgemm_function *found = (sgemm_function *)dlsym(library, "cblas_sgemm");
  if (!found || !set_threads) return;
  set_threads(1);
  sgesdd = (sgesdd_function *)dlsym(library, "sgesdd_");
  describe(config ? config() : NULL, corename ? corename() : NULL);
  sgemm = found;
}

bool ck_openblas_available(void) {
  pthread_once(&open_once, open_library);
  return sgemm != NULL;
}

const char *ck_openblas_description(void) {
  return ck_openblas_available() ? description : "OpenBLAS (absent)";
}

typedef struct {
  const ck_gemm_call *call;
  int64_t tile_rows, tile_columns, column_tiles, tiles;
} tiled_call;

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t pieces(int64_t whole, int64_t piece) { return (whole - 1) / piece + 1; }

// Tiles are as large as packing operands anew for each of them costs little, and cut further only where there
// would be too few to share, down to what is worth a thread's while. The shape alone decides, so that bits do
// not depend on the number of threads.
static tiled_call cut(const ck_gemm_call *call) {
  enum { MOST_ROWS = 192, MOST_COLUMNS = 768, ENOUGH_TILES = 8, LEAST_SIDE = 32 };
  const double least_work = 4e6;
  tiled_call t = {call, smaller(call->m, MOST_ROWS), smaller(call->n, MOST_COLUMNS), 0, 0};
  for (;;) {
    t.column_tiles = pieces(call->n, t.tile_columns);
    t.tiles = pieces(call->m, t.tile_rows) * t.column_tiles;
    int64_t *longer = t.tile_columns > t.tile_rows ? &t.tile_columns : &t.tile_rows;
    double work = 2.0 * (double)t.tile_rows * (double)t.tile_columns * (double)call->k;
    if (t.tiles >= ENOUGH_TILES || work < 2 * least_work || *longer < 2 * LEAST_SIDE) return t;
    *longer = (*longer + 1) / 2;
  }
}

CK_SIMD static void finish_row(float *c, const float *bias, ck_activation activation, int64_t n) {
  if (bias) {
    for (int64_t i = 0; i < n; i++) c[i] += bias[i];
  }
  switch (activation) {
    case CK_IDENTITY: break;
    case CK_QUICK_GELU:
      for (int64_t i = 0; i < n; i++) c[i] = ck_quick_gelu(c[i]);
      break;
    case CK_GELU:
      for (int64_t i = 0; i < n; i++) c[i] = ck_gelu(c[i]);
      break;
    case CK_RELU:
      for (int64_t i = 0; i < n; i++) c[i] = ck_relu(c[i]);
      break;
  }
}

static void multiply_tiles(void *context, int64_t begin, int64_t end) {
  const tiled_call *tiled = context;
  const ck_gemm_call *call = tiled->call;
  for (int64_t tile = begin; tile < end; tile++) {
    int64_t row = tile / tiled->column_tiles * tiled->tile_rows;
    int64_t column = tile % tiled->column_tiles * tiled->tile_columns;
    int64_t rows = smaller(tiled->tile_rows, call->m - row);
    int64_t columns = smaller(tiled->tile_columns, call->n - column);
    const float *a = (const float *)call->a + (call->transpose_a ? row : row * call->lda);
    const float *b = (const float *)call->b + (call->transpose_b ? column * call->ldb : column);
    float *c = (float *)call->c + row * call->ldc + column;
    sgemm(ROW_MAJOR, call->transpose_a ? TRANSPOSE : NO_TRANSPOSE,
          call->transpose_b ? TRANSPOSE : NO_TRANSPOSE, (int)rows, (int)columns, (int)call->k, 1.0f, a,
          (int)call->lda, b, (int)call->ldb, call->accumulate ? 1.0f : 0.0f, c, (int)call->ldc);
    if (!call->bias && call->activation == CK_IDENTITY) continue;
    for (int64_t r = 0; r < rows; r++) {
      finish_row(c + r * call->ldc, call->bias ? call->bias + column : NULL, call->activation, columns);
    }
  }
}

int ck_openblas_gemm(const ck_gemm_call *call) {
  if (!ck_openblas_available()) return CK_GEMM_ENGINE_ABSENT;
  if (call->k > INT_MAX || call->lda > INT_MAX || call->ldb > INT_MAX || call->ldc > INT_MAX) {
    return CK_GEMM_SHAPE_TOO_LARGE;
  }
  tiled_call tiled = cut(call);
  ck_parallel(tiled.tiles, 1, multiply_tiles, &tiled);
  return 0;
}

// A row-major matrix is its transpose by columns, whose left factors are the right ones of the matrix itself.
int ck_svd(float *a, int64_t rows, int64_t columns, float *u, float *s, float *vt) {
  if (!ck_openblas_available() || !sgesdd) return -1;
  if (rows > INT_MAX || columns > INT_MAX) return -2;
  int m = (int)columns, n = (int)rows, k = m < n ? m : n, query = -1, info = 0;
  int *iwork = malloc(sizeof(int) * 8 * (size_t)k);
  float size = 0;
  sgesdd("S", &m, &n, a, &m, s, vt, &m, u, &k, &size, &query, iwork, &info);
  int lwork = (int)size + 1;
  float *work = malloc(sizeof(float) * (size_t)lwork);
  if (!iwork || !work) {
    info = -3;
  } else if (info == 0) {
    sgesdd("S", &m, &n, a, &m, s, vt, &m, u, &k, work, &lwork, iwork, &info);
  }
  free(work);
  free(iwork);
  return info;
}
