// Activations over arrays, forward and backward.
#include "activation.h"
#include "parallel.h"

typedef struct {
  float *out;
  const float *x, *dy;
  ck_activation kind;
} activation_args;

CK_SIMD static void activate(void *context, int64_t begin, int64_t end) {
  const activation_args *args = context;
  float *out = args->out;
  const float *x = args->x;
  switch (args->kind) {
    case CK_IDENTITY:
      for (int64_t i = begin; i < end; i++) out[i] = x[i];
      break;
    case CK_QUICK_GELU:
      for (int64_t i = begin; i < end; i++) out[i] = ck_quick_gelu(x[i]);
      break;
    case CK_GELU:
      for (int64_t i = begin; i < end; i++) out[i] = ck_gelu(x[i]);
      break;
    case CK_RELU:
      for (int64_t i = begin; i < end; i++) out[i] = ck_relu(x[i]);
      break;
  }
}

CK_SIMD static void activate_backward(void *context, int64_t begin, int64_t end) {
  const activation_args *args = context;
  float *dx = args->out;
  const float *x = args->x, *dy = args->dy;
  switch (args->kind) {
    case CK_IDENTITY:
      for (int64_t i = begin; i < end; i++) dx[i] = dy[i];
      break;
    case CK_QUICK_GELU:
      for (int64_t i = begin; i < end; i++) dx[i] = dy[i] * ck_quick_gelu_slope(x[i]);
      break;
    case CK_GELU:
      for (int64_t i = begin; i < end; i++) dx[i] = dy[i] * ck_gelu_slope(x[i]);
      break;
    case CK_RELU:
      for (int64_t i = begin; i < end; i++) dx[i] = dy[i] * ck_relu_slope(x[i]);
      break;
  }
}

void ck_activate(float *out, const float *x, ck_activation kind, int64_t n) {
  activation_args args = {out, x, NULL, kind};
  ck_parallel(n, CK_CHUNK, activate, &args);
}

void ck_activate_backward(float *dx, const float *dy, const float *x, ck_activation kind, int64_t n) {
  activation_args args = {dx, x, dy, kind};
  ck_parallel(n, CK_CHUNK, activate_backward, &args);
}
