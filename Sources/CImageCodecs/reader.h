// What the decoders of this target share; not part of its interface.
#ifndef CLIPFT_READER_H
#define CLIPFT_READER_H

#include "image_codecs.h"

struct ic_reader {
  uint32_t width, height;
  bool (*read)(ic_reader *reader, uint8_t *rgb, ic_error *error);
  void (*close)(ic_reader *reader);
};

// Each is called with bytes that begin as its line of the table in reader.c says.
ic_reader *ic_jpeg_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error);
ic_reader *ic_png_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error);
ic_reader *ic_webp_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error);
ic_reader *ic_gif_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error);
ic_reader *ic_bmp_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error);
ic_reader *ic_tiff_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error);
ic_reader *ic_netpbm_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error);

// The name of a format that is known and not read; NULL if the bytes are none.
const char *ic_unread_format(const uint8_t *bytes, size_t count);

// Fills in the error, as printf does; returns false, so that callers can return it.
bool ic_fail(ic_error *error, ic_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool ic_fail_memory(ic_error *error);
bool ic_check_size(uint32_t width, uint32_t height, ic_limits limits, ic_error *error);

// Little-endian numbers.
static inline uint16_t ic_u16(const uint8_t *bytes) { return (uint16_t)(bytes[0] | bytes[1] << 8); }
static inline uint32_t ic_u32(const uint8_t *bytes) {
  return (uint32_t)ic_u16(bytes) | (uint32_t)ic_u16(bytes + 2) << 16;
}

// value × by / 255, rounded.
static inline uint8_t ic_scaled(uint32_t value, uint32_t by) {
  uint32_t product = value * by + 128;
  return (uint8_t)((product + (product >> 8)) >> 8);
}

// One channel of RGB, of how much paper the black ink leaves (0 none) and of the coloured ink.
static inline uint8_t ic_ink(uint8_t paper, uint8_t ink) { return (uint8_t)(paper - ic_scaled(ink, paper)); }

#endif
