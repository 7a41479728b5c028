#!/usr/bin/env bash
# Builds everything from nothing in a folder of its own and fails if the compilers had anything to say.
set -euo pipefail

scratch=.build/check-warnings
rm -rf "$scratch"
mkdir -p "$scratch"
log=$scratch/build.log
swift build -c release --build-tests --scratch-path "$scratch" 2>&1 | tee "$log"
if grep -E '(^|: )warning: ' "$log" >/dev/null; then
  echo "check-warnings: the build above has warnings" >&2
  exit 1
fi
echo "check-warnings: none"
rm -rf "$scratch"
