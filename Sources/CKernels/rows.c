// Moving rows: gather, scatter-add and strided runs.
#include "parallel.h"
#include "simd.h"

#include <string.h>

typedef struct {
  void *out;
  const void *x;
  const int32_t *index;
  int64_t out_stride, x_stride, run, count;
} rows_args;

static void gather(void *context, int64_t begin, int64_t end) {
  const rows_args *args = context;
  for (int64_t i = begin; i < end; i++) {
    memcpy((float *)args->out + i * args->run, (const float *)args->x + args->index[i] * args->run,
           (size_t)args->run * sizeof(float));
  }
}

void ck_gather_rows(float *out, const float *x, const int32_t *index, int64_t count, int64_t cols) {
  if (cols <= 0) return;
  rows_args args = {.out = out, .x = x, .index = index, .run = cols};
  ck_parallel(count, ck_row_grain(cols), gather, &args);
}

// A chunk owns columns, not rows, so that repeated indices never meet.
CK_SIMD static void scatter_add(void *context, int64_t begin, int64_t end) {
  const rows_args *args = context;
  for (int64_t i = 0; i < args->count; i++) {
    const float *x = (const float *)args->x + i * args->run;
    float *acc = (float *)args->out + args->index[i] * args->run;
    for (int64_t c = begin; c < end; c++) acc[c] += x[c];
  }
}

void ck_scatter_add_rows(float *acc, const float *x, const int32_t *index, int64_t count, int64_t cols) {
  if (count <= 0 || cols <= 0) return;
  rows_args args = {.out = acc, .x = x, .index = index, .run = cols, .count = count};
  ck_parallel(cols, count * cols <= CK_CHUNK ? cols : 64, scatter_add, &args);
}

static void copy_runs(void *context, int64_t begin, int64_t end) {
  const rows_args *args = context;
  for (int64_t r = begin; r < end; r++) {
    memcpy((char *)args->out + r * args->out_stride, (const char *)args->x + r * args->x_stride,
           (size_t)args->run);
  }
}

CK_SIMD static void accumulate_runs(void *context, int64_t begin, int64_t end) {
  const rows_args *args = context;
  for (int64_t r = begin; r < end; r++) {
    float *acc = (float *)args->out + r * args->out_stride;
    const float *x = (const float *)args->x + r * args->x_stride;
    for (int64_t c = 0; c < args->run; c++) acc[c] += x[c];
  }
}

void ck_copy_strided(void *out, int64_t out_stride, const void *x, int64_t x_stride, int64_t run,
                     int64_t rows) {
  if (run <= 0) return;
  rows_args args = {.out = out, .x = x, .out_stride = out_stride, .x_stride = x_stride, .run = run};
  ck_parallel(rows, ck_row_grain(run / (int64_t)sizeof(float)), copy_runs, &args);
}

void ck_accumulate_strided(float *acc, int64_t acc_stride, const float *x, int64_t x_stride, int64_t run,
                           int64_t rows) {
  if (run <= 0) return;
  rows_args args = {.out = acc, .x = x, .out_stride = acc_stride, .x_stride = x_stride, .run = run};
  ck_parallel(rows, ck_row_grain(run), accumulate_runs, &args);
}
