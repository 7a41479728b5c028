// Optimiser steps, each one pass over memory.
#include "parallel.h"
#include "simd.h"

#include <math.h>

typedef struct {
  float *w, *m, *v;
  const float *g;
  float decay, beta1, rest1, beta2, rest2, scale, step_size, root_correction, epsilon;
} adamw_args;

CK_SIMD static void adamw(void *context, int64_t begin, int64_t end) {
  const adamw_args args = *(const adamw_args *)context;
  float *restrict w = args.w, *restrict m = args.m, *restrict v = args.v;
  const float *restrict g = args.g;
  for (int64_t i = begin; i < end; i++) {
    float gradient = args.scale * g[i];
    float first = args.beta1 * m[i] + args.rest1 * gradient;
    float second = args.beta2 * v[i] + args.rest2 * (gradient * gradient);
    float denominator = __builtin_elementwise_sqrt(second) * args.root_correction + args.epsilon;
    w[i] = w[i] * args.decay - args.step_size * (first / denominator);
    m[i] = first;
    v[i] = second;
  }
}

void ck_adamw(float *w, float *m, float *v, const float *g, const ck_adamw_options *options, int64_t n) {
  // Scalars in double, as PyTorch computes them.
  double beta1 = options->beta1, beta2 = options->beta2, rate = options->learning_rate;
  adamw_args args = {.w = w,
                     .m = m,
                     .v = v,
                     .g = g,
                     .decay = (float)(1.0 - rate * options->weight_decay),
                     .beta1 = options->beta1,
                     .rest1 = (float)(1.0 - beta1),
                     .beta2 = options->beta2,
                     .rest2 = (float)(1.0 - beta2),
                     .scale = options->gradient_scale,
                     .step_size = (float)(rate / (1.0 - pow(beta1, (double)options->step))),
                     .root_correction = (float)(1.0 / sqrt(1.0 - pow(beta2, (double)options->step))),
                     .epsilon = options->epsilon};
  ck_parallel(n, CK_CHUNK / 2, adamw, &args);
}

typedef struct {
  float *w, *m;
  const float *g;
  float rate, momentum, decay, scale;
} sgd_args;

CK_SIMD static void sgd(void *context, int64_t begin, int64_t end) {
  const sgd_args args = *(const sgd_args *)context;
  float *restrict w = args.w, *restrict m = args.m;
  const float *restrict g = args.g;
  for (int64_t i = begin; i < end; i++) {
    float velocity = args.momentum * m[i] + (args.scale * g[i] + args.decay * w[i]);
    m[i] = velocity;
    w[i] -= args.rate * velocity;
  }
}

void ck_sgd(float *w, float *m, const float *g, float learning_rate, float momentum, float weight_decay,
            float gradient_scale, int64_t n) {
  sgd_args args = {w, m, g, learning_rate, momentum, weight_decay, gradient_scale};
  ck_parallel(n, CK_CHUNK / 2, sgd, &args);
}
