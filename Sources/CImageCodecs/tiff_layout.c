// Which kinds of TIFF are read, and what Pillow makes of their samples.
#include <string.h>

#include "tiff_decoder.h"

// ---- What is read ------------------------------------------------------------------------------------

static uint64_t number(const uint8_t *bytes, size_t width, bool big_endian) {
  uint64_t value = 0;
  for (size_t i = 0; i < width; i++) value |= (uint64_t)bytes[i] << 8 * (big_endian ? width - 1 - i : i);
  return value;
}

// A field as the file itself has it, or none: libtiff fills in what is missing, and corrects what it holds for wrong.
typedef struct {
  bool exists;
  uint64_t count;
  uint16_t first;  // of short numbers
} stated_field;

static stated_field find_field(TIFF *tiff, const uint8_t *bytes, size_t count, uint32_t tag) {
  bool big_endian = bytes[0] == 'M', big = bytes[2] == '+';
  size_t width = big ? 8 : 2, entry = big ? 20 : 12, counter = big ? 8 : 4;
  uint64_t at = TIFFCurrentDirOffset(tiff);
  if (at > count || count - at < width) return (stated_field){0};
  uint64_t entries = number(bytes + at, width, big_endian);
  at += width;
  for (; entries > 0 && count - at >= entry; entries--, at += entry)
    if (number(bytes + at, 2, big_endian) == tag)
      return (stated_field){.exists = true,
                            .count = number(bytes + at + 4, counter, big_endian),
                            .first = (uint16_t)number(bytes + at + 4 + counter, 2, big_endian)};
  return (stated_field){0};
}

static const char *compression_name(uint16_t compression) {
  switch (compression) {
    case COMPRESSION_OJPEG: return "old-style JPEG";
    case COMPRESSION_JBIG: return "JBIG";
    case COMPRESSION_JP2000: return "JPEG 2000";
    case COMPRESSION_LERC: return "LERC";
    case COMPRESSION_THUNDERSCAN: return "ThunderScan";
    case COMPRESSION_SGILOG:
    case COMPRESSION_SGILOG24: return "SGILog";
    case COMPRESSION_PIXARLOG: return "PixarLog";
    case COMPRESSION_LZMA: return "LZMA";
    case COMPRESSION_ZSTD: return "Zstandard";
    case COMPRESSION_WEBP: return "WebP";
    default: return NULL;
  }
}

static bool check_compression(uint16_t compression, ic_error *error) {
  switch (compression) {
    case COMPRESSION_NONE:
    case COMPRESSION_CCITTRLE:
    case COMPRESSION_CCITTFAX3:
    case COMPRESSION_CCITTFAX4:
    case COMPRESSION_LZW:
    case COMPRESSION_JPEG:
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_DEFLATE:
    case COMPRESSION_PACKBITS:
    case COMPRESSION_LZMA:
    case COMPRESSION_ZSTD:
      if (TIFFIsCODECConfigured(compression)) return true;
      break;
    default:
      break;
  }
  const char *name = compression_name(compression);
  return name ? ic_fail(error, IC_UNSUPPORTED, "it is a TIFF of %s data, which are not read here", name)
              : ic_fail(error, IC_UNSUPPORTED, "it is a TIFF of compression %u", compression);
}

static const char *photometric_name(uint16_t photometric) {
  switch (photometric) {
    case PHOTOMETRIC_MINISWHITE: return "grey (0 is white)";
    case PHOTOMETRIC_MINISBLACK: return "grey";
    case PHOTOMETRIC_RGB: return "RGB";
    case PHOTOMETRIC_PALETTE: return "palette";
    case PHOTOMETRIC_MASK: return "mask";
    case PHOTOMETRIC_SEPARATED: return "ink";
    case PHOTOMETRIC_YCBCR: return "YCbCr";
    case PHOTOMETRIC_CIELAB:
    case PHOTOMETRIC_ICCLAB:
    case PHOTOMETRIC_ITULAB: return "L*a*b*";
    case PHOTOMETRIC_CFA: return "raw camera";
    case PHOTOMETRIC_LOGL:
    case PHOTOMETRIC_LOGLUV: return "logarithmic";
    default: return "unknown";
  }
}

static bool refuse(const tiff_layout *layout, ic_error *error) {
  static const char *const formats[] = {"", "", " signed", " floating-point"};
  return ic_fail(error, IC_UNSUPPORTED, "it is a %s TIFF of %s samples, %u of%s %u bits%s%s",
                 layout->big_endian ? "big-endian" : "little-endian", photometric_name(layout->photometric),
                 layout->samples, layout->format < 4 ? formats[layout->format] : " strange", layout->bits,
                 layout->planar == PLANARCONFIG_SEPARATE ? " in separate planes" : "",
                 layout->fill_order == FILLORDER_LSB2MSB ? ", lowest bit first" : "");
}

