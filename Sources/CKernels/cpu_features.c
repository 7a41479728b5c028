// What the processor can do, for people, run records and the choice of precision.
#include "kernels.h"

#include <stdio.h>
#include <string.h>

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

typedef struct {
  char *buffer;
  size_t size, length;
} feature_list;

static void append(feature_list *list, const char *name, bool present) {
  if (!present) return;
  const char *space = list->length ? " " : "";
  size_t room = list->length < list->size ? list->size - list->length : 0;
  int written = snprintf(room ? list->buffer + list->length : NULL, room, "%s%s", space, name);
  if (written > 0) list->length += (size_t)written;
}

#if defined(__x86_64__)

bool ck_has_native_bf16(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512bf16");
}

int ck_cpu_features(char *buffer, size_t size) {
  feature_list list = {buffer, size, 0};
  if (size) buffer[0] = 0;
  __builtin_cpu_init();
  append(&list, "avx2", __builtin_cpu_supports("avx2"));
  append(&list, "fma", __builtin_cpu_supports("fma"));
  append(&list, "avx512f", __builtin_cpu_supports("avx512f"));
  append(&list, "avx512bw", __builtin_cpu_supports("avx512bw"));
  append(&list, "avx512vl", __builtin_cpu_supports("avx512vl"));
  append(&list, "avx512vnni", __builtin_cpu_supports("avx512vnni"));
  append(&list, "avx512bf16", __builtin_cpu_supports("avx512bf16"));
  return (int)list.length;
}

#elif defined(__aarch64__) && defined(__linux__)

enum { BF16_BIT = 14 };  // HWCAP2_BF16 of Linux.

bool ck_has_native_bf16(void) { return (getauxval(AT_HWCAP2) >> BF16_BIT & 1) != 0; }

int ck_cpu_features(char *buffer, size_t size) {
  feature_list list = {buffer, size, 0};
  if (size) buffer[0] = 0;
  append(&list, "neon", true);
  append(&list, "bf16", ck_has_native_bf16());
  return (int)list.length;
}

#else

bool ck_has_native_bf16(void) { return false; }

int ck_cpu_features(char *buffer, size_t size) {
  feature_list list = {buffer, size, 0};
  if (size) buffer[0] = 0;
  return (int)list.length;
}

#endif
