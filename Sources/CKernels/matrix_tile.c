// Products of fp32 tiles.
#define CK_ADD_PRODUCT(sum, a, b) ((sum) + (a) * (b))
#include "matrix_tile_loops.h"

#if defined(__x86_64__)

__attribute__((target("arch=x86-64-v4"),
               min_vector_width(512))) static void multiply_v4(const ck_tile_call *call) {
  multiply(call, 4);
}

__attribute__((target("arch=x86-64-v3"))) static void multiply_v3(const ck_tile_call *call) {
  multiply(call, 1);
}

static void multiply_v1(const ck_tile_call *call) { multiply(call, 1); }

void ck_multiply_tiles(const ck_tile_call *call) {
  if (__builtin_cpu_supports("x86-64-v4")) {
    multiply_v4(call);
  } else if (__builtin_cpu_supports("x86-64-v3")) {
    multiply_v3(call);
  } else {
    multiply_v1(call);
  }
}

#else

void ck_multiply_tiles(const ck_tile_call *call) { multiply(call, 1); }

#endif
