// Attention over bf16 in native arithmetic, forward: see attention_pairs.h and attention.c.
#if defined(__x86_64__)

#include "simd.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

CK_BF16_BEGIN
#include "attention_pairs.h"

typedef struct {
  float *keys;    // [dim / 2, score_stride], words of two columns.
  float *values;  // [tokens / 2, padded_dim], words of two tokens.
  float *bias, *scores, *out;
} forward_scratch;

CK_INLINE forward_scratch divide_scratch(const ck_head *h) {
  int64_t keys = h->dim / 2 * h->score_stride, values = h->padded_tokens / 2 * h->padded_dim;
  int64_t scores = h->block * h->score_stride, out = h->block * h->padded_dim;
  size_t total = (size_t)(keys + values + h->padded_tokens + scores + out) * sizeof(float);
  forward_scratch s = {.keys = ck_scratch(CK_SCRATCH_CHUNK, total)};
  s.values = s.keys + keys;
  s.bias = s.values + values;
  s.scores = s.bias + h->padded_tokens;
  s.out = s.scores + scores;
  return s;
}

// Turns one row of scores into bf16 probabilities in place, not yet divided by their sum, which is returned.
CK_INLINE float softmax_row(float *scores, const float *bias, int64_t keys, int64_t query, const ck_head *h,
                            float *largest) {
  float subtracted = ck_mask_row(scores, bias, keys, query, h);
  ck_vector sum = (ck_vector)0.0f;
  uint16_t *probabilities = (uint16_t *)(void *)scores;
  for (int64_t j = 0; j < keys; j += CK_LANES) {
    ck_vector e = ck_vector_exp(ck_load(scores + j) - subtracted);
    ck_halves narrow = ck_narrowed(e);
    memcpy(probabilities + j, &narrow, sizeof narrow);
    sum += e;
  }
  *largest = subtracted;
  return ck_vector_sum(sum);
}

CK_INLINE void attend_block(const ck_attention_bf16_args *args, const ck_head *h, const forward_scratch *s,
                            const uint16_t *next, int64_t begin, int64_t end) {
  int64_t keys = ck_keys_of_block(h, end), padded_keys = ck_round_to_lanes(keys), rows = end - begin;
  ck_tile_call scores = {.a = ck_words_at(args->qkv + h->qkv_offset + begin * h->stride),
                         .a_row = h->stride / 2,
                         .a_column = 1,
                         .b = s->keys,
                         .ldb = h->score_stride,
                         .c = s->scores,
                         .ldc = h->score_stride,
                         .m = rows,
                         .n = padded_keys,
                         .k = h->dim / 2};
  ck_multiply_pairs(&scores);
  float inverse[CK_MOST_BLOCK];
  for (int64_t r = 0; r < rows; r++) {
    if (next) {
      ck_prefetch_token(ck_words_at(next), begin + r, h->stride / 2, 3, h->width / 2, h->dim / 2);
    }
    float largest;
    float sum = softmax_row(s->scores + r * h->score_stride, s->bias, padded_keys, begin + r, h, &largest);
    inverse[r] = sum == 0.0f ? 0.0f : 1.0f / sum;
    if (args->lse) args->lse[h->lse_offset + begin + r] = largest + logf(sum);
  }
  ck_tile_call values = {.a = s->scores,
                         .a_row = h->score_stride,
                         .a_column = 1,
                         .b = s->values,
                         .ldb = h->padded_dim,
                         .c = s->out,
                         .ldc = h->padded_dim,
                         .m = rows,
                         .n = h->dim,
                         .k = (keys + 1) / 2,
                         .row_scale = inverse};
  ck_multiply_pairs(&values);
  ck_narrow_rows(args->out + h->out_offset + begin * h->out_stride, h->out_stride, s->out, rows, h);
}

void ck_attend_pairs(void *context, int64_t begin, int64_t end) {
  const ck_attention_bf16_args *args = context;
  for (int64_t item = begin; item < end; item++) {
    ck_head h = ck_head_of(&args->shape, item);
    forward_scratch s = divide_scratch(&h);
    const uint16_t *keys = args->qkv + h.qkv_offset + h.width;
    ck_pack_transposed(s.keys, ck_words_at(keys), h.stride / 2, h.dim / 2, &h);
    ck_pair_rows(s.values, keys + h.width, h.stride, h.tokens, &h);
    ck_pack_bias(s.bias, args->shape.key_bias, &h);
    const uint16_t *next = item + 1 < end ? args->qkv + ck_head_of(&args->shape, item + 1).qkv_offset : NULL;
    for (int64_t query = 0; query < h.queries; query += h.block) {
      int64_t left = h.queries - query;
      attend_block(args, &h, &s, next, query, query + (left < h.block ? left : h.block));
    }
  }
}

CK_BF16_END

#endif
