// Half-width floats as storage: bf16 and IEEE f16, rounded to nearest even.
#include "parallel.h"
#include "stage.h"

typedef struct {
  void *out;
  const void *x;
} convert_args;

CK_SIMD static void bf16_to_f32(void *context, int64_t begin, int64_t end) {
  const convert_args *args = context;
  ck_widen((float *)args->out + begin, (const uint16_t *)args->x + begin, end - begin);
}

CK_SIMD static void f32_to_bf16(void *context, int64_t begin, int64_t end) {
  const convert_args *args = context;
  ck_narrow((uint16_t *)args->out + begin, (const float *)args->x + begin, end - begin);
}

CK_SIMD static void f16_to_f32(void *context, int64_t begin, int64_t end) {
  const convert_args *args = context;
  float *restrict out = args->out;
  const uint16_t *restrict x = args->x;
  for (int64_t i = begin; i < end; i++) {
    uint32_t bits = x[i], magnitude = (bits & 0x7fffu) << 13;
    // Multiplying by 2^112 moves the exponent's bias from 15 to 127 and renormalises subnormals.
    uint32_t value = ck_bits_of_float(ck_float_of_bits(magnitude) * 0x1p112f);
    value = magnitude >= 0x0f800000u ? magnitude | 0x7f800000u : value;
    out[i] = ck_float_of_bits(value | (bits & 0x8000u) << 16);
  }
}

CK_SIMD static void f32_to_f16(void *context, int64_t begin, int64_t end) {
  const convert_args *args = context;
  uint16_t *restrict out = args->out;
  const float *restrict x = args->x;
  for (int64_t i = begin; i < end; i++) {
    uint32_t bits = ck_bits_of_float(x[i]), sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
    // Normal results: rebias the exponent, round the 13 bits that go; a carry reaches infinity by itself.
    uint32_t normal = (magnitude - 0x38000000u + 0xfffu + ((magnitude >> 13) & 1u)) >> 13;
    // Subnormal results: adding 0.5 leaves the value in the low bits in units of 2^-24, rounded by the
    // addition.
    uint32_t subnormal = ck_bits_of_float(ck_float_of_bits(magnitude) + 0.5f) - 0x3f000000u;
    uint32_t value = magnitude < 0x38800000u ? subnormal : normal;
    value = magnitude >= 0x47800000u ? 0x7c00u : value;
    value = magnitude > 0x7f800000u ? 0x7e00u | (magnitude >> 13 & 0x3ffu) : value;
    out[i] = (uint16_t)(value | sign);
  }
}

void ck_bf16_to_f32(float *out, const uint16_t *x, int64_t n) {
  convert_args args = {out, x};
  ck_parallel(n, CK_CHUNK, bf16_to_f32, &args);
}

void ck_f32_to_bf16(uint16_t *out, const float *x, int64_t n) {
  convert_args args = {out, x};
  ck_parallel(n, CK_CHUNK, f32_to_bf16, &args);
}

void ck_f16_to_f32(float *out, const uint16_t *x, int64_t n) {
  convert_args args = {out, x};
  ck_parallel(n, CK_CHUNK, f16_to_f32, &args);
}

void ck_f32_to_f16(uint16_t *out, const float *x, int64_t n) {
  convert_args args = {out, x};
  ck_parallel(n, CK_CHUNK, f32_to_f16, &args);
}
