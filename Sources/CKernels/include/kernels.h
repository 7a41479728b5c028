// The numeric inner loops of clipft: row-major, contiguous unless a stride is given. What is `void *` holds elements
// of the `type` of the call, fp32 or bf16; arithmetic is fp32.
//
// Every function runs on one thread team (oneDNN's OpenMP team, see ck_parallel) and gives the same bits for the
// same input and thread count; reductions use a fixed order and tile sizes that do not depend on the thread count.
// SIMD is chosen at run time (target_clones), so one binary runs on any x86-64 or arm64.
// Naming: `out` is written, `acc` is added to. No function allocates more than a small scratch area.
#ifndef CLIPFT_KERNELS_H
#define CLIPFT_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Elements ------------------------------------------------------------------------------------------------

typedef enum { CK_F32 = 0, CK_BF16 = 1 } ck_type;
static inline size_t ck_size_of(ck_type type) { return type == CK_BF16 ? 2 : 4; }

// ---- Threads -------------------------------------------------------------------------------------------------

// Number of threads of the team: set by ck_set_threads, else OMP_NUM_THREADS, else the processors available.
int ck_threads(void);
void ck_set_threads(int threads);
// Runs body over [0, count) cut into chunks of `grain` items; chunks are claimed dynamically, the caller takes part.
// Nested calls run inline on the calling thread. The result must not depend on which thread runs a chunk.
void ck_parallel(int64_t count, int64_t grain, void (*body)(void *context, int64_t begin, int64_t end),
                 void *context);

// Gives memory that was freed, but is kept by the allocator, back to the system.
void ck_release_memory(void);

// The instruction sets of this processor, separated by spaces; returns the length of the whole text, as snprintf does.
int ck_cpu_features(char *buffer, size_t size);
// Whether this processor multiplies bf16 natively.
bool ck_has_native_bf16(void);

// ---- Matrix multiplication: the GEMM seam ----------------------------------------------------------------------

typedef enum { CK_ENGINE_NONE = 0, CK_ENGINE_ONEDNN = 1, CK_ENGINE_OPENBLAS = 2 } ck_engine;
typedef enum { CK_IDENTITY = 0, CK_QUICK_GELU = 1, CK_GELU = 2, CK_RELU = 3 } ck_activation;

// A layout in which an engine multiplies fastest by a B[k, n] of bf16. Layouts are few, shared and never freed.
typedef struct ck_layout ck_layout;

// C[m, n] = activation(op(A)[m, k] · op(B)[k, n] + bias[n]) + (accumulate ? C : 0).
// op(A) is A[m, k] (row length lda) or, if transpose_a, the transpose of A[k, m]; likewise B.
// bias may be NULL. With accumulate, activation must be CK_IDENTITY. `operands` is the type of A and B, `result` that
// of C; sums are fp32, and operands of fp32 have a result of fp32.
typedef struct {
  int64_t m, n, k;
  ck_type operands, result;
  const void *a;
  int64_t lda;
  bool transpose_a;
  const void *b;
  int64_t ldb;
  bool transpose_b;
  const ck_layout *layout_b;  // Of a packed B, of which ldb and transpose_b then say nothing; else NULL.
  void *c;
  int64_t ldc;
  const float *bias;
  ck_activation activation;
  bool accumulate;
} ck_gemm_call;

// Engines present on this machine. OpenBLAS is opened at run time, with OPENBLAS_CORETYPE set for this processor
// first (as shipped it misdetects recent ones), and keeps to one thread: row tiles of constant size run on our team.
bool ck_engine_available(ck_engine engine);
// A line for people and run records, such as "oneDNN 2.6.0 (avx512_core_bf16)" or "OpenBLAS 0.3.21 (SkylakeX)".
const char *ck_engine_description(ck_engine engine);
// Returns 0, or a non-zero status of the engine. m, n or k of 0 is allowed (C becomes bias/zero, or stays). Operands
// of bf16 are widened first where the engine or the processor does not multiply them.
int ck_gemm(ck_engine engine, const ck_gemm_call *call);

// a[rows, columns] = u[rows, k] · diag(s[k]) · vt[k, columns], k being the smaller extent and s in descending order; a is
// written over. Returns 0, −1 where LAPACK (OpenBLAS's) is absent, or its status. May be called from several threads.
int ck_svd(float *a, int64_t rows, int64_t columns, float *u, float *s, float *vt);

