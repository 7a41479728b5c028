// WebP by libwebp: transparency ignored, as Pillow ignores it when it converts to RGB. Of an animation the first frame
// is read, on its canvas, which is black where the frame does not cover it.
#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

#include "reader.h"

typedef struct {
  ic_reader reader;
  WebPDemuxer *container;
} webp_reader;

static bool webp_fail(VP8StatusCode status, ic_error *error) {
  switch (status) {
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED:
      return ic_fail(error, IC_TRUNCATED, "the WebP data end too early");
    case VP8_STATUS_OUT_OF_MEMORY:
      return ic_fail_memory(error);
    case VP8_STATUS_UNSUPPORTED_FEATURE:
      return ic_fail(error, IC_UNSUPPORTED, "this kind of WebP is not supported");
    default:
      return ic_fail(error, IC_CORRUPT, "the WebP data are broken");
  }
}

static bool read_frame(const ic_reader *base, const WebPIterator *frame, uint8_t *rgb, ic_error *error) {
  size_t left = (size_t)frame->x_offset, top = (size_t)frame->y_offset;
  size_t width = (size_t)frame->width, height = (size_t)frame->height;
  if (left + width > base->width || top + height > base->height)
    return webp_fail(VP8_STATUS_BITSTREAM_ERROR, error);
  if (width < base->width || height < base->height) memset(rgb, 0, 3 * (size_t)base->width * base->height);
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config))
    return ic_fail(error, IC_UNSUPPORTED, "the libwebp that is installed does not fit this program");
  size_t skipped = 3 * (top * base->width + left);
  config.output.colorspace = MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA.rgba = rgb + skipped;
  config.output.u.RGBA.stride = (int)(3 * base->width);
  config.output.u.RGBA.size = 3 * (size_t)base->width * base->height - skipped;
  VP8StatusCode status = WebPDecode(frame->fragment.bytes, frame->fragment.size, &config);
  WebPFreeDecBuffer(&config.output);
  return status == VP8_STATUS_OK || webp_fail(status, error);
}

static bool webp_read(ic_reader *base, uint8_t *rgb, ic_error *error) {
  webp_reader *reader = (webp_reader *)base;
  WebPIterator frame;
  if (!WebPDemuxGetFrame(reader->container, 1, &frame)) return webp_fail(VP8_STATUS_BITSTREAM_ERROR, error);
  bool complete = read_frame(base, &frame, rgb, error);
  WebPDemuxReleaseIterator(&frame);
  return complete;
}

static void webp_close(ic_reader *base) {
  webp_reader *reader = (webp_reader *)base;
  WebPDemuxDelete(reader->container);
  free(reader);
}

ic_reader *ic_webp_open(const uint8_t *bytes, size_t count, ic_limits limits, ic_error *error) {
  webp_reader *reader = calloc(1, sizeof *reader);
  if (!reader) {
    ic_fail_memory(error);
    return NULL;
  }
  reader->reader.read = webp_read;
  reader->reader.close = webp_close;
  WebPData data = {.bytes = bytes, .size = count};
  reader->container = WebPDemux(&data);
  if (!reader->container) {
    // The container says how long it is.
    webp_fail(8 + (uint64_t)ic_u32(bytes + 4) > count ? VP8_STATUS_NOT_ENOUGH_DATA : VP8_STATUS_BITSTREAM_ERROR,
              error);
    webp_close(&reader->reader);
    return NULL;
  }
  reader->reader.width = WebPDemuxGetI(reader->container, WEBP_FF_CANVAS_WIDTH);
  reader->reader.height = WebPDemuxGetI(reader->container, WEBP_FF_CANVAS_HEIGHT);
  if (!ic_check_size(reader->reader.width, reader->reader.height, limits, error)) {
    webp_close(&reader->reader);
    return NULL;
  }
  return &reader->reader;
}
