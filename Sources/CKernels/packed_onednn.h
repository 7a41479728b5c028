// Layouts of packed matrices that oneDNN chooses.
#ifndef CLIPFT_PACKED_ONEDNN_H
#define CLIPFT_PACKED_ONEDNN_H

#include "kernels.h"
#include "onednn.h"

struct ck_layout {
  int64_t k, n;
  dnnl_memory_desc_t desc;
  size_t bytes;
  bool packs;  // Whether the layout is other than that of plain matrices.
  struct ck_layout *next;
};

// Of the process; NULL without oneDNN.
dnnl_engine_t ck_onednn_engine(void);
dnnl_stream_t ck_onednn_stream(void);

#endif
