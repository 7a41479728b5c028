// JPEG by libjpeg(-turbo), with the settings and the tolerance of Pillow: what it decodes is decoded to the
// same pixels (warnings included: an odd byte in the entropy-coded data is not an error), and what ends early
// is refused.
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

#include "reader.h"

enum { rows_at_once = 16, max_scans = 1000 };

typedef struct {
  ic_reader reader;
  struct jpeg_decompress_struct codec;
  struct jpeg_error_mgr errors;
  struct jpeg_source_mgr source;
  struct jpeg_progress_mgr progress;
  jmp_buf escape;
  ic_error *error;
} jpeg_reader;

static void on_error(j_common_ptr codec) {
  jpeg_reader *reader = codec->client_data;
  char message[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, message);
  ic_fail(reader->error, IC_CORRUPT, "the JPEG data are broken: %s", message);
  longjmp(reader->escape, 1);
}

static void on_message(j_common_ptr codec) { (void)codec; }

// A few bytes can ask for thousands of passes over a large image; no encoder writes that.
static void on_progress(j_common_ptr codec) {
  jpeg_reader *reader = codec->client_data;
  if (codec->is_decompressor && ((j_decompress_ptr)codec)->input_scan_number > max_scans) {
    ic_fail(reader->error, IC_CORRUPT, "the JPEG data have more than %d scans", (int)max_scans);
    longjmp(reader->escape, 1);
  }
}

static void do_nothing(j_decompress_ptr codec) { (void)codec; }

// There is no more than what memory holds: the decoder stops where the data end.
static boolean no_more_input(j_decompress_ptr codec) {
  (void)codec;
  return FALSE;
}

static void skip_input(j_decompress_ptr codec, long count) {
  if (count <= 0) return;
  size_t step = (size_t)count < codec->src->bytes_in_buffer ? (size_t)count : codec->src->bytes_in_buffer;
  codec->src->next_input_byte += step;
  codec->src->bytes_in_buffer -= step;
}

static bool truncated(jpeg_reader *reader) {
  return ic_fail(reader->error, IC_TRUNCATED, "the JPEG data end too early");
}

static void jpeg_close(ic_reader *base) {
  jpeg_reader *reader = (jpeg_reader *)base;
  jpeg_destroy_decompress(&reader->codec);
  free(reader);
}

// The four inks come inverted, as Adobe writes them.
static void cmyk_to_rgb(const uint8_t *inks, uint8_t *rgb, size_t width) {
  for (size_t x = 0; x < width; x++, inks += 4, rgb += 3)
    for (int c = 0; c < 3; c++) rgb[c] = ic_ink(inks[3], (uint8_t)(255 - inks[c]));
}

static bool read_rows(jpeg_reader *reader, uint8_t *rgb) {
  j_decompress_ptr codec = &reader->codec;
  size_t row_bytes = 3 * (size_t)reader->reader.width;
  while (codec->output_scanline < codec->output_height) {
    JSAMPROW rows[rows_at_once];
    for (int i = 0; i < rows_at_once; i++) {
      size_t y = (size_t)codec->output_scanline + i;
      rows[i] = rgb + (y < codec->output_height ? y : codec->output_height - 1) * row_bytes;
    }
    if (jpeg_read_scanlines(codec, rows, rows_at_once) == 0) return truncated(reader);
  }
  return true;
}

static bool read_cmyk_rows(jpeg_reader *reader, uint8_t *rgb) {
  j_decompress_ptr codec = &reader->codec;
  size_t width = reader->reader.width;
  JSAMPARRAY row = codec->mem->alloc_sarray((j_common_ptr)codec, JPOOL_IMAGE, (JDIMENSION)(4 * width), 1);
  while (codec->output_scanline < codec->output_height) {
    if (jpeg_read_scanlines(codec, row, 1) == 0) return truncated(reader);
    cmyk_to_rgb(row[0], rgb, width);
    rgb += 3 * width;
  }
  return true;
}

static bool jpeg_read(ic_reader *base, uint8_t *rgb, ic_error *error) {
  jpeg_reader *reader = (jpeg_reader *)base;
  reader->error = error;
  if (setjmp(reader->escape)) return false;
  if (!jpeg_start_decompress(&reader->codec)) return truncated(reader);
  bool complete =
      reader->codec.out_color_space == JCS_CMYK ? read_cmyk_rows(reader, rgb) : read_rows(reader, rgb);
  // Whatever follows the last row is no part of the image, but libjpeg may still find fault with it.
  if (complete) jpeg_finish_decompress(&reader->codec);
  return complete;
}

ic_reader *ic_jpeg_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error) {
  jpeg_reader *reader = calloc(1, sizeof *reader);
  if (!reader) {
    ic_fail_memory(error);
    return NULL;
  }
  j_decompress_ptr codec = &reader->codec;
  reader->error = error;
  reader->reader.read = jpeg_read;
  reader->reader.close = jpeg_close;
  codec->err = jpeg_std_error(&reader->errors);
  reader->errors.error_exit = on_error;
  reader->errors.output_message = on_message;
  codec->client_data = reader;
  if (setjmp(reader->escape)) {
    jpeg_close(&reader->reader);
    return NULL;
  }
  jpeg_create_decompress(codec);
  reader->progress.progress_monitor = on_progress;
  codec->progress = &reader->progress;
  reader->source = (struct jpeg_source_mgr){
      .next_input_byte = bytes,
      .bytes_in_buffer = count,
      .init_source = do_nothing,
      .fill_input_buffer = no_more_input,
      .skip_input_data = skip_input,
      .resync_to_restart = jpeg_resync_to_restart,
      .term_source = do_nothing,
  };
  codec->src = &reader->source;

  int header;
  do header = jpeg_read_header(codec, FALSE);
  while (header == JPEG_HEADER_TABLES_ONLY);
  bool fine = true;
  if (header == JPEG_SUSPENDED) fine = truncated(reader);
  else if (codec->num_components != 1 && codec->num_components != 3 && codec->num_components != 4)
    fine = ic_fail(error, IC_UNSUPPORTED, "JPEG with %d channels is not supported", codec->num_components);
  else fine = ic_check_size(codec->image_width, codec->image_height, limits, error);
  if (!fine) {
    jpeg_close(&reader->reader);
    return NULL;
  }
  codec->out_color_space = codec->num_components == 4 ? JCS_CMYK : JCS_RGB;
  reader->reader.width = codec->image_width;
  reader->reader.height = codec->image_height;
  return &reader->reader;
}
