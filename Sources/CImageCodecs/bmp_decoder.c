// BMP as Pillow reads it: all headers of Windows and OS/2, 1 to 32 bits a pixel, palettes, bit fields and run lengths.
// Alpha is dropped. What Pillow refuses or misreads is refused.
#include <stdlib.h>
#include <string.h>

#include "reader.h"

enum { raw = 0, run_length_8 = 1, run_length_4 = 2, bit_fields = 3 };

typedef struct {
  ic_reader reader;
  const uint8_t *bytes;
  size_t count, pixels_at;
  unsigned bits, compression;
  bool top_down;
  uint8_t colors[256][3];
  // Of red, green and blue in a pixel without a palette.
  uint8_t shift[3];
  uint32_t most[3];
} bmp_reader;

static bool bmp_truncated(ic_error *error) {
  return ic_fail(error, IC_TRUNCATED, "the BMP data end too early");
}

// ---- Header ------------------------------------------------------------------------------------------

static bool set_masks(bmp_reader *bmp, const uint32_t masks[4]) {
  static const uint32_t known[][5] = {
      {16, 0xF800, 0x7E0, 0x1F, 0},
      {16, 0x7C00, 0x3E0, 0x1F, 0},
      {24, 0xFF0000, 0xFF00, 0xFF, 0},
      {32, 0xFF0000, 0xFF00, 0xFF, 0},
      {32, 0xFF000000, 0xFF0000, 0xFF00, 0},
      {32, 0xFF000000, 0xFF00, 0xFF, 0},
      {32, 0xFF000000, 0xFF0000, 0xFF00, 0xFF},
      {32, 0xFF, 0xFF00, 0xFF0000, 0xFF000000},
      {32, 0xFF0000, 0xFF00, 0xFF, 0xFF000000},
      {32, 0xFF000000, 0xFF00, 0xFF, 0xFF0000},
      {32, 0, 0, 0, 0},
  };
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    // Only 32 bits have room for alpha.
    size_t compared = (bmp->bits == 32 ? 4 : 3) * sizeof *masks;
    if (known[i][0] != bmp->bits || memcmp(known[i] + 1, masks, compared) != 0) continue;
    for (int c = 0; c < 3 && masks[0]; c++) {
      bmp->shift[c] = (uint8_t)__builtin_ctz(masks[c]);
      bmp->most[c] = masks[c] >> bmp->shift[c];
    }
    return true;
  }
  return false;
}

static void set_usual_masks(bmp_reader *bmp) {
  unsigned width = bmp->bits == 16 ? 5 : 8;
  for (unsigned c = 0; c < 3; c++) {
    bmp->shift[c] = (uint8_t)((2 - c) * width);
    bmp->most[c] = (1u << width) - 1;
  }
}

static bool read_palette(bmp_reader *bmp, const uint8_t *entries, size_t entry_bytes, uint32_t count,
                         ic_error *error) {
  bool gray = true;
  for (uint32_t i = 0; i < count; i++) {
    const uint8_t *entry = entries + entry_bytes * i;
    uint8_t level = count == 2 && i == 1 ? 255 : (uint8_t)i;
    gray = gray && entry[0] == level && entry[1] == level && entry[2] == level;
    if (i < 256)
      for (int c = 0; c < 3; c++) bmp->colors[i][c] = entry[2 - c];
  }
  if (!gray && count > 256)
    return ic_fail(error, IC_UNSUPPORTED, "the BMP has a palette of %u colours", count);
  if (!gray) return true;
  // To Pillow this is an image of greys, of 1 bit where there are two, else of 8; it misreads other bits.
  unsigned bits = count <= 2 ? 1 : 8;
  if (bmp->compression == raw && bmp->bits != bits)
    return ic_fail(error, IC_UNSUPPORTED, "it is a BMP of %u bits with a palette of %u greys alone",
                   bmp->bits, count);
  for (int i = 0; i < 256; i++) memset(bmp->colors[i], bits == 1 && i > 0 ? 255 : i, 3);
  return true;
}

