// Products of tiles of bf16 pairs.
#if defined(__x86_64__)

#include "simd.h"

#include <immintrin.h>
#include <math.h>
#include <string.h>

CK_BF16_BEGIN

#define CK_ADD_PRODUCT(sum, a, b) \
  ((ck_vector)_mm512_dpbf16_ps((__m512)(sum), (__m512bh)(__m512)(a), (__m512bh)(__m512)(b)))
#include "matrix_tile_loops.h"

void ck_multiply_pairs(const ck_tile_call *call) { multiply(call, 4); }

CK_BF16_END

#endif
