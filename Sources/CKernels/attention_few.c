// Attention of very few queries, such as the class token's in the last block: a query at a time, nothing
// packed.
#include "attention.h"
#include "vector_math.h"

CK_INLINE float dot_of(const float *a, const float *b, int64_t n) {
  CK_FAST_SUMS
  float sum = 0;
  for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

CK_INLINE void add_scaled(float *restrict out, float s, const float *restrict x, int64_t n) {
  for (int64_t i = 0; i < n; i++) out[i] += s * x[i];
}

// scores[j] of the keys that query i sees; returns how many they are.
CK_INLINE int64_t scores_of(float *scores, const float *q, const float *k, const float *key_bias, int64_t i,
                            const ck_head *h) {
  int64_t keys = h->causal ? i + 1 : h->tokens;
  for (int64_t j = 0; j < keys; j++) {
    float score = dot_of(q + i * h->stride, k + j * h->stride, h->dim) * h->scale;
    scores[j] = key_bias ? score + key_bias[j] : score;
  }
  return keys;
}

CK_SIMD void ck_attend_few(void *context, int64_t begin, int64_t end) {
  const ck_attention_args *args = context;
  float *scores = ck_scratch(CK_SCRATCH_CHUNK, (size_t)args->shape.tokens * sizeof(float));
  for (int64_t item = begin; item < end; item++) {
    ck_head h = ck_head_of(&args->shape, item);
    const float *q = args->qkv + h.qkv_offset, *k = q + h.width, *v = k + h.width;
    for (int64_t i = 0; i < h.queries; i++) {
      int64_t keys = scores_of(scores, q, k, args->shape.key_bias, i, &h);
      float largest = scores[0];
      for (int64_t j = 1; j < keys; j++) largest = scores[j] > largest ? scores[j] : largest;
      if (largest == -INFINITY) largest = 0.0f;  // Every key is removed: all terms are 0.
      float sum = 0;
      for (int64_t j = 0; j < keys; j++) {
        scores[j] = ck_exp(scores[j] - largest);
        sum += scores[j];
      }
      float inverse = sum == 0.0f ? 0.0f : 1.0f / sum;
      float *out = args->out + h.out_offset + i * h.out_stride;
      memset(out, 0, (size_t)h.dim * sizeof(float));
      for (int64_t j = 0; j < keys; j++) add_scaled(out, scores[j] * inverse, v + j * h.stride, h.dim);
      if (args->lse) args->lse[h.lse_offset + i] = largest + logf(sum);
    }
  }
}

CK_SIMD void ck_attend_few_backward(void *context, int64_t begin, int64_t end) {
  const ck_attention_backward_args *args = context;
  float *scores = ck_scratch(CK_SCRATCH_CHUNK, (size_t)args->shape.tokens * sizeof(float));
  for (int64_t item = begin; item < end; item++) {
    ck_head h = ck_head_of(&args->shape, item);
    const float *q = args->qkv + h.qkv_offset, *k = q + h.width, *v = k + h.width;
    float *dq = args->dqkv + h.qkv_offset, *dk = dq + h.width, *dv = dk + h.width;
    for (int64_t t = 0; t < h.tokens; t++) {
      memset(dq + t * h.stride, 0, (size_t)h.dim * sizeof(float));
      memset(dk + t * h.stride, 0, (size_t)h.dim * sizeof(float));
      memset(dv + t * h.stride, 0, (size_t)h.dim * sizeof(float));
    }
    for (int64_t i = 0; i < h.queries; i++) {
      int64_t row = h.out_offset + i * h.out_stride;
      const float *dout = args->dout + row;
      float lse = args->lse[h.lse_offset + i], along = dot_of(dout, args->out + row, h.dim);
      if (lse == -INFINITY) continue;  // Every key is removed: the output was 0.
      int64_t keys = scores_of(scores, q, k, args->shape.key_bias, i, &h);
      for (int64_t j = 0; j < keys; j++) {
        float p = ck_exp(scores[j] - lse);
        float ds = p * (dot_of(dout, v + j * h.stride, h.dim) - along) * h.scale;
        add_scaled(dv + j * h.stride, p, dout, h.dim);
        add_scaled(dk + j * h.stride, ds, q + i * h.stride, h.dim);
        add_scaled(dq + i * h.stride, ds, k + j * h.stride, h.dim);
      }
    }
  }
}
