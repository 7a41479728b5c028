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

bool ic_fail_memory(ic_error *error) {
  return ic_fail(error, IC_OUT_OF_MEMORY, "there is no memory to decode it");
}

bool ic_check_size(uint32_t width, uint32_t height, ic_limits limits, ic_error *error) {
  if (width == 0 || height == 0) return ic_fail(error, IC_CORRUPT, "it has no pixels");
  if (width > limits.side || height > limits.side || (uint64_t)width * height > limits.pixels)
    return ic_fail(error, IC_TOO_LARGE, "it claims %u × %u pixels", width, height);
  return true;
}

// ---- Formats -----------------------------------------------------------------------------------------

// In a signature, `?` is any byte, and `#` a digit of 4 to 6.
typedef struct {
  const char *bytes;
  size_t count;
} signature;

#define SIGNATURE(text) {text, sizeof text - 1}

// A format is a line here, a file of its own, and its `open` in reader.h.
static const struct {
  ic_format format;
  signature signatures[4];
  ic_reader *(*open)(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error);
} formats[] = {
    {{"JPEG", "jpg jpeg jpe jfif jfi jif mpo"}, {SIGNATURE("\xFF\xD8\xFF")}, ic_jpeg_open},
    {{"PNG", "png apng"}, {SIGNATURE("\x89PNG\r\n\x1A\n")}, ic_png_open},
    {{"WebP", "webp"}, {SIGNATURE("RIFF????WEBP")}, ic_webp_open},
    {{"GIF", "gif"}, {SIGNATURE("GIF87a"), SIGNATURE("GIF89a")}, ic_gif_open},
    {{"BMP", "bmp dib"}, {SIGNATURE("BM")}, ic_bmp_open},
    {{"TIFF", "tif tiff"}, {SIGNATURE("II*\0"), SIGNATURE("MM\0*"), SIGNATURE("II+\0")}, ic_tiff_open},
    {{"Netpbm", "pbm pgm ppm pnm"},
     {SIGNATURE("P# "), SIGNATURE("P#\n"), SIGNATURE("P#\r"), SIGNATURE("P#\t")},
     ic_netpbm_open},
};

enum { format_count = sizeof formats / sizeof *formats };

size_t ic_format_count(void) { return format_count; }

ic_format ic_format_at(size_t index) { return formats[index].format; }

static bool begins(const uint8_t *bytes, size_t count, signature signature) {
  if (!signature.count || count < signature.count) return false;
  for (size_t i = 0; i < signature.count; i++) {
    char expected = signature.bytes[i];
    if (expected == '#' ? bytes[i] < '4' || bytes[i] > '6' : expected != '?' && (uint8_t)expected != bytes[i])
      return false;
  }
  return true;
}

ic_reader *ic_reader_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error) {
  for (size_t i = 0; i < format_count; i++)
    for (size_t j = 0; j < sizeof formats[i].signatures / sizeof(signature); j++)
      if (begins(bytes, count, formats[i].signatures[j])) return formats[i].open(bytes, count, limits, error);
  const char *unread = ic_unread_format(bytes, count);
  if (unread) ic_fail(error, IC_UNSUPPORTED, "it is %s", unread);
  else ic_fail(error, IC_UNRECOGNIZED, "it is no image of a known format");
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
