// PBM, PGM and PPM of binary samples (P4, P5 and P6) as Pillow reads them: other maxima than 255 are scaled, except
// that grey of more than 8 bits is clamped to 255.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reader.h"

typedef struct {
  ic_reader reader;
  const uint8_t *next, *end;
  uint8_t kind;  // '4', '5' or '6'
  uint32_t most;
} netpbm_reader;

static bool netpbm_truncated(ic_error *error) {
  return ic_fail(error, IC_TRUNCATED, "the PBM, PGM or PPM data end too early");
}

static bool is_space(uint8_t byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

// A decimal number, behind space and comments, with the one space that ends it.
static bool take_number(netpbm_reader *reader, uint32_t *number, ic_error *error) {
  enum { most_digits = 10 };
  uint64_t value = 0;
  int digits = 0;
  while (reader->next < reader->end) {
    uint8_t byte = *reader->next++;
    if (byte == '#') {
      while (reader->next < reader->end && *reader->next != '\r' && *reader->next != '\n') reader->next++;
      if (reader->next < reader->end) reader->next++;
    } else if (is_space(byte)) {
      if (digits == 0) continue;
      *number = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
      return true;
    } else if (byte < '0' || byte > '9' || digits == most_digits) {
      return ic_fail(error, IC_CORRUPT, "the header of the PBM, PGM or PPM is broken");
    } else {
      value = 10 * value + (byte - '0');
      digits++;
    }
  }
  return netpbm_truncated(error);
}

static bool netpbm_header(netpbm_reader *reader, ic_limits limits, ic_error *error) {
  if (!take_number(reader, &reader->reader.width, error) ||
      !take_number(reader, &reader->reader.height, error))
    return false;
  reader->most = 1;
  if (reader->kind != '4') {
    if (!take_number(reader, &reader->most, error)) return false;
    if (reader->most == 0 || reader->most > 65535)
      return ic_fail(error, IC_CORRUPT, "the PGM or PPM claims a largest value of %u", reader->most);
  }
  return ic_check_size(reader->reader.width, reader->reader.height, limits, error);
}

static void read_bits(const netpbm_reader *reader, uint8_t *rgb) {
  size_t row_bytes = (reader->reader.width + 7) / 8;
  for (size_t y = 0; y < reader->reader.height; y++)
    for (size_t x = 0; x < reader->reader.width; x++, rgb += 3)
      memset(rgb, reader->next[y * row_bytes + x / 8] >> (7 - x % 8) & 1 ? 0 : 255, 3);
}

static uint8_t byte_of(const netpbm_reader *reader, uint32_t sample) {
  bool deep_gray = reader->kind == '5' && reader->most > 255;
  double scaled = rint((double)sample / reader->most * (deep_gray ? 65535 : 255));
  return scaled > 255 ? 255 : (uint8_t)scaled;
}

static bool netpbm_read(ic_reader *base, uint8_t *rgb, ic_error *error) {
  const netpbm_reader *reader = (const netpbm_reader *)base;
  size_t width = base->width, height = base->height, channels = reader->kind == '6' ? 3 : 1;
  size_t sample_bytes = reader->most > 255 ? 2 : 1;
  size_t row_bytes = reader->kind == '4' ? (width + 7) / 8 : width * channels * sample_bytes;
  if ((size_t)(reader->end - reader->next) < row_bytes * height) return netpbm_truncated(error);
  if (reader->kind == '4') {
    read_bits(reader, rgb);
    return true;
  }
  if (reader->kind == '6' && reader->most == 255) {
    memcpy(rgb, reader->next, row_bytes * height);
    return true;
  }
  const uint8_t *in = reader->next;
  for (size_t i = 0; i < width * height * channels; i++, in += sample_bytes) {
    uint8_t byte = byte_of(reader, sample_bytes == 1 ? in[0] : (uint32_t)in[0] << 8 | in[1]);
    if (channels == 3) rgb[i] = byte;
    else memset(rgb + 3 * i, byte, 3);
  }
  return true;
}

static void netpbm_close(ic_reader *base) { free(base); }

ic_reader *ic_netpbm_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error) {
  netpbm_reader *reader = calloc(1, sizeof *reader);
  if (!reader) {
    ic_fail_memory(error);
    return NULL;
  }
  reader->reader.read = netpbm_read;
  reader->reader.close = netpbm_close;
  reader->kind = bytes[1];
  reader->next = bytes + 3;
  reader->end = bytes + count;
  if (!netpbm_header(reader, limits, error)) {
    netpbm_close(&reader->reader);
    return NULL;
  }
  return &reader->reader;
}
