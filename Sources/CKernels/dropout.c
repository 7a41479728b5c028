// Inverted dropout driven by a counter-based hash, so that a mask is never stored.
#include "parallel.h"
#include "stage.h"

#include <string.h>

typedef struct {
  void *out;
  const void *x;
  ck_type type;
  float keep, scale;
  const uint64_t *seeds;
  int64_t row_length;
} dropout_args;

// A 32-bit integer mixer (Wellons' lowbias32): vectorises, unlike 64-bit multiplication.
CK_INLINE uint32_t mix(uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  x *= 0x846ca68bu;
  x ^= x >> 16;
  return x;
}

// out and x are those of elements [begin, end) of a row.
CK_INLINE void drop_run(float *out, const float *x, const dropout_args *args, uint64_t seed, int64_t begin,
                        int64_t end) {
  float keep = args->keep, scale = args->scale;
  uint32_t low = (uint32_t)seed, high = (uint32_t)(seed >> 32);
  for (int64_t block = begin; block < end;) {
    // The upper half of the index is constant within a block, so the inner loop is 32-bit.
    int64_t boundary = ((block >> 32) + 1) << 32;
    int64_t stop = end < boundary ? end : boundary;
    uint32_t key = mix(high ^ mix((uint32_t)(block >> 32) + 0x9e3779b9u));
    uint32_t base = (uint32_t)block;
    int64_t count = stop - block;
    for (int64_t i = 0; i < count; i++) {
      uint32_t hash = mix(mix((base + (uint32_t)i) ^ low) + key);
      float uniform = (float)(int32_t)(hash >> 8) * 0x1p-24f;
      float value = x[block - begin + i] * scale;
      out[block - begin + i] = uniform < keep ? value : 0.0f;
    }
    block = stop;
  }
}

CK_SIMD static void dropout(void *context, int64_t begin, int64_t end) {
  const dropout_args *args = context;
  float stages[2][CK_STAGE];
  for (int64_t at = begin, n; at < end; at += n) {
    int64_t row = at / args->row_length, first = at % args->row_length;
    int64_t left = args->row_length - first < end - at ? args->row_length - first : end - at;
    n = ck_staged_length(args->type, left);
    float *out = ck_target(args->out, args->type, at, stages[0]);
    drop_run(out, ck_read(args->x, args->type, at, n, stages[1]), args, args->seeds[row], first, first + n);
    ck_write(args->out, args->type, at, n, out);
  }
}

void ck_dropout(void *out, const void *x, float p, const uint64_t *seeds, int64_t rows, int64_t n, ck_type type) {
  if (n <= 0 || rows <= 0) return;
  size_t bytes = (size_t)(rows * n) * ck_size_of(type);
  if (!(p > 0.0f)) {
    if (out != x) memmove(out, x, bytes);
    return;
  }
  if (p >= 1.0f) {
    memset(out, 0, bytes);
    return;
  }
  dropout_args args = {out, x, type, 1.0f - p, 1.0f / (1.0f - p), seeds, n};
  ck_parallel(rows * n, CK_CHUNK, dropout, &args);
}
