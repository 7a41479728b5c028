// oneDNN's matmul behind the GEMM seam: transposes by strides, bias and activation fused, primitives kept by
// shape.
#include "gemm.h"
#include "parallel.h"

#if __has_include(<oneapi/dnnl/dnnl.h>)

#include "packed_onednn.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static dnnl_engine_t engine;
static dnnl_stream_t stream;
static char description[96];
static pthread_once_t start_once = PTHREAD_ONCE_INIT;

static const char *isa_name(dnnl_cpu_isa_t isa) {
  switch ((int)isa) {
    case dnnl_cpu_isa_sse41: return "sse41";
    case dnnl_cpu_isa_avx: return "avx";
    case dnnl_cpu_isa_avx2: return "avx2";
    case dnnl_cpu_isa_avx2_vnni: return "avx2_vnni";
    case dnnl_cpu_isa_avx512_core: return "avx512_core";
    case dnnl_cpu_isa_avx512_core_vnni: return "avx512_core_vnni";
    case dnnl_cpu_isa_avx512_core_bf16: return "avx512_core_bf16";
    case dnnl_cpu_isa_avx512_core_amx: return "avx512_core_amx";
    default: return "other instruction set";
  }
}

static void start(void) {
  if (!ck_open_onednn()) return;
  if (ck_onednn.engine_create(&engine, dnnl_cpu, 0) != dnnl_success) return;
  if (ck_onednn.stream_create(&stream, engine, dnnl_stream_default_flags) != dnnl_success) {
    stream = NULL;
    return;
  }
  const dnnl_version_t *version = ck_onednn.version();
  snprintf(description, sizeof description, "oneDNN %d.%d.%d (%s)", version->major, version->minor,
           version->patch, isa_name(ck_onednn.get_effective_cpu_isa()));
}

bool ck_onednn_available(void) {
  pthread_once(&start_once, start);
  return stream != NULL;
}

const char *ck_onednn_description(void) { return ck_onednn_available() ? description : "oneDNN (absent)"; }

dnnl_engine_t ck_onednn_engine(void) { return ck_onednn_available() ? engine : NULL; }
dnnl_stream_t ck_onednn_stream(void) { return ck_onednn_available() ? stream : NULL; }

// All that a primitive depends on. Compared and hashed as bytes: there is no padding in it.
typedef struct {
  int64_t m, n, k, lda, ldb, ldc;
  const ck_layout *layout_b;
  uint32_t threads, activation;
  uint8_t transpose_a, transpose_b, has_bias, accumulate, operands, result, zero[2];
} matmul_key;

// A primitive and its arguments, which belong to the thread that uses them.
typedef struct matmul {
  matmul_key key;
  dnnl_primitive_t primitive;
  dnnl_memory_t a, b, c, bias, scratchpad;
  size_t scratchpad_bytes;
  struct matmul *next;
} matmul;

static size_t hash_of(const matmul_key *key) {
  uint64_t words[sizeof(matmul_key) / 8], hash = 0x9e3779b97f4a7c15u;
  memcpy(words, key, sizeof words);
  for (size_t i = 0; i < sizeof words / 8; i++) {
    hash = (hash ^ words[i]) * 0xff51afd7ed558ccdu;
    hash ^= hash >> 32;
  }
  return (size_t)hash;
}

static void drop_matmul(matmul *dropped) {
  if (dropped->a) ck_onednn.memory_destroy(dropped->a);
  if (dropped->b) ck_onednn.memory_destroy(dropped->b);
  if (dropped->c) ck_onednn.memory_destroy(dropped->c);
  if (dropped->bias) ck_onednn.memory_destroy(dropped->bias);
  if (dropped->scratchpad) ck_onednn.memory_destroy(dropped->scratchpad);
  if (dropped->primitive) ck_onednn.primitive_destroy(dropped->primitive);
  free(dropped);
}

