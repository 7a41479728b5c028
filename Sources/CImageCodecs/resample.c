// Separable resampling in the fixed-point arithmetic of Pillow: weights with 22 fractional bits, and bytes
// again after each of the two passes.
//
// The horizontal pass takes bands of 16 rows, which it turns so that it works on 16 rows at once, without
// gathers. Between the passes lie only as many rows as an output row or a band needs.
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

// ---- Weights -----------------------------------------------------------------------------------------

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

// ---- Passes ------------------------------------------------------------------------------------------

typedef struct {
  axis across, down;
  int32_t first_column, column_count;  // of the source, that the window needs
  span *spans;                         // of each window column, counted from first_column
  int32_t *weights;                    // across.capacity for each window column
  uint8_t *turned, *filtered;          // [column_count][channels][band], [window_width][channels][band]
  uint8_t *rows;                       // between the passes: [row_count][row_bytes]
  size_t row_count, row_bytes;
  const uint8_t **taps;  // the rows that one output row is made of, down.capacity of them
  int32_t *tap_weights;
  double *exact;
} workspace;

static void release(workspace *work) {
  free(work->spans);
  free(work->weights);
  free(work->turned);
  free(work->filtered);
  free(work->rows);
  free(work->taps);
  free(work->tap_weights);
  free(work->exact);
}

// Pillow's choice since version 13: columns first where that saves the rows much work. The order shows in the
// pixels.
static bool starts_down(const ic_resize *resize) {
  int64_t lower = resize->source_height - resize->target_height;
  return lower > 0 && lower > 2 * (resize->source_width - resize->target_width);
}

static bool prepare(workspace *work, const ic_resize *resize) {
  *work = (workspace){
      .across = make_axis(resize->filter, resize->source_width, resize->target_width),
      .down = make_axis(resize->filter, resize->source_height, resize->target_height),
  };
  span first = span_of(&work->across, resize->left);
  span last = span_of(&work->across, resize->left + resize->window_width - 1);
  work->first_column = first.first;
  work->column_count = last.first + last.count - first.first;
  size_t width = (size_t)resize->window_width, columns = (size_t)work->column_count;
  size_t across = (size_t)work->across.capacity, down = (size_t)work->down.capacity;
  work->row_count = starts_down(resize) ? band : down + band;
  work->row_bytes = (starts_down(resize) ? columns : width) * channels;
  work->spans = malloc(width * sizeof *work->spans);
  work->weights = malloc(width * across * sizeof *work->weights);
  work->turned = malloc(columns * channels * band);
  work->filtered = malloc(width * channels * band);
  work->rows = malloc(work->row_count * work->row_bytes);
  work->taps = malloc(down * sizeof *work->taps);
  work->tap_weights = malloc(down * sizeof *work->tap_weights);
  work->exact = malloc((across > down ? across : down) * sizeof *work->exact);
  if (!work->spans || !work->weights || !work->turned || !work->filtered || !work->rows || !work->taps ||
      !work->tap_weights || !work->exact)
    return false;
  for (size_t x = 0; x < width; x++) {
    int64_t position = resize->left + (int64_t)x;
    work->spans[x] = weights_of(&work->across, position, work->exact, work->weights + x * across);
    work->spans[x].first -= work->first_column;
  }
  return true;
}

typedef uint8_t bytes __attribute__((vector_size(band)));

static inline bytes load(const uint8_t *from) {
  bytes value;
  memcpy(&value, from, sizeof value);
  return value;
}

