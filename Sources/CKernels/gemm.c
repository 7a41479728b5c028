// The GEMM seam: checks a call, settles the empty ones and hands the rest to an engine.
#include "gemm.h"

bool ck_engine_available(ck_engine engine) {
  switch (engine) {
    case CK_ENGINE_ONEDNN: return ck_onednn_available();
    case CK_ENGINE_OPENBLAS: return ck_openblas_available();
    case CK_ENGINE_NONE: return false;
  }
  return false;
}

const char *ck_engine_description(ck_engine engine) {
  switch (engine) {
    case CK_ENGINE_ONEDNN: return ck_onednn_description();
    case CK_ENGINE_OPENBLAS: return ck_openblas_description();
    case CK_ENGINE_NONE: return "none";
  }
  return "none";
}

// An empty inner dimension leaves activation(bias), one row at a time.
static void fill_from_bias(const ck_gemm_call *call) {
  if (call->accumulate && !call->bias) return;
  for (int64_t row = 0; row < call->m; row++) {
    float *c = call->c + row * call->ldc;
    if (call->accumulate) {
      ck_accumulate(c, call->bias, call->n);
    } else if (call->bias) {
      ck_activate(c, call->bias, call->activation, call->n);
    } else {
      ck_fill(c, 0.0f, call->n);  // Every activation maps 0 to 0.
    }
  }
}

int ck_gemm(ck_engine engine, const ck_gemm_call *call) {
  if (call->accumulate && call->activation != CK_IDENTITY) return CK_GEMM_INVALID_CALL;
  if (call->m <= 0 || call->n <= 0) return 0;
  if (call->k <= 0) {
    fill_from_bias(call);
    return 0;
  }
  switch (engine) {
    case CK_ENGINE_ONEDNN: return ck_onednn_gemm(call);
    case CK_ENGINE_OPENBLAS: return ck_openblas_gemm(call);
    case CK_ENGINE_NONE: return CK_GEMM_ENGINE_ABSENT;
  }
  return CK_GEMM_ENGINE_ABSENT;
}
