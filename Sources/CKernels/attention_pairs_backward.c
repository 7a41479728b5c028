// Attention over bf16 in native arithmetic, backward: see attention_pairs.h and attention_backward.c.
#if defined(__x86_64__)

#include "simd.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

CK_BF16_BEGIN
#include "attention_pairs.h"

// Words of two columns are [dim / 2, score_stride]; words of two rows keep the columns of the rows.
typedef struct {
  float *keys_by_column, *values_by_column, *keys_by_row, *bias;
  float *probabilities, *dscores;              // Of a block of queries; dscores begin as dO·Vᵀ.
  float *probability_pairs, *dscore_pairs;     // The same, words of two queries.
  float *query_pairs, *dout_pairs, *dqueries;  // Of the same block.
  float *dkeys, *dvalues;                      // Sums over the blocks, [tokens, padded_dim].
} backward_scratch;

CK_INLINE backward_scratch divide_scratch(const ck_head *h) {
  int64_t by_column = h->dim / 2 * h->score_stride, by_row = h->padded_tokens / 2 * h->padded_dim;
  int64_t scores = h->block * h->score_stride, rows = h->block * h->padded_dim;
  int64_t sums = h->tokens * h->padded_dim;
  int64_t total = 2 * by_column + by_row + h->padded_tokens + 3 * scores + 2 * rows + 2 * sums;
  backward_scratch s = {.keys_by_column = ck_scratch(CK_SCRATCH_CHUNK, (size_t)total * sizeof(float))};
  s.values_by_column = s.keys_by_column + by_column;
  s.keys_by_row = s.values_by_column + by_column;
  s.bias = s.keys_by_row + by_row;
  s.probabilities = s.bias + h->padded_tokens;
  s.dscores = s.probabilities + scores;
  s.probability_pairs = s.dscores + scores;
  s.dscore_pairs = s.probability_pairs + scores / 2;
  s.query_pairs = s.dscore_pairs + scores / 2;
  s.dout_pairs = s.query_pairs + rows / 2;
  s.dqueries = s.dout_pairs + rows / 2;
  s.dkeys = s.dqueries + rows;
  s.dvalues = s.dkeys + sums;
  return s;
}

CK_INLINE float dot_of(const uint16_t *a, const uint16_t *b, int64_t n) {
  ck_vector sum = (ck_vector)0.0f;
  for (int64_t i = 0; i < n; i += CK_LANES) {
    sum += ck_widened(ck_load_halves(a + i, n - i)) * ck_widened(ck_load_halves(b + i, n - i));
  }
  return ck_vector_sum(sum);
}

// x[rows, dim / 2 words] · b for a block of queries: scores, or their gradients' first term.
CK_INLINE void multiply_columns(float *out, const uint16_t *x, int64_t stride, const float *b, int64_t rows,
                                int64_t keys, const ck_head *h) {
  ck_tile_call call = {.a = ck_words_at(x),
                       .a_row = stride / 2,
                       .a_column = 1,
                       .b = b,
                       .ldb = h->score_stride,
                       .c = out,
                       .ldc = h->score_stride,
                       .m = rows,
                       .n = keys,
                       .k = h->dim / 2};
  ck_multiply_pairs(&call);
}

// Adds weightsᵀ·x to the gradients of keys or values.
CK_INLINE void add_key_gradients(float *out, const float *weights, const float *x, int64_t keys, int64_t rows,
                                 const ck_head *h) {
  ck_tile_call call = {.a = weights,
                       .a_row = 1,
                       .a_column = h->score_stride,
                       .b = x,
                       .ldb = h->padded_dim,
                       .c = out,
                       .ldc = h->padded_dim,
                       .m = keys,
                       .n = h->dim,
                       .k = (rows + 1) / 2,
                       .accumulate = true};
  ck_multiply_pairs(&call);
}

typedef struct {
  const uint16_t *qkv, *dout, *out;
  uint16_t *dqkv;
} head_pointers;

CK_INLINE head_pointers pointers_of(const ck_attention_bf16_backward_args *args, const ck_head *h) {
  return (head_pointers){args->qkv + h->qkv_offset, args->dout + h->out_offset, args->out + h->out_offset,
                         args->dqkv + h->qkv_offset};
}

CK_INLINE void prefetch_token(const head_pointers *next, int64_t token, const ck_head *h) {
  ck_prefetch_token(ck_words_at(next->qkv), token, h->stride / 2, 3, h->width / 2, h->dim / 2);
  ck_prefetch_token(ck_words_at(next->dqkv), token, h->stride / 2, 3, h->width / 2, h->dim / 2);
  ck_prefetch_token(ck_words_at(next->dout), token, h->out_stride / 2, 1, 0, h->dim / 2);
  ck_prefetch_token(ck_words_at(next->out), token, h->out_stride / 2, 1, 0, h->dim / 2);
}

