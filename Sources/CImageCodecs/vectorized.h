#ifndef CLIPFT_VECTORIZED_H
#define CLIPFT_VECTORIZED_H

// Compiles a function for several x86-64 levels, one of which is chosen when the program is loaded.
#if defined(__x86_64__) && defined(__linux__)
#define VECTORIZED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTORIZED
#endif

#endif