// NULL where the engine multiplies by plain matrices of this shape as fast, or the processor has no bf16.
const ck_layout *ck_layout_of(ck_engine engine, int64_t k, int64_t n);
size_t ck_layout_bytes(const ck_layout *layout);
// Packs op(B), rounding fp32 to nearest even; `out` has the bytes of the layout and is 64-byte aligned. Returns 0, or a
// non-zero status of the engine.
int ck_pack(const ck_layout *layout, void *out, const void *b, ck_type type, int64_t ldb, bool transpose_b);

// ---- Elementwise -------------------------------------------------------------------------------------------------

void ck_fill(float *out, float value, int64_t n);
void ck_add(void *out, const void *a, const void *b, int64_t n, ck_type type);
void ck_accumulate(void *acc, const void *x, int64_t n, ck_type type);           // acc += x
void ck_scale(void *out, const void *x, float s, int64_t n, ck_type type);       // out = s·x
void ck_axpy(float *acc, float s, const float *x, int64_t n);                    // acc += s·x
void ck_multiply(float *out, const float *a, const float *b, int64_t n);
// out = (1 − alpha)·a + alpha·b; alpha 0 and 1 copy a and b bit for bit.
void ck_lerp(float *out, const float *a, const float *b, float alpha, int64_t n);
void ck_activate(void *out, const void *x, ck_activation kind, int64_t n, ck_type type);
// dx = dy · activation'(x); dx may be dy.
void ck_activate_backward(void *dx, const void *dy, const void *x, ck_activation kind, int64_t n, ck_type type);
// Inverted dropout over rows of n: element i of row r is kept where a counter-based hash of (seeds[r], i) is below
// 1 − p, whichever other rows there are; also its own backward.
void ck_dropout(void *out, const void *x, float p, const uint64_t *seeds, int64_t rows, int64_t n, ck_type type);
float ck_sum_of_squares(const float *x, int64_t n);                              // double accumulation, fixed order
float ck_dot(const float *a, const float *b, int64_t n);                         // double accumulation, fixed order
bool ck_all_finite(const float *x, int64_t n);

// ---- Rows and columns: x is [rows, cols] ---------------------------------------------------------------------------

// out[r, c] = gamma[c]·x[r, c] + beta[c]; gamma or beta may be NULL (1, 0).
void ck_scale_shift(void *out, const void *x, const float *gamma, const float *beta, int64_t rows, int64_t cols,
                    ck_type type);
// dx (may be NULL, may be dy) = dy·gamma; dgamma (may be NULL) += Σ_r dy·x; dbeta (may be NULL) += Σ_r dy.
void ck_scale_shift_backward(void *dx, float *dgamma, float *dbeta, const void *dy, const void *x,
                             const float *gamma, int64_t rows, int64_t cols, ck_type type);
void ck_column_sum(float *acc, const void *x, int64_t rows, int64_t cols, ck_type type);  // acc[c] += Σ_r x[r, c]
// out[r, :] = s[r / rows_per_scale]·x[r, :] (drop path: one scale a sample).
void ck_scale_rows(float *out, const float *x, const float *s, int64_t rows, int64_t cols, int64_t rows_per_scale);

// y = (x − mean)·rstd·gamma + beta over each row; mean and rstd [rows] are kept for backward (either may be NULL).
void ck_layer_norm(void *y, float *mean, float *rstd, const float *x, const float *gamma, const float *beta,
                   float epsilon, int64_t rows, int64_t cols, ck_type type);
// dx (may be NULL, may not alias) is written; dgamma, dbeta (may be NULL) are added to.
void ck_layer_norm_backward(float *dx, float *dgamma, float *dbeta, const void *dy, const float *x,
                            const float *mean, const float *rstd, const float *gamma, int64_t rows, int64_t cols,
                            ck_type type);

// y = x / max(‖x‖₂, 1e-12) over each row; norm [rows] is kept for backward.
void ck_l2_normalize(float *y, float *norm, const float *x, int64_t rows, int64_t cols);
void ck_l2_normalize_backward(float *dx, const float *dy, const float *y, const float *norm, int64_t rows,
                              int64_t cols);

// out[r] = log-sum-exp of the row minus its target's logit; targets in [0, cols).
// dlogits (may be NULL) = (softmax − onehot), not averaged.
void ck_cross_entropy(float *out, float *dlogits, const float *logits, const int32_t *targets, int64_t rows,
                      int64_t cols);
void ck_softmax(float *out, const float *x, int64_t rows, int64_t cols);

