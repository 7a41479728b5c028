// TIFF by libtiff: the first page, in the orientation that it states, as Pillow turns it.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tiff_decoder.h"

#if TIFFLIB_VERSION < 20221213
#error "libtiff 4.5 or newer is needed"
#endif

typedef struct {
  ic_reader reader;
  TIFF *tiff;
  const uint8_t *bytes;
  uint64_t count, at;
  ic_limits limits;
  ic_error *error;
  uint32_t width, height;  // as stored
  tiff_layout layout;
  // Planes that are put together before they are converted; NULL where they lie together.
  uint8_t *interleaved;
  uint8_t *line;  // of RGB
  uint8_t *rgb;
} tiff_reader;

// ---- What libtiff calls ------------------------------------------------------------------------------

static tmsize_t read_input(thandle_t handle, void *out, tmsize_t wanted) {
  tiff_reader *reader = handle;
  if (wanted < 0 || reader->at >= reader->count) return 0;
  uint64_t left = reader->count - reader->at, taken = (uint64_t)wanted < left ? (uint64_t)wanted : left;
  memcpy(out, reader->bytes + reader->at, taken);
  reader->at += taken;
  return (tmsize_t)taken;
}

static tmsize_t write_nothing(thandle_t handle, void *bytes, tmsize_t count) {
  (void)handle, (void)bytes, (void)count;
  return 0;
}

static toff_t seek_input(thandle_t handle, toff_t offset, int origin) {
  tiff_reader *reader = handle;
  reader->at = origin == SEEK_SET ? offset : origin == SEEK_CUR ? reader->at + offset : reader->count + offset;
  return reader->at;
}

static int close_nothing(thandle_t handle) {
  (void)handle;
  return 0;
}

static toff_t input_size(thandle_t handle) { return ((tiff_reader *)handle)->count; }

static int map_input(thandle_t handle, void **base, toff_t *size) {
  tiff_reader *reader = handle;
  *base = (void *)reader->bytes;
  *size = reader->count;
  return 1;
}

static void unmap_nothing(thandle_t handle, void *base, toff_t size) { (void)handle, (void)base, (void)size; }

static int on_error(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
  (void)tiff, (void)module;
  tiff_reader *reader = user;
  char message[120];
  vsnprintf(message, sizeof message, format, arguments);
  if (reader->error->status == IC_OK)
    ic_fail(reader->error, IC_CORRUPT, "the TIFF data are broken: %s", message);
  return 1;
}

static int on_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list arguments) {
  (void)tiff, (void)user, (void)module, (void)format, (void)arguments;
  return 1;
}

static bool open_tiff(tiff_reader *reader) {
  TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
  if (!options) return ic_fail_memory(reader->error);
  // No more than the pixels of the largest image, of four samples of four bytes.
  tmsize_t most = (tmsize_t)(16 * reader->limits.pixels);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, most);
#if TIFFLIB_VERSION >= 20240911
  TIFFOpenOptionsSetMaxCumulatedMemAlloc(options, most);
#endif
  TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, reader);
  TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, reader);
  reader->tiff = TIFFClientOpenExt("TIFF", "rc", reader, read_input, write_nothing, seek_input, close_nothing,
                                   input_size, map_input, unmap_nothing, options);
  TIFFOpenOptionsFree(options);
  return reader->tiff != NULL;
}

// ---- Rows --------------------------------------------------------------------------------------------

// Puts RGB where the orientation wants it.
static void place(const tiff_reader *reader, const uint8_t *line, size_t x, size_t y, size_t count) {
  size_t width = reader->width, height = reader->height, across = reader->reader.width;
  unsigned orientation = reader->layout.orientation;
  if (orientation == ORIENTATION_TOPLEFT) {
    memcpy(reader->rgb + 3 * (y * width + x), line, 3 * count);
    return;
  }
  for (size_t end = x + count; x < end; x++, line += 3) {
    size_t right = width - 1 - x, bottom = height - 1 - y, column, row;
    switch (orientation) {
      case ORIENTATION_TOPRIGHT: column = right, row = y; break;
      case ORIENTATION_BOTRIGHT: column = right, row = bottom; break;
      case ORIENTATION_BOTLEFT: column = x, row = bottom; break;
      case ORIENTATION_LEFTTOP: column = y, row = x; break;
      case ORIENTATION_RIGHTTOP: column = bottom, row = x; break;
      case ORIENTATION_RIGHTBOT: column = bottom, row = right; break;
      default: column = y, row = right; break;
    }
    memcpy(reader->rgb + 3 * (row * across + column), line, 3);
  }
}

static void convert(const tiff_reader *reader, const uint8_t *row, size_t x, size_t y, size_t count) {
  ic_tiff_row_to_rgb(&reader->layout, row, count, reader->line);
  place(reader, reader->line, x, y, count);
}

static size_t sample_bytes(const tiff_layout *layout) { return layout->bits / 8; }

