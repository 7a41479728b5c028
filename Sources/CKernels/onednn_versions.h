// The calls that differ between oneDNN 2 and 3, under one name each. A desc of version 2 is a struct, of 3 a
// handle.
#ifndef CLIPFT_ONEDNN_VERSIONS_H
#define CLIPFT_ONEDNN_VERSIONS_H

#include <oneapi/dnnl/dnnl.h>

#if DNNL_VERSION_MAJOR >= 3

static inline dnnl_status_t ck_make_desc(dnnl_memory_desc_t *desc, int dimensions, const dnnl_dims_t sizes,
                                         const dnnl_dims_t strides) {
  return dnnl_memory_desc_create_with_strides(desc, dimensions, sizes, dnnl_f32, strides);
}

static inline void ck_drop_desc(dnnl_memory_desc_t *desc) { dnnl_memory_desc_destroy(*desc); }

static inline dnnl_status_t ck_append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t algorithm, float alpha) {
  return dnnl_post_ops_append_eltwise(ops, algorithm, alpha, 0.0f);
}

static inline dnnl_status_t ck_append_sum(dnnl_post_ops_t ops) {
  return dnnl_post_ops_append_sum(ops, 1.0f, 0, dnnl_f32);
}

static inline dnnl_status_t ck_make_matmul(dnnl_primitive_desc_t *made, dnnl_engine_t engine,
                                           const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b,
                                           const dnnl_memory_desc_t *bias, const dnnl_memory_desc_t *c,
                                           const_dnnl_primitive_attr_t attributes) {
  return dnnl_matmul_primitive_desc_create(made, engine, *a, *b, bias ? *bias : NULL, *c, attributes);
}

static inline dnnl_status_t ck_make_memory(dnnl_memory_t *memory, const dnnl_memory_desc_t *desc,
                                           dnnl_engine_t engine) {
  return dnnl_memory_create(memory, *desc, engine, DNNL_MEMORY_NONE);
}

static inline dnnl_status_t ck_scratchpad_of(const_dnnl_primitive_desc_t made, dnnl_engine_t engine,
                                             dnnl_memory_t *memory, size_t *bytes) {
  const_dnnl_memory_desc_t desc = dnnl_primitive_desc_query_md(made, dnnl_query_scratchpad_md, 0);
  *bytes = dnnl_memory_desc_get_size(desc);
  return dnnl_memory_create(memory, desc, engine, DNNL_MEMORY_NONE);
}

#else

static inline dnnl_status_t ck_make_desc(dnnl_memory_desc_t *desc, int dimensions, const dnnl_dims_t sizes,
                                         const dnnl_dims_t strides) {
  return dnnl_memory_desc_init_by_strides(desc, dimensions, sizes, dnnl_f32, strides);
}

static inline void ck_drop_desc(dnnl_memory_desc_t *desc) { (void)desc; }

static inline dnnl_status_t ck_append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t algorithm, float alpha) {
  return dnnl_post_ops_append_eltwise(ops, 1.0f, algorithm, alpha, 0.0f);
}

static inline dnnl_status_t ck_append_sum(dnnl_post_ops_t ops) { return dnnl_post_ops_append_sum(ops, 1.0f); }

static inline dnnl_status_t ck_make_matmul(dnnl_primitive_desc_t *made, dnnl_engine_t engine,
                                           const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b,
                                           const dnnl_memory_desc_t *bias, const dnnl_memory_desc_t *c,
                                           const_dnnl_primitive_attr_t attributes) {
  dnnl_matmul_desc_t desc;
  dnnl_status_t status = dnnl_matmul_desc_init(&desc, a, b, bias, c);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(made, &desc, attributes, engine, NULL);
}

static inline dnnl_status_t ck_make_memory(dnnl_memory_t *memory, const dnnl_memory_desc_t *desc,
                                           dnnl_engine_t engine) {
  return dnnl_memory_create(memory, desc, engine, DNNL_MEMORY_NONE);
}

static inline dnnl_status_t ck_scratchpad_of(const_dnnl_primitive_desc_t made, dnnl_engine_t engine,
                                             dnnl_memory_t *memory, size_t *bytes) {
  const dnnl_memory_desc_t *desc = dnnl_primitive_desc_query_md(made, dnnl_query_scratchpad_md, 0);
  *bytes = dnnl_memory_desc_get_size(desc);
  return dnnl_memory_create(memory, desc, engine, DNNL_MEMORY_NONE);
}

#endif
#endif