// out[i, :] = x[index[i], :]
void ck_gather_rows(float *out, const float *x, const int32_t *index, int64_t count, int64_t cols);
// acc[index[i], :] += x[i, :], in the order of i (indices may repeat).
void ck_scatter_add_rows(float *acc, const float *x, const int32_t *index, int64_t count, int64_t cols);
// Copies `rows` runs of `run` bytes: out[r·out_stride + …] = x[r·x_stride + …], strides in bytes (token concat, slice).
void ck_copy_strided(void *out, int64_t out_stride, const void *x, int64_t x_stride, int64_t run, int64_t rows);
void ck_accumulate_strided(float *acc, int64_t acc_stride, const float *x, int64_t x_stride, int64_t run,
                           int64_t rows);
// out[b, t, :] = x[b, t, :] + table[t, :] for x [batch, tokens, cols]; its backward for the table is a sum over b.
void ck_add_broadcast(float *out, const float *x, const float *table, int64_t batch, int64_t inner);
void ck_sum_broadcast(float *acc, const float *dy, int64_t batch, int64_t inner); // acc[i] += Σ_b dy[b, i]

// ---- Attention ---------------------------------------------------------------------------------------------------

// Multi-head self-attention over packed projections. qkv: [batch, tokens, 3·heads·dim] (q, then k, then v; a head is
// a run of dim columns); out: [batch, tokens, heads·dim]. Scores are scaled by dim^-½. causal: key j ≤ query i only.
// key_bias (may be NULL): [tokens], added to every score of key j (log-gates of prompt tokens; −inf removes a key).
// queries: only the first `queries` rows are computed and written (out is then [batch, queries, heads·dim]).
// lse (may be NULL): [batch, heads, queries], log-sum-exp of the scaled scores, kept for backward.
typedef struct {
  int64_t batch, tokens, queries, heads, dim;
  bool causal;
  const float *key_bias;
} ck_attention_shape;

void ck_attention(void *out, float *lse, const void *qkv, const ck_attention_shape *shape, ck_type type);
// dqkv [batch, tokens, 3·heads·dim] is written (rows of q beyond `queries` become 0).
void ck_attention_backward(void *dqkv, const void *dout, const void *out, const float *lse, const void *qkv,
                           const ck_attention_shape *shape, ck_type type);

// ---- Images --------------------------------------------------------------------------------------------------------

// Unfolds images [batch, channels, height, width] into non-overlapping patches [batch, (h/p)·(w/p), channels·p·p],
// patches in row-major order, each patch as a convolution weight is laid out (channel, row, column).
void ck_unfold(float *out, const float *images, int64_t batch, int64_t channels, int64_t height, int64_t width,
               int64_t patch);
// out[c, y, x] = (pixels[y, x, c] / 255 − mean[c]) / std[c], computed in the order of the reference libraries.
void ck_normalize_image(float *out, const uint8_t *pixels, int64_t height, int64_t width, const float mean[3],
                        const float std[3]);

// ---- Optimiser -------------------------------------------------------------------------------------------------------

// One AdamW step in place, one pass (Loshchilov & Hutter 2019, as in PyTorch):
// w −= lr·weight_decay·w;  m = β1·m + (1−β1)·s·g;  v = β2·v + (1−β2)·(s·g)²;
// w −= lr / (1−β1^t) · m / (√v / √(1−β2^t) + ε), with s the gradient's scale (clipping) and t = step, from 1.
typedef struct {
  float learning_rate, beta1, beta2, epsilon, weight_decay, gradient_scale;
  int64_t step;
} ck_adamw_options;
void ck_adamw(float *w, float *m, float *v, const float *g, const ck_adamw_options *options, int64_t n);
// w −= lr·(m = momentum·m + s·g + weight_decay·w), as in PyTorch's SGD.
void ck_sgd(float *w, float *m, const float *g, float learning_rate, float momentum, float weight_decay,
            float gradient_scale, int64_t n);

// ---- Half-width floats ---------------------------------------------------------------------------------------------------

void ck_bf16_to_f32(float *out, const uint16_t *x, int64_t n);
void ck_f32_to_bf16(uint16_t *out, const float *x, int64_t n);                   // round to nearest even, NaN kept
void ck_f16_to_f32(float *out, const uint16_t *x, int64_t n);
void ck_f32_to_f16(uint16_t *out, const float *x, int64_t n);

#ifdef __cplusplus
}
#endif
#endif
