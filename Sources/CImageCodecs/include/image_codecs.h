// Images of several formats in memory, and resampling, with the arithmetic of Pillow: the same pixels, byte for byte.
//
// Images are 8-bit RGB, rows from top to bottom, channels interleaved. Nothing here prints, exits, keeps
// state between calls or starts threads; every failure comes back as a status and one sentence without the
// name of the file.
#ifndef CLIPFT_IMAGE_CODECS_H
#define CLIPFT_IMAGE_CODECS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  IC_OK = 0,
  IC_UNRECOGNIZED,   // of no format that is known
  IC_CORRUPT,        // the data break the format's rules
  IC_TRUNCATED,      // the data end too early
  IC_TOO_LARGE,      // more pixels than allowed
  IC_UNSUPPORTED,    // a format or a variant that is not read
  IC_OUT_OF_MEMORY,
} ic_status;

typedef struct {
  ic_status status;
  char message[200];
} ic_error;

// ---- Decoding ----------------------------------------------------------------------------------------

// One of the formats that are told apart; all strings live as long as the program.
typedef struct {
  const char *name;      // of a format that is read: "PNG"; of another: "a TGA image"
  const char *suffixes;  // of the names of its files, without dots, in lower case, spaces between them
} ic_format;

// The formats that are read, and those that are known by name alone.
size_t ic_format_count(void);
ic_format ic_format_at(size_t index);
size_t ic_unread_count(void);
ic_format ic_unread_at(size_t index);

typedef struct ic_reader ic_reader;

typedef struct {
  uint64_t pixels;  // largest width × height
  uint32_t side;    // largest width, largest height
} ic_limits;

// Reads the header of an image, whose format its content tells; NULL on failure. `bytes` must outlive the reader.
ic_reader *ic_reader_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error);
uint32_t ic_reader_width(const ic_reader *reader);
uint32_t ic_reader_height(const ic_reader *reader);
// Decodes into rgb[height][width][3], which the caller provides; once for a reader.
bool ic_reader_read(ic_reader *reader, uint8_t *rgb, ic_error *error);
void ic_reader_close(ic_reader *reader);

// ---- Encoding ----------------------------------------------------------------------------------------

// *encoded is allocated here and released with ic_free.
bool ic_encode_png(const uint8_t *rgb, uint32_t width, uint32_t height, uint8_t **encoded, size_t *count,
                   ic_error *error);
// quality: 1...100; 4:2:0 chroma subsampling, as Pillow saves.
bool ic_encode_jpeg(const uint8_t *rgb, uint32_t width, uint32_t height, int quality, uint8_t **encoded,
                    size_t *count, ic_error *error);
void ic_free(void *memory);

// ---- Resampling --------------------------------------------------------------------------------------

typedef enum { IC_BILINEAR = 0, IC_BICUBIC = 1 } ic_filter;

// The whole source is resized to target_width × target_height, of which the window is kept; only what the
// window needs is computed.
typedef struct {
  int32_t source_width, source_height;
  int64_t target_width, target_height;
  int64_t left, top;  // of the window in the target
  int32_t window_width, window_height;
  ic_filter filter;
} ic_resize;

// source: source_height rows, row_bytes apart. out[window_height][window_width][3]. False if memory runs out.
bool ic_resample(const uint8_t *source, size_t row_bytes, const ic_resize *resize, uint8_t *out);

// out[c][i] = table[c][rgb[i][c]] for i in 0..<count, table[3][256]: a function of the byte and its channel.
void ic_map_to_planes(const uint8_t *rgb, size_t count, const float *table, float *out);

#ifdef __cplusplus
}
#endif
#endif
