// L2 normalisation of rows, forward and backward.
#include "parallel.h"
#include "simd.h"

#include <math.h>

static const float smallest_norm = 1e-12f;

typedef struct {
  float *out, *norm;
  const float *x, *dy, *saved_norm;
  int64_t cols;
} l2_args;

CK_INLINE float dot_of(const float *a, const float *b, int64_t n) {
  CK_FAST_SUMS
  float sum = 0;
  for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

CK_SIMD static void normalize_rows(void *context, int64_t begin, int64_t end) {
  const l2_args *args = context;
  int64_t cols = args->cols;
  for (int64_t r = begin; r < end; r++) {
    const float *x = args->x + r * cols;
    float *y = args->out + r * cols;
    float norm = __builtin_elementwise_sqrt(dot_of(x, x, cols));
    float divisor = norm < smallest_norm ? smallest_norm : norm;
    for (int64_t c = 0; c < cols; c++) y[c] = x[c] / divisor;
    if (args->norm) args->norm[r] = norm;
  }
}

void ck_l2_normalize(float *y, float *norm, const float *x, int64_t rows, int64_t cols) {
  l2_args args = {.out = y, .norm = norm, .x = x, .cols = cols};
  ck_parallel(rows, ck_row_grain(cols), normalize_rows, &args);
}

// dx = (dy − y·(y·dy)) / ‖x‖; a row at or below the smallest norm was divided by a constant.
CK_SIMD static void normalize_rows_backward(void *context, int64_t begin, int64_t end) {
  const l2_args *args = context;
  int64_t cols = args->cols;
  for (int64_t r = begin; r < end; r++) {
    const float *y = args->x + r * cols, *dy = args->dy + r * cols;
    float *dx = args->out + r * cols;
    float norm = args->saved_norm[r];
    bool constant = norm < smallest_norm;
    float along = constant ? 0.0f : dot_of(y, dy, cols), divisor = constant ? smallest_norm : norm;
    for (int64_t c = 0; c < cols; c++) dx[c] = (dy[c] - y[c] * along) / divisor;
  }
}

void ck_l2_normalize_backward(float *dx, const float *dy, const float *y, const float *norm, int64_t rows,
                              int64_t cols) {
  l2_args args = {.out = dx, .x = y, .dy = dy, .saved_norm = norm, .cols = cols};
  ck_parallel(rows, ck_row_grain(cols), normalize_rows_backward, &args);
}
