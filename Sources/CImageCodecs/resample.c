// Separable resampling in the fixed-point arithmetic of Pillow: weights with 22 fractional bits, rows first, then
// columns, rounded to a byte after each.
//
// Source rows come in bands of 16, which are turned so that the horizontal pass runs over 16 rows at once without
// gathers; the vertical pass reads a ring of as many filtered rows as one output row can need.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image_codecs.h"
#include "vectorized.h"

enum { precision = 32 - 8 - 2, band = 16, channels = 3 };

static uint8_t rounded_byte(int32_t sum) {
  int32_t value = sum >> precision;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

// ---- Weights -------------------------------------------------------------------------------------------------

typedef struct {
  ic_filter filter;
  int32_t source;
  double scale, stretch, support;
  int32_t capacity;  // most weights one position can have
} axis;

static double weight(ic_filter filter, double x) {
#pragma STDC FP_CONTRACT OFF
  const double a = -0.5;
  x = fabs(x);
  if (filter == IC_BILINEAR) return x < 1.0 ? 1.0 - x : 0.0;
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

static axis make_axis(ic_filter filter, int32_t source, int64_t target) {
  axis result = {.filter = filter, .source = source, .scale = (double)source / (double)target};
  result.stretch = result.scale < 1.0 ? 1.0 : result.scale;
  result.support = (filter == IC_BICUBIC ? 2.0 : 1.0) * result.stretch;
  result.capacity = (int32_t)ceil(result.support) * 2 + 1;
  return result;
}

typedef struct {
  int32_t first, count;
} span;

static span span_of(const axis *axis, int64_t position) {
#pragma STDC FP_CONTRACT OFF
  double center = ((double)position + 0.5) * axis->scale;
  double low = center - axis->support + 0.5, high = center + axis->support + 0.5;
  int32_t first = low < 0 ? 0 : (int32_t)low;
  int32_t end = high > axis->source ? axis->source : (int32_t)high;
  return (span){first, end - first};
}

// Fixed-point weights of one target position; `exact` is scratch, both hold `capacity` values.
static span weights_of(const axis *axis, int64_t position, double *exact, int32_t *fixed) {
#pragma STDC FP_CONTRACT OFF
  span span = span_of(axis, position);
  double center = ((double)position + 0.5) * axis->scale;
  double step = 1.0 / axis->stretch, sum = 0.0;
  for (int32_t i = 0; i < span.count; i++) {
    exact[i] = weight(axis->filter, (i + span.first - center + 0.5) * step);
    sum += exact[i];
  }
  for (int32_t i = 0; i < span.count; i++) {
    double value = (sum != 0.0 ? exact[i] / sum : exact[i]) * (1 << precision);
    fixed[i] = (int32_t)(value < 0 ? value - 0.5 : value + 0.5);
  }
  return span;
}

// ---- Passes --------------------------------------------------------------------------------------------------

typedef struct {
  axis across, down;
  int32_t first_column, column_count;  // of the source, that the window needs
  span *spans;                         // of each window column, counted from first_column
  int32_t *weights;                    // across.capacity for each window column
  uint8_t *turned;                     // [column_count][channels][band]
  uint8_t *filtered;                   // [window_width][channels][band]
  uint8_t *ring;                       // [ring_rows][window_width][channels]
  int32_t ring_rows;
  double *exact;
  int32_t *row_weights;
} workspace;

static void release(workspace *work) {
  free(work->spans);
  free(work->weights);
  free(work->turned);
  free(work->filtered);
  free(work->ring);
  free(work->exact);
  free(work->row_weights);
}

static bool prepare(workspace *work, const ic_resize *resize) {
  *work = (workspace){
      .across = make_axis(resize->filter, resize->source_width, resize->target_width),
      .down = make_axis(resize->filter, resize->source_height, resize->target_height),
  };
  int32_t capacity = work->across.capacity > work->down.capacity ? work->across.capacity : work->down.capacity;
  span first = span_of(&work->across, resize->left);
  span last = span_of(&work->across, resize->left + resize->window_width - 1);
  work->first_column = first.first;
  work->column_count = last.first + last.count - first.first;
  work->ring_rows = work->down.capacity + band;
  size_t width = (size_t)resize->window_width;
  work->spans = malloc(width * sizeof *work->spans);
  work->weights = calloc(width * (size_t)work->across.capacity, sizeof *work->weights);
  work->turned = malloc((size_t)work->column_count * channels * band);
  work->filtered = malloc(width * channels * band);
  work->ring = malloc((size_t)work->ring_rows * width * channels);
  work->exact = malloc((size_t)capacity * sizeof *work->exact);
  work->row_weights = malloc((size_t)work->down.capacity * sizeof *work->row_weights);
  if (!work->spans || !work->weights || !work->turned || !work->filtered || !work->ring || !work->exact ||
      !work->row_weights)
    return false;
  for (size_t x = 0; x < width; x++) {
    span span = weights_of(&work->across, resize->left + (int64_t)x, work->exact,
                           work->weights + x * (size_t)work->across.capacity);
    span.first -= work->first_column;
    work->spans[x] = span;
  }
  return true;
}

// turned[i][r] = rows[r][i]: byte i of 16 rows side by side.
static void turn_in(const uint8_t *const rows[band], size_t count, uint8_t *turned) {
  for (size_t i = 0; i < count; i++)
    for (int r = 0; r < band; r++) turned[i * band + (size_t)r] = rows[r][i];
}

static void turn_out(const uint8_t *turned, size_t count, uint8_t *const rows[band]) {
  for (size_t i = 0; i < count; i++)
    for (int r = 0; r < band; r++) rows[r][i] = turned[i * band + (size_t)r];
}

VECTORIZED
static void filter_across(const uint8_t *turned, const span *spans, const int32_t *weights, int32_t capacity,
                          size_t width, uint8_t *filtered) {
  for (size_t x = 0; x < width; x++) {
    const int32_t *k = weights + x * (size_t)capacity;
    for (int c = 0; c < channels; c++) {
      const uint8_t *in = turned + ((size_t)spans[x].first * channels + (size_t)c) * band;
      int32_t sums[band];
      for (int r = 0; r < band; r++) sums[r] = 1 << (precision - 1);
      for (int32_t i = 0; i < spans[x].count; i++, in += channels * band)
        for (int r = 0; r < band; r++) sums[r] += k[i] * in[r];
      uint8_t *out = filtered + (x * channels + (size_t)c) * band;
      for (int r = 0; r < band; r++) out[r] = rounded_byte(sums[r]);
    }
  }
}

// One output row from the ring; row y of the source lies in ring row y % ring_rows.
VECTORIZED
static void filter_down(const uint8_t *ring, int32_t ring_rows, size_t row_bytes, span span,
                        const int32_t *weights, uint8_t *out) {
  enum { block = 64 };
  for (size_t start = 0; start < row_bytes; start += block) {
    size_t count = row_bytes - start < block ? row_bytes - start : block;
    int32_t sums[block];
    for (size_t j = 0; j < block; j++) sums[j] = 1 << (precision - 1);
    int32_t slot = span.first % ring_rows;
    for (int32_t i = 0; i < span.count; i++) {
      const uint8_t *in = ring + (size_t)slot * row_bytes + start;
      if (count == block)
        for (size_t j = 0; j < block; j++) sums[j] += weights[i] * in[j];
      else
        for (size_t j = 0; j < count; j++) sums[j] += weights[i] * in[j];
      slot = slot + 1 == ring_rows ? 0 : slot + 1;
    }
    if (count == block)
      for (size_t j = 0; j < block; j++) out[start + j] = rounded_byte(sums[j]);
    else
      for (size_t j = 0; j < count; j++) out[start + j] = rounded_byte(sums[j]);
  }
}

static void filter_band(workspace *work, const ic_resize *resize, const uint8_t *source, size_t row_bytes,
                        int32_t y, int32_t count) {
  size_t width = (size_t)resize->window_width;
  const uint8_t *in[band];
  uint8_t *out[band];
  for (int r = 0; r < band; r++) {
    int32_t row = y + (r < count ? r : count - 1);
    in[r] = source + (size_t)row * row_bytes + (size_t)work->first_column * channels;
    out[r] = work->ring + (size_t)(row % work->ring_rows) * width * channels;
  }
  if (resize->target_width == resize->source_width) {
    for (int r = 0; r < count; r++) memcpy(out[r], in[r], width * channels);
    return;
  }
  turn_in(in, (size_t)work->column_count * channels, work->turned);
  filter_across(work->turned, work->spans, work->weights, work->across.capacity, width, work->filtered);
  turn_out(work->filtered, width * channels, out);
}

bool ic_resample(const uint8_t *source, size_t row_bytes, const ic_resize *resize, uint8_t *out) {
  workspace work;
  if (!prepare(&work, resize)) {
    release(&work);
    return false;
  }
  size_t out_bytes = (size_t)resize->window_width * channels;
  int32_t ready = span_of(&work.down, resize->top).first;
  for (int32_t y = 0; y < resize->window_height; y++) {
    span span = weights_of(&work.down, resize->top + y, work.exact, work.row_weights);
    while (ready < span.first + span.count) {
      int32_t left = resize->source_height - ready, count = left < band ? left : band;
      filter_band(&work, resize, source, row_bytes, ready, count);
      ready += count;
    }
    uint8_t *row = out + (size_t)y * out_bytes;
    if (resize->target_height == resize->source_height)
      memcpy(row, work.ring + (size_t)((resize->top + y) % work.ring_rows) * out_bytes, out_bytes);
    else
      filter_down(work.ring, work.ring_rows, out_bytes, span, work.row_weights, row);
  }
  release(&work);
  return true;
}

void ic_map_to_planes(const uint8_t *rgb, size_t count, const float *table, float *out) {
  for (int c = 0; c < channels; c++, table += 256, out += count)
    for (size_t i = 0; i < count; i++) out[i] = table[rgb[i * channels + (size_t)c]];
}
