// GIF, of which the first frame is read, as Pillow composes it: on a canvas that grows with a frame that sticks out
// of it, filled with the transparent colour or, without one, with the first of the palette.
#include <stdlib.h>
#include <string.h>

#include "reader.h"

enum { table_size = 4096, most_bits = 12 };

typedef struct {
  ic_reader reader;
  const uint8_t *next, *end;
  uint32_t left, top, width, height;  // of the frame
  bool interlaced;
  uint8_t code_bits;  // of a pixel
  uint8_t background;
  uint8_t colors[256][3];
} gif_reader;

static bool gif_truncated(ic_error *error) {
  return ic_fail(error, IC_TRUNCATED, "the GIF data end too early");
}

// ---- What comes before the pixels --------------------------------------------------------------------

// The next `count` bytes; NULL where fewer are left.
static const uint8_t *take(gif_reader *gif, size_t count) {
  if ((size_t)(gif->end - gif->next) < count) return NULL;
  const uint8_t *taken = gif->next;
  gif->next += count;
  return taken;
}

// A part of an extension: its length, 0 after the last one, and its bytes.
static bool take_block(gif_reader *gif, const uint8_t **block, uint8_t *length) {
  const uint8_t *first = take(gif, 1);
  if (!first) return false;
  *length = *first;
  *block = take(gif, *length);
  return *block != NULL;
}

static bool take_palette(gif_reader *gif, uint8_t flags) {
  size_t count = (size_t)2 << (flags & 7);
  const uint8_t *colors = take(gif, 3 * count);
  if (!colors) return false;
  // One that gives each index its own grey is none to Pillow: indices past its end are greys, too, not black.
  bool gray = true;
  for (size_t i = 0; i < count; i++)
    gray = gray && colors[3 * i] == i && colors[3 * i + 1] == i && colors[3 * i + 2] == i;
  for (size_t i = 0; i < 256; i++)
    for (size_t c = 0; c < 3; c++) gif->colors[i][c] = i < count ? colors[3 * i + c] : gray ? (uint8_t)i : 0;
  return true;
}

// Notes the transparent colour, and skips the rest.
static bool take_extension(gif_reader *gif) {
  enum { graphic_control = 0xF9, comment = 0xFE, application = 0xFF };
  const uint8_t *label = take(gif, 1), *block;
  uint8_t length;
  if (!label || !take_block(gif, &block, &length)) return false;
  if (*label == comment && length == 0) return true;
  if (*label == graphic_control && length != 0) {
    bool transparent = block[0] & 1;
    if (length < (transparent ? 4 : 3)) return false;
    if (transparent) gif->background = block[3];
  }
  if (*label == application && length >= 11 && memcmp(block, "NETSCAPE2.0", 11) == 0 &&
      !take_block(gif, &block, &length))
    return false;
  // Pillow looks for the end of an extension behind its first part, even where that was empty.
  do
    if (!take_block(gif, &block, &length)) return false;
  while (length != 0);
  return true;
}

static bool take_frame(gif_reader *gif) {
  const uint8_t *frame = take(gif, 9);
  if (!frame) return false;
  gif->left = ic_u16(frame);
  gif->top = ic_u16(frame + 2);
  gif->width = ic_u16(frame + 4);
  gif->height = ic_u16(frame + 6);
  gif->interlaced = frame[8] & 64;
  if (frame[8] & 128 && !take_palette(gif, frame[8])) return false;
  const uint8_t *bits = take(gif, 1);
  if (!bits) return false;
  gif->code_bits = *bits;
  if (gif->left + gif->width > gif->reader.width) gif->reader.width = gif->left + gif->width;
  if (gif->top + gif->height > gif->reader.height) gif->reader.height = gif->top + gif->height;
  return true;
}

static bool gif_header(gif_reader *gif, ic_limits limits, ic_error *error) {
  const uint8_t *screen = take(gif, 13);
  if (!screen) return gif_truncated(error);
  gif->reader.width = ic_u16(screen + 6);
  gif->reader.height = ic_u16(screen + 8);
  for (size_t i = 0; i < 256; i++) memset(gif->colors[i], (int)i, 3);
  if (screen[10] & 128 && !take_palette(gif, screen[10])) return gif_truncated(error);
  for (;;) {
    const uint8_t *kind = take(gif, 1);
    if (!kind) return gif_truncated(error);
    if (*kind == ';') return ic_fail(error, IC_CORRUPT, "the GIF holds no image");
    if (*kind == '!' && !take_extension(gif)) return gif_truncated(error);
    if (*kind == ',') break;
  }
  if (!take_frame(gif)) return gif_truncated(error);
  if (gif->width == 0 || gif->height == 0)
    return ic_fail(error, IC_CORRUPT, "the first frame of the GIF has no pixels");
  if (gif->code_bits > most_bits)
    return ic_fail(error, IC_CORRUPT, "the GIF claims %u bits for a pixel", gif->code_bits);
  return ic_check_size(gif->reader.width, gif->reader.height, limits, error);
}

