// Formats that are told apart in order to be named, and not read.
#include <string.h>

#include "reader.h"

typedef struct {
  const char *name, *suffixes;
  size_t offset;
  const char *bytes;
  size_t count;
} unread;

#define AT(offset, text) offset, text, sizeof text - 1

static const unread formats[] = {
    {"a JPEG 2000 image", "jp2 j2k j2c jpc jpf jpx jpg2000", AT(0, "\0\0\0\x0CjP  \r\n\x87\n")},
    {"a JPEG 2000 image", "", AT(0, "\xFF\x4F\xFF\x51")},
    {"a JPEG XL image", "jxl", AT(0, "\0\0\0\x0CJXL \r\n\x87\n")},
    {"a JPEG XL image", "", AT(0, "\xFF\x0A")},
    {"a JPEG XR image", "jxr wdp hdp", AT(0, "II\xBC\x01")},
    {"an AVIF image", "avif avifs", AT(4, "ftypavif")},
    {"an AVIF image", "", AT(4, "ftypavis")},
    {"a HEIC image", "heic heif hif heics", AT(4, "ftypheic")},
    {"a HEIC image", "", AT(4, "ftypheix")},
    {"a HEIC image", "", AT(4, "ftyphevc")},
    {"a HEIC image", "", AT(4, "ftypmif1")},
    {"a HEIC image", "", AT(4, "ftypmsf1")},
    {"a Canon raw photograph", "cr3", AT(4, "ftypcrx ")},
    {"a Canon raw photograph", "crw", AT(6, "HEAPCCDR")},
    {"a Fujifilm raw photograph", "raf", AT(0, "FUJIFILMCCD-RAW")},
    {"an Olympus raw photograph", "orf", AT(0, "IIRO")},
    {"a Panasonic raw photograph", "rw2", AT(0, "IIU\0")},
    {"a raw photograph", "dng cr2 nef arw pef srw nrw", AT(0, "")},
    {"a big-endian BigTIFF", "", AT(0, "MM\0+")},
    {"a Photoshop document", "psd psb", AT(0, "8BPS")},
    {"a TGA image", "tga", AT(0, "\0\0\2\0\0\0")},
    {"an icon", "ico", AT(0, "\0\0\1\0")},
    {"a cursor", "cur", AT(0, "\0\0\2\0")},
    {"an Apple icon", "icns", AT(0, "icns")},
    {"a DDS texture", "dds", AT(0, "DDS ")},
    {"a QOI image", "qoi", AT(0, "qoif")},
    {"an OpenEXR image", "exr", AT(0, "v/1\x01")},
    {"a Radiance image", "hdr", AT(0, "#?R")},
    {"a BPG image", "bpg", AT(0, "BPG\xFB")},
    {"a JNG image", "jng", AT(0, "\x8BJNG\r\n\x1A\n")},
    {"a MNG animation", "", AT(0, "\x8AMNG\r\n\x1A\n")},
    {"an SGI image", "sgi", AT(0, "\x01\xDA")},
    {"a Sun raster image", "ras", AT(0, "\x59\xA6\x6A\x95")},
    {"an SVG drawing", "svg", AT(0, "<svg")},
    {"an XML document, perhaps an SVG drawing", "", AT(0, "<?xml")},
    {"an XPM image", "xpm", AT(0, "/* XPM */")},
    {"an XBM image", "xbm", AT(0, "#define ")},
    {"a FITS image", "fits", AT(0, "SIMPLE  =")},
    {"a GIMP image", "xcf", AT(0, "gimp xcf")},
    {"a FLIF image", "flif", AT(0, "FLIF")},
    {"a PBM image of plain text", "", AT(0, "P1")},
    {"a PGM image of plain text", "", AT(0, "P2")},
    {"a PPM image of plain text", "", AT(0, "P3")},
    {"a PAM image", "pam", AT(0, "P7")},
    {"a PFM image", "pfm", AT(0, "Pf")},
    {"a PFM image", "", AT(0, "PF")},
    {"a PCX image", "pcx", AT(0, "\x0A\x05\x01")},
    {"a PDF document", "", AT(0, "%PDF")},
    {"a PostScript document", "", AT(0, "%!PS")},
    {"a BMP without the header of a file", "", AT(0, "\x28\0\0\0")},
};

enum { format_count = sizeof formats / sizeof *formats };

size_t ic_unread_count(void) { return format_count; }

ic_format ic_unread_at(size_t index) { return (ic_format){formats[index].name, formats[index].suffixes}; }

const char *ic_unread_format(const uint8_t *bytes, size_t count) {
  // The only one that signs at the end.
  static const char footer[] = "TRUEVISION-XFILE.";  // and a zero
  if (count >= sizeof footer && memcmp(bytes + count - sizeof footer, footer, sizeof footer) == 0)
    return "a TGA image";
  for (size_t i = 0; i < format_count; i++) {
    const unread *format = &formats[i];
    if (format->count && count >= format->offset + format->count &&
        memcmp(bytes + format->offset, format->bytes, format->count) == 0)
      return format->name;
  }
  return NULL;
}
