// What kernels share to run on the team: grains, scratch memory and row tiles of fixed size.
#ifndef CLIPFT_PARALLEL_H
#define CLIPFT_PARALLEL_H

#include "kernels.h"

// Floats a chunk of a memory-bound kernel touches; work of one chunk runs inline, without a parallel region.
enum { CK_CHUNK = 16384 };

// Rows a chunk takes so that it touches about CK_CHUNK floats.
static inline int64_t ck_row_grain(int64_t cols) {
  int64_t rows = CK_CHUNK / (cols > 0 ? cols : 1);
  return rows > 0 ? rows : 1;
}

// Memory of the calling thread, 64-byte aligned, kept for its next use. Two kernels that are active on a
// thread at the same time (the caller of a parallel region and a chunk it runs) use different slots.
typedef enum {
  CK_SCRATCH_CALLER = 0,
  CK_SCRATCH_CHUNK = 1,
  CK_SCRATCH_GEMM = 2,
  CK_SCRATCH_WIDENED = 3,
  CK_SCRATCH_SLOTS = 4
} ck_scratch_slot;
void *ck_scratch(ck_scratch_slot slot, size_t bytes);

// A column reduction over rows: `tile` adds rows [begin, end) into partial[width], which starts at zero; the
// partials are then added to acc in row order. Tiles depend on the shape only, never on the thread count.
typedef void (*ck_row_tile)(void *context, float *partial, int64_t begin, int64_t end);
void ck_reduce_rows(void *context, ck_row_tile tile, int64_t rows, int64_t cols, int64_t width,
                    float *const *acc, int64_t acc_count);

// Makes `threads` the number that libraries which open OpenMP regions of their own use on the calling thread.
void ck_adopt_threads(int threads);

#endif