// Samples of one plane, or of all where they lie together.
static void take_row(const tiff_reader *reader, const uint8_t *row, uint16_t plane, size_t x, size_t y,
                     size_t count) {
  if (!reader->interleaved) {
    convert(reader, row, x, y, count);
    return;
  }
  size_t width = sample_bytes(&reader->layout), step = width * reader->layout.samples;
  uint8_t *out = reader->interleaved + (y * reader->width + x) * step + plane * width;
  for (size_t i = 0; i < count; i++) memcpy(out + i * step, row + i * width, width);
}

static size_t row_bytes(const tiff_reader *reader, size_t width) {
  size_t samples = reader->interleaved ? 1 : reader->layout.samples;
  return (width * samples * reader->layout.bits + 7) / 8;
}

// Strips are tiles as wide as the image.
static bool read_blocks(tiff_reader *reader, uint16_t planes) {
  TIFF *tiff = reader->tiff;
  bool tiled = TIFFIsTiled(tiff);
  uint32_t across = reader->width, down = reader->height;
  TIFFGetField(tiff, tiled ? TIFFTAG_TILELENGTH : TIFFTAG_ROWSPERSTRIP, &down);
  if (tiled) TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &across);
  else if (down > reader->height) down = reader->height;
  if (!ic_check_size(across, down, reader->limits, reader->error)) return false;
  tmsize_t size = tiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff);
  tmsize_t stride = tiled ? TIFFTileRowSize(tiff) : TIFFScanlineSize(tiff);
  if (size <= 0 || stride <= 0 || (size_t)stride < row_bytes(reader, across) || size / stride < down)
    return ic_fail(reader->error, IC_CORRUPT, "the rows of the TIFF have another length than they should");
  // Cleared: of data that are short for what libtiff lets pass, nothing else must be seen.
  uint8_t *block = calloc((size_t)size, 1);
  if (!block) return ic_fail_memory(reader->error);
  bool complete = true;
  for (uint16_t plane = 0; plane < planes && complete; plane++)
    for (uint32_t top = 0; top < reader->height && complete; top += down)
      for (uint32_t left = 0; left < reader->width && complete; left += across) {
        tmsize_t got = tiled ? TIFFReadTile(tiff, block, left, top, 0, plane)
                             : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, top, plane), block, size);
        complete = got != -1;
        uint32_t rows = reader->height - top < down ? reader->height - top : down;
        uint32_t columns = reader->width - left < across ? reader->width - left : across;
        for (uint32_t y = 0; y < rows && complete; y++)
          take_row(reader, block + (size_t)stride * y, plane, left, top + y, columns);
      }
  free(block);
  return complete;
}

static bool read_planes(tiff_reader *reader) {
  const tiff_layout *layout = &reader->layout;
  bool separate = layout->planar == PLANARCONFIG_SEPARATE && layout->samples > 1;
  if (separate) {
    size_t pixel = layout->samples * sample_bytes(layout);
    reader->interleaved = malloc(pixel * reader->width * reader->height);
    if (!reader->interleaved) return ic_fail_memory(reader->error);
  }
  uint16_t planes = separate ? layout->samples : 1;
  bool complete = read_blocks(reader, planes);
  if (complete && separate)
    for (size_t y = 0; y < reader->height; y++)
      convert(reader, reader->interleaved + y * row_bytes(reader, reader->width) * layout->samples, 0, y,
              reader->width);
  free(reader->interleaved);
  reader->interleaved = NULL;
  return complete;
}

// Luma and chroma that libtiff itself puts together, a strip or a row of tiles at a time, as Pillow asks for it.
static bool read_converted(tiff_reader *reader) {
  uint32_t rows = 0;
  TIFFGetFieldDefaulted(reader->tiff, TIFFIsTiled(reader->tiff) ? TIFFTAG_TILELENGTH : TIFFTAG_ROWSPERSTRIP, &rows);
  if (rows == 0 || rows > reader->height) rows = reader->height;
  char message[1024] = "";
  TIFFRGBAImage image;
  if (!TIFFRGBAImageOK(reader->tiff, message) || !TIFFRGBAImageBegin(&image, reader->tiff, 0, message))
    return ic_fail(reader->error, IC_UNSUPPORTED, "it is a TIFF of YCbCr that libtiff does not convert");
  image.orientation = image.req_orientation = ORIENTATION_TOPLEFT;
  image.col_offset = 0;
  uint32_t *raster = malloc(sizeof *raster * reader->width * rows);
  bool complete = raster ? true : ic_fail_memory(reader->error);
  for (uint32_t top = 0; top < reader->height && complete; top += rows) {
    uint32_t count = reader->height - top < rows ? reader->height - top : rows;
    image.row_offset = (int)top;
    complete = TIFFRGBAImageGet(&image, raster, reader->width, count);
    for (uint32_t y = 0; y < count && complete; y++) {
      for (size_t x = 0; x < reader->width; x++) {
        uint32_t pixel = raster[(size_t)y * reader->width + x];
        reader->line[3 * x] = (uint8_t)TIFFGetR(pixel);
        reader->line[3 * x + 1] = (uint8_t)TIFFGetG(pixel);
        reader->line[3 * x + 2] = (uint8_t)TIFFGetB(pixel);
      }
      place(reader, reader->line, 0, top + y, reader->width);
    }
  }
  free(raster);
  TIFFRGBAImageEnd(&image);
  return complete;
}

