// Small matrix products inside a kernel, on operands that sit in cache, on the calling thread.
#ifndef CLIPFT_MATRIX_TILE_H
#define CLIPFT_MATRIX_TILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// C[m, n] (+)= A[m, k] · B[k, n], rows multiplied by row_scale [m] if there is one.
//
// A is read element by element (any strides, so also transposed), B by whole vectors: its rows are padded to
// a multiple of 16 columns with anything finite. C keeps to its n columns.
typedef struct {
  const float *a;
  int64_t a_row, a_column;
  const float *b;
  int64_t ldb;
  float *c;
  int64_t ldc;
  int64_t m, n, k;
  const float *row_scale;
  bool accumulate;
} ck_tile_call;

void ck_multiply_tiles(const ck_tile_call *call);

#if defined(__x86_64__)
// The same where an element of A and B is a pair of bf16 numbers that are neighbours along k, and k counts pairs. C is
// of fp32. Only for processors with native bf16.
void ck_multiply_pairs(const ck_tile_call *call);
#endif

#endif