static bool bmp_header(bmp_reader *bmp, ic_limits limits, ic_error *error) {
  enum { file_header = 14 };
  const uint8_t *bytes = bmp->bytes;
  if (bmp->count < file_header + 4) return bmp_truncated(error);
  bmp->pixels_at = ic_u32(bytes + 10);
  const uint8_t *header = bytes + file_header;
  uint32_t size = ic_u32(header), height, color_count = 0;
  bool is_core = size == 12;
  if (!is_core && size != 40 && size != 52 && size != 56 && size != 64 && size != 108 && size != 124)
    return ic_fail(error, IC_UNSUPPORTED, "it is a BMP with a header of %u bytes", size);
  if (bmp->count - file_header < size) return bmp_truncated(error);
  size_t at = file_header + size;
  if (is_core) {
    bmp->reader.width = ic_u16(header + 4);
    height = ic_u16(header + 6);
    bmp->bits = ic_u16(header + 10);
  } else {
    bmp->reader.width = ic_u32(header + 4);
    height = ic_u32(header + 8);
    bmp->top_down = header[11] == 0xFF;
    if (bmp->top_down) height = -height;
    bmp->bits = ic_u16(header + 14);
    bmp->compression = ic_u32(header + 16);
    color_count = ic_u32(header + 32);
  }
  bmp->reader.height = height;
  bool indexed = bmp->bits == 1 || bmp->bits == 4 || bmp->bits == 8;
  if (!indexed && bmp->bits != 16 && bmp->bits != 24 && bmp->bits != 32)
    return ic_fail(error, IC_UNSUPPORTED, "it is a BMP of %u bits a pixel", bmp->bits);
  if (bmp->compression > bit_fields)
    return ic_fail(error, IC_UNSUPPORTED, "it is a BMP of compression %u", bmp->compression);
  if (!ic_check_size(bmp->reader.width, height, limits, error)) return false;

  set_usual_masks(bmp);
  if (bmp->compression == bit_fields) {
    uint32_t masks[4] = {0};
    bool inside = size >= 52;
    if (!inside && bmp->count - at < 12) return bmp_truncated(error);
    for (uint32_t c = 0; c < (size >= 56 ? 4 : 3); c++) masks[c] = ic_u32(header + 40 + 4 * c);
    if (!inside) at += 12;
    if (!set_masks(bmp, masks)) return ic_fail(error, IC_UNSUPPORTED, "it is a BMP with unusual bit fields");
    bmp->compression = raw;
  }
  if (indexed) {
    size_t entry_bytes = is_core ? 3 : 4;
    if (color_count == 0) color_count = 1u << bmp->bits;
    if (color_count > 65536)
      return ic_fail(error, IC_CORRUPT, "the BMP claims a palette of %u colours", color_count);
    if ((bmp->count - at) / entry_bytes < color_count) return bmp_truncated(error);
    if (!read_palette(bmp, bytes + at, entry_bytes, color_count, error)) return false;
    at += entry_bytes * color_count;
    // Some say that the pixels begin where the palette does.
    if (bmp->pixels_at == file_header + size) bmp->pixels_at = at;
  } else if (bmp->compression != raw) {
    return ic_fail(error, IC_UNSUPPORTED, "it is a BMP of run lengths and %u bits a pixel", bmp->bits);
  }
  if (bmp->pixels_at == 0) bmp->pixels_at = at;
  return bmp->pixels_at <= bmp->count || bmp_truncated(error);
}

// ---- Pixels ------------------------------------------------------------------------------------------

// Where the row goes that is stored as the y-th.
static uint8_t *row_of(const bmp_reader *bmp, uint8_t *rgb, size_t y) {
  return rgb + 3 * bmp->reader.width * (bmp->top_down ? y : bmp->reader.height - 1 - y);
}