// One sample a pixel, and what follows it.
static bool describe_gray(tiff_layout *layout) {
  bool dark = layout->photometric == PHOTOMETRIC_MINISBLACK, big = layout->big_endian;
  bool plain = layout->fill_order == FILLORDER_MSB2LSB;
  bool compressed = layout->compression != COMPRESSION_NONE;
  // Pillow exchanges the bytes of these a second time.
  bool misread = big && compressed;
  layout->kind = layout->bits > 8 ? tiff_deep : tiff_indexed;
  // Where there are more bits, 0 is black to Pillow whatever the file says.
  if (layout->bits <= 8) {
    int most = (1 << layout->bits) - 1;
    for (int i = 0; i <= most; i++) memset(layout->colors[i], (dark ? i : most - i) * 255 / most, 3);
  }
  if (layout->samples == 2)
    // Grey of premultiplied alpha is nothing that Pillow converts.
    return dark && layout->bits == 8 && layout->format == SAMPLEFORMAT_UINT && plain &&
           layout->extra != EXTRASAMPLE_ASSOCALPHA;
  if (layout->samples != 1) return false;
  switch (layout->format) {
    case SAMPLEFORMAT_UINT:
      switch (layout->bits) {
        case 1:
        case 2:
        case 4: return true;
        case 8: return dark || plain || compressed;
        case 12: return !big && dark && plain;
        case 16: return big ? dark && plain : plain || dark;
        case 32: return !big && dark && plain;
        default: return false;
      }
    case SAMPLEFORMAT_INT:
      if (!dark || !plain) return false;
      return layout->bits == 8 || ((layout->bits == 16 || layout->bits == 32) && !misread);
    case SAMPLEFORMAT_IEEEFP:
      return layout->bits == 32 && plain && !misread;
    default:
      return false;
  }
}

static bool describe_indexed(TIFF *tiff, tiff_layout *layout) {
  uint16_t *map[3];
  bool small = layout->bits == 1 || layout->bits == 2 || layout->bits == 4;
  bool plain = layout->fill_order == FILLORDER_MSB2LSB;
  layout->kind = tiff_indexed;
  if (small && !plain && layout->compression == COMPRESSION_NONE) return false;
  if (layout->samples == 2 && (layout->extra == EXTRASAMPLE_ASSOCALPHA || !plain)) return false;
  if (layout->samples > 2 || !(layout->bits == 8 || (small && layout->samples == 1))) return false;
  if (layout->format != SAMPLEFORMAT_UINT || !TIFFGetField(tiff, TIFFTAG_COLORMAP, map, map + 1, map + 2))
    return false;
  for (int i = 0; i < 1 << layout->bits; i++)
    for (int c = 0; c < 3; c++) layout->colors[i][c] = (uint8_t)(map[c][i] >> 8);
  return true;
}

static bool describe_color(tiff_layout *layout, bool states_extras) {
  bool plain = layout->fill_order == FILLORDER_MSB2LSB;
  layout->kind = tiff_color;
  layout->premultiplied = layout->extras > 0 && layout->extra == EXTRASAMPLE_ASSOCALPHA;
  if (layout->samples != 3 + layout->extras || layout->format != SAMPLEFORMAT_UINT) return false;
  if (!plain && (layout->bits != 8 || layout->samples != 3)) return false;
  if (layout->samples > 4 && !states_extras) return false;
  return layout->bits == 8 ? layout->samples <= 6 : layout->bits == 16 && layout->samples <= 4;
}

static bool describe_inks(tiff_layout *layout, bool states_extras) {
  layout->kind = tiff_inks;
  if (layout->samples != 4 + layout->extras || layout->format != SAMPLEFORMAT_UINT) return false;
  if (layout->fill_order != FILLORDER_MSB2LSB) return false;
  if (layout->samples > 4 && (!states_extras || layout->extra != EXTRASAMPLE_UNSPECIFIED)) return false;
  return layout->bits == 8 ? layout->samples <= 6 : layout->bits == 16 && layout->samples == 4;
}

static bool describe_luma(TIFF *tiff, tiff_layout *layout, bool states_subsampling) {
  layout->kind = tiff_luma;
  if (layout->bits != 8 || layout->format != SAMPLEFORMAT_UINT) return false;
  if (layout->fill_order != FILLORDER_MSB2LSB) return false;
  if (layout->samples != 3) return false;
  uint16_t across = 0, down = 0;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_YCBCRSUBSAMPLING, &across, &down);
  if (layout->compression == COMPRESSION_NONE)
    // Pillow reads as if each pixel had its own chroma.
    return layout->planar == PLANARCONFIG_CONTIG && states_subsampling && across == 1 && down == 1;
  layout->converted = true;
  if (layout->compression == COMPRESSION_JPEG && layout->planar == PLANARCONFIG_CONTIG) {
    // libjpeg makes RGB of it.
    if (!TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB)) return false;
    layout->kind = tiff_color;
    layout->converted = false;
    return true;
  }
  // Newer versions of libtiff do not convert an image that is smaller than a block of chroma.
  uint32_t width = 0, height = 0;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  return width >= across && height >= down;
}

