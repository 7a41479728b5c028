// oneDNN's functions, opened at run time, and the calls that differ between its versions 2 and 3 under one
// name each.
#ifndef CLIPFT_ONEDNN_H
#define CLIPFT_ONEDNN_H

#include <oneapi/dnnl/dnnl.h>
#include <stdbool.h>

#if DNNL_VERSION_MAJOR >= 3
#define CK_ONEDNN_VERSIONED(F)       \
  F(memory_desc_create_with_strides) \
  F(memory_desc_create_with_tag)     \
  F(memory_desc_clone)               \
  F(memory_desc_destroy)             \
  F(matmul_primitive_desc_create)
#else
#define CK_ONEDNN_VERSIONED(F)   \
  F(memory_desc_init_by_strides) \
  F(memory_desc_init_by_tag)     \
  F(matmul_desc_init)            \
  F(primitive_desc_create)
#endif

#define CK_ONEDNN_FUNCTIONS(F)          \
  F(version)                            \
  F(get_effective_cpu_isa)              \
  F(engine_create)                      \
  F(stream_create)                      \
  F(memory_create)                      \
  F(memory_destroy)                     \
  F(memory_set_data_handle)             \
  F(memory_desc_get_size)               \
  F(memory_desc_equal)                  \
  F(reorder_primitive_desc_create)      \
  F(post_ops_create)                    \
  F(post_ops_destroy)                   \
  F(post_ops_append_eltwise)            \
  F(post_ops_append_sum)                \
  F(primitive_attr_create)              \
  F(primitive_attr_destroy)             \
  F(primitive_attr_set_post_ops)        \
  F(primitive_attr_set_scratchpad_mode) \
  F(primitive_desc_destroy)             \
  F(primitive_desc_query_md)            \
  F(primitive_create)                   \
  F(primitive_destroy)                  \
  F(primitive_execute)                  \
  CK_ONEDNN_VERSIONED(F)

#define CK_ONEDNN_POINTER(name) __typeof__(dnnl_##name) *name;
typedef struct {
  CK_ONEDNN_FUNCTIONS(CK_ONEDNN_POINTER)
} ck_onednn_functions;

// Filled by ck_open_onednn, which returns whether the library is there.
extern ck_onednn_functions ck_onednn;
bool ck_open_onednn(void);

// A desc of version 2 is a struct, of version 3 a handle.
dnnl_status_t ck_make_desc(dnnl_memory_desc_t *desc, dnnl_data_type_t type, int64_t rows, int64_t cols,
                           int64_t row_stride, int64_t column_stride);
// A layout that is left to the primitive.
dnnl_status_t ck_make_open_desc(dnnl_memory_desc_t *desc, dnnl_data_type_t type, int64_t rows, int64_t cols);
// The layout that a product has chosen for its second operand.
dnnl_status_t ck_copy_weights_desc(dnnl_memory_desc_t *copy, const_dnnl_primitive_desc_t made);
bool ck_equal_descs(const dnnl_memory_desc_t *a, const dnnl_memory_desc_t *b);
size_t ck_desc_size(const dnnl_memory_desc_t *desc);
void ck_drop_desc(dnnl_memory_desc_t *desc);
dnnl_status_t ck_append_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t algorithm, float alpha);
dnnl_status_t ck_append_sum(dnnl_post_ops_t ops);
dnnl_status_t ck_make_memory(dnnl_memory_t *memory, const dnnl_memory_desc_t *desc, dnnl_engine_t engine);
// bias may be NULL.
dnnl_status_t ck_make_matmul(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const dnnl_memory_desc_t *a,
                             const dnnl_memory_desc_t *b, const dnnl_memory_desc_t *bias,
                             const dnnl_memory_desc_t *c, const_dnnl_primitive_attr_t attributes);
dnnl_status_t ck_make_reorder(dnnl_primitive_desc_t *made, dnnl_engine_t engine, const dnnl_memory_desc_t *from,
                              const dnnl_memory_desc_t *to);
dnnl_status_t ck_make_scratchpad(const_dnnl_primitive_desc_t made, dnnl_engine_t engine,
                                 dnnl_memory_t *memory, size_t *bytes);

#endif