static dnnl_status_t add_post_ops(dnnl_primitive_attr_t attributes, const matmul_key *key) {
  dnnl_post_ops_t ops;
  dnnl_status_t status = ck_onednn.post_ops_create(&ops);
  if (status != dnnl_success) return status;
  switch ((ck_activation)key->activation) {
    case CK_IDENTITY: break;
    case CK_QUICK_GELU: status = ck_append_eltwise(ops, dnnl_eltwise_swish, 1.702f); break;
    case CK_GELU: status = ck_append_eltwise(ops, dnnl_eltwise_gelu_erf, 0.0f); break;
    case CK_RELU: status = ck_append_eltwise(ops, dnnl_eltwise_relu, 0.0f); break;
  }
  if (status == dnnl_success && key->accumulate) status = ck_append_sum(ops);
  if (status == dnnl_success) status = ck_onednn.primitive_attr_set_post_ops(attributes, ops);
  ck_onednn.post_ops_destroy(ops);
  return status;
}

// An operand as stored: the transpose of a row-major matrix is a column-major one.
static dnnl_status_t make_operand(dnnl_memory_desc_t *desc, uint8_t type, int64_t rows, int64_t cols,
                                  int64_t stride, bool transposed) {
  dnnl_data_type_t element = type == CK_BF16 ? dnnl_bf16 : dnnl_f32;
  return transposed ? ck_make_desc(desc, element, rows, cols, 1, stride)
                    : ck_make_desc(desc, element, rows, cols, stride, 1);
}

static dnnl_status_t build_with(matmul *made, const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b,
                                const dnnl_memory_desc_t *bias, const dnnl_memory_desc_t *c) {
  dnnl_primitive_attr_t attributes;
  dnnl_status_t status = ck_onednn.primitive_attr_create(&attributes);
  if (status != dnnl_success) return status;
  // The scratchpad is ours: the library's own is unsafe when a primitive runs on another thread than made it.
  status = ck_onednn.primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
  if (status == dnnl_success) status = add_post_ops(attributes, &made->key);
  dnnl_primitive_desc_t desc = NULL;
  if (status == dnnl_success) status = ck_make_matmul(&desc, engine, a, b, bias, c, attributes);
  ck_onednn.primitive_attr_destroy(attributes);
  if (status != dnnl_success) return status;
  status = ck_onednn.primitive_create(&made->primitive, desc);
  if (status == dnnl_success)
    status = ck_make_scratchpad(desc, engine, &made->scratchpad, &made->scratchpad_bytes);
  if (status == dnnl_success) status = ck_make_memory(&made->a, a, engine);
  if (status == dnnl_success) status = ck_make_memory(&made->b, b, engine);
  if (status == dnnl_success) status = ck_make_memory(&made->c, c, engine);
  if (status == dnnl_success && bias) status = ck_make_memory(&made->bias, bias, engine);
  ck_onednn.primitive_desc_destroy(desc);
  return status;
}

static dnnl_status_t build(matmul *made) {
  const matmul_key *key = &made->key;
  dnnl_memory_desc_t a, b, c, bias;
  dnnl_status_t status = make_operand(&a, key->operands, key->m, key->k, key->lda, key->transpose_a);
  if (status != dnnl_success) return status;
  status = make_operand(&b, key->operands, key->k, key->n, key->ldb, key->transpose_b);
  if (status == dnnl_success) {
    if ((status = make_operand(&c, key->result, key->m, key->n, key->ldc, false)) == dnnl_success) {
      if ((status = make_operand(&bias, CK_F32, 1, key->n, key->n, false)) == dnnl_success) {
        const dnnl_memory_desc_t *packed = key->layout_b ? &key->layout_b->desc : NULL;
        status = build_with(made, &a, packed ? packed : &b, key->has_bias ? &bias : NULL, &c);
        ck_drop_desc(&bias);
      }
      ck_drop_desc(&c);
    }
    ck_drop_desc(&b);
  }
  ck_drop_desc(&a);
  return status;
}

// Each thread keeps its own table, so a look-up takes no lock and arguments are never shared; oneDNN itself
// shares the generated code. A table that is full is emptied: shapes are few in any real run.
enum { BUCKETS = 512, MOST_MATMULS = 2048 };
typedef struct {
  matmul *buckets[BUCKETS];
  int count;
} matmul_table;

static pthread_key_t table_key;
static pthread_once_t table_once = PTHREAD_ONCE_INIT;
static _Thread_local matmul_table *table;

