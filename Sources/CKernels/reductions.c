// Sums over whole arrays, in double precision and an order that depends on the length only.
#include "parallel.h"
#include "vector_math.h"

#include <stdatomic.h>

typedef struct {
  const float *a, *b;
  double *partials;
} sum_args;

CK_SIMD static double dot_of_chunk(const float *a, const float *b, int64_t n) {
  CK_FAST_SUMS
  double sum = 0;
  for (int64_t i = 0; i < n; i++) sum += (double)a[i] * (double)b[i];
  return sum;
}

static void dot_chunk(void *context, int64_t begin, int64_t end) {
  const sum_args *args = context;
  args->partials[begin / CK_CHUNK] = dot_of_chunk(args->a + begin, args->b + begin, end - begin);
}

float ck_dot(const float *a, const float *b, int64_t n) {
  if (n <= 0) return 0.0f;
  int64_t chunks = (n - 1) / CK_CHUNK + 1;
  sum_args args = {a, b, ck_scratch(CK_SCRATCH_CALLER, (size_t)chunks * sizeof(double))};
  ck_parallel(n, CK_CHUNK, dot_chunk, &args);
  double sum = 0;
  for (int64_t i = 0; i < chunks; i++) sum += args.partials[i];
  return (float)sum;
}

float ck_sum_of_squares(const float *x, int64_t n) { return ck_dot(x, x, n); }

typedef struct {
  const float *x;
  atomic_bool *finite;
} finite_args;

// A float is finite unless its exponent bits are all ones; integer maxima vectorise where isfinite does not.
CK_SIMD static void check_finite(void *context, int64_t begin, int64_t end) {
  const finite_args *args = context;
  const float *x = args->x;
  uint32_t largest = 0;
  for (int64_t i = begin; i < end; i++) {
    uint32_t magnitude = ck_bits_of_float(x[i]) & 0x7fffffffu;
    largest = magnitude > largest ? magnitude : largest;
  }
  if (largest >= 0x7f800000u) atomic_store_explicit(args->finite, false, memory_order_relaxed);
}

bool ck_all_finite(const float *x, int64_t n) {
  atomic_bool finite = true;
  finite_args args = {x, &finite};
  ck_parallel(n, CK_CHUNK, check_finite, &args);
  return atomic_load(&finite);
}
