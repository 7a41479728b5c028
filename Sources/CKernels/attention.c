// Multi-head self-attention, forward: per image and head, blocks of queries whose scores stay in cache.
#include "attention.h"

// Softmax of one row of scores in place, not yet divided by its sum, which is returned; *largest is what was
// subtracted.
CK_INLINE float softmax_row(float *scores, const float *bias, int64_t keys, int64_t query, const ck_head *h,
                            float *largest) {
  float subtracted = ck_mask_row(scores, bias, keys, query, h);
  ck_vector sum = (ck_vector)0.0f;
  for (int64_t j = 0; j < keys; j += CK_LANES) {
    ck_vector e = ck_vector_exp(ck_load(scores + j) - subtracted);
    ck_store(scores + j, e);
    sum += e;
  }
  *largest = subtracted;
  return ck_vector_sum(sum);
}

typedef struct {
  float *keys_transposed, *values, *bias, *scores;
} forward_scratch;

CK_INLINE forward_scratch divide_scratch(const ck_head *h) {
  int64_t transposed = h->dim * h->score_stride, rows = h->tokens * h->padded_dim;
  int64_t scores = h->block * h->score_stride;
  float *memory =
      ck_scratch(CK_SCRATCH_CHUNK, (size_t)(transposed + rows + h->padded_tokens + scores) * sizeof(float));
  forward_scratch s = {.keys_transposed = memory};
  s.values = s.keys_transposed + transposed;
  s.bias = s.values + rows;
  s.scores = s.bias + h->padded_tokens;
  return s;
}

CK_INLINE void attend_block(const ck_attention_args *args, const ck_head *h, const forward_scratch *s,
                            const float *next, int64_t begin, int64_t end) {
  int64_t keys = ck_keys_of_block(h, end), padded_keys = ck_round_to_lanes(keys), rows = end - begin;
  ck_tile_call scores = {args->qkv + h->qkv_offset + begin * h->stride,
                         h->stride,
                         1,
                         s->keys_transposed,
                         h->score_stride,
                         s->scores,
                         h->score_stride,
                         rows,
                         padded_keys,
                         h->dim,
                         NULL,
                         false};
  ck_multiply_tiles(&scores);
  float inverse[CK_MOST_BLOCK];
  for (int64_t r = 0; r < rows; r++) {
    if (next) ck_prefetch_token(next, begin + r, h->stride, 3, h->width, h->dim);
    float largest;
    float sum = softmax_row(s->scores + r * h->score_stride, s->bias, padded_keys, begin + r, h, &largest);
    inverse[r] = sum == 0.0f ? 0.0f : 1.0f / sum;
    if (args->lse) args->lse[h->lse_offset + begin + r] = largest + logf(sum);
  }
  float *out = args->out + h->out_offset + begin * h->out_stride;
  ck_tile_call values = {s->scores, h->score_stride, 1,    s->values, h->padded_dim, out, h->out_stride,
                         rows,      h->dim,          keys, inverse,   false};
  ck_multiply_tiles(&values);
}

CK_SIMD static void attend(void *context, int64_t begin, int64_t end) {
  const ck_attention_args *args = context;
  for (int64_t item = begin; item < end; item++) {
    ck_head h = ck_head_of(&args->shape, item);
    forward_scratch s = divide_scratch(&h);
    const float *keys = args->qkv + h.qkv_offset + h.width;
    ck_pack_transposed(s.keys_transposed, keys, h.stride, h.dim, &h);
    ck_pack_rows(s.values, keys + h.width, h.stride, h.tokens, &h);
    ck_pack_bias(s.bias, args->shape.key_bias, &h);
    const float *next = item + 1 < end ? args->qkv + ck_head_of(&args->shape, item + 1).qkv_offset : NULL;
    for (int64_t query = 0; query < h.queries; query += h.block) {
      int64_t left = h.queries - query;
      attend_block(args, &h, &s, next, query, query + (left < h.block ? left : h.block));
    }
  }
}

// How bf16 heads are attended to: natively, or widened by what `heads` does.
static ck_attend_heads *heads_of_bf16(const ck_attention_shape *shape) {
#if defined(__x86_64__)
  if (ck_multiplies_pairs(shape)) return ck_attend_pairs;
#endif
  return ck_attend_widened;
}

void ck_attention(void *out, float *lse, const void *qkv, const ck_attention_shape *shape, ck_type type) {
  ck_attend_heads *heads = shape->queries <= CK_FEW_QUERIES ? ck_attend_few : attend;
  int64_t count = shape->batch * shape->heads, grain = ck_heads_grain(shape);
  if (type == CK_BF16) {
    ck_attention_bf16_args args = {out, lse, qkv, *shape, heads};
    ck_parallel(count, grain, heads_of_bf16(shape), &args);
  } else {
    ck_attention_args args = {out, lse, qkv, *shape};
    ck_parallel(count, grain, heads, &args);
  }
}
