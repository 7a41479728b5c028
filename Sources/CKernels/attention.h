// What attention's forward and backward share: where heads lie, how operands are packed, the blocks of
// queries.
#ifndef CLIPFT_ATTENTION_H
#define CLIPFT_ATTENTION_H

#include "matrix_tile.h"
#include "parallel.h"
#include "vector16.h"

// One image and head of a packed projection.
typedef struct {
  int64_t tokens, queries, dim;
  int64_t stride;      // Between tokens of q, k and v.
  int64_t out_stride;  // Between tokens of the output.
  int64_t qkv_offset;  // Of the first query; keys and values follow `width` and 2·`width` later.
  int64_t out_offset, lse_offset, width;
  int64_t padded_dim, padded_tokens;  // Whole vectors.
  int64_t
      score_stride;  // Between rows of scores: not a multiple of what would map rows to the same cache sets.
  int64_t block;     // Queries whose scores are held at a time.
  bool causal;
  float scale;
} ck_head;

// A multiple of the rows of a register tile. Causal blocks are shorter, to skip more of what is hidden.
enum { CK_MOST_BLOCK = 48 };

CK_INLINE ck_head ck_head_of(const ck_attention_shape *shape, int64_t item) {
  int64_t image = item / shape->heads, head = item % shape->heads;
  ck_head h = {.tokens = shape->tokens, .queries = shape->queries, .dim = shape->dim};
  h.width = shape->heads * shape->dim;
  h.stride = 3 * h.width;
  h.out_stride = h.width;
  h.qkv_offset = image * shape->tokens * h.stride + head * shape->dim;
  h.out_offset = image * shape->queries * h.width + head * shape->dim;
  h.lse_offset = item * shape->queries;
  h.padded_dim = ck_round_to_lanes(shape->dim);
  h.padded_tokens = ck_round_to_lanes(shape->tokens);
  h.score_stride = h.padded_tokens + (h.padded_tokens % 64 == 0 ? CK_LANES : 0);
  h.block = shape->causal && shape->tokens > CK_MOST_BLOCK ? CK_MOST_BLOCK / 2 : CK_MOST_BLOCK;
  h.causal = shape->causal;
  h.scale = 1.0f / sqrtf((float)shape->dim);
  return h;
}

// Keys that a block of queries [begin, end) may see.
CK_INLINE int64_t ck_keys_of_block(const ck_head *h, int64_t end) { return h->causal ? end : h->tokens; }

// Rows of vectors: out[rows, padded_dim], the padding zero.
CK_INLINE void ck_pack_rows(float *out, const float *x, int64_t stride, int64_t rows, const ck_head *h) {
  int64_t whole = h->dim / CK_LANES * CK_LANES;
  for (int64_t r = 0; r < rows; r++, x += stride, out += h->padded_dim) {
    for (int64_t d = 0; d < whole; d += CK_LANES) ck_store(out + d, ck_load(x + d));
    if (whole < h->dim) ck_store(out + whole, ck_load_some(x + whole, h->dim - whole));
  }
}

// The transpose of x[tokens, dim]: out[dim, score_stride], columns past the last token zero.
CK_INLINE void ck_pack_transposed(float *out, const float *x, int64_t stride, int64_t dim, const ck_head *h) {
  for (int64_t t = 0; t < h->padded_tokens; t += CK_LANES) {
    int64_t count = h->tokens - t < CK_LANES ? h->tokens - t : CK_LANES;
    for (int64_t d = 0; d < dim; d += CK_LANES) {
      int64_t width = dim - d < CK_LANES ? dim - d : CK_LANES;
      ck_vector block[CK_LANES];
      for (int64_t i = 0; i < CK_LANES; i++) {
        const float *row = x + (t + i) * stride + d;
        block[i] = i >= count ? (ck_vector)0.0f : width == CK_LANES ? ck_load(row) : ck_load_some(row, width);
      }
      ck_transpose_16(block);
      for (int64_t i = 0; i < width; i++) ck_store(out + (d + i) * h->score_stride + t, block[i]);
    }
  }
}

// What is added to the scaled scores: the bias of each key, and −inf for the padding.
CK_INLINE void ck_pack_bias(float *out, const float *key_bias, const ck_head *h) {
  for (int64_t j = 0; j < h->padded_tokens; j++) {
    out[j] = j >= h->tokens ? -INFINITY : key_bias ? key_bias[j] : 0.0f;
  }
}

