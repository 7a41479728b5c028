// Softmax and cross entropy over rows of logits.
#include "parallel.h"
#include "vector16.h"
#include "vector_math.h"

typedef struct {
  float *out, *dlogits;
  const float *x;
  const int32_t *targets;
  int64_t cols;
} softmax_args;

CK_INLINE float largest_of(const float *x, int64_t n) {
  int64_t whole = n / CK_LANES * CK_LANES;
  ck_vector most = (ck_vector)x[0];
  for (int64_t i = 0; i < whole; i += CK_LANES) most = ck_vector_max(ck_load(x + i), most);
  float largest = ck_vector_largest(most);
  for (int64_t i = whole; i < n; i++) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

// out = e^(x − largest), returning its sum; out may be NULL.
CK_INLINE float exponentials(float *out, const float *x, float largest, int64_t n) {
  CK_FAST_SUMS
  float sum = 0;
  if (out) {
    for (int64_t i = 0; i < n; i++) {
      float e = ck_exp(x[i] - largest);
      out[i] = e;
      sum += e;
    }
  } else {
    for (int64_t i = 0; i < n; i++) sum += ck_exp(x[i] - largest);
  }
  return sum;
}

CK_SIMD static void softmax_rows(void *context, int64_t begin, int64_t end) {
  const softmax_args *args = context;
  int64_t cols = args->cols;
  for (int64_t r = begin; r < end; r++) {
    const float *x = args->x + r * cols;
    float *out = args->out + r * cols;
    float inverse = 1.0f / exponentials(out, x, largest_of(x, cols), cols);
    for (int64_t c = 0; c < cols; c++) out[c] *= inverse;
  }
}

void ck_softmax(float *out, const float *x, int64_t rows, int64_t cols) {
  if (cols <= 0) return;
  softmax_args args = {.out = out, .x = x, .cols = cols};
  ck_parallel(rows, ck_row_grain(4 * cols), softmax_rows, &args);
}

CK_SIMD static void cross_entropy_rows(void *context, int64_t begin, int64_t end) {
  const softmax_args *args = context;
  int64_t cols = args->cols;
  for (int64_t r = begin; r < end; r++) {
    const float *x = args->x + r * cols;
    float *dx = args->dlogits ? args->dlogits + r * cols : NULL;
    int32_t target = args->targets[r];
    float largest = largest_of(x, cols), wanted = x[target];
    float sum = exponentials(dx, x, largest, cols);
    if (args->out) args->out[r] = logf(sum) + (largest - wanted);
    if (dx) {
      float inverse = 1.0f / sum;
      for (int64_t c = 0; c < cols; c++) dx[c] *= inverse;
      dx[target] -= 1.0f;
    }
  }
}

void ck_cross_entropy(float *out, float *dlogits, const float *logits, const int32_t *targets, int64_t rows,
                      int64_t cols) {
  if (cols <= 0) return;
  softmax_args args = {.out = out, .dlogits = dlogits, .x = logits, .targets = targets, .cols = cols};
  ck_parallel(rows, ck_row_grain(4 * cols), cross_entropy_rows, &args);
}