// ---- Pixels ------------------------------------------------------------------------------------------

typedef struct {
  const uint8_t *next, *end, *block_end;
  uint32_t bits;
  unsigned bit_count;
} code_stream;

// False where the data end, or say that they do.
static bool next_code(code_stream *stream, unsigned width, unsigned *code) {
  while (stream->bit_count < width) {
    if (stream->next == stream->block_end) {
      // A block must be there as a whole.
      if (stream->next == stream->end || *stream->next == 0 || stream->end - stream->next <= *stream->next)
        return false;
      stream->block_end = stream->next + 1 + *stream->next;
      stream->next++;
    }
    stream->bits |= (uint32_t)*stream->next++ << stream->bit_count;
    stream->bit_count += 8;
  }
  *code = stream->bits & ((1u << width) - 1);
  stream->bits >>= width;
  stream->bit_count -= width;
  return true;
}

typedef struct {
  const gif_reader *gif;
  uint8_t *rgb;
  uint32_t x, y;
  int pass;
} pen;

static const uint8_t pass_start[] = {0, 4, 2, 1}, pass_step[] = {8, 8, 4, 2};

static bool is_done(const pen *pen) { return pen->y >= pen->gif->height; }

static void put(pen *pen, uint8_t index) {
  const gif_reader *gif = pen->gif;
  size_t at = (size_t)(gif->top + pen->y) * gif->reader.width + gif->left + pen->x;
  memcpy(pen->rgb + 3 * at, gif->colors[index], 3);
  if (++pen->x < gif->width) return;
  pen->x = 0;
  pen->y += gif->interlaced ? pass_step[pen->pass] : 1;
  while (is_done(pen) && gif->interlaced && pen->pass < 3) pen->y = pass_start[++pen->pass];
}

static bool gif_read(ic_reader *base, uint8_t *rgb, ic_error *error) {
  const gif_reader *gif = (const gif_reader *)base;
  for (size_t i = 0; i < (size_t)base->width * base->height; i++)
    memcpy(rgb + 3 * i, gif->colors[gif->background], 3);

  code_stream stream = {.next = gif->next, .end = gif->end, .block_end = gif->next};
  pen pen = {.gif = gif, .rgb = rgb};
  uint16_t prefix[table_size];
  uint8_t suffix[table_size], string[table_size + 1];
  const unsigned clear = 1u << gif->code_bits, stop = clear + 1;
  unsigned width = gif->code_bits + 1u, free_code = clear + 2, last_code = 0, code;
  uint8_t first = 0;  // of the last string
  bool fresh = true;  // nothing since the table was cleared
  while (!is_done(&pen)) {
    if (!next_code(&stream, width, &code) || code == stop) return gif_truncated(error);
    if (code == clear) {
      width = gif->code_bits + 1u;
      free_code = clear + 2;
      fresh = true;
      continue;
    }
    if (fresh ? code > clear : code > free_code) return ic_fail(error, IC_CORRUPT, "the GIF data are broken");
    if (fresh) {
      fresh = false;
      last_code = code;
      first = (uint8_t)code;
      put(&pen, first);
      continue;
    }
    // The string of a code, from its end.
    unsigned count = 0, rest = code;
    if (code == free_code) {
      string[count++] = first;
      rest = last_code;
    }
    while (rest >= clear) {
      if (count >= table_size || rest >= table_size)
        return ic_fail(error, IC_CORRUPT, "the GIF data are broken");
      string[count++] = suffix[rest];
      rest = prefix[rest];
    }
    string[count++] = first = (uint8_t)rest;
    if (free_code < table_size) {
      suffix[free_code] = first;
      prefix[free_code] = (uint16_t)last_code;
      if (free_code == (1u << width) - 1 && width < most_bits) width++;
      free_code++;
    }
    last_code = code;
    while (count > 0 && !is_done(&pen)) put(&pen, string[--count]);
  }
  return true;
}

static void gif_close(ic_reader *base) { free(base); }

ic_reader *ic_gif_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error) {
  gif_reader *gif = calloc(1, sizeof *gif);
  if (!gif) {
    ic_fail_memory(error);
    return NULL;
  }
  gif->reader.read = gif_read;
  gif->reader.close = gif_close;
  gif->next = bytes;
  gif->end = bytes + count;
  if (!gif_header(gif, limits, error)) {
    gif_close(&gif->reader);
    return NULL;
  }
  return &gif->reader;
}
