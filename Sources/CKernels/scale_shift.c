// Per-column scale and shift, column sums, per-sample scales and broadcasts over the batch.
#include "parallel.h"
#include "stage.h"

#include <string.h>

typedef struct {
  void *out;
  const void *x, *dy;
  ck_type type;  // Of all three.
  const float *gamma, *beta;
  int64_t cols, rows_per_scale;
  bool wants_dgamma;
} rows_args;

CK_SIMD static void scale_shift(void *context, int64_t begin, int64_t end) {
  const rows_args *args = context;
  int64_t cols = args->cols;
  const float *gamma = args->gamma, *beta = args->beta;
  float *stages = ck_scratch(CK_SCRATCH_CHUNK, 2 * (size_t)cols * sizeof(float));
  for (int64_t r = begin; r < end; r++) {
    const float *x = ck_read(args->x, args->type, r * cols, cols, stages);
    float *out = ck_target(args->out, args->type, r * cols, stages + cols);
    if (gamma && beta) {
      for (int64_t c = 0; c < cols; c++) out[c] = gamma[c] * x[c] + beta[c];
    } else if (gamma) {
      for (int64_t c = 0; c < cols; c++) out[c] = gamma[c] * x[c];
    } else if (beta) {
      for (int64_t c = 0; c < cols; c++) out[c] = x[c] + beta[c];
    } else {
      memmove(out, x, (size_t)cols * sizeof(float));
    }
    ck_write(args->out, args->type, r * cols, cols, out);
  }
}

void ck_scale_shift(void *out, const void *x, const float *gamma, const float *beta, int64_t rows,
                    int64_t cols, ck_type type) {
  if (cols <= 0) return;
  rows_args args = {.out = out, .x = x, .type = type, .gamma = gamma, .beta = beta, .cols = cols};
  ck_parallel(rows, ck_row_grain(cols), scale_shift, &args);
}

// partial holds dgamma[cols] and then dbeta[cols]. dx of a row is written after the row of dy, which it may
// replace, has been used.
CK_SIMD static void scale_shift_gradients(void *context, float *partial, int64_t begin, int64_t end) {
  const rows_args *args = context;
  int64_t cols = args->cols;
  const float *gamma = args->gamma;
  float *restrict dgamma = partial, *restrict dbeta = partial + cols;
  float *stages = ck_scratch(CK_SCRATCH_CHUNK, 3 * (size_t)cols * sizeof(float));
  for (int64_t r = begin; r < end; r++) {
    const float *dy = ck_read(args->dy, args->type, r * cols, cols, stages);
    if (args->wants_dgamma) {
      const float *x = ck_read(args->x, args->type, r * cols, cols, stages + cols);
      for (int64_t c = 0; c < cols; c++) {
        dgamma[c] += dy[c] * x[c];
        dbeta[c] += dy[c];
      }
    } else {
      for (int64_t c = 0; c < cols; c++) dbeta[c] += dy[c];
    }
    if (!args->out) continue;
    float *dx = ck_target(args->out, args->type, r * cols, stages + 2 * cols);
    if (gamma) {
      for (int64_t c = 0; c < cols; c++) dx[c] = dy[c] * gamma[c];
    } else if (dx != dy) {
      memcpy(dx, dy, (size_t)cols * sizeof(float));
    }
    ck_write(args->out, args->type, r * cols, cols, dx);
  }
}

void ck_scale_shift_backward(void *dx, float *dgamma, float *dbeta, const void *dy, const void *x,
                             const float *gamma, int64_t rows, int64_t cols, ck_type type) {
  if (dgamma || dbeta) {
    rows_args args = {.out = dx,
                      .x = x,
                      .dy = dy,
                      .type = type,
                      .gamma = gamma,
                      .cols = cols,
                      .wants_dgamma = dgamma != NULL};
    float *acc[2] = {dgamma, dbeta};
    ck_reduce_rows(&args, scale_shift_gradients, rows, cols, 2 * cols, acc, 2);
  } else if (dx) {
    ck_scale_shift(dx, dy, gamma, NULL, rows, cols, type);
  }
}

CK_SIMD static void column_sum(void *context, float *partial, int64_t begin, int64_t end) {
  const rows_args *args = context;
  int64_t cols = args->cols;
  float *restrict sum = partial;
  float *stage = ck_scratch(CK_SCRATCH_CHUNK, (size_t)cols * sizeof(float));
  for (int64_t r = begin; r < end; r++) {
    const float *x = ck_read(args->x, args->type, r * cols, cols, stage);
    for (int64_t c = 0; c < cols; c++) sum[c] += x[c];
  }
}

void ck_column_sum(float *acc, const void *x, int64_t rows, int64_t cols, ck_type type) {
  rows_args args = {.x = x, .type = type, .cols = cols};
  ck_reduce_rows(&args, column_sum, rows, cols, cols, &acc, 1);
}

CK_SIMD static void scale_rows(void *context, int64_t begin, int64_t end) {
  const rows_args *args = context;
  int64_t cols = args->cols;
  for (int64_t r = begin; r < end; r++) {
    const float *x = (const float *)args->x + r * cols;
    float *out = (float *)args->out + r * cols;
    float s = args->gamma[r / args->rows_per_scale];
    for (int64_t c = 0; c < cols; c++) out[c] = s * x[c];
  }
}

void ck_scale_rows(float *out, const float *x, const float *s, int64_t rows, int64_t cols,
                   int64_t rows_per_scale) {
  rows_args args = {.out = out,
                    .x = x,
                    .gamma = s,
                    .cols = cols,
                    .rows_per_scale = rows_per_scale > 0 ? rows_per_scale : 1};
  ck_parallel(rows, ck_row_grain(cols), scale_rows, &args);
}

typedef struct {
  float *out;
  const float *x, *table;
  int64_t batch, inner;
} broadcast_args;

CK_SIMD static void add_broadcast(void *context, int64_t begin, int64_t end) {
  const broadcast_args *args = context;
  int64_t inner = args->inner;
  for (int64_t i = begin; i < end;) {
    int64_t column = i % inner, count = inner - column;
    if (count > end - i) count = end - i;
    const float *x = args->x + i, *table = args->table + column;
    float *out = args->out + i;
    for (int64_t c = 0; c < count; c++) out[c] = x[c] + table[c];
    i += count;
  }
}

void ck_add_broadcast(float *out, const float *x, const float *table, int64_t batch, int64_t inner) {
  if (batch <= 0 || inner <= 0) return;
  broadcast_args args = {out, x, table, batch, inner};
  ck_parallel(batch * inner, CK_CHUNK, add_broadcast, &args);
}

CK_SIMD static void sum_broadcast(void *context, int64_t begin, int64_t end) {
  const broadcast_args *args = context;
  for (int64_t b = 0; b < args->batch; b++) {
    const float *x = args->x + b * args->inner;
    float *acc = args->out;
    for (int64_t i = begin; i < end; i++) acc[i] += x[i];
  }
}

// Long tables are cut by column, each summed over the batch in order; short ones are a column sum.
void ck_sum_broadcast(float *acc, const float *dy, int64_t batch, int64_t inner) {
  if (batch <= 0 || inner <= 0) return;
  if (inner < CK_CHUNK) {
    ck_column_sum(acc, dy, batch, inner, CK_F32);
    return;
  }
  broadcast_args args = {acc, dy, NULL, batch, inner};
  ck_parallel(inner, 2048, sum_broadcast, &args);
}
