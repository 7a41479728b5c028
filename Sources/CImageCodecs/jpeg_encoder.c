#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "reader.h"

typedef struct {
  struct jpeg_compress_struct codec;
  struct jpeg_error_mgr errors;
  jmp_buf escape;
  ic_error *error;
  unsigned char *bytes;
  unsigned long count;
} jpeg_writer;

static void on_error(j_common_ptr codec) {
  jpeg_writer *writer = codec->client_data;
  char message[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, message);
  ic_fail(writer->error, IC_UNSUPPORTED, "%s", message);
  longjmp(writer->escape, 1);
}

static void on_message(j_common_ptr codec) { (void)codec; }

bool ic_encode_jpeg(const uint8_t *rgb, uint32_t width, uint32_t height, int quality, uint8_t **encoded,
                    size_t *count, ic_error *error) {
  // On the heap: what changes after setjmp must survive the jump.
  jpeg_writer *writer = calloc(1, sizeof *writer);
  if (!writer) return ic_fail(error, IC_OUT_OF_MEMORY, "there is no memory to encode it");
  writer->error = error;
  j_compress_ptr codec = &writer->codec;
  codec->err = jpeg_std_error(&writer->errors);
  writer->errors.error_exit = on_error;
  writer->errors.output_message = on_message;
  codec->client_data = writer;
  if (setjmp(writer->escape)) {
    jpeg_destroy_compress(codec);
    free(writer->bytes);
    free(writer);
    return false;
  }
  jpeg_create_compress(codec);
  jpeg_mem_dest(codec, &writer->bytes, &writer->count);
  codec->image_width = width;
  codec->image_height = height;
  codec->input_components = 3;
  codec->in_color_space = JCS_RGB;
  jpeg_set_defaults(codec);
  jpeg_set_quality(codec, quality, TRUE);
  jpeg_start_compress(codec, TRUE);
  while (codec->next_scanline < height) {
    JSAMPROW row = (JSAMPROW)(rgb + 3 * (size_t)width * codec->next_scanline);
    jpeg_write_scanlines(codec, &row, 1);
  }
  jpeg_finish_compress(codec);
  jpeg_destroy_compress(codec);
  *encoded = writer->bytes;
  *count = writer->count;
  free(writer);
  return true;
}
