// Pixels to model input: normalisation and patch unfolding.
#include "parallel.h"
#include "simd.h"

#include <string.h>

typedef struct {
  float *out;
  const float *images;
  int64_t channels, height, width, patch;
} unfold_args;

// One item is a row of patches of one image.
static void unfold(void *context, int64_t begin, int64_t end) {
  const unfold_args *args = context;
  int64_t p = args->patch, down = args->height / p, across = args->width / p;
  int64_t length = args->channels * p * p;
  for (int64_t item = begin; item < end; item++) {
    int64_t image = item / down, row = item % down;
    float *out = args->out + item * across * length;
    for (int64_t c = 0; c < args->channels; c++) {
      for (int64_t y = 0; y < p; y++) {
        const float *line =
            args->images + ((image * args->channels + c) * args->height + row * p + y) * args->width;
        for (int64_t x = 0; x < across; x++) {
          memcpy(out + x * length + (c * p + y) * p, line + x * p, (size_t)p * sizeof(float));
        }
      }
    }
  }
}

void ck_unfold(float *out, const float *images, int64_t batch, int64_t channels, int64_t height,
               int64_t width, int64_t patch) {
  if (patch <= 0) return;
  unfold_args args = {out, images, channels, height, width, patch};
  ck_parallel(batch * (height / patch), ck_row_grain(channels * patch * width), unfold, &args);
}

typedef struct {
  float *out;
  const uint8_t *pixels;
  const float *mean, *std;
  int64_t height, width;
} normalize_args;

CK_SIMD static void normalize_image(void *context, int64_t begin, int64_t end) {
  const normalize_args *args = context;
  int64_t width = args->width, plane = args->height * width;
  for (int64_t y = begin; y < end; y++) {
    const uint8_t *pixels = args->pixels + 3 * y * width;
    for (int64_t c = 0; c < 3; c++) {
      float mean = args->mean[c], std = args->std[c];
      float *out = args->out + c * plane + y * width;
      for (int64_t x = 0; x < width; x++) out[x] = ((float)pixels[3 * x + c] / 255.0f - mean) / std;
    }
  }
}

void ck_normalize_image(float *out, const uint8_t *pixels, int64_t height, int64_t width, const float mean[3],
                        const float std[3]) {
  normalize_args args = {out, pixels, mean, std, height, width};
  ck_parallel(height, ck_row_grain(3 * width), normalize_image, &args);
}