// scale·score + bias of 16 keys from `key` on, −inf where causality hides them from `query`.
CK_INLINE ck_vector ck_masked_scores(const float *scores, const float *bias, int64_t key, int64_t query,
                                     const ck_head *h) {
  ck_vector x = ck_load(scores + key) * h->scale + ck_load(bias + key);
  if (!h->causal || key + CK_LANES <= query + 1) return x;
  const ck_vector_int lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return lane > (int32_t)(query - key) ? (ck_vector)-INFINITY : x;
}

// Masks one row of scores in place; returns what softmax subtracts, the largest.
CK_INLINE float ck_mask_row(float *scores, const float *bias, int64_t keys, int64_t query, const ck_head *h) {
  ck_vector most = (ck_vector)-INFINITY;
  for (int64_t j = 0; j < keys; j += CK_LANES) {
    ck_vector x = ck_masked_scores(scores, bias, j, query, h);
    ck_store(scores + j, x);
    most = ck_vector_max(x, most);
  }
  float largest = ck_vector_largest(most);
  return largest == -INFINITY ? 0.0f : largest;  // Every key is removed: all terms are 0.
}

// Turns scores and dO·Vᵀ of one query into P and dS in place.
CK_INLINE void ck_score_gradients(float *scores, float *dscores, const float *bias, int64_t keys, int64_t query,
                               float lse, float along, const ck_head *h) {
  if (lse == -INFINITY) lse = 0.0f;  // Every key is removed: all probabilities are 0.
  for (int64_t j = 0; j < keys; j += CK_LANES) {
    ck_vector p = ck_vector_exp(ck_masked_scores(scores, bias, j, query, h) - lse);
    ck_store(scores + j, p);
    ck_store(dscores + j, p * (ck_load(dscores + j) - along) * h->scale);
  }
}

// Asks for what the next item will read of one token: heads are read in pieces too short and too far apart
// for the hardware to foresee.
CK_INLINE void ck_prefetch_token(const float *next, int64_t token, int64_t stride, int64_t parts,
                                 int64_t part_stride, int64_t dim) {
  const float *row = next + token * stride;
  for (int64_t part = 0; part < parts; part++, row += part_stride) {
    for (int64_t d = 0; d < dim; d += CK_LANES) __builtin_prefetch(row + d);
  }
}

// Queries so few that packing keys would cost more than it saves.
enum { CK_FEW_QUERIES = 2 };

// One image and head after the other, a query at a time, nothing packed.
typedef struct {
  float *out, *lse;
  const float *qkv;
  ck_attention_shape shape;
} ck_attention_args;
typedef struct {
  float *dqkv;
  const float *dout, *out, *lse, *qkv;
  ck_attention_shape shape;
} ck_attention_backward_args;
void ck_attend_few(void *context, int64_t begin, int64_t end);
void ck_attend_few_backward(void *context, int64_t begin, int64_t end);

// Of heads [begin, end) of fp32.
typedef void ck_attend_heads(void *context, int64_t begin, int64_t end);
// The same over bf16: one head at a time is widened into memory that stays in cache, attended to as if it were
// all there is, and narrowed.
typedef struct {
  uint16_t *out;
  float *lse;
  const uint16_t *qkv;
  ck_attention_shape shape;
  ck_attend_heads *attend;
} ck_attention_bf16_args;
typedef struct {
  uint16_t *dqkv;
  const uint16_t *dout, *out;
  const float *lse;
  const uint16_t *qkv;
  ck_attention_shape shape;
  ck_attend_heads *attend;
} ck_attention_bf16_backward_args;
void ck_attend_widened(void *context, int64_t begin, int64_t end);
void ck_attend_widened_backward(void *context, int64_t begin, int64_t end);

// The same where the processor multiplies bf16: products of pairs, for heads of an even number of columns.
#if defined(__x86_64__)
static inline bool ck_multiplies_pairs(const ck_attention_shape *shape) {
  return shape->dim % 2 == 0 && shape->queries > CK_FEW_QUERIES && ck_has_native_bf16();
}
void ck_attend_pairs(void *context, int64_t begin, int64_t end);
void ck_attend_pairs_backward(void *context, int64_t begin, int64_t end);
#endif

// Heads a chunk takes: those of an image, so that each reads on where the one before left off; one, if there
// are few for the team; all, if they are too little work to share.
static inline int64_t ck_heads_grain(const ck_attention_shape *shape) {
  int64_t heads = shape->batch * shape->heads;
  double work = (double)heads * (double)shape->queries * (double)shape->tokens * (double)shape->dim;
  if (work < 100000.0) return heads;
  return shape->batch >= 4 * (int64_t)ck_threads() ? shape->heads : 1;
}

#endif
