#!/usr/bin/env bash
# Makes sure that the Swift toolchain and the C libraries are there; does nothing when they are.
set -euo pipefail

packages=(libdnnl-dev libopenblas-dev libjpeg-dev libpng-dev libtiff-dev libwebp-dev zlib1g-dev libzstd-dev)
headers=(dnnl.h cblas.h jpeglib.h png.h tiffio.h webp/demux.h zlib.h zstd.h)

fail() {
  echo "setup: $*" >&2
  exit 1
}

check_swift() {
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\..*/\1/p' | head -n 1) || true
  [ "${version:-0}" -ge 6 ] ||
    fail "Swift 6.0 or newer is needed (found: ${version:-none}); install it from https://www.swift.org/install"
}

missing_packages() {
  local package
  for package in "${packages[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || echo "$package"
  done
}

missing_headers() {
  local header
  for header in "${headers[@]}"; do
    # jpeglib.h and png.h need stdio.h before them.
    printf '#include <stdio.h>\n#include <%s>\n' "$header" |
      "${CC:-clang}" -fsyntax-only -x c - 2>/dev/null || echo "$header"
  done
}

install_packages() {
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "install these packages as root, then run make again: $*"
    as_root=(sudo)
  fi
  echo "setup: installing $*" >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

check_swift
if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
  mapfile -t missing < <(missing_packages)
  [ "${#missing[@]}" -eq 0 ] || install_packages "${missing[@]}"
else
  missing=$(missing_headers | tr '\n' ' ')
  [ -z "$missing" ] || fail "these headers were not found: ${missing}- install the development packages of" \
    "oneDNN, OpenBLAS, libjpeg(-turbo), libpng, libtiff 4.5, libwebp, zlib and libzstd, then run make again"
fi
