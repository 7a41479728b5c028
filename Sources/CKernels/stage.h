// Half-width operands of fp32 kernels: widened into a buffer that stays in cache, narrowed on the way out.
#ifndef CLIPFT_STAGE_H
#define CLIPFT_STAGE_H

#include "kernels.h"
#include "vector_math.h"

// Elements that a kernel over flat arrays stages at a time.
enum { CK_STAGE = 1024 };

CK_INLINE void ck_widen(float *restrict out, const uint16_t *restrict x, int64_t n) {
  for (int64_t i = 0; i < n; i++) out[i] = ck_float_of_bits((uint32_t)x[i] << 16);
}

// Rounds to nearest even; NaN stays NaN.
CK_INLINE void ck_narrow(uint16_t *restrict out, const float *restrict x, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    uint32_t bits = ck_bits_of_float(x[i]);
    uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
    uint32_t quiet = (bits >> 16) | 0x40u;  // Rounding could carry a NaN into infinity.
    out[i] = (uint16_t)((bits & 0x7fffffffu) > 0x7f800000u ? quiet : rounded);
  }
}

// Elements [at, at + n) as floats: where they are, or widened into `stage`.
CK_INLINE const float *ck_read(const void *x, ck_type type, int64_t at, int64_t n, float *stage) {
  if (type == CK_F32) return (const float *)x + at;
  ck_widen(stage, (const uint16_t *)x + at, n);
  return stage;
}

// Where elements from `at` on are to be written: in place, or in `stage`, to be handed to ck_write.
CK_INLINE float *ck_target(void *out, ck_type type, int64_t at, float *stage) {
  return type == CK_F32 ? (float *)out + at : stage;
}

CK_INLINE void ck_write(void *out, ck_type type, int64_t at, int64_t n, const float *stage) {
  if (type == CK_BF16) ck_narrow((uint16_t *)out + at, stage, n);
}

// How many of the elements left a kernel over flat arrays takes at once.
CK_INLINE int64_t ck_staged_length(ck_type type, int64_t left) {
  return type == CK_F32 || left < CK_STAGE ? left : CK_STAGE;
}

#endif
