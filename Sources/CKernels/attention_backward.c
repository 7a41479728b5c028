// Multi-head self-attention, backward: probabilities are recomputed from the log-sum-exp that forward kept.
#include "parallel.h"
#include "vector_math.h"

#include <string.h>

typedef struct {
  float *dqkv;
  const float *dout, *out, *lse, *qkv;
  ck_attention_shape shape;
} attention_args;

CK_INLINE float dot_of(const float *a, const float *b, int64_t n) {
  CK_FAST_SUMS
  float sum = 0;
  for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

// With P = softmax(S) and D = Σ_d dO·O: dV = Pᵀ·dO, dS = P ∘ (dO·Vᵀ − D), dQ = dS·K, dK = dSᵀ·Q (both
// scaled).
CK_SIMD static void attend_backward(void *context, int64_t begin, int64_t end) {
  const attention_args *args = context;
  const ck_attention_shape *shape = &args->shape;
  int64_t tokens = shape->tokens, dim = shape->dim, width = shape->heads * dim, stride = 3 * width;
  float scale = 1.0f / sqrtf((float)dim);
  for (int64_t item = begin; item < end; item++) {
    int64_t image = item / shape->heads, head = item % shape->heads;
    const float *q = args->qkv + image * tokens * stride + head * dim, *k = q + width, *v = k + width;
    float *dq = args->dqkv + image * tokens * stride + head * dim, *dk = dq + width, *dv = dk + width;
    for (int64_t i = 0; i < tokens; i++) {
      memset(dq + i * stride, 0, (size_t)dim * sizeof(float));
      memset(dk + i * stride, 0, (size_t)dim * sizeof(float));
      memset(dv + i * stride, 0, (size_t)dim * sizeof(float));
    }
    for (int64_t i = 0; i < shape->queries; i++) {
      int64_t keys = shape->causal ? i + 1 : tokens;
      int64_t row = (image * shape->queries + i) * width + head * dim;
      const float *dout = args->dout + row;
      float lse = args->lse[item * shape->queries + i], along = dot_of(dout, args->out + row, dim);
      if (lse == -INFINITY) continue;  // Every key was removed: the output was 0.
      for (int64_t j = 0; j < keys; j++) {
        float score = dot_of(q + i * stride, k + j * stride, dim) * scale;
        if (shape->key_bias) score += shape->key_bias[j];
        float p = ck_exp(score - lse);
        float ds = p * (dot_of(dout, v + j * stride, dim) - along) * scale;
        for (int64_t d = 0; d < dim; d++) {
          dv[j * stride + d] += p * dout[d];
          dk[j * stride + d] += ds * q[i * stride + d];
          dq[i * stride + d] += ds * k[j * stride + d];
        }
      }
    }
  }
}

void ck_attention_backward(float *dqkv, const float *dout, const float *out, const float *lse,
                           const float *qkv, const ck_attention_shape *shape) {
  attention_args args = {dqkv, dout, out, lse, qkv, *shape};
  ck_parallel(shape->batch * shape->heads, 1, attend_backward, &args);
}