// In separate planes, Pillow knows these alone.
static bool check_planes(const tiff_layout *layout) {
  bool colored = layout->kind == tiff_color || layout->kind == tiff_inks;
  if (layout->planar != PLANARCONFIG_SEPARATE) return true;
  if (layout->compression != COMPRESSION_NONE) return layout->samples <= 4;
  if (layout->fill_order != FILLORDER_MSB2LSB || layout->premultiplied) return false;
  if (layout->photometric == PHOTOMETRIC_MINISWHITE && layout->bits <= 8) return false;
  if (layout->samples == 1 && layout->bits == 1) return layout->photometric != PHOTOMETRIC_PALETTE;
  if (layout->samples == 1 && layout->bits == 32) return !layout->big_endian;
  return layout->bits == 8 && layout->samples <= 4 && (layout->samples == 1 || colored);
}

// What follows the colours in planes of their own and has no meaning is not read.
static bool drop_planes(tiff_layout *layout, bool states_extras) {
  if (layout->planar != PLANARCONFIG_SEPARATE || layout->extras == 0) return true;
  if (layout->extra != EXTRASAMPLE_UNSPECIFIED) return true;
  // Without compression, Pillow stumbles over their data; with it, over a fourth sample that the file does not explain.
  if (states_extras == (layout->compression == COMPRESSION_NONE)) return false;
  if (states_extras) layout->samples -= layout->extras;
  if (states_extras) layout->extras = 0;
  return true;
}

// Where no field states the orientation, Pillow believes the XMP record.
static uint16_t xmp_orientation(TIFF *tiff) {
  static const char key[] = "tiff:Orientation";
  const size_t length = sizeof key - 1;
  uint32_t count = 0;
  const char *record = NULL;
  if (!TIFFGetField(tiff, TIFFTAG_XMLPACKET, &count, &record)) return ORIENTATION_TOPLEFT;
  for (size_t i = 0; i + length + 3 <= count; i++) {
    if (memcmp(record + i, key, length) != 0) continue;
    const char *value = record + i + length, *end = record + count;
    if (*value == '>') value++;
    else if (value[0] == '=' && value[1] == '"') value += 2;
    else continue;
    if (value < end && *value >= '0' && *value <= '9') return (uint16_t)(*value - '0');
  }
  return ORIENTATION_TOPLEFT;
}

bool ic_tiff_describe(TIFF *tiff, const uint8_t *bytes, size_t count, tiff_layout *layout, ic_error *error) {
  uint16_t *extras = NULL;
  layout->big_endian = bytes[0] == 'M';
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &layout->compression);
  TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout->photometric);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout->bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout->samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &layout->format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &layout->planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_FILLORDER, &layout->fill_order);
  if (!TIFFGetField(tiff, TIFFTAG_ORIENTATION, &layout->orientation) &&
      !find_field(tiff, bytes, count, TIFFTAG_ORIENTATION).exists)
    layout->orientation = xmp_orientation(tiff);
  if (layout->orientation < ORIENTATION_TOPLEFT || layout->orientation > ORIENTATION_LEFTBOT)
    layout->orientation = ORIENTATION_TOPLEFT;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &layout->extras, &extras);
  if (!check_compression(layout->compression, error)) return false;
  stated_field photometric = find_field(tiff, bytes, count, TIFFTAG_PHOTOMETRIC);
  if (photometric.exists && photometric.first != layout->photometric)
    return ic_fail(error, IC_CORRUPT, "the TIFF is of %s samples by its word alone",
                   photometric_name(photometric.first));
  bool tiled = TIFFIsTiled(tiff);
  uint64_t parts = find_field(tiff, bytes, count, tiled ? TIFFTAG_TILEOFFSETS : TIFFTAG_STRIPOFFSETS).count;
  if (parts != (tiled ? TIFFNumberOfTiles(tiff) : TIFFNumberOfStrips(tiff)))
    return ic_fail(error, IC_CORRUPT, "the TIFF has another number of strips or tiles than its size needs");
  bool states_extras = find_field(tiff, bytes, count, TIFFTAG_EXTRASAMPLES).exists, known;
  if (layout->extras > 0) layout->extra = extras[0];
  for (int i = 1; i < layout->extras; i++)
    if (extras[i] != EXTRASAMPLE_UNSPECIFIED) return refuse(layout, error);
  if (layout->extras >= layout->samples || !drop_planes(layout, states_extras)) return refuse(layout, error);
  switch (layout->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK: known = describe_gray(layout); break;
    case PHOTOMETRIC_RGB: known = describe_color(layout, states_extras); break;
    case PHOTOMETRIC_PALETTE: known = describe_indexed(tiff, layout); break;
    case PHOTOMETRIC_SEPARATED: known = describe_inks(layout, states_extras); break;
    case PHOTOMETRIC_YCBCR:
      known = describe_luma(tiff, layout, find_field(tiff, bytes, count, TIFFTAG_YCBCRSUBSAMPLING).exists);
      break;
    default: known = false;
  }
  return (known && check_planes(layout)) || refuse(layout, error);
}

