// Opens oneDNN and hides what differs between its versions.
#if __has_include(<oneapi/dnnl/dnnl.h>)

#include "onednn.h"

#include "parallel.h"

#include <dlfcn.h>
#include <stddef.h>

#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)

ck_onednn_functions ck_onednn;

bool ck_open_onednn(void) {
  (void)ck_threads();  // Opens OpenMP, which oneDNN depends on, the way it should be opened.
  void *library = dlopen("libdnnl.so." TEXT(DNNL_VERSION_MAJOR), RTLD_NOW | RTLD_LOCAL);
  if (!library) return false;
  bool complete = true;
#define FIND(name)                                                            \
  ck_onednn.name = (__typeof__(ck_onednn.name))dlsym(library, "dnnl_" #name); \
  complete = complete && ck_onednn.name != NULL;
  CK_ONEDNN_FUNCTIONS(FIND)
#undef FIND
  return complete;
}

#if DNNL_VERSION_MAJOR >= 3

dnnl_status_t ck_make_desc(dnnl_memory_desc_t *desc, dnnl_data_type_t type, int64_t rows, int64_t cols,
                           int64_t row_stride, int64_t column_stride) {
  dnnl_dims_t sizes = {rows, cols}, strides = {row_stride, column_stride};
  return ck_onednn.memory_desc_create_with_strides(desc, 2, sizes, type, strides);
}

dnnl_status_t ck_make_open_desc(dnnl_memory_desc_t *desc, dnnl_data_type_t type, int64_t rows, int64_t cols) {
  dnnl_dims_t sizes = {rows, cols};
  return ck_onednn.memory_desc_create_with_tag(desc, 2, sizes, type, dnnl_format_tag_any);
}

dnnl_status_t ck_copy_weights_desc(dnnl_memory_desc_t *copy, const_dnnl_primitive_desc_t made) {
  const_dnnl_memory_desc_t chosen = ck_onednn.primitive_desc_query_md(made, dnnl_query_weights_md, 0);
  return ck_onednn.memory_desc_clone(copy, chosen);
}

bool ck_equal_descs(const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b) {
  return ck_onednn.memory_desc_equal(*a, *b) != 0;
}

size_t ck_desc_size(const dnnl_memory_desc_t *desc) { return ck_onednn.memory_desc_get_size(*desc); }

void ck_drop_desc(dnnl_memory_desc_t *desc) { ck_onednn.memory_desc_destroy(*desc); }

dnnl_status_t ck_make_reorder(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const dnnl_memory_desc_t *from,
                              const dnnl_memory_desc_t *to) {
  return ck_onednn.reorder_primitive_desc_create(made, *from, engine, *to, engine, NULL);
}

dnnl_status_t ck_append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t algorithm, float alpha) {
  return ck_onednn.post_ops_append_eltwise(ops, algorithm, alpha, 0.0f);
}

dnnl_status_t ck_append_sum(dnnl_post_ops_t ops) {
  return ck_onednn.post_ops_append_sum(ops, 1.0f, 0, dnnl_data_type_undef);
}

dnnl_status_t ck_make_memory(dnnl_memory_t *memory, const dnnl_memory_desc_t *desc, dnnl_engine_t engine) {
  return ck_onednn.memory_create(memory, *desc, engine, DNNL_MEMORY_NONE);
}

dnnl_status_t ck_make_matmul(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const dnnl_memory_desc_t *a,
                             const dnnl_memory_desc_t *b, const dnnl_memory_desc_t *bias,
                             const dnnl_memory_desc_t *c, const_dnnl_primitive_attr_t attributes) {
  return ck_onednn.matmul_primitive_desc_create(made, engine, *a, *b, bias ? *bias : NULL, *c, attributes);
}

#else

dnnl_status_t ck_make_desc(dnnl_memory_desc_t *desc, dnnl_data_type_t type, int64_t rows, int64_t cols,
                           int64_t row_stride, int64_t column_stride) {
  dnnl_dims_t sizes = {rows, cols}, strides = {row_stride, column_stride};
  return ck_onednn.memory_desc_init_by_strides(desc, 2, sizes, type, strides);
}

dnnl_status_t ck_make_open_desc(dnnl_memory_desc_t *desc, dnnl_data_type_t type, int64_t rows, int64_t cols) {
  dnnl_dims_t sizes = {rows, cols};
  return ck_onednn.memory_desc_init_by_tag(desc, 2, sizes, type, dnnl_format_tag_any);
}

dnnl_status_t ck_copy_weights_desc(dnnl_memory_desc_t *copy, const_dnnl_primitive_desc_t made) {
  const dnnl_memory_desc_t *chosen = ck_onednn.primitive_desc_query_md(made, dnnl_query_weights_md, 0);
  if (!chosen) return dnnl_unimplemented;
  *copy = *chosen;
  return dnnl_success;
}

bool ck_equal_descs(const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b) {
  return ck_onednn.memory_desc_equal(a, b) != 0;
}

size_t ck_desc_size(const dnnl_memory_desc_t *desc) { return ck_onednn.memory_desc_get_size(desc); }

void ck_drop_desc(dnnl_memory_desc_t *desc) { (void)desc; }

dnnl_status_t ck_make_reorder(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const dnnl_memory_desc_t *from,
                              const dnnl_memory_desc_t *to) {
  return ck_onednn.reorder_primitive_desc_create(made, from, engine, to, engine, NULL);
}

dnnl_status_t ck_append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t algorithm, float alpha) {
  return ck_onednn.post_ops_append_eltwise(ops, 1.0f, algorithm, alpha, 0.0f);
}

dnnl_status_t ck_append_sum(dnnl_post_ops_t ops) { return ck_onednn.post_ops_append_sum(ops, 1.0f); }

dnnl_status_t ck_make_memory(dnnl_memory_t *memory, const dnnl_memory_desc_t *desc, dnnl_engine_t engine) {
  return ck_onednn.memory_create(memory, desc, engine, DNNL_MEMORY_NONE);
}

dnnl_status_t ck_make_matmul(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const dnnl_memory_desc_t *a,
                             const dnnl_memory_desc_t *b, const dnnl_memory_desc_t *bias,
                             const dnnl_memory_desc_t *c, const_dnnl_primitive_attr_t attributes) {
  dnnl_matmul_desc_t desc;
  dnnl_status_t status = ck_onednn.matmul_desc_init(&desc, a, b, bias, c);
  if (status != dnnl_success) return status;
  return ck_onednn.primitive_desc_create(made, &desc, attributes, engine, NULL);
}

#endif

dnnl_status_t ck_make_scratchpad(const_dnnl_primitive_desc_t made, dnnl_engine_t engine,
                                 dnnl_memory_t *memory, size_t *bytes) {
#if DNNL_VERSION_MAJOR >= 3
  const_dnnl_memory_desc_t desc = ck_onednn.primitive_desc_query_md(made, dnnl_query_scratchpad_md, 0);
#else
  const dnnl_memory_desc_t *desc = ck_onednn.primitive_desc_query_md(made, dnnl_query_scratchpad_md, 0);
#endif
  *bytes = ck_onednn.memory_desc_get_size(desc);
  return ck_onednn.memory_create(memory, desc, engine, DNNL_MEMORY_NONE);
}

#endif