// Rows and columns of 16 × 16 bytes exchanged: interleaving the upper with the lower half, four times over.
static inline void turn(bytes rows[band]) {
  for (int round = 0; round < 4; round++) {
    bytes mixed[band];
    for (int i = 0; i < band / 2; i++) {
      bytes upper = rows[i], lower = rows[i + band / 2];
      mixed[2 * i] =
          __builtin_shufflevector(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      mixed[2 * i + 1] =
          __builtin_shufflevector(upper, lower, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    }
    memcpy(rows, mixed, sizeof mixed);
  }
}

// turned[i][r] = rows[r][i]: byte i of 16 rows side by side.
VECTORIZED
static void turn_in(const uint8_t *const rows[band], size_t count, uint8_t *turned) {
  size_t i = 0;
  for (; i + band <= count; i += band) {
    bytes block[band];
    for (int r = 0; r < band; r++) block[r] = load(rows[r] + i);
    turn(block);
    memcpy(turned + i * band, block, sizeof block);
  }
  for (; i < count; i++)
    for (int r = 0; r < band; r++) turned[i * band + (size_t)r] = rows[r][i];
}

VECTORIZED
static void turn_out(const uint8_t *turned, size_t count, uint8_t *const rows[band]) {
  size_t i = 0;
  for (; i + band <= count; i += band) {
    bytes block[band];
    memcpy(block, turned + i * band, sizeof block);
    turn(block);
    for (int r = 0; r < band; r++) memcpy(rows[r] + i, &block[r], sizeof block[r]);
  }
  for (; i < count; i++)
    for (int r = 0; r < band; r++) rows[r][i] = turned[i * band + (size_t)r];
}

VECTORIZED
static void filter_turned(const uint8_t *turned, const span *spans, const int32_t *weights, int32_t capacity,
                          size_t width, uint8_t *filtered) {
  for (size_t x = 0; x < width; x++) {
    const int32_t *k = weights + x * (size_t)capacity;
    const uint8_t *in = turned + (size_t)spans[x].first * channels * band;
    int32_t sums[channels * band];
    for (int j = 0; j < channels * band; j++) sums[j] = 1 << (precision - 1);
    for (int32_t i = 0; i < spans[x].count; i++, in += channels * band)
      for (int j = 0; j < channels * band; j++) sums[j] += k[i] * in[j];
    uint8_t *out = filtered + x * channels * band;
    for (int j = 0; j < channels * band; j++) out[j] = rounded_byte(sums[j]);
  }
}

// Source rows, from first_column on, to window rows. Where fewer than 16 are left, the last is repeated.
static void filter_across(const workspace *work, const ic_resize *resize, const uint8_t *const in[band],
                          uint8_t *const out[band]) {
  size_t width = (size_t)resize->window_width;
  if (resize->target_width == resize->source_width) {
    size_t offset = (size_t)(resize->left - work->first_column) * channels;
    for (int r = 0; r < band; r++) memmove(out[r], in[r] + offset, width * channels);
    return;
  }
  turn_in(in, (size_t)work->column_count * channels, work->turned);
  filter_turned(work->turned, work->spans, work->weights, work->across.capacity, width, work->filtered);
  turn_out(work->filtered, width * channels, out);
}

VECTORIZED
static void sum_rows(const uint8_t *const *taps, const int32_t *weights, int32_t count, size_t row_bytes,
                     uint8_t *out) {
  enum { block = 64 };
  for (size_t start = 0; start + block <= row_bytes;) {
    int32_t sums[block];
    for (int j = 0; j < block; j++) sums[j] = 1 << (precision - 1);
    for (int32_t i = 0; i < count; i++)
      for (int j = 0; j < block; j++) sums[j] += weights[i] * taps[i][start + (size_t)j];
    for (int j = 0; j < block; j++) out[start + (size_t)j] = rounded_byte(sums[j]);
    // The last block overlaps the one before it.
    size_t next = start + block;
    start = next < row_bytes && row_bytes < next + block ? row_bytes - block : next;
  }
  for (size_t j = 0; row_bytes < block && j < row_bytes; j++) {
    int32_t sum = 1 << (precision - 1);
    for (int32_t i = 0; i < count; i++) sum += weights[i] * taps[i][j];
    out[j] = rounded_byte(sum);
  }
}

// Row y of the source or of what the first pass made of it lies at rows + (y % row_count) × stride.
static void filter_down(workspace *work, const ic_resize *resize, int64_t y, const uint8_t *rows,
                        size_t row_count, size_t stride, uint8_t *out) {
  if (resize->target_height == resize->source_height) {
    memcpy(out, rows + (size_t)y % row_count * stride, work->row_bytes);
    return;
  }
  span span = weights_of(&work->down, y, work->exact, work->tap_weights);
  for (int32_t i = 0; i < span.count; i++)
    work->taps[i] = rows + (size_t)(span.first + i) % row_count * stride;
  sum_rows(work->taps, work->tap_weights, span.count, work->row_bytes, out);
}

static void resample_across_then_down(workspace *work, const ic_resize *resize, const uint8_t *source,
                                      size_t row_bytes, uint8_t *out) {
  int32_t ready = span_of(&work->down, resize->top).first;
  for (int32_t y = 0; y < resize->window_height; y++, out += work->row_bytes) {
    span span = span_of(&work->down, resize->top + y);
    for (; ready < span.first + span.count; ready += band) {
      const uint8_t *from[band];
      uint8_t *to[band];
      for (int32_t r = 0; r < band; r++) {
        int32_t row = ready + r < resize->source_height ? ready + r : resize->source_height - 1;
        from[r] = source + (size_t)row * row_bytes + (size_t)work->first_column * channels;
        to[r] = work->rows + (size_t)row % work->row_count * work->row_bytes;
      }
      filter_across(work, resize, from, to);
    }
    filter_down(work, resize, resize->top + y, work->rows, work->row_count, work->row_bytes, out);
  }
}

static void resample_down_then_across(workspace *work, const ic_resize *resize, const uint8_t *source,
                                      size_t row_bytes, uint8_t *out) {
  size_t out_bytes = (size_t)resize->window_width * channels;
  source += (size_t)work->first_column * channels;
  for (int32_t y = 0; y < resize->window_height; y += band) {
    const uint8_t *from[band];
    uint8_t *to[band];
    for (int32_t r = 0; r < band; r++) {
      int32_t row = y + r < resize->window_height ? y + r : resize->window_height - 1;
      uint8_t *between = work->rows + (size_t)(row - y) * work->row_bytes;
      size_t height = (size_t)resize->source_height;
      if (row == y + r) filter_down(work, resize, resize->top + row, source, height, row_bytes, between);
      from[r] = between;
      to[r] = out + (size_t)row * out_bytes;
    }
    filter_across(work, resize, from, to);
  }
}

bool ic_resample(const uint8_t *source, size_t row_bytes, const ic_resize *resize, uint8_t *out) {
  workspace work;
  bool ready = prepare(&work, resize);
  if (ready && starts_down(resize)) resample_down_then_across(&work, resize, source, row_bytes, out);
  else if (ready) resample_across_then_down(&work, resize, source, row_bytes, out);
  release(&work);
  return ready;
}

void ic_map_to_planes(const uint8_t *rgb, size_t count, const float *table, float *out) {
  for (int c = 0; c < channels; c++, table += 256, out += count)
    for (size_t i = 0; i < count; i++) out[i] = table[rgb[i * channels + (size_t)c]];
}
