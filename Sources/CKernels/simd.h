// How kernels are compiled: SIMD chosen at run time on x86-64, the one baseline elsewhere.
#ifndef CLIPFT_SIMD_H
#define CLIPFT_SIMD_H

// A function compiled for several instruction sets, the best one bound when the program loads.
#if defined(__x86_64__) && defined(__linux__)
#define CK_SIMD __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CK_SIMD
#endif

// Between the two, functions are compiled for processors with native bf16. System headers are included before.
#define CK_BF16_BEGIN \
  _Pragma("clang attribute push(__attribute__((target(\"arch=x86-64-v4,avx512bf16\"), min_vector_width(512))), apply_to=function)")
#define CK_BF16_END _Pragma("clang attribute pop")

// A helper that takes the instruction set of the function it is inlined into.
#define CK_INLINE static inline __attribute__((always_inline))

// First statement of a reduction: sums may be split over vector lanes.
#define CK_FAST_SUMS _Pragma("clang fp reassociate(on) contract(fast)")

#endif
