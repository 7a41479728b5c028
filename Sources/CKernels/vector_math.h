// exp, erf and sigmoid as straight-line code, so that loops over them vectorise.
#ifndef CLIPFT_VECTOR_MATH_H
#define CLIPFT_VECTOR_MATH_H

#include "simd.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

CK_INLINE float ck_float_of_bits(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

CK_INLINE uint32_t ck_bits_of_float(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// e^x within 2 ulp; below -87.3 it is 0, infinities and NaN as they should be. Cephes' polynomial.
CK_INLINE float ck_exp(float x) {
  const float round = 12582912.0f;  // 1.5·2^23: adding it rounds to an integer held in the low bits.
  float limited = x > 88.8f ? 88.8f : x;
  limited = limited < -87.3f ? -87.3f : limited;
  float shifted = limited * 1.44269504088896341f + round;
  float n = shifted - round;
  float r = limited - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  // 2^n as 2·2^(n-1): n reaches 128 where e^x is still finite.
  float power = ck_float_of_bits((ck_bits_of_float(shifted) + 126u) << 23);
  float result = (p + p) * power;
  return x < -87.3f ? 0.0f : result;
}

CK_INLINE float ck_sigmoid(float x) { return 1.0f / (1.0f + ck_exp(-x)); }

// erf within 4e-7 of the true value: a rational function on [-4, 4], beyond which it is ±1 in single
// precision.
CK_INLINE float ck_erf(float x) {
  float t = x > 4.0f ? 4.0f : x;
  t = t < -4.0f ? -4.0f : t;
  float s = t * t;
  float p = -2.72614225801306e-10f;
  p = p * s + 2.77068142495902e-08f;
  p = p * s + -2.10102402082508e-06f;
  p = p * s + -5.69250639462346e-05f;
  p = p * s + -7.34990630326855e-04f;
  p = p * s + -2.95459980854025e-03f;
  p = p * s + -1.60960333262415e-02f;
  float q = -1.45660718464996e-05f;
  q = q * s + -2.13374055278905e-04f;
  q = q * s + -1.68282697438203e-03f;
  q = q * s + -7.37332916720468e-03f;
  q = q * s + -1.42647390514189e-02f;
  return t * p / q;
}

#endif
