"""Compares clipft's pixels with Pillow's, byte for byte, for random files of every format that is read.

parity_formats.py CLIPFT [--files 600] [--seed 1] [--show 5]

At least `--files` files a format, made by Tests/Fixtures/image_writers.py: every variant in turn, of random samples. All
are squares of a few sizes, at which preprocessing has nothing to resize, so that `clipft preprocess` shows what was
decoded; variants on a larger canvas are left to the tests. The reference is `Image.open(…).convert("RGB")`.

A file that Pillow refuses must be refused. One that only clipft refuses is counted, its reason shown once: some variants
are refused by name because Pillow misreads them. Exits with 1 if pixels differ or only Pillow refuses a file. Lossy
formats may differ where clipft links other versions of libjpeg-turbo, libwebp or libtiff than Pillow brings.
"""
import argparse
import pathlib
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
WRONG = ("different", "refused by Pillow alone")
OUTCOMES = ("identical", "refused by both", "refused by clipft alone", *WRONG)


def ours(options, files, size, folder):
    """[height, width, 3] of each file; or, if one is refused, the sentence that says why."""
    out = folder / "pixels.safetensors"
    out.unlink(missing_ok=True)
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


def judged(found, expected):
    if isinstance(found, str):
        return "refused by both" if expected is None else "refused by clipft alone"
    if expected is None:
        return "refused by Pillow alone"
    return "identical" if np.array_equal(found, expected) else "different"


def compare(options, kind, folder):
    counts = dict.fromkeys(OUTCOMES, 0)
    shown, reasons, turn = 0, {}, 0
    while turn < len(SIZES) or sum(counts.values()) < options.files:
        size = SIZES[turn % len(SIZES)]
        batches = [[]]
        for name, write in VARIANTS[kind].items():
            rng = np.random.default_rng([options.seed, turn, zlib.crc32(name.encode())])
            file = folder / f"{name}-{turn}.{'ppm' if kind == 'netpbm' else kind}"
            file.write_bytes(write(rng, size, size))
            expected = reference(file)
            if expected is None:
                # What is always refused is shown to both once, and by itself.
                batches += [[(name, file, None)]] if turn == 0 else []
            elif expected.shape[:2] == (size, size):
                batches[0].append((name, file, expected))
        for batch in batches:
            found = each(options, [file for _, file, _ in batch], size, folder) if batch else []
            for (name, file, expected), image in zip(batch, found):
                outcome = judged(image, expected)
                counts[outcome] += 1
                if outcome == "refused by clipft alone":
                    reasons.setdefault(name, image.partition(file.name + ": ")[2])
                elif outcome in WRONG and shown < options.show:
                    shown += 1
                    error = "" if expected is None else f", at most by {np.abs(image.astype(int) - expected).max()}"
                    print(f"{kind} {file.name}: {outcome}{error}")
        for file in folder.iterdir():
            file.unlink()
        turn += 1
    print(f"{kind}: " + ", ".join(f"{number} {outcome}" for outcome, number in counts.items()))
    for name, reason in reasons.items():
        print(f"    only clipft refuses {name}: {reason}")
    return sum(counts[outcome] for outcome in WRONG)


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
