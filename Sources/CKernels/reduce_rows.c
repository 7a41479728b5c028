// Column reductions: tiles of rows in parallel, their partial sums added in row order.
#include "parallel.h"
#include "simd.h"

#include <string.h>

enum { MAX_TILES = 64, MIN_TILE_ROWS = 16 };

typedef struct {
  void *context;
  ck_row_tile tile;
  float *partials;
  int64_t rows, tile_rows, width;
} reduction;

static void reduce_tiles(void *pointer, int64_t begin, int64_t end) {
  reduction *r = pointer;
  for (int64_t tile = begin; tile < end; tile++) {
    float *partial = r->partials + tile * r->width;
    memset(partial, 0, (size_t)r->width * sizeof(float));
    int64_t first = tile * r->tile_rows, last = first + r->tile_rows;
    r->tile(r->context, partial, first, last < r->rows ? last : r->rows);
  }
}

void ck_reduce_rows(void *context, ck_row_tile tile, int64_t rows, int64_t cols, int64_t width,
                    float *const *acc, int64_t acc_count) {
  if (rows <= 0 || cols <= 0) return;
  int64_t tile_rows = (rows + MAX_TILES - 1) / MAX_TILES;
  if (tile_rows < MIN_TILE_ROWS) tile_rows = MIN_TILE_ROWS;
  int64_t tiles = (rows - 1) / tile_rows + 1;
  reduction r = {context, tile, NULL, rows, tile_rows, width};
  r.partials = ck_scratch(CK_SCRATCH_CALLER, (size_t)(tiles * width) * sizeof(float));
  int64_t small = rows * cols <= CK_CHUNK ? tiles : 1;
  ck_parallel(tiles, small, reduce_tiles, &r);
  for (int64_t i = 0; i < acc_count; i++) {
    if (!acc[i]) continue;
    for (int64_t t = 0; t < tiles; t++) {
      const float *partial = r.partials + t * width + i * cols;
      for (int64_t c = 0; c < cols; c++) acc[i][c] += partial[c];
    }
  }
}