static void empty_table(matmul_table *emptied) {
  for (int i = 0; i < BUCKETS; i++) {
    for (matmul *entry = emptied->buckets[i], *next; entry; entry = next) {
      next = entry->next;
      drop_matmul(entry);
    }
    emptied->buckets[i] = NULL;
  }
  emptied->count = 0;
}

static void free_table(void *pointer) {
  empty_table(pointer);
  free(pointer);
}

static void make_table_key(void) { pthread_key_create(&table_key, free_table); }

static dnnl_status_t find(matmul **found, const matmul_key *key) {
  if (!table) {
    pthread_once(&table_once, make_table_key);
    if (!(table = calloc(1, sizeof *table))) return dnnl_out_of_memory;
    pthread_setspecific(table_key, table);
  }
  matmul **bucket = &table->buckets[hash_of(key) % BUCKETS];
  for (matmul *entry = *bucket; entry; entry = entry->next) {
    if (memcmp(&entry->key, key, sizeof *key) == 0) {
      *found = entry;
      return dnnl_success;
    }
  }
  matmul *made = calloc(1, sizeof *made);
  if (!made) return dnnl_out_of_memory;
  made->key = *key;
  dnnl_status_t status = build(made);
  if (status != dnnl_success) {
    drop_matmul(made);
    return status;
  }
  if (table->count >= MOST_MATMULS) empty_table(table);
  made->next = *bucket;
  *bucket = made;
  table->count++;
  *found = made;
  return dnnl_success;
}

// oneDNN takes writable pointers for what it only reads.
static dnnl_status_t set(dnnl_memory_t memory, const void *data) {
  return ck_onednn.memory_set_data_handle(memory, (void *)(uintptr_t)data);
}

// What takes one thread some ten microseconds is not worth waking others for.
static int threads_for(const ck_gemm_call *call) {
  return (double)call->m * (double)call->n * (double)call->k < 5e5 ? 1 : ck_threads();
}

int ck_onednn_gemm(const ck_gemm_call *call) {
  if (!ck_onednn_available()) return CK_GEMM_ENGINE_ABSENT;
  int threads = threads_for(call);
  ck_adopt_threads(threads);
  matmul_key key = {.m = call->m,
                    .n = call->n,
                    .k = call->k,
                    .lda = call->lda,
                    .ldb = call->ldb,
                    .ldc = call->ldc,
                    .layout_b = call->layout_b,
                    .threads = (uint32_t)threads,
                    .activation = (uint32_t)call->activation,
                    .transpose_a = call->transpose_a,
                    .transpose_b = call->transpose_b,
                    .has_bias = call->bias != NULL,
                    .accumulate = call->accumulate,
                    .operands = (uint8_t)call->operands,
                    .result = (uint8_t)call->result};
  matmul *found;
  dnnl_status_t status = find(&found, &key);
  if (status == dnnl_unimplemented && call->operands == CK_BF16) return CK_GEMM_UNSUPPORTED;
  if (status != dnnl_success) return (int)status;
  if ((status = set(found->a, call->a)) != dnnl_success) return (int)status;
  if ((status = set(found->b, call->b)) != dnnl_success) return (int)status;
  if ((status = set(found->c, call->c)) != dnnl_success) return (int)status;
  if (call->bias && (status = set(found->bias, call->bias)) != dnnl_success) return (int)status;
  void *scratchpad = found->scratchpad_bytes ? ck_scratch(CK_SCRATCH_GEMM, found->scratchpad_bytes) : NULL;
  if ((status = set(found->scratchpad, scratchpad)) != dnnl_success) return (int)status;
  dnnl_exec_arg_t arguments[5] = {{DNNL_ARG_SRC, found->a},
                                  {DNNL_ARG_WEIGHTS, found->b},
                                  {DNNL_ARG_DST, found->c},
                                  {DNNL_ARG_SCRATCHPAD, found->scratchpad},
                                  {DNNL_ARG_BIAS, found->bias}};
  return (int)ck_onednn.primitive_execute(found->primitive, stream, call->bias ? 5 : 4, arguments);
}

#else

bool ck_onednn_available(void) { return false; }
const char *ck_onednn_description(void) { return "oneDNN (absent)"; }
int ck_onednn_gemm(const ck_gemm_call *call) {
  (void)call;
  return CK_GEMM_ENGINE_ABSENT;
}

#endif
