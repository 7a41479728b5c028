// PNG by libpng, read as Pillow reads it: samples as they are stored (no gamma), transparency ignored, 16
// bits cut to the high byte where there is colour or alpha, and clamped to 255 where there is neither.
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "reader.h"

typedef struct {
  ic_reader reader;
  png_structp png;
  png_infop info;
  const uint8_t *next;
  size_t left;
  ic_error *error;
} png_reader;

static void on_error(png_structp png, png_const_charp message) {
  png_reader *reader = png_get_error_ptr(png);
  if (reader->error->status == IC_OK)
    ic_fail(reader->error, IC_CORRUPT, "the PNG data are broken: %s", message);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) { (void)png, (void)message; }

static void read_input(png_structp png, png_bytep out, size_t count) {
  png_reader *reader = png_get_io_ptr(png);
  if (count > reader->left) {
    ic_fail(reader->error, IC_TRUNCATED, "the PNG data end too early");
    png_error(png, "end of data");
  }
  memcpy(out, reader->next, count);
  reader->next += count;
  reader->left -= count;
}

static void png_close(ic_reader *base) {
  png_reader *reader = (png_reader *)base;
  png_destroy_read_struct(&reader->png, &reader->info, NULL);
  free(reader);
}

static bool is_deep_gray(const png_reader *reader) {
  return png_get_color_type(reader->png, reader->info) == PNG_COLOR_TYPE_GRAY &&
         png_get_bit_depth(reader->png, reader->info) == 16;
}

static void request_rgb(png_reader *reader) {
  png_structp png = reader->png;
  int type = png_get_color_type(png, reader->info);
  if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
  if (type == PNG_COLOR_TYPE_GRAY) png_set_expand_gray_1_2_4_to_8(png);
  if (type == PNG_COLOR_TYPE_GRAY || type == PNG_COLOR_TYPE_GRAY_ALPHA) png_set_gray_to_rgb(png);
  png_set_strip_16(png);
  png_set_strip_alpha(png);
}

// The row holds 16-bit big-endian samples in its first two thirds; from the right, so that none is
// overwritten unread.
static void clamp_to_rgb(uint8_t *row, size_t width) {
  for (size_t x = width; x-- > 0;) {
    uint8_t value = row[2 * x] ? 255 : row[2 * x + 1];
    memset(row + 3 * x, value, 3);
  }
}

static bool png_read(ic_reader *base, uint8_t *rgb, ic_error *error) {
  png_reader *reader = (png_reader *)base;
  png_structp png = reader->png;
  reader->error = error;
  if (setjmp(png_jmpbuf(png))) return false;
  size_t width = base->width, height = base->height, row_bytes = 3 * width;
  bool deep_gray = is_deep_gray(reader);
  if (!deep_gray) request_rgb(reader);
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, reader->info);
  if (png_get_rowbytes(png, reader->info) != (deep_gray ? 2 : 3) * width)
    return ic_fail(error, IC_UNSUPPORTED, "this kind of PNG is not supported");
  for (int pass = 0; pass < passes; pass++)
    for (size_t y = 0; y < height; y++) png_read_row(png, rgb + y * row_bytes, NULL);
  if (deep_gray)
    for (size_t y = 0; y < height; y++) clamp_to_rgb(rgb + y * row_bytes, width);
  return true;
}

ic_reader *ic_png_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error) {
  png_reader *reader = calloc(1, sizeof *reader);
  if (!reader) {
    ic_fail_memory(error);
    return NULL;
  }
  reader->reader.read = png_read;
  reader->reader.close = png_close;
  reader->next = bytes;
  reader->left = count;
  reader->error = error;
  reader->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, reader, on_error, on_warning);
  if (reader->png) reader->info = png_create_info_struct(reader->png);
  if (!reader->info) {
    png_close(&reader->reader);
    ic_fail_memory(error);
    return NULL;
  }
  if (setjmp(png_jmpbuf(reader->png))) {
    png_close(&reader->reader);
    return NULL;
  }
  png_structp png = reader->png;
  png_set_read_fn(png, reader, read_input);
  png_set_user_limits(png, limits.side, limits.side);
  // Nothing but the header, the palette and the samples matters; the rest is not even parsed.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_read_info(png, reader->info);
  reader->reader.width = png_get_image_width(png, reader->info);
  reader->reader.height = png_get_image_height(png, reader->info);
  if (!ic_check_size(reader->reader.width, reader->reader.height, limits, error)) {
    png_close(&reader->reader);
    return NULL;
  }
  return &reader->reader;
}
