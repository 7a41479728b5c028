// Attention over bf16 in native arithmetic: operands are words of two numbers that are neighbours along the inner
// dimension. For files compiled for processors that have it.
#ifndef CLIPFT_ATTENTION_PAIRS_H
#define CLIPFT_ATTENTION_PAIRS_H

#include "attention.h"

#include <immintrin.h>

typedef uint16_t ck_halves __attribute__((ext_vector_type(16)));
typedef uint32_t ck_words __attribute__((ext_vector_type(16)));

// Where 32-bit words of bf16 lie. Offsets and strides of heads are even.
CK_INLINE const float *ck_words_at(const uint16_t *x) { return (const float *)(const void *)x; }

CK_INLINE ck_halves ck_narrowed(ck_vector v) {
  __m256bh narrow = _mm512_cvtneps_pbh((__m512)v);
  ck_halves halves;
  memcpy(&halves, &narrow, sizeof halves);
  return halves;
}

CK_INLINE ck_vector ck_widened(ck_halves halves) {
  ck_words words = __builtin_convertvector(halves, ck_words) << 16;
  return (ck_vector)words;
}

CK_INLINE ck_halves ck_load_halves(const uint16_t *x, int64_t count) {
  ck_halves halves = 0;
  memcpy(&halves, x, count < CK_LANES ? (size_t)count * sizeof(uint16_t) : sizeof halves);
  return halves;
}

// Words (even[i], odd[i]).
CK_INLINE ck_vector ck_paired(ck_halves even, ck_halves odd) {
  ck_words low = __builtin_convertvector(even, ck_words), high = __builtin_convertvector(odd, ck_words);
  return (ck_vector)(low | high << 16);
}

// Pairs of rows: out[(rows + 1) / 2, padded_dim], the padding and the partner of an odd last row zero.
CK_INLINE void ck_pair_rows(float *out, const uint16_t *x, int64_t stride, int64_t rows, const ck_head *h) {
  for (int64_t r = 0; r < rows; r += 2, x += 2 * stride, out += h->padded_dim) {
    for (int64_t d = 0; d < h->padded_dim; d += CK_LANES) {
      int64_t left = h->dim - d;
      ck_halves odd = r + 1 < rows ? ck_load_halves(x + stride + d, left) : (ck_halves)0;
      ck_store(out + d, ck_paired(ck_load_halves(x + d, left), odd));
    }
  }
}

// Pairs of rows of floats, `second` absent after the last of an odd number.
CK_INLINE void ck_pair_floats(float *out, const float *first, const float *second, int64_t n) {
  for (int64_t j = 0; j < n; j += CK_LANES) {
    ck_halves odd = second ? ck_narrowed(ck_load(second + j)) : (ck_halves)0;
    ck_store(out + j, ck_paired(ck_narrowed(ck_load(first + j)), odd));
  }
}

// A row of floats as bf16, also in place: n is a multiple of the lanes.
CK_INLINE void ck_narrow_row(void *out, const float *x, int64_t n) {
  for (int64_t j = 0; j < n; j += CK_LANES) {
    ck_halves halves = ck_narrowed(ck_load(x + j));
    memcpy((uint16_t *)out + j, &halves, sizeof halves);
  }
}

// rows of x[rows, padded_dim] as bf16 rows of a head.
CK_INLINE void ck_narrow_rows(uint16_t *out, int64_t stride, const float *x, int64_t rows, const ck_head *h) {
  for (int64_t r = 0; r < rows; r++, out += stride, x += h->padded_dim) {
    for (int64_t d = 0; d < h->dim; d += CK_LANES) {
      ck_halves halves = ck_narrowed(ck_load(x + d));
      int64_t left = h->dim - d;
      memcpy(out + d, &halves, left < CK_LANES ? (size_t)left * sizeof(uint16_t) : sizeof halves);
    }
  }
}

#endif
