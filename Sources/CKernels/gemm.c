// The GEMM seam: checks a call, settles the empty ones and hands the rest to an engine.
#include "gemm.h"
#include "parallel.h"

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
    float *c = (float *)call->c + row * call->ldc;
    if (call->accumulate) {
      ck_accumulate(c, call->bias, call->n, CK_F32);
    } else if (call->bias) {
      ck_activate(c, call->bias, call->activation, call->n, CK_F32);
    } else {
      ck_fill(c, 0.0f, call->n);  // Every activation maps 0 to 0.
    }
  }
}

static int multiply(ck_engine engine, const ck_gemm_call *call) {
  switch (engine) {
    case CK_ENGINE_ONEDNN: return ck_onednn_gemm(call);
    case CK_ENGINE_OPENBLAS: return ck_openblas_gemm(call);
    case CK_ENGINE_NONE: return CK_GEMM_ENGINE_ABSENT;
  }
  return CK_GEMM_ENGINE_ABSENT;
}

// Elements from the first to the last of `rows` rows of `cols`.
static int64_t span(int64_t rows, int64_t cols, int64_t stride) { return (rows - 1) * stride + cols; }

// bf16 without an engine that multiplies it: products of two bf16 numbers are exact in fp32, so that widened
// operands give what native arithmetic gives, to the order of the sums.
static int multiply_widened(ck_engine engine, const ck_gemm_call *call) {
  ck_gemm_call wide = *call;
  wide.operands = wide.result = CK_F32;
  int64_t a = 0, b = 0, c = 0;
  if (call->operands == CK_BF16 && call->k > 0) {
    a = call->transpose_a ? span(call->k, call->m, call->lda) : span(call->m, call->k, call->lda);
    b = call->transpose_b ? span(call->n, call->k, call->ldb) : span(call->k, call->n, call->ldb);
  }
  if (call->result == CK_BF16) {
    c = call->m * call->n;
    wide.ldc = call->n;
  }
  float *memory = ck_scratch(CK_SCRATCH_WIDENED, (size_t)(a + b + c) * sizeof(float));
  if (a > 0) {
    ck_bf16_to_f32(memory, call->a, a);
    ck_bf16_to_f32(memory + a, call->b, b);
    wide.a = memory;
    wide.b = memory + a;
  }
  if (c == 0) return ck_gemm(engine, &wide);

  float *result = memory + a + b;
  uint16_t *out = call->c;
  wide.c = result;
  for (int64_t r = 0; r < call->m && call->accumulate; r++) {
    ck_bf16_to_f32(result + r * call->n, out + r * call->ldc, call->n);
  }
  int status = ck_gemm(engine, &wide);
  if (call->ldc == call->n) {
    ck_f32_to_bf16(out, result, c);
    return status;
  }
  for (int64_t r = 0; r < call->m; r++) ck_f32_to_bf16(out + r * call->ldc, result + r * call->n, call->n);
  return status;
}

int ck_gemm(ck_engine engine, const ck_gemm_call *call) {
  if (call->accumulate && call->activation != CK_IDENTITY) return CK_GEMM_INVALID_CALL;
  if (call->operands == CK_F32 && call->result == CK_BF16) return CK_GEMM_INVALID_CALL;
  if (call->m <= 0 || call->n <= 0) return 0;
  if (call->operands == CK_F32) {
    if (call->k > 0) return multiply(engine, call);
    fill_from_bias(call);
    return 0;
  }
  bool native = engine == CK_ENGINE_ONEDNN && call->k > 0 && ck_has_native_bf16();
  int status = native ? multiply(engine, call) : CK_GEMM_UNSUPPORTED;
  return status == CK_GEMM_UNSUPPORTED && !call->layout_b ? multiply_widened(engine, call) : status;
}

const ck_layout *ck_layout_of(ck_engine engine, int64_t k, int64_t n) {
  if (engine != CK_ENGINE_ONEDNN || k <= 0 || n <= 0 || !ck_has_native_bf16()) return NULL;
  return ck_onednn_layout(k, n);
}
