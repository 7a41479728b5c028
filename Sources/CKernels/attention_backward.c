// Multi-head self-attention, backward: probabilities are recomputed from the log-sum-exp that forward kept.
//
// With P = softmax(S) and D = Σ_d dO·O: dV = Pᵀ·dO, dS = P ∘ (dO·Vᵀ − D), dQ = dS·K, dK = dSᵀ·Q, S scaled.
#include "attention.h"

typedef struct {
  float *keys_transposed, *values_transposed, *keys, *bias;
  float *probabilities, *dscores;  // Of a block of queries; dscores begin as dO·Vᵀ.
  float *queries, *dout;           // Of the same block, as rows of whole vectors.
} backward_scratch;

CK_INLINE backward_scratch divide_scratch(const ck_head *h) {
  int64_t transposed = h->dim * h->score_stride, rows = h->tokens * h->padded_dim;
  int64_t scores = h->block * h->score_stride, block_rows = h->block * h->padded_dim;
  int64_t total = 2 * transposed + rows + h->padded_tokens + 2 * scores + 2 * block_rows;
  backward_scratch s = {.keys_transposed = ck_scratch(CK_SCRATCH_CHUNK, (size_t)total * sizeof(float))};
  s.values_transposed = s.keys_transposed + transposed;
  s.keys = s.values_transposed + transposed;
  s.bias = s.keys + rows;
  s.probabilities = s.bias + h->padded_tokens;
  s.dscores = s.probabilities + scores;
  s.queries = s.dscores + scores;
  s.dout = s.queries + block_rows;
  return s;
}

