// What the decoders of this target share; not part of its interface.
#ifndef CLIPFT_READER_H
#define CLIPFT_READER_H

#include "image_codecs.h"

struct ic_reader {
  uint32_t width, height;
  bool (*read)(ic_reader *reader, uint8_t *rgb, ic_error *error);
  void (*close)(ic_reader *reader);
};

ic_reader *ic_jpeg_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error);
ic_reader *ic_png_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error);
// At least 12 bytes.
ic_reader *ic_webp_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error);

// Fills in the error, as printf does; returns false, so that callers can return it.
bool ic_fail(ic_error *error, ic_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool ic_check_size(uint32_t width, uint32_t height, ic_limits limits, ic_error *error);

#endif
