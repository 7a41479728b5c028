// Inverted dropout driven by a counter-based hash, so that a mask is never stored.
#include "parallel.h"
#include "simd.h"

#include <string.h>

typedef struct {
  float *out;
  const float *x;
  float keep, scale;
  uint64_t seed;
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

CK_SIMD static void dropout(void *context, int64_t begin, int64_t end) {
  const dropout_args *args = context;
  float *out = args->out;
  const float *x = args->x;
  float keep = args->keep, scale = args->scale;
  uint32_t low = (uint32_t)args->seed, high = (uint32_t)(args->seed >> 32);
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
      float value = x[block + i] * scale;
      out[block + i] = uniform < keep ? value : 0.0f;
    }
    block = stop;
  }
}

void ck_dropout(float *out, const float *x, float p, uint64_t seed, int64_t n) {
  if (n <= 0) return;
  if (!(p > 0.0f)) {
    if (out != x) memmove(out, x, (size_t)n * sizeof(float));
    return;
  }
  if (p >= 1.0f) {
    ck_fill(out, 0.0f, n);
    return;
  }
  dropout_args args = {out, x, 1.0f - p, 1.0f / (1.0f - p), seed};
  ck_parallel(n, CK_CHUNK, dropout, &args);
}
