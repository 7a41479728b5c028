// The engines behind ck_gemm. Each takes calls with m, n and k above 0; of bf16, only oneDNN, and only where the
// processor multiplies it.
#ifndef CLIPFT_GEMM_H
#define CLIPFT_GEMM_H

#include "kernels.h"

bool ck_onednn_available(void);
const char *ck_onednn_description(void);
int ck_onednn_gemm(const ck_gemm_call *call);
const ck_layout *ck_onednn_layout(int64_t k, int64_t n);

bool ck_openblas_available(void);
const char *ck_openblas_description(void);
int ck_openblas_gemm(const ck_gemm_call *call);

// Statuses of our own, beside those of oneDNN.
enum {
  CK_GEMM_ENGINE_ABSENT = -1,
  CK_GEMM_SHAPE_TOO_LARGE = -2,
  CK_GEMM_INVALID_CALL = -3,
  CK_GEMM_UNSUPPORTED = -4
};

#endif
