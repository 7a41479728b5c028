// Activations over arrays, forward and backward.
#include "activation.h"
#include "parallel.h"
#include "stage.h"

typedef struct {
  void *out;
  const void *x, *dy;
  ck_type type;
  ck_activation kind;
} activation_args;

CK_INLINE void activate_run(float *out, const float *x, ck_activation kind, int64_t n) {
  switch (kind) {
    case CK_IDENTITY:
      for (int64_t i = 0; i < n; i++) out[i] = x[i];
      break;
    case CK_QUICK_GELU:
      for (int64_t i = 0; i < n; i++) out[i] = ck_quick_gelu(x[i]);
      break;
    case CK_GELU:
      for (int64_t i = 0; i < n; i++) out[i] = ck_gelu(x[i]);
      break;
    case CK_RELU:
      for (int64_t i = 0; i < n; i++) out[i] = ck_relu(x[i]);
      break;
  }
}

CK_INLINE void activate_run_backward(float *dx, const float *dy, const float *x, ck_activation kind,
                                     int64_t n) {
  switch (kind) {
    case CK_IDENTITY:
      for (int64_t i = 0; i < n; i++) dx[i] = dy[i];
      break;
    case CK_QUICK_GELU:
      for (int64_t i = 0; i < n; i++) dx[i] = dy[i] * ck_quick_gelu_slope(x[i]);
      break;
    case CK_GELU:
      for (int64_t i = 0; i < n; i++) dx[i] = dy[i] * ck_gelu_slope(x[i]);
      break;
    case CK_RELU:
      for (int64_t i = 0; i < n; i++) dx[i] = dy[i] * ck_relu_slope(x[i]);
      break;
  }
}

CK_SIMD static void activate(void *context, int64_t begin, int64_t end) {
  const activation_args *args = context;
  float stages[2][CK_STAGE];
  for (int64_t at = begin, n; at < end; at += n) {
    n = ck_staged_length(args->type, end - at);
    float *out = ck_target(args->out, args->type, at, stages[0]);
    activate_run(out, ck_read(args->x, args->type, at, n, stages[1]), args->kind, n);
    ck_write(args->out, args->type, at, n, out);
  }
}

CK_SIMD static void activate_backward(void *context, int64_t begin, int64_t end) {
  const activation_args *args = context;
  float stages[3][CK_STAGE];
  for (int64_t at = begin, n; at < end; at += n) {
    n = ck_staged_length(args->type, end - at);
    float *dx = ck_target(args->out, args->type, at, stages[0]);
    activate_run_backward(dx, ck_read(args->dy, args->type, at, n, stages[1]),
                          ck_read(args->x, args->type, at, n, stages[2]), args->kind, n);
    ck_write(args->out, args->type, at, n, dx);
  }
}

void ck_activate(void *out, const void *x, ck_activation kind, int64_t n, ck_type type) {
  activation_args args = {out, x, NULL, type, kind};
  ck_parallel(n, CK_CHUNK, activate, &args);
}

void ck_activate_backward(void *dx, const void *dy, const void *x, ck_activation kind, int64_t n,
                          ck_type type) {
  activation_args args = {dx, x, dy, type, kind};
  ck_parallel(n, CK_CHUNK, activate_backward, &args);
}