// Queries [begin, end); `next` is what comes after this head, or NULL.
CK_INLINE void attend_block_backward(const head_pointers *at, const head_pointers *next, const float *lse,
                                     const backward_scratch *s, int64_t begin, int64_t end,
                                     const ck_head *h) {
  int64_t keys = ck_keys_of_block(h, end), padded_keys = ck_round_to_lanes(keys), rows = end - begin;
  const uint16_t *q = at->qkv + begin * h->stride;
  const uint16_t *dout = at->dout + begin * h->out_stride, *out = at->out + begin * h->out_stride;

  multiply_columns(s->probabilities, q, h->stride, s->keys_by_column, rows, padded_keys, h);
  multiply_columns(s->dscores, dout, h->out_stride, s->values_by_column, rows, padded_keys, h);
  for (int64_t r = 0; r < rows; r++) {
    if (next) prefetch_token(next, begin + r, h);
    float along = dot_of(dout + r * h->out_stride, out + r * h->out_stride, h->dim);
    ck_score_gradients(s->probabilities + r * h->score_stride, s->dscores + r * h->score_stride, s->bias,
                    padded_keys, begin + r, lse[begin + r], along, h);
  }
  for (int64_t r = 0; r < rows; r += 2) {
    const float *p = s->probabilities + r * h->score_stride;
    float *ds = s->dscores + r * h->score_stride;
    bool paired = r + 1 < rows;
    int64_t pair = r / 2 * h->score_stride;
    ck_pair_floats(s->probability_pairs + pair, p, paired ? p + h->score_stride : NULL, padded_keys);
    ck_pair_floats(s->dscore_pairs + pair, ds, paired ? ds + h->score_stride : NULL, padded_keys);
    ck_narrow_row(ds, ds, padded_keys);
    if (paired) ck_narrow_row(ds + h->score_stride, ds + h->score_stride, padded_keys);
  }
  ck_tile_call dqueries = {.a = s->dscores,
                           .a_row = h->score_stride,
                           .a_column = 1,
                           .b = s->keys_by_row,
                           .ldb = h->padded_dim,
                           .c = s->dqueries,
                           .ldc = h->padded_dim,
                           .m = rows,
                           .n = h->dim,
                           .k = (keys + 1) / 2};
  ck_multiply_pairs(&dqueries);
  ck_narrow_rows(at->dqkv + begin * h->stride, h->stride, s->dqueries, rows, h);
  ck_pair_rows(s->query_pairs, q, h->stride, rows, h);
  ck_pair_rows(s->dout_pairs, dout, h->out_stride, rows, h);
  add_key_gradients(s->dkeys, s->dscore_pairs, s->query_pairs, keys, rows, h);
  add_key_gradients(s->dvalues, s->probability_pairs, s->dout_pairs, keys, rows, h);
}

void ck_attend_pairs_backward(void *context, int64_t begin, int64_t end) {
  const ck_attention_bf16_backward_args *args = context;
  for (int64_t item = begin; item < end; item++) {
    ck_head h = ck_head_of(&args->shape, item);
    head_pointers at = pointers_of(args, &h), next;
    if (item + 1 < end) {
      ck_head following = ck_head_of(&args->shape, item + 1);
      next = pointers_of(args, &following);
    }
    backward_scratch s = divide_scratch(&h);
    const uint16_t *keys = at.qkv + h.width;
    ck_pack_transposed(s.keys_by_column, ck_words_at(keys), h.stride / 2, h.dim / 2, &h);
    ck_pack_transposed(s.values_by_column, ck_words_at(keys + h.width), h.stride / 2, h.dim / 2, &h);
    ck_pair_rows(s.keys_by_row, keys, h.stride, h.tokens, &h);
    ck_pack_bias(s.bias, args->shape.key_bias, &h);
    memset(s.dkeys, 0, (size_t)(2 * h.tokens * h.padded_dim) * sizeof(float));
    for (int64_t query = 0; query < h.queries; query += h.block) {
      int64_t left = h.queries - query, block_end = query + (left < h.block ? left : h.block);
      attend_block_backward(&at, item + 1 < end ? &next : NULL, args->lse + h.lse_offset, &s, query,
                            block_end, &h);
    }
    for (int64_t t = h.queries; t < h.tokens; t++) {
      memset(at.dqkv + t * h.stride, 0, (size_t)h.dim * sizeof(uint16_t));
    }
    ck_narrow_rows(at.dqkv + h.width, h.stride, s.dkeys, h.tokens, &h);
    ck_narrow_rows(at.dqkv + 2 * h.width, h.stride, s.dvalues, h.tokens, &h);
  }
}

CK_BF16_END

#endif
