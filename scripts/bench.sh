#!/usr/bin/env bash
# Measures this machine: bench.sh CLIPFT [OPTIONS of Benchmarks/compare.py]. Beside PyTorch where a Python that has it
# is found ($CLIPFT_REFERENCE_PYTHON, else clipft-reference in the cache), which also writes Benchmarks/RESULTS.md; with
# --images DIR, the readers of data as well.
set -euo pipefail

clipft=$1
shift
python=${CLIPFT_REFERENCE_PYTHON:-${XDG_CACHE_HOME:-$HOME/.cache}/clipft-reference/bin/python}
if [ -x "$python" ]; then
  "$clipft" bench methods --beside bitfit --batch 8 --seconds 5
  for ((place = 1; place < $#; place++)); do
    next=$((place + 1))
    if [ "${!place}" = --images ]; then
      "$python" "$(dirname "$0")/../Benchmarks/bench_readers.py" "$clipft" "${!next}"
    fi
  done
  exec "$python" "$(dirname "$0")/../Benchmarks/compare.py" "$clipft" "$@"
fi
"$clipft" bench encode full bitfit ssf lora text gemm
exec "$clipft" bench methods --beside bitfit --batch 8 --seconds 5
