// What the parts of the TIFF reader share.
#ifndef CLIPFT_TIFF_DECODER_H
#define CLIPFT_TIFF_DECODER_H

#include <tiffio.h>

#include "reader.h"

typedef enum {
  tiff_indexed,  // 1, 2, 4 or 8 bits, of a palette or of grey, whose levels are then the palette
  tiff_deep,     // more bits of grey, clamped to 0...255
  tiff_color,    // the high bytes of red, green and blue
  tiff_inks,     // the high bytes of cyan, magenta, yellow and black
  tiff_luma,     // luma and two chromas of 8 bits
} tiff_kind;

// How samples lie in a row.
typedef struct {
  uint16_t photometric, bits, samples, format, planar, compression, fill_order, orientation;
  uint16_t extra;      // what the first further sample is
  uint16_t extras;     // how many there are
  bool big_endian;     // the file
  bool premultiplied;  // by the alpha that follows the colours
  bool converted;      // libtiff makes RGB of it
  tiff_kind kind;
  uint8_t colors[256][3];
} tiff_layout;

// Fills in the layout of the current directory, or says what is not read.
bool ic_tiff_describe(TIFF *tiff, const uint8_t *bytes, size_t count, tiff_layout *layout, ic_error *error);

// `width` pixels of interleaved samples in the order of the machine's bytes.
void ic_tiff_row_to_rgb(const tiff_layout *layout, const uint8_t *row, size_t width, uint8_t *rgb);

#endif