// ---- Samples -----------------------------------------------------------------------------------------

static uint8_t clamped(int32_t value) { return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value; }

// Sample x of fewer than 9 bits.
static unsigned small_sample(const tiff_layout *layout, const uint8_t *row, size_t x) {
  if (layout->bits == 8) return row[x * layout->samples];
  size_t bit = x * layout->bits;
  return row[bit / 8] >> (8 - layout->bits - bit % 8) & ((1u << layout->bits) - 1);
}

static uint8_t deep_sample(const tiff_layout *layout, const uint8_t *row, size_t x) {
  bool is_signed = layout->format == SAMPLEFORMAT_INT;
  if (layout->bits == 12) {
    const uint8_t *pair = row + x / 2 * 3;
    return clamped(x % 2 == 0 ? pair[0] << 4 | pair[1] >> 4 : (pair[1] & 15) << 8 | pair[2]);
  }
  if (layout->bits == 16) {
    uint16_t value;
    memcpy(&value, row + 2 * x, sizeof value);
    return clamped(is_signed ? (int16_t)value : value);
  }
  if (layout->format == SAMPLEFORMAT_IEEEFP) {
    float value;
    memcpy(&value, row + 4 * x, sizeof value);
    return value >= 255 ? 255 : value > 0 ? (uint8_t)value : 0;
  }
  int32_t value;
  memcpy(&value, row + 4 * x, sizeof value);
  return clamped(value);
}

// The high byte of sample c of 8 or 16 bits.
static uint8_t high_byte(const tiff_layout *layout, const uint8_t *row, size_t x, size_t c) {
  size_t at = x * layout->samples + c;
  if (layout->bits == 8) return row[at];
  uint16_t value;
  memcpy(&value, row + 2 * at, sizeof value);
  return (uint8_t)(value >> 8);
}

static void put_color(const tiff_layout *layout, const uint8_t *row, size_t x, uint8_t *rgb) {
  uint8_t alpha = layout->premultiplied ? high_byte(layout, row, x, 3) : 255;
  for (size_t c = 0; c < 3; c++) {
    uint8_t value = high_byte(layout, row, x, c);
    rgb[c] = alpha == 255 ? value : alpha == 0 ? 0 : clamped(value * 255 / alpha);
  }
}

static void put_inks(const tiff_layout *layout, const uint8_t *row, size_t x, uint8_t *rgb) {
  uint8_t paper = 255 - high_byte(layout, row, x, 3);
  for (size_t c = 0; c < 3; c++) rgb[c] = ic_ink(paper, high_byte(layout, row, x, c));
}

// Pillow's fixed-point parts of a chroma, in 64ths; the rounding is off below zero.
static int part(uint8_t chroma, double factor) { return (int)((chroma - 128) * factor * 64 + 0.5); }

static void put_luma(const uint8_t *sample, uint8_t *rgb) {
  rgb[0] = clamped(sample[0] + (part(sample[2], 1.402) >> 6));
  rgb[1] = clamped(sample[0] + ((part(sample[1], -0.34414) + part(sample[2], -0.71414)) >> 6));
  rgb[2] = clamped(sample[0] + (part(sample[1], 1.772) >> 6));
}

void ic_tiff_row_to_rgb(const tiff_layout *layout, const uint8_t *row, size_t width, uint8_t *rgb) {
  for (size_t x = 0; x < width; x++, rgb += 3) {
    switch (layout->kind) {
      case tiff_indexed: memcpy(rgb, layout->colors[small_sample(layout, row, x)], 3); break;
      case tiff_deep: memset(rgb, deep_sample(layout, row, x), 3); break;
      case tiff_color: put_color(layout, row, x, rgb); break;
      case tiff_inks: put_inks(layout, row, x, rgb); break;
      case tiff_luma: put_luma(row + 3 * x, rgb); break;
    }
  }
}
