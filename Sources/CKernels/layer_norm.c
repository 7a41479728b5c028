// Layer normalisation over rows, forward and backward.
#include "parallel.h"
#include "stage.h"

#include <math.h>

typedef struct {
  void *y;
  const void *dy;
  ck_type type;  // Of y, of dy.
  float *dx, *mean, *rstd;
  const float *x, *gamma, *beta, *saved_mean, *saved_rstd;
  float epsilon;
  int64_t cols;
} layer_norm_args;

CK_INLINE float sum_of(const float *x, int64_t n) {
  CK_FAST_SUMS
  float sum = 0;
  for (int64_t i = 0; i < n; i++) sum += x[i];
  return sum;
}

// Two passes over the row, which sits in cache: Σx² − mean² would cancel.
CK_INLINE float squared_deviations(const float *x, float mean, int64_t n) {
  CK_FAST_SUMS
  float sum = 0;
  for (int64_t i = 0; i < n; i++) {
    float d = x[i] - mean;
    sum += d * d;
  }
  return sum;
}

CK_SIMD static void normalize_rows(void *context, int64_t begin, int64_t end) {
  const layer_norm_args *args = context;
  int64_t cols = args->cols;
  const float *gamma = args->gamma, *beta = args->beta;
  float inverse = 1.0f / (float)cols;
  float *stage = ck_scratch(CK_SCRATCH_CHUNK, (size_t)cols * sizeof(float));
  for (int64_t r = begin; r < end; r++) {
    const float *x = args->x + r * cols;
    float *y = ck_target(args->y, args->type, r * cols, stage);
    float mean = sum_of(x, cols) * inverse;
    float rstd =
        1.0f / __builtin_elementwise_sqrt(squared_deviations(x, mean, cols) * inverse + args->epsilon);
    if (gamma && beta) {
      for (int64_t c = 0; c < cols; c++) y[c] = (x[c] - mean) * rstd * gamma[c] + beta[c];
    } else {
      for (int64_t c = 0; c < cols; c++) {
        y[c] = (x[c] - mean) * rstd * (gamma ? gamma[c] : 1.0f) + (beta ? beta[c] : 0.0f);
      }
    }
    ck_write(args->y, args->type, r * cols, cols, y);
    if (args->mean) args->mean[r] = mean;
    if (args->rstd) args->rstd[r] = rstd;
  }
}

void ck_layer_norm(void *y, float *mean, float *rstd, const float *x, const float *gamma, const float *beta,
                   float epsilon, int64_t rows, int64_t cols, ck_type type) {
  if (cols <= 0) return;
  layer_norm_args args = {.y = y,
                          .type = type,
                          .mean = mean,
                          .rstd = rstd,
                          .x = x,
                          .gamma = gamma,
                          .beta = beta,
                          .epsilon = epsilon,
                          .cols = cols};
  ck_parallel(rows, ck_row_grain(cols), normalize_rows, &args);
}

// With x̂ = (x − mean)·rstd and g = dy·gamma: dx = rstd·(g − mean(g) − x̂·mean(g·x̂)).
CK_INLINE void input_gradient(float *dx, const float *dy, const float *x, const float *gamma, float mean,
                              float rstd, int64_t cols) {
  float sum = 0, product = 0;
  {
    CK_FAST_SUMS
    for (int64_t c = 0; c < cols; c++) {
      float g = gamma ? dy[c] * gamma[c] : dy[c];
      sum += g;
      product += g * (x[c] - mean);
    }
  }
  float mean_g = sum / (float)cols, slope = product * rstd * rstd / (float)cols;
  for (int64_t c = 0; c < cols; c++) {
    float g = gamma ? dy[c] * gamma[c] : dy[c];
    dx[c] = rstd * (g - mean_g - (x[c] - mean) * slope);
  }
}

CK_SIMD static void input_gradient_rows(void *context, int64_t begin, int64_t end) {
  const layer_norm_args *args = context;
  int64_t cols = args->cols;
  float *stage = ck_scratch(CK_SCRATCH_CHUNK, (size_t)cols * sizeof(float));
  for (int64_t r = begin; r < end; r++) {
    const float *dy = ck_read(args->dy, args->type, r * cols, cols, stage);
    input_gradient(args->dx + r * cols, dy, args->x + r * cols, args->gamma, args->saved_mean[r],
                   args->saved_rstd[r], cols);
  }
}

// partial holds dgamma[cols] and then dbeta[cols]; dx of the same rows is written on the way, while they are
// in cache.
CK_SIMD static void gradient_tile(void *context, float *partial, int64_t begin, int64_t end) {
  const layer_norm_args *args = context;
  int64_t cols = args->cols;
  float *restrict dgamma = partial, *restrict dbeta = partial + cols;
  float *stage = ck_scratch(CK_SCRATCH_CHUNK, (size_t)cols * sizeof(float));
  for (int64_t r = begin; r < end; r++) {
    const float *dy = ck_read(args->dy, args->type, r * cols, cols, stage), *x = args->x + r * cols;
    float mean = args->saved_mean[r], rstd = args->saved_rstd[r];
    if (args->dx) input_gradient(args->dx + r * cols, dy, x, args->gamma, mean, rstd, cols);
    for (int64_t c = 0; c < cols; c++) {
      dgamma[c] += dy[c] * ((x[c] - mean) * rstd);
      dbeta[c] += dy[c];
    }
  }
}

void ck_layer_norm_backward(float *dx, float *dgamma, float *dbeta, const void *dy, const float *x,
                            const float *mean, const float *rstd, const float *gamma, int64_t rows,
                            int64_t cols, ck_type type) {
  if (cols <= 0) return;
  layer_norm_args args = {.dx = dx,
                          .x = x,
                          .gamma = gamma,
                          .dy = dy,
                          .type = type,
                          .saved_mean = mean,
                          .saved_rstd = rstd,
                          .cols = cols};
  if (dgamma || dbeta) {
    float *acc[2] = {dgamma, dbeta};
    ck_reduce_rows(&args, gradient_tile, rows, cols, 2 * cols, acc, 2);
  } else if (dx) {
    ck_parallel(rows, ck_row_grain(cols), input_gradient_rows, &args);
  }
}
