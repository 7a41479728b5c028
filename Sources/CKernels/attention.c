// Multi-head self-attention, forward, one image and head at a time.
#include "parallel.h"
#include "vector_math.h"

typedef struct {
  float *out, *lse;
  const float *qkv;
  ck_attention_shape shape;
} attention_args;

CK_INLINE float dot_of(const float *a, const float *b, int64_t n) {
  CK_FAST_SUMS
  float sum = 0;
  for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

CK_SIMD static void attend(void *context, int64_t begin, int64_t end) {
  const attention_args *args = context;
  const ck_attention_shape *shape = &args->shape;
  int64_t tokens = shape->tokens, dim = shape->dim, width = shape->heads * dim, stride = 3 * width;
  float scale = 1.0f / sqrtf((float)dim);
  float *scores = ck_scratch(CK_SCRATCH_CHUNK, (size_t)tokens * sizeof(float));
  for (int64_t item = begin; item < end; item++) {
    int64_t image = item / shape->heads, head = item % shape->heads;
    const float *q = args->qkv + image * tokens * stride + head * dim, *k = q + width, *v = k + width;
    for (int64_t i = 0; i < shape->queries; i++) {
      int64_t keys = shape->causal ? i + 1 : tokens;
      float largest = -INFINITY;
      for (int64_t j = 0; j < keys; j++) {
        float score = dot_of(q + i * stride, k + j * stride, dim) * scale;
        if (shape->key_bias) score += shape->key_bias[j];
        scores[j] = score;
        largest = score > largest ? score : largest;
      }
      if (largest == -INFINITY) largest = 0.0f;
      float sum = 0;
      for (int64_t j = 0; j < keys; j++) {
        scores[j] = ck_exp(scores[j] - largest);
        sum += scores[j];
      }
      float inverse = sum > 0 ? 1.0f / sum : 0.0f;
      float *out = args->out + (image * shape->queries + i) * width + head * dim;
      for (int64_t d = 0; d < dim; d++) out[d] = 0;
      for (int64_t j = 0; j < keys; j++) {
        float p = scores[j] * inverse;
        for (int64_t d = 0; d < dim; d++) out[d] += p * v[j * stride + d];
      }
      if (args->lse) args->lse[item * shape->queries + i] = largest + logf(sum);
    }
  }
}

void ck_attention(float *out, float *lse, const float *qkv, const ck_attention_shape *shape) {
  attention_args args = {out, lse, qkv, *shape};
  ck_parallel(shape->batch * shape->heads, 1, attend, &args);
}
