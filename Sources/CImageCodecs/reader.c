#include "reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ic_fail(ic_error *error, ic_status status, const char *format, ...) {
  error->status = status;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  return false;
}

bool ic_check_size(uint32_t width, uint32_t height, ic_limits limits, ic_error *error) {
  if (width == 0 || height == 0) return ic_fail(error, IC_CORRUPT, "it has no pixels");
  if (width > limits.side || height > limits.side || (uint64_t)width * height > limits.pixels)
    return ic_fail(error, IC_TOO_LARGE, "it claims %u × %u pixels", width, height);
  return true;
}

ic_reader *ic_reader_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error) {
  static const uint8_t jpeg[] = {0xFF, 0xD8, 0xFF};
  static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  if (count >= sizeof jpeg && memcmp(bytes, jpeg, sizeof jpeg) == 0)
    return ic_jpeg_open(bytes, count, limits, error);
  if (count >= sizeof png && memcmp(bytes, png, sizeof png) == 0)
    return ic_png_open(bytes, count, limits, error);
  if (count >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0)
    return ic_webp_open(bytes, count, limits, error);
  ic_fail(error, IC_UNRECOGNIZED, "it is none of JPEG, PNG and WebP");
  return NULL;
}

uint32_t ic_reader_width(const ic_reader *reader) { return reader->width; }

uint32_t ic_reader_height(const ic_reader *reader) { return reader->height; }

bool ic_reader_read(ic_reader *reader, uint8_t *rgb, ic_error *error) {
  return reader->read(reader, rgb, error);
}

void ic_reader_close(ic_reader *reader) {
  if (reader) reader->close(reader);
}

void ic_free(void *memory) { free(memory); }
