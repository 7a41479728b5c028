// Matrices packed as oneDNN multiplies fastest by them. Left to itself, it packs a plain B anew in every product.
#include "gemm.h"
#include "parallel.h"

#if __has_include(<oneapi/dnnl/dnnl.h>)

#include "packed_onednn.h"

#include <pthread.h>
#include <stdlib.h>

// What a product of m rows would have B be.
static dnnl_status_t choose(dnnl_memory_desc_t *chosen, int64_t m, int64_t k, int64_t n) {
  dnnl_memory_desc_t a, b, c;
  dnnl_primitive_desc_t product = NULL;
  dnnl_primitive_attr_t attributes;
  dnnl_status_t status = ck_onednn.primitive_attr_create(&attributes);
  if (status != dnnl_success) return status;
  if ((status = ck_make_desc(&a, dnnl_bf16, m, k, k, 1)) == dnnl_success) {
    if ((status = ck_make_open_desc(&b, dnnl_bf16, k, n)) == dnnl_success) {
      if ((status = ck_make_desc(&c, dnnl_bf16, m, n, n, 1)) == dnnl_success) {
        status = ck_make_matmul(&product, ck_onednn_engine(), &a, &b, NULL, &c, attributes);
        ck_drop_desc(&c);
      }
      ck_drop_desc(&b);
    }
    ck_drop_desc(&a);
  }
  ck_onednn.primitive_attr_destroy(attributes);
  if (status != dnnl_success) return status;
  status = ck_copy_weights_desc(chosen, product);
  ck_onednn.primitive_desc_destroy(product);
  return status;
}

// A layout is of use only if products of any number of rows agree on it.
static bool all_rows_agree(const ck_layout *layout) {
  const int64_t rows[] = {1, 2, 16, 200, 10000};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    dnnl_memory_desc_t other;
    if (choose(&other, rows[i], layout->k, layout->n) != dnnl_success) return false;
    bool agrees = ck_equal_descs(&layout->desc, &other);
    ck_drop_desc(&other);
    if (!agrees) return false;
  }
  return true;
}

static bool is_plain(const ck_layout *layout) {
  bool plain = false;
  for (int transposed = 0; transposed < 2; transposed++) {
    dnnl_memory_desc_t desc;
    int64_t row = transposed ? 1 : layout->n, column = transposed ? layout->k : 1;
    if (ck_make_desc(&desc, dnnl_bf16, layout->k, layout->n, row, column) != dnnl_success) return true;
    plain = plain || ck_equal_descs(&layout->desc, &desc);
    ck_drop_desc(&desc);
  }
  return plain;
}

static ck_layout *layouts;
static pthread_mutex_t layouts_lock = PTHREAD_MUTEX_INITIALIZER;

static ck_layout *make_layout(int64_t k, int64_t n) {
  enum { TYPICAL_ROWS = 1024 };
  ck_layout *made = calloc(1, sizeof *made);
  if (!made) return NULL;
  made->k = k;
  made->n = n;
  if (choose(&made->desc, TYPICAL_ROWS, k, n) == dnnl_success) {
    made->bytes = ck_desc_size(&made->desc);
    made->packs = !is_plain(made) && all_rows_agree(made);
  }
  made->next = layouts;
  layouts = made;
  return made;
}

const ck_layout *ck_onednn_layout(int64_t k, int64_t n) {
  if (!ck_onednn_available()) return NULL;
  ck_adopt_threads(ck_threads());
  pthread_mutex_lock(&layouts_lock);
  ck_layout *layout = layouts;
  while (layout && (layout->k != k || layout->n != n)) layout = layout->next;
  if (!layout) layout = make_layout(k, n);
  pthread_mutex_unlock(&layouts_lock);
  return layout && layout->packs ? layout : NULL;
}

size_t ck_layout_bytes(const ck_layout *layout) { return layout->bytes; }

static dnnl_status_t execute(dnnl_primitive_desc_t reorder, const dnnl_memory_desc_t *plain,
                             const ck_layout *layout, const void *b, void *out) {
  dnnl_primitive_t primitive = NULL;
  dnnl_memory_t from = NULL, to = NULL;
  dnnl_status_t status = ck_onednn.primitive_create(&primitive, reorder);
  if (status == dnnl_success) status = ck_make_memory(&from, plain, ck_onednn_engine());
  if (status == dnnl_success) status = ck_make_memory(&to, &layout->desc, ck_onednn_engine());
  // oneDNN takes writable pointers for what it only reads.
  if (status == dnnl_success) status = ck_onednn.memory_set_data_handle(from, (void *)(uintptr_t)b);
  if (status == dnnl_success) status = ck_onednn.memory_set_data_handle(to, out);
  if (status == dnnl_success) {
    dnnl_exec_arg_t arguments[2] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    status = ck_onednn.primitive_execute(primitive, ck_onednn_stream(), 2, arguments);
  }
  if (from) ck_onednn.memory_destroy(from);
  if (to) ck_onednn.memory_destroy(to);
  if (primitive) ck_onednn.primitive_destroy(primitive);
  return status;
}

int ck_pack(const ck_layout *layout, void *out, const void *b, ck_type type, int64_t ldb, bool transpose_b) {
  ck_adopt_threads(ck_threads());
  dnnl_memory_desc_t plain;
  dnnl_primitive_desc_t reorder = NULL;
  int64_t row = transpose_b ? 1 : ldb, column = transpose_b ? ldb : 1;
  dnnl_data_type_t element = type == CK_BF16 ? dnnl_bf16 : dnnl_f32;
  dnnl_status_t status = ck_make_desc(&plain, element, layout->k, layout->n, row, column);
  if (status != dnnl_success) return (int)status;
  status = ck_make_reorder(&reorder, ck_onednn_engine(), &plain, &layout->desc);
  if (status == dnnl_success) {
    status = execute(reorder, &plain, layout, b, out);
    ck_onednn.primitive_desc_destroy(reorder);
  }
  ck_drop_desc(&plain);
  return (int)status;
}

#else

const ck_layout *ck_onednn_layout(int64_t k, int64_t n) {
  (void)k, (void)n;
  return NULL;
}
size_t ck_layout_bytes(const ck_layout *layout) {
  (void)layout;
  return 0;
}
int ck_pack(const ck_layout *layout, void *out, const void *b, ck_type type, int64_t ldb, bool transpose_b) {
  (void)layout, (void)out, (void)b, (void)type, (void)ldb, (void)transpose_b;
  return CK_GEMM_ENGINE_ABSENT;
}

#endif