CK_INLINE float dot_of(const float *a, const float *b, int64_t n) {
  CK_FAST_SUMS
  float sum = 0;
  for (int64_t i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}

// Adds the gradient of a block's keys or values, weightsᵀ·x: to rows that earlier blocks have written, else
// afresh.
CK_INLINE void add_key_gradients(float *out, const float *weights, const float *x, int64_t written,
                                 int64_t keys, int64_t rows, const ck_head *h) {
  ck_tile_call add = {weights,   1,       h->score_stride, x,    h->padded_dim, out,
                      h->stride, written, h->dim,          rows, NULL,          true};
  ck_multiply_tiles(&add);
  ck_tile_call set = {weights + written,
                      1,
                      h->score_stride,
                      x,
                      h->padded_dim,
                      out + written * h->stride,
                      h->stride,
                      keys - written,
                      h->dim,
                      rows,
                      NULL,
                      false};
  ck_multiply_tiles(&set);
}

typedef struct {
  const float *qkv, *dout, *out;
  float *dqkv;
} head_pointers;

CK_INLINE head_pointers pointers_of(const ck_attention_backward_args *args, const ck_head *h) {
  return (head_pointers){args->qkv + h->qkv_offset, args->dout + h->out_offset, args->out + h->out_offset,
                         args->dqkv + h->qkv_offset};
}

CK_INLINE void prefetch_token(const head_pointers *next, int64_t token, const ck_head *h) {
  ck_prefetch_token(next->qkv, token, h->stride, 3, h->width, h->dim);
  ck_prefetch_token(next->dqkv, token, h->stride, 3, h->width, h->dim);
  ck_prefetch_token(next->dout, token, h->out_stride, 1, 0, h->dim);
  ck_prefetch_token(next->out, token, h->out_stride, 1, 0, h->dim);
}

// Queries [begin, end); `next` is what comes after this head, or NULL.
CK_INLINE void attend_block_backward(const head_pointers *at, const head_pointers *next, const float *lse,
                                     const backward_scratch *s, int64_t begin, int64_t end,
                                     const ck_head *h) {
  int64_t keys = ck_keys_of_block(h, end), padded_keys = ck_round_to_lanes(keys), rows = end - begin;
  int64_t written = begin > 0 ? ck_keys_of_block(h, begin) : 0;
  const float *q = at->qkv + begin * h->stride;
  const float *dout = at->dout + begin * h->out_stride, *out = at->out + begin * h->out_stride;

  ck_tile_call scores = {q,
                         h->stride,
                         1,
                         s->keys_transposed,
                         h->score_stride,
                         s->probabilities,
                         h->score_stride,
                         rows,
                         padded_keys,
                         h->dim,
                         NULL,
                         false};
  ck_multiply_tiles(&scores);
  ck_tile_call dprobabilities = {dout,
                                 h->out_stride,
                                 1,
                                 s->values_transposed,
                                 h->score_stride,
                                 s->dscores,
                                 h->score_stride,
                                 rows,
                                 padded_keys,
                                 h->dim,
                                 NULL,
                                 false};
  ck_multiply_tiles(&dprobabilities);
  for (int64_t r = 0; r < rows; r++) {
    if (next) prefetch_token(next, begin + r, h);
    float along = dot_of(dout + r * h->out_stride, out + r * h->out_stride, h->dim);
    ck_score_gradients(s->probabilities + r * h->score_stride, s->dscores + r * h->score_stride, s->bias,
                    padded_keys, begin + r, lse[begin + r], along, h);
  }
  ck_tile_call dqueries = {
      s->dscores, h->score_stride, 1,    s->keys, h->padded_dim, at->dqkv + begin * h->stride, h->stride,
      rows,       h->dim,          keys, NULL,    false};
  ck_multiply_tiles(&dqueries);
  ck_pack_rows(s->queries, q, h->stride, rows, h);
  ck_pack_rows(s->dout, dout, h->out_stride, rows, h);
  add_key_gradients(at->dqkv + h->width, s->dscores, s->queries, written, keys, rows, h);
  add_key_gradients(at->dqkv + 2 * h->width, s->probabilities, s->dout, written, keys, rows, h);
}

// Tokens from `first` on get no gradient in `parts` of q, k and v.
CK_INLINE void clear_tokens(float *out, int64_t first, int parts, const ck_head *h) {
  for (int64_t t = first; t < h->tokens; t++) {
    for (int part = 0; part < parts; part++) {
      memset(out + t * h->stride + part * h->width, 0, (size_t)h->dim * sizeof(float));
    }
  }
}

CK_SIMD static void attend_backward(void *context, int64_t begin, int64_t end) {
  const ck_attention_backward_args *args = context;
  for (int64_t item = begin; item < end; item++) {
    ck_head h = ck_head_of(&args->shape, item);
    head_pointers at = pointers_of(args, &h), next;
    if (item + 1 < end) {
      ck_head following = ck_head_of(&args->shape, item + 1);
      next = pointers_of(args, &following);
    }
    backward_scratch s = divide_scratch(&h);
    const float *keys = at.qkv + h.width;
    ck_pack_transposed(s.keys_transposed, keys, h.stride, h.dim, &h);
    ck_pack_transposed(s.values_transposed, keys + h.width, h.stride, h.dim, &h);
    ck_pack_rows(s.keys, keys, h.stride, h.tokens, &h);
    ck_pack_bias(s.bias, args->shape.key_bias, &h);
    for (int64_t query = 0; query < h.queries; query += h.block) {
      int64_t left = h.queries - query, block_end = query + (left < h.block ? left : h.block);
      attend_block_backward(&at, item + 1 < end ? &next : NULL, args->lse + h.lse_offset, &s, query,
                            block_end, &h);
    }
    clear_tokens(at.dqkv, h.queries, 1, &h);
    clear_tokens(at.dqkv + h.width, ck_keys_of_block(&h, h.queries), 2, &h);
  }
}

static ck_attend_heads *heads_of_bf16(const ck_attention_shape *shape) {
#if defined(__x86_64__)
  if (ck_multiplies_pairs(shape)) return ck_attend_pairs_backward;
#endif
  return ck_attend_widened_backward;
}

void ck_attention_backward(void *dqkv, const void *dout, const void *out, const float *lse, const void *qkv,
                           const ck_attention_shape *shape, ck_type type) {
  ck_attend_heads *heads = shape->queries <= CK_FEW_QUERIES ? ck_attend_few_backward : attend_backward;
  int64_t count = shape->batch * shape->heads, grain = ck_heads_grain(shape);
  if (type == CK_BF16) {
    ck_attention_bf16_backward_args args = {dqkv, dout, out, lse, qkv, *shape, heads};
    ck_parallel(count, grain, heads_of_bf16(shape), &args);
  } else {
    ck_attention_backward_args args = {dqkv, dout, out, lse, qkv, *shape};
    ck_parallel(count, grain, heads, &args);
  }
}
