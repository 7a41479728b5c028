// The activations and their derivatives, one element at a time.
#ifndef CLIPFT_ACTIVATION_H
#define CLIPFT_ACTIVATION_H

#include "vector_math.h"

// OpenAI's QuickGELU: x·sigmoid(1.702·x).
CK_INLINE float ck_quick_gelu(float x) { return x * ck_sigmoid(1.702f * x); }

CK_INLINE float ck_quick_gelu_slope(float x) {
  float s = ck_sigmoid(1.702f * x);
  return s + 1.702f * x * s * (1.0f - s);
}

// x·Φ(x) with the exact Gaussian distribution function.
CK_INLINE float ck_gelu(float x) { return 0.5f * x * (1.0f + ck_erf(x * 0.70710678118654752f)); }

CK_INLINE float ck_gelu_slope(float x) {
  float distribution = 0.5f * (1.0f + ck_erf(x * 0.70710678118654752f));
  float density = 0.39894228040143268f * ck_exp(-0.5f * x * x);
  return distribution + x * density;
}

// Comparisons are written so that NaN stays NaN.
CK_INLINE float ck_relu(float x) { return x < 0.0f ? 0.0f : x; }

CK_INLINE float ck_relu_slope(float x) { return x > 0.0f ? 1.0f : 0.0f; }

#endif
