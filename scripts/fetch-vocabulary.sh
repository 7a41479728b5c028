#!/usr/bin/env bash
# Puts CLIP's vocabulary where clipft looks for it, for checkpoints that bring none: taken from the Python package that
# ships it, open_clip_torch (MIT licence), and checked. Without pip or a network it says so and changes nothing.
set -euo pipefail

name=bpe_simple_vocab_16e6.txt.gz
sum=924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a
folder="${XDG_CACHE_HOME:-$HOME/.cache}/clipft/tokenizer"

is_right() { [ -f "$1" ] && echo "$sum  $1" | sha256sum --check --status; }

is_right "$folder/$name" && exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
skip() {
  echo "CLIP's vocabulary was not fetched: $1. Checkpoints that bring none need \$CLIPFT_TOKENIZER." >&2
  exit 0
}
python3 -m pip --version >"$work/log" 2>&1 || skip "pip is missing"
python3 -m pip download --quiet --no-deps --timeout 10 --retries 1 --dest "$work" open_clip_torch >"$work/log" 2>&1 ||
  skip "the package open_clip_torch cannot be downloaded"
python3 -m zipfile -e "$work"/open_clip_torch-*.whl "$work/wheel" || skip "the package is damaged"
is_right "$work/wheel/open_clip/$name" || skip "the package holds another vocabulary"
mkdir -p "$folder"
mv "$work/wheel/open_clip/$name" "$folder/$name"
echo "CLIP's vocabulary: $folder/$name"
