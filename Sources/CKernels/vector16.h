// Sixteen floats as one value: one 512-bit register, or two or four narrower ones.
#ifndef CLIPFT_VECTOR16_H
#define CLIPFT_VECTOR16_H

#include "simd.h"

#include <math.h>
#include <string.h>

// Vectors are passed only between functions that are inlined into each other, where there is no ABI to
// differ.
#pragma clang diagnostic ignored "-Wpsabi"

enum { CK_LANES = 16 };
typedef float ck_vector __attribute__((ext_vector_type(16)));
typedef int32_t ck_vector_int __attribute__((ext_vector_type(16)));

CK_INLINE int64_t ck_round_to_lanes(int64_t n) { return (n + CK_LANES - 1) / CK_LANES * CK_LANES; }

CK_INLINE ck_vector ck_load(const float *x) {
  ck_vector v;
  memcpy(&v, x, sizeof v);
  return v;
}

CK_INLINE void ck_store(float *out, ck_vector v) { memcpy(out, &v, sizeof v); }

// The first `count` lanes; the others are zero.
CK_INLINE ck_vector ck_load_some(const float *x, int64_t count) {
  ck_vector v = 0.0f;
  memcpy(&v, x, (size_t)count * sizeof(float));
  return v;
}

CK_INLINE void ck_store_some(float *out, ck_vector v, int64_t count) {
  memcpy(out, &v, (size_t)count * sizeof(float));
}

typedef float ck_vector_8 __attribute__((ext_vector_type(8)));
typedef float ck_vector_4 __attribute__((ext_vector_type(4)));

CK_INLINE float ck_vector_sum(ck_vector v) {
  ck_vector_8 eight = v.lo + v.hi;
  ck_vector_4 four = eight.lo + eight.hi;
  return (four.x + four.y) + (four.z + four.w);
}

CK_INLINE ck_vector ck_vector_max(ck_vector a, ck_vector b) { return a > b ? a : b; }

CK_INLINE float ck_vector_largest(ck_vector v) {
  ck_vector_8 eight = v.lo > v.hi ? v.lo : v.hi;
  ck_vector_4 four = eight.lo > eight.hi ? eight.lo : eight.hi;
  float even = four.x > four.y ? four.x : four.y, odd = four.z > four.w ? four.z : four.w;
  return even > odd ? even : odd;
}

// Transposes 16 rows in registers: rows r and r + d trade the halves of their 2·d-blocks, for d = 1, 2, 4, 8.
CK_INLINE void ck_transpose_16(ck_vector rows[CK_LANES]) {
  for (int r = 0; r < CK_LANES; r += 2) {
    ck_vector a = rows[r], b = rows[r + 1];
    rows[r] = __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
    rows[r + 1] = __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  }
  for (int r = 0; r < CK_LANES; r += r % 4 == 1 ? 3 : 1) {
    ck_vector a = rows[r], b = rows[r + 2];
    rows[r] = __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    rows[r + 2] = __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  }
  for (int r = 0; r < CK_LANES; r += r % 8 == 3 ? 5 : 1) {
    ck_vector a = rows[r], b = rows[r + 4];
    rows[r] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    rows[r + 4] = __builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
  }
  for (int r = 0; r < CK_LANES / 2; r++) {
    ck_vector a = rows[r], b = rows[r + 8];
    rows[r] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    rows[r + 8] = __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  }
}

// As ck_exp of vector_math.h, for arguments that are not above 88: softmax's, which are never above 0.
CK_INLINE ck_vector ck_vector_exp(ck_vector x) {
  const float round = 12582912.0f;
  ck_vector limited = x < -87.3f ? (ck_vector)-87.3f : x;
  ck_vector shifted = limited * 1.44269504088896341f + round;
  ck_vector n = shifted - round;
  ck_vector r = limited - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  ck_vector p = (ck_vector)1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  ck_vector_int bits;
  memcpy(&bits, &shifted, sizeof bits);
  bits = (bits + 127) << 23;
  ck_vector power;
  memcpy(&power, &bits, sizeof power);
  ck_vector result = p * power;
  return x < -87.3f ? (ck_vector)0.0f : result;
}

#endif
