"""Compares clipft's pixels with Pillow's, byte for byte, for random files of every format that is read.

parity_formats.py CLIPFT [--files 600] [--seed 1] [--show 5]

At least `--files` files a format, made by Tests/Fixtures/image_writers.py: every variant in turn, of random samples. All
are squares of a few sizes, at which preprocessing has nothing to resize, so that `clipft preprocess` shows what was
decoded. The reference is `Image.open(…).convert("RGB")`.

A file that Pillow refuses must be refused. One that only clipft refuses is counted, its reason shown once: some variants
are refused by name because Pillow misreads them. Exits with 1 if pixels differ or only Pillow refuses a file. Lossy
formats may differ where clipft links other versions of libjpeg-turbo, libwebp or libtiff than Pillow brings.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings
import zlib

import numpy as np
from PIL import Image, features
from safetensors import safe_open

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Tests" / "Fixtures"))
from image_writers import VARIANTS  # noqa: E402

SIZES = (1, 7, 16, 23, 40)
BATCH = 64


def ours(options, files, size, folder):
    """[height, width, 3] of each file; or, if one is refused, the sentence that says why."""
    out = folder / "pixels.safetensors"
    done = subprocess.run([options.clipft, "preprocess", *files, "--size", str(size), "--out", out],
                          capture_output=True, text=True)
    if done.returncode == 65:
        return done.stderr.strip()
    if done.returncode != 0:
        sys.exit(f"clipft preprocess failed ({done.returncode}): {done.stderr}")
    with safe_open(out, "numpy") as file:
        return list(file.get_tensor("pixels_u8").transpose(0, 2, 3, 1))


def each(options, files, size, folder):
    """Pixels, or a sentence, of each file; halves those among which one is refused."""
    result = ours(options, files, size, folder)
    if not isinstance(result, str):
        return result
    if len(files) == 1:
        return [result]
    half = len(files) // 2
    return each(options, files[:half], size, folder) + each(options, files[half:], size, folder)


def reference(file):
    try:
        with open(file, "rb") as stream:
            return np.array(Image.open(stream).convert("RGB"))
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, Image.DecompressionBombError):
        return None


def compare(options, kind, folder):
    counts = dict.fromkeys(("identical", "refused by both", "refused by clipft alone", "different", "refused by Pillow alone"), 0)
    shown, reasons = 0, {}
    rounds = -(-options.files // (len(VARIANTS[kind]) * len(SIZES)))
    for size in SIZES:
        files = []
        for name, write in VARIANTS[kind].items():
            for turn in range(rounds):
                rng = np.random.default_rng([options.seed, size, turn, zlib.crc32(name.encode())])
                # No canvas may be larger than the frame here: resizing would be seen.
                file = folder / f"{name}-{size}-{turn}.{'ppm' if kind == 'netpbm' else kind}"
                file.write_bytes(write(rng, size, size))
                files.append(file)
        expected = [reference(file) for file in files]
        square = [i for i, image in enumerate(expected) if image is None or image.shape[:2] == (size, size)]
        for start in range(0, len(square), BATCH):
            batch = square[start:start + BATCH]
            for i, found in zip(batch, each(options, [files[i] for i in batch], size, folder)):
                refused = isinstance(found, str)
                if refused and expected[i] is None:
                    outcome = "refused by both"
                elif refused:
                    outcome = "refused by clipft alone"
                    reasons.setdefault(re.sub(r"^.*?: error: |^.*?: ", "", found), files[i].name)
                elif expected[i] is None:
                    outcome = "refused by Pillow alone"
                else:
                    outcome = "identical" if np.array_equal(found, expected[i]) else "different"
                counts[outcome] += 1
                if outcome in ("different", "refused by Pillow alone") and shown < options.show:
                    shown += 1
                    error = "" if expected[i] is None else f", at most by {np.abs(found.astype(int) - expected[i]).max()}"
                    print(f"{kind} {files[i].name}: {outcome}{error}")
        for file in files:
            file.unlink()
    print(f"{kind}: " + ", ".join(f"{number} {outcome}" for outcome, number in counts.items()))
    for reason, name in reasons.items():
        print(f"    only clipft: {name}: {reason}")
    return counts["different"] + counts["refused by Pillow alone"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("clipft")
    parser.add_argument("--files", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5, help="differing files to show of each format")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    brought = {name: features.version(name) for name in ("libjpeg_turbo", "webp", "libtiff", "zlib")}
    print(f"Pillow {Image.__version__}, which brings {brought}")
    with tempfile.TemporaryDirectory() as folder:
        different = sum(compare(options, kind, pathlib.Path(folder)) for kind in VARIANTS)
    sys.exit(1 if different else 0)


main()
