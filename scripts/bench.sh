#!/usr/bin/env bash
# Measures this machine with clipft: bench.sh CLIPFT [WORK…]. With $CLIPFT_REFERENCE_PYTHON (an environment with
# PyTorch) and $CLIPFT_BASELINE (a script that does the same work there and prints one JSON object), the two alternate,
# so that a noisy machine is equally noisy for both; a line of JSON for each measurement.
set -euo pipefail

clipft=$1
shift
[ $# -gt 0 ] || set -- encode full bitfit ssf lora text gemm

if [ -z "${CLIPFT_REFERENCE_PYTHON:-}" ] || [ -z "${CLIPFT_BASELINE:-}" ]; then
  exec "$clipft" bench "$@"
fi

batch=${BATCH:-16} seconds=${SECONDS_EACH:-15}
for work in "$@"; do
  "$clipft" bench "$work" --batch "$batch" --seconds "$seconds" --json | tr -d '\n'
  echo
  [ "$work" = gemm ] ||
    "$CLIPFT_REFERENCE_PYTHON" "$CLIPFT_BASELINE" "$work" --batch "$batch" --seconds "$seconds"
done
