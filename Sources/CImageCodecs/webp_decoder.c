// WebP by libwebp, still images only: transparency ignored, as Pillow ignores it when it converts to RGB.
#include <stdlib.h>

#include <webp/decode.h>

#include "reader.h"

typedef struct {
  ic_reader reader;
  const uint8_t *bytes;
  size_t count;
} webp_reader;

static bool webp_fail(VP8StatusCode status, ic_error *error) {
  switch (status) {
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      return ic_fail(error, IC_TRUNCATED, "the WebP data end too early");
    case VP8_STATUS_OUT_OF_MEMORY:
      return ic_fail(error, IC_OUT_OF_MEMORY, "there is no memory to decode it");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return ic_fail(error, IC_UNSUPPORTED, "this kind of WebP is not supported");
    default:
      return ic_fail(error, IC_CORRUPT, "the WebP data are broken");
  }
}

static bool webp_read(ic_reader *base, uint8_t *rgb, ic_error *error) {
  webp_reader *reader = (webp_reader *)base;
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config))
    return ic_fail(error, IC_UNSUPPORTED, "the libwebp that is installed does not fit this program");
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = rgb;
  config.output.u.RGBA.stride = (int)(3 * base->width);
  config.output.u.RGBA.size = 3 * (size_t)base->width * base->height;
  VP8StatusCode status = WebPDecode(reader->bytes, reader->count, &config);
  WebPFreeDecBuffer(&config.output);
  return status == VP8_STATUS_OK || webp_fail(status, error);
}

static void webp_close(ic_reader *base) { free(base); }

ic_reader *ic_webp_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error) {
  // The container says how long it is; libwebp decodes what is there of a file that is cut within its last chunk.
  uint64_t stated = 8 + ((uint64_t)bytes[4] | (uint64_t)bytes[5] << 8 | (uint64_t)bytes[6] << 16 |
                         (uint64_t)bytes[7] << 24);
  if (stated > count) {
    webp_fail(VP8_STATUS_NOT_ENOUGH_DATA, error);
    return NULL;
  }
  WebPBitstreamFeatures features;
  VP8StatusCode status = WebPGetFeatures(bytes, count, &features);
  if (status != VP8_STATUS_OK) {
    webp_fail(status, error);
    return NULL;
  }
  if (features.has_animation) {
    ic_fail(error, IC_UNSUPPORTED, "it is an animated WebP, of which no single frame is the image");
    return NULL;
  }
  if (features.width < 0 || features.height < 0 ||
      !ic_check_size((uint32_t)features.width, (uint32_t)features.height, limits, error))
    return NULL;
  webp_reader *reader = calloc(1, sizeof *reader);
  if (!reader) {
    ic_fail(error, IC_OUT_OF_MEMORY, "there is no memory to decode it");
    return NULL;
  }
  reader->reader.width = (uint32_t)features.width;
  reader->reader.height = (uint32_t)features.height;
  reader->reader.read = webp_read;
  reader->reader.close = webp_close;
  reader->bytes = bytes;
  reader->count = count;
  return &reader->reader;
}
