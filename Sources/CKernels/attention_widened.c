// Attention over bf16: see attention.h.
#include "attention.h"
#include "stage.h"

// Widens `parts` runs of each token of a head, which lie `width` apart, into [tokens, parts, dim].
CK_INLINE void widen_tokens(float *out, const uint16_t *x, int64_t stride, int64_t tokens, int64_t parts,
                            const ck_head *h) {
  for (int64_t t = 0; t < tokens; t++, x += stride) {
    for (int64_t part = 0; part < parts; part++, out += h->dim) ck_widen(out, x + part * h->width, h->dim);
  }
}

CK_INLINE void narrow_tokens(uint16_t *out, const float *x, int64_t stride, int64_t tokens, int64_t parts,
                             const ck_head *h) {
  for (int64_t t = 0; t < tokens; t++, out += stride) {
    for (int64_t part = 0; part < parts; part++, x += h->dim) ck_narrow(out + part * h->width, x, h->dim);
  }
}

CK_INLINE ck_attention_shape one_head(const ck_attention_shape *shape) {
  ck_attention_shape one = *shape;
  one.batch = one.heads = 1;
  return one;
}

CK_SIMD void ck_attend_widened(void *context, int64_t begin, int64_t end) {
  const ck_attention_bf16_args *args = context;
  for (int64_t item = begin; item < end; item++) {
    ck_head h = ck_head_of(&args->shape, item);
    int64_t packed = 3 * h.tokens * h.dim, result = h.queries * h.dim;
    float *qkv = ck_scratch(CK_SCRATCH_WIDENED, (size_t)(packed + result) * sizeof(float)), *out = qkv + packed;
    widen_tokens(qkv, args->qkv + h.qkv_offset, h.stride, h.tokens, 3, &h);
    float *lse = args->lse ? args->lse + h.lse_offset : NULL;
    ck_attention_args one = {out, lse, qkv, one_head(&args->shape)};
    args->attend(&one, 0, 1);
    narrow_tokens(args->out + h.out_offset, out, h.out_stride, h.queries, 1, &h);
  }
}

CK_SIMD void ck_attend_widened_backward(void *context, int64_t begin, int64_t end) {
  const ck_attention_bf16_backward_args *args = context;
  for (int64_t item = begin; item < end; item++) {
    ck_head h = ck_head_of(&args->shape, item);
    int64_t packed = 3 * h.tokens * h.dim, result = h.queries * h.dim;
    float *qkv = ck_scratch(CK_SCRATCH_WIDENED, (size_t)(2 * packed + 2 * result) * sizeof(float));
    float *dqkv = qkv + packed, *out = dqkv + packed, *dout = out + result;
    widen_tokens(qkv, args->qkv + h.qkv_offset, h.stride, h.tokens, 3, &h);
    widen_tokens(out, args->out + h.out_offset, h.out_stride, h.queries, 1, &h);
    widen_tokens(dout, args->dout + h.out_offset, h.out_stride, h.queries, 1, &h);
    ck_attention_backward_args one = {dqkv, dout, out, args->lse + h.lse_offset, qkv, one_head(&args->shape)};
    args->attend(&one, 0, 1);
    narrow_tokens(args->dqkv + h.qkv_offset, dqkv, h.stride, h.tokens, 3, &h);
  }
}
