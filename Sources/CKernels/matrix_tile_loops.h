// Register tiles: six rows of C by as many vectors as the instruction set has registers for. Included by each file that
// says what CK_ADD_PRODUCT(sum, a, b) does with elements of 32 bits.
#include "matrix_tile.h"
#include "vector16.h"

enum { TILE_ROWS = 6, MOST_TILE_VECTORS = 4 };

// Rows past the last of A repeat it and are not stored.
CK_INLINE void multiply_tile(const ck_tile_call *call, int64_t row, int64_t column, int tile_rows,
                             int vectors) {
  const float *a[TILE_ROWS];
  for (int r = 0; r < tile_rows; r++) {
    int64_t source = row + r < call->m ? row + r : call->m - 1;
    a[r] = call->a + source * call->a_row;
  }
  const float *b = call->b + column;
  int64_t a_column = call->a_column, ldb = call->ldb, k = call->k;
  ck_vector sum[TILE_ROWS][MOST_TILE_VECTORS];
  for (int r = 0; r < tile_rows; r++) {
    for (int v = 0; v < vectors; v++) sum[r][v] = (ck_vector)0.0f;
  }
  for (int64_t i = 0, at = 0; i < k; i++, at += a_column, b += ldb) {
    ck_vector row_of_b[MOST_TILE_VECTORS];
    for (int v = 0; v < vectors; v++) row_of_b[v] = ck_load(b + v * CK_LANES);
    for (int r = 0; r < tile_rows; r++) {
      ck_vector element = (ck_vector)a[r][at];
      for (int v = 0; v < vectors; v++) sum[r][v] = CK_ADD_PRODUCT(sum[r][v], element, row_of_b[v]);
    }
  }
  for (int r = 0; r < tile_rows && row + r < call->m; r++) {
    float *c = call->c + (row + r) * call->ldc + column;
    float scale = call->row_scale ? call->row_scale[row + r] : 1.0f;
    for (int v = 0; v < vectors; v++, c += CK_LANES) {
      int64_t left = call->n - column - v * CK_LANES;
      ck_vector result = sum[r][v] * scale;
      if (left >= CK_LANES) {
        ck_store(c, call->accumulate ? ck_load(c) + result : result);
      } else {
        ck_store_some(c, call->accumulate ? ck_load_some(c, left) + result : result, left);
      }
    }
  }
}

CK_INLINE void multiply_column(const ck_tile_call *call, int64_t column, int vectors) {
  int64_t row = 0;
  for (; row + 1 < call->m; row += TILE_ROWS) multiply_tile(call, row, column, TILE_ROWS, vectors);
  if (row < call->m) multiply_tile(call, row, column, 1, vectors);
}

// tile_vectors is a constant, so that only the tiles an instruction set has registers for are compiled.
CK_INLINE void multiply(const ck_tile_call *call, int tile_vectors) {
  int64_t vectors = ck_round_to_lanes(call->n) / CK_LANES;
  for (int64_t v = 0; v < vectors;) {
    // Thirteen vectors are 4 + 3 + 3 + 3, not 4 + 4 + 4 + 1: narrow tiles wait for the operands of their
    // rows.
    int64_t left = vectors - v, tiles = (left + tile_vectors - 1) / tile_vectors,
            width = (left + tiles - 1) / tiles;
    int64_t column = v * CK_LANES;
    if (tile_vectors >= 4 && width == 4) {
      multiply_column(call, column, 4);
    } else if (tile_vectors >= 3 && width == 3) {
      multiply_column(call, column, 3);
    } else if (tile_vectors >= 2 && width == 2) {
      multiply_column(call, column, 2);
    } else {
      multiply_column(call, column, 1);
    }
    v += width;
  }
}