// Whether strips or tiles lie behind the end of the data.
static bool is_cut(const tiff_reader *reader) {
  uint32_t count = TIFFIsTiled(reader->tiff) ? TIFFNumberOfTiles(reader->tiff) : TIFFNumberOfStrips(reader->tiff);
  for (uint32_t i = 0; i < count; i++) {
    uint64_t offset = TIFFGetStrileOffset(reader->tiff, i), size = TIFFGetStrileByteCount(reader->tiff, i);
    if (offset > reader->count || size > reader->count - offset) return true;
  }
  return false;
}

static bool tiff_truncated(ic_error *error) {
  return ic_fail(error, IC_TRUNCATED, "the TIFF data end too early");
}

static bool tiff_read(ic_reader *base, uint8_t *rgb, ic_error *error) {
  tiff_reader *reader = (tiff_reader *)base;
  // What libtiff objects to is an error only where it gives no pixels for it.
  ic_error found = {IC_OK, ""};
  reader->error = &found;
  reader->rgb = rgb;
  reader->line = malloc(3 * (size_t)reader->width);
  bool complete = reader->line ? true : ic_fail_memory(&found);
  complete = complete && (reader->layout.converted ? read_converted(reader) : read_planes(reader));
  free(reader->line);
  reader->error = error;
  if (complete) return true;
  *error = found;
  if (found.status == IC_OUT_OF_MEMORY || found.status == IC_TOO_LARGE) return false;
  if (is_cut(reader)) return tiff_truncated(error);
  return found.status == IC_OK ? ic_fail(error, IC_CORRUPT, "the TIFF data are broken") : false;
}

// ---- Header ------------------------------------------------------------------------------------------

static bool tiff_header(tiff_reader *reader, ic_error *error) {
  ic_error found = {IC_OK, ""};
  reader->error = &found;
  bool opened = open_tiff(reader);
  reader->error = error;
  if (!opened) {
    // The directory may come last.
    const uint8_t *bytes = reader->bytes;
    bool big_endian = bytes[0] == 'M';
    uint64_t at = reader->count < 8 ? UINT64_MAX
                  : big_endian      ? (uint64_t)bytes[4] << 24 | bytes[5] << 16 | bytes[6] << 8 | bytes[7]
                                    : ic_u32(bytes + 4);
    if (at >= reader->count) return tiff_truncated(error);
    *error = found;
    return found.status == IC_OK ? ic_fail(error, IC_CORRUPT, "the TIFF holds no image") : false;
  }
  if (!TIFFGetField(reader->tiff, TIFFTAG_IMAGEWIDTH, &reader->width) ||
      !TIFFGetField(reader->tiff, TIFFTAG_IMAGELENGTH, &reader->height))
    return ic_fail(error, IC_CORRUPT, "the TIFF does not say how large it is");
  if (!ic_check_size(reader->width, reader->height, reader->limits, error)) return false;
  tiff_layout *layout = &reader->layout;
#ifdef TIFFTAG_DEFLATE_SUBCODEC
  // libdeflate, where libtiff has it, gives no pixels, and no error, of a strip that is longer than it should be.
  uint16_t compression = COMPRESSION_NONE;
  TIFFGetFieldDefaulted(reader->tiff, TIFFTAG_COMPRESSION, &compression);
  if (compression == COMPRESSION_ADOBE_DEFLATE || compression == COMPRESSION_DEFLATE)
    TIFFSetField(reader->tiff, TIFFTAG_DEFLATE_SUBCODEC, DEFLATE_SUBCODEC_ZLIB);
#endif
  if (!ic_tiff_describe(reader->tiff, reader->bytes, reader->count, layout, error)) return false;
  bool turned = layout->orientation >= ORIENTATION_LEFTTOP;
  reader->reader.width = turned ? reader->height : reader->width;
  reader->reader.height = turned ? reader->width : reader->height;
  return true;
}

static void tiff_close(ic_reader *base) {
  tiff_reader *reader = (tiff_reader *)base;
  if (reader->tiff) TIFFClose(reader->tiff);
  free(reader);
}

ic_reader *ic_tiff_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error) {
  tiff_reader *reader = calloc(1, sizeof *reader);
  if (!reader) {
    ic_fail_memory(error);
    return NULL;
  }
  reader->reader.read = tiff_read;
  reader->reader.close = tiff_close;
  reader->bytes = bytes;
  reader->count = count;
  reader->limits = limits;
  if (!tiff_header(reader, error)) {
    tiff_close(&reader->reader);
    return NULL;
  }
  return &reader->reader;
}