static bool read_raw(const bmp_reader *bmp, uint8_t *rgb, ic_error *error) {
  size_t width = bmp->reader.width, height = bmp->reader.height;
  size_t used = (width * bmp->bits + 7) / 8, stride = (width * bmp->bits + 31) / 32 * 4;
  // The padding of the last row may be missing.
  if (bmp->count - bmp->pixels_at < stride * (height - 1) + used) return bmp_truncated(error);
  for (size_t y = 0; y < height; y++) {
    const uint8_t *in = bmp->bytes + bmp->pixels_at + stride * y;
    uint8_t *out = row_of(bmp, rgb, y);
    for (size_t x = 0; x < width; x++, out += 3) {
      if (bmp->bits <= 8) {
        size_t bit = x * bmp->bits;
        unsigned index = in[bit / 8] >> (8 - bmp->bits - bit % 8) & ((1u << bmp->bits) - 1);
        memcpy(out, bmp->colors[index], 3);
        continue;
      }
      uint32_t pixel = 0;
      for (unsigned i = 0; i < bmp->bits / 8; i++) pixel |= (uint32_t)*in++ << 8 * i;
      for (int c = 0; c < 3; c++) {
        uint32_t level = pixel >> bmp->shift[c] & bmp->most[c];
        out[c] = (uint8_t)(bmp->most[c] == 255 ? level : level * 255 / bmp->most[c]);
      }
    }
  }
  return true;
}

// The indices of all pixels in the order in which they are stored; false if they end early.
static bool expand(const bmp_reader *bmp, uint8_t *indices, size_t total) {
  size_t width = bmp->reader.width, filled = 0, x = 0, at = bmp->pixels_at;
  bool nibbles = bmp->compression == run_length_4;
  while (filled < total) {
    if (bmp->count - at < 2) return false;
    size_t first = bmp->bytes[at];
    uint8_t second = bmp->bytes[at + 1];
    at += 2;
    if (first > 0) {  // a run, cut at the end of the row
      size_t run = x + first <= width ? first : x < width ? width - x : 0;
      for (size_t i = 0; i < run && filled < total; i++)
        indices[filled++] = !nibbles ? second : i % 2 == 0 ? second >> 4 : second & 15;
      x += run;
    } else if (second == 0) {  // the end of a row
      while (filled % width != 0) indices[filled++] = 0;
      x = 0;
    } else if (second == 1) {  // the end of the image
      return false;
    } else if (second == 2) {  // a step to the right and on to other rows
      if (bmp->count - at < 2) return false;
      size_t step = bmp->bytes[at] + bmp->bytes[at + 1] * width;
      at += 2;
      for (size_t i = 0; i < step && filled < total; i++) indices[filled++] = 0;
      x = filled % width;
    } else {  // that many pixels as they are
      size_t pixels = second <= total - filled ? second : total - filled;
      size_t stored = nibbles ? (pixels + 1) / 2 : pixels;
      if (bmp->count - at < stored) return false;
      for (size_t i = 0; i < pixels; i++) {
        uint8_t byte = bmp->bytes[at + (nibbles ? i / 2 : i)];
        indices[filled++] = !nibbles ? byte : i % 2 == 0 ? byte >> 4 : byte & 15;
      }
      at += stored;
      x += second;
      // The next begins at an even place of the file.
      if (at % 2 != 0 && at < bmp->count) at++;
    }
  }
  return true;
}

static bool read_runs(const bmp_reader *bmp, uint8_t *rgb, ic_error *error) {
  size_t width = bmp->reader.width, height = bmp->reader.height;
  uint8_t *indices = malloc(width * height);
  if (!indices) return ic_fail_memory(error);
  bool complete = expand(bmp, indices, width * height);
  for (size_t y = 0; y < height && complete; y++) {
    uint8_t *out = row_of(bmp, rgb, y);
    for (size_t x = 0; x < width; x++) memcpy(out + 3 * x, bmp->colors[indices[y * width + x]], 3);
  }
  free(indices);
  return complete || bmp_truncated(error);
}

static bool bmp_read(ic_reader *base, uint8_t *rgb, ic_error *error) {
  const bmp_reader *bmp = (const bmp_reader *)base;
  return bmp->compression == raw ? read_raw(bmp, rgb, error) : read_runs(bmp, rgb, error);
}

static void bmp_close(ic_reader *base) { free(base); }

ic_reader *ic_bmp_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error) {
  bmp_reader *bmp = calloc(1, sizeof *bmp);
  if (!bmp) {
    ic_fail_memory(error);
    return NULL;
  }
  bmp->reader.read = bmp_read;
  bmp->reader.close = bmp_close;
  bmp->bytes = bytes;
  bmp->count = count;
  if (!bmp_header(bmp, limits, error)) {
    bmp_close(&bmp->reader);
    return NULL;
  }
  return &bmp->reader;
}
