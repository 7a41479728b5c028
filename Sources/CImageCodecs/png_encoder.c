#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "reader.h"

typedef struct {
  png_structp png;
  png_infop info;
  uint8_t *bytes;
  size_t count, capacity;
  ic_error *error;
} png_writer;

static void on_error(png_structp png, png_const_charp message) {
  png_writer *writer = png_get_error_ptr(png);
  if (writer->error->status == IC_OK) ic_fail(writer->error, IC_UNSUPPORTED, "%s", message);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) { (void)png, (void)message; }

static void write_output(png_structp png, png_bytep bytes, size_t count) {
  png_writer *writer = png_get_io_ptr(png);
  if (writer->capacity - writer->count < count) {
    size_t capacity = 2 * (writer->count + count);
    uint8_t *grown = realloc(writer->bytes, capacity);
    if (!grown) {
      ic_fail(writer->error, IC_OUT_OF_MEMORY, "there is no memory to encode it");
      png_error(png, "no memory");
    }
    writer->bytes = grown;
    writer->capacity = capacity;
  }
  memcpy(writer->bytes + writer->count, bytes, count);
  writer->count += count;
}

static void flush_output(png_structp png) { (void)png; }

bool ic_encode_png(const uint8_t *rgb, uint32_t width, uint32_t height, uint8_t **encoded, size_t *count,
                   ic_error *error) {
  // On the heap: what changes after setjmp must survive the jump.
  png_writer *writer = calloc(1, sizeof *writer);
  if (!writer) return ic_fail(error, IC_OUT_OF_MEMORY, "there is no memory to encode it");
  writer->error = error;
  writer->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, writer, on_error, on_warning);
  if (writer->png) writer->info = png_create_info_struct(writer->png);
  if (!writer->info) {
    png_destroy_write_struct(&writer->png, &writer->info);
    free(writer);
    return ic_fail(error, IC_OUT_OF_MEMORY, "there is no memory to encode it");
  }
  if (setjmp(png_jmpbuf(writer->png))) {
    png_destroy_write_struct(&writer->png, &writer->info);
    free(writer->bytes);
    free(writer);
    return false;
  }
  png_set_write_fn(writer->png, writer, write_output, flush_output);
  png_set_IHDR(writer->png, writer->info, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(writer->png, writer->info);
  for (size_t y = 0; y < height; y++) png_write_row(writer->png, rgb + 3 * (size_t)width * y);
  png_write_end(writer->png, writer->info);
  png_destroy_write_struct(&writer->png, &writer->info);
  *encoded = writer->bytes;
  *count = writer->count;
  free(writer);
  return true;
}
