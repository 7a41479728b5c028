// Elementwise arithmetic over arrays.
#include "parallel.h"
#include "stage.h"

#include <string.h>

typedef struct {
  float *out;
  const float *a, *b;
  float s;
} elementwise_args;

CK_SIMD static void fill(void *context, int64_t begin, int64_t end) {
  const elementwise_args *args = context;
  float *out = args->out, s = args->s;
  for (int64_t i = begin; i < end; i++) out[i] = s;
}

typedef struct {
  void *out;
  const void *a, *b;
  float s;
  ck_type type;
} typed_args;

CK_SIMD static void add(void *context, int64_t begin, int64_t end) {
  const typed_args *args = context;
  float stages[3][CK_STAGE];
  for (int64_t at = begin, n; at < end; at += n) {
    n = ck_staged_length(args->type, end - at);
    float *out = ck_target(args->out, args->type, at, stages[0]);
    const float *a = ck_read(args->a, args->type, at, n, stages[1]);
    const float *b = ck_read(args->b, args->type, at, n, stages[2]);
    for (int64_t i = 0; i < n; i++) out[i] = a[i] + b[i];
    ck_write(args->out, args->type, at, n, out);
  }
}

CK_SIMD static void scale(void *context, int64_t begin, int64_t end) {
  const typed_args *args = context;
  float stages[2][CK_STAGE], s = args->s;
  for (int64_t at = begin, n; at < end; at += n) {
    n = ck_staged_length(args->type, end - at);
    float *out = ck_target(args->out, args->type, at, stages[0]);
    const float *a = ck_read(args->a, args->type, at, n, stages[1]);
    for (int64_t i = 0; i < n; i++) out[i] = s * a[i];
    ck_write(args->out, args->type, at, n, out);
  }
}

CK_SIMD static void axpy(void *context, int64_t begin, int64_t end) {
  const elementwise_args *args = context;
  float *out = args->out, s = args->s;
  const float *a = args->a;
  for (int64_t i = begin; i < end; i++) out[i] += s * a[i];
}

CK_SIMD static void multiply(void *context, int64_t begin, int64_t end) {
  const elementwise_args *args = context;
  float *out = args->out;
  const float *a = args->a, *b = args->b;
  for (int64_t i = begin; i < end; i++) out[i] = a[i] * b[i];
}

CK_SIMD static void lerp(void *context, int64_t begin, int64_t end) {
  const elementwise_args *args = context;
  float *out = args->out, alpha = args->s, rest = 1.0f - alpha;
  const float *a = args->a, *b = args->b;
  for (int64_t i = begin; i < end; i++) out[i] = rest * a[i] + alpha * b[i];
}

static void copy(void *context, int64_t begin, int64_t end) {
  const elementwise_args *args = context;
  memmove(args->out + begin, args->a + begin, (size_t)(end - begin) * sizeof(float));
}

void ck_fill(float *out, float value, int64_t n) {
  elementwise_args args = {out, NULL, NULL, value};
  ck_parallel(n, CK_CHUNK, fill, &args);
}

void ck_add(void *out, const void *a, const void *b, int64_t n, ck_type type) {
  typed_args args = {out, a, b, 0, type};
  ck_parallel(n, CK_CHUNK, add, &args);
}

void ck_accumulate(void *acc, const void *x, int64_t n, ck_type type) { ck_add(acc, acc, x, n, type); }

void ck_scale(void *out, const void *x, float s, int64_t n, ck_type type) {
  typed_args args = {out, x, NULL, s, type};
  ck_parallel(n, CK_CHUNK, scale, &args);
}

void ck_axpy(float *acc, float s, const float *x, int64_t n) {
  elementwise_args args = {acc, x, NULL, s};
  ck_parallel(n, CK_CHUNK, axpy, &args);
}

void ck_multiply(float *out, const float *a, const float *b, int64_t n) {
  elementwise_args args = {out, a, b, 0};
  ck_parallel(n, CK_CHUNK, multiply, &args);
}

void ck_lerp(float *out, const float *a, const float *b, float alpha, int64_t n) {
  elementwise_args args = {out, a, b, alpha};
  if (alpha == 0.0f || alpha == 1.0f) {
    // 0·inf would be NaN, and −0 + 0 would lose its sign: the endpoints are copies.
    if (alpha == 1.0f) args.a = b;
    if (args.a != out) ck_parallel(n, CK_CHUNK, copy, &args);
    return;
  }
  ck_parallel(n, CK_CHUNK, lerp, &args);
}
