"""Compares clipft's pixels with those of Pillow and torchvision's CLIP transform, byte for byte.

parity_pixels.py CLIPFT FOLDER… [--size 224] [--show 5]

Every image below the folders, and odd ones made here: grey, CMYK and YCCK JPEGs, palettes, 16-bit PNGs, transparency,
progressive and interlaced files, single rows and columns, a very large one, EXIF rotation (left alone). The reference is
`Image.open(…).convert("RGB")`, then Resize (bicubic) and CenterCrop; an image that Pillow refuses must be refused.

Exits with 1 if an image differs.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image, ImageFile
from safetensors import safe_open
from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Resize

BATCH = 256
SUFFIXES = {".jpg", ".jpeg", ".png"}


def scene(width, height, channels):
    """Waves, edges and noise: what shows the smallest difference in rounding."""
    random = np.random.default_rng(width * 7919 + height)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    planes = [128 + 90 * np.sin(x / (3 + i) + y / 7) + 60 * ((x // 5 + y // 4) % 2) - 30 * i for i in range(channels)]
    noisy = np.stack(planes, -1) + random.normal(0, 12, (height, width, channels))
    return np.clip(noisy, 0, 255).astype(np.uint8)


def odd_images(folder):
    """Files by what is odd about them."""
    rgb = Image.fromarray(scene(317, 251, 3))
    inks = Image.fromarray(scene(317, 251, 4), "CMYK")

    # Room for a whole progressive file of the best quality.
    ImageFile.MAXBLOCK = 1 << 24

    def save(name, image, **options):
        image.save(folder / name, **options)

    for quality in (5, 50, 75, 92, 100):
        for subsampling in (0, 1, 2):
            save(f"q{quality}-s{subsampling}.jpg", rgb, quality=quality, subsampling=subsampling)
            save(f"q{quality}-s{subsampling}-progressive.jpg", rgb, quality=quality, subsampling=subsampling,
                 progressive=True)
    save("gray.jpg", rgb.convert("L"))
    save("gray-progressive.jpg", rgb.convert("L"), progressive=True)
    save("kept-rgb.jpg", rgb, keep_rgb=True)
    save("restart.jpg", rgb, restart_marker_blocks=3)
    save("cmyk.jpg", inks)
    cmyk = (folder / "cmyk.jpg").read_bytes()
    adobe = cmyk.index(b"\xff\xee")
    (folder / "ycck.jpg").write_bytes(cmyk[:adobe + 15] + b"\x02" + cmyk[adobe + 16:])
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        save(f"exif-{orientation}.jpg", rgb, exif=exif)
        save(f"exif-{orientation}.png", rgb, exif=exif)
    save("palette.png", rgb.quantize(200))
    save("palette-16.png", rgb.quantize(16), bits=4)
    save("palette-transparent.png", rgb.quantize(100), transparency=3)
    save("bilevel.png", rgb.convert("1"))
    save("gray.png", rgb.convert("L"))
    save("gray-alpha.png", Image.fromarray(scene(317, 251, 2), "LA"))
    save("rgba.png", Image.fromarray(scene(317, 251, 4), "RGBA"))
    deep = scene(317, 251, 1)[..., 0].astype(np.uint16) * 257 + np.arange(317, dtype=np.uint16)
    save("gray16.png", Image.fromarray(deep))
    save("gray16-dark.png", Image.fromarray((deep // 300).astype(np.uint16)))
    save("rgb-transparent.png", rgb, transparency=(12, 34, 56))
    for compression in (0, 9):
        save(f"rgb-{compression}.png", rgb, compress_level=compression)
    for width, height in [(1, 1), (1, 2), (2, 1), (1, 500), (500, 1), (223, 224), (224, 224), (225, 224), (224, 1000),
                          (1000, 225), (7, 5), (3, 3000), (4000, 9), (449, 447), (6000, 4000)]:
        image = Image.fromarray(scene(width, height, 3))
        save(f"size-{width}x{height}.png", image, compress_level=1)
        save(f"size-{width}x{height}.jpg", image)
    whole = (folder / "q75-s2.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[:len(whole) // 2])
    (folder / "tail.jpg").write_bytes(whole + b"more")
    (folder / "cut.png").write_bytes((folder / "rgb-9.png").read_bytes()[:5000])
    (folder / "jpeg-named.png").write_bytes(whole)
    (folder / "empty.jpg").write_bytes(b"")


def clipft_pixels(options, files, folder):
    """[images, height, width, 3], or None if an image is refused."""
    out = pathlib.Path(folder) / "pixels.safetensors"
    out.unlink(missing_ok=True)
    done = subprocess.run([options.clipft, "preprocess", *files, "--size", str(options.size), "--out", out],
                          capture_output=True, text=True)
    if done.returncode == 65:
        return None
    if done.returncode != 0:
        sys.exit(f"clipft preprocess failed ({done.returncode}): {done.stderr}")
    with safe_open(out, "numpy") as file:
        return file.get_tensor("pixels_u8").transpose(0, 2, 3, 1)


def reference_pixels(transform, file):
    try:
        return np.array(transform(Image.open(file).convert("RGB")))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("clipft")
    parser.add_argument("folders", nargs="*", type=pathlib.Path)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--show", type=int, default=5, help="differing images to show of each folder")
    options = parser.parse_args()
    transform = Compose([Resize(options.size, InterpolationMode.BICUBIC), CenterCrop(options.size)])
    different = 0
    with tempfile.TemporaryDirectory() as folder:
        odd = pathlib.Path(folder) / "odd"
        odd.mkdir()
        odd_images(odd)
        for place in [*options.folders, odd]:
            files = sorted(p for p in place.rglob("*") if p.suffix.lower() in SUFFIXES)
            same = refused = wrong = 0
            for start in range(0, len(files), BATCH):
                batch = files[start:start + BATCH]
                pixels = clipft_pixels(options, batch, folder)
                if pixels is None:
                    # One of them is refused: each by itself.
                    each = [clipft_pixels(options, [file], folder) for file in batch]
                    pixels = [None if one is None else one[0] for one in each]
                for file, ours in zip(batch, pixels):
                    expected = reference_pixels(transform, file)
                    if ours is None and expected is None:
                        refused += 1
                    elif ours is not None and expected is not None and np.array_equal(ours, expected):
                        same += 1
                    else:
                        wrong += 1
                        if wrong <= options.show:
                            if ours is None or expected is None:
                                how = "only clipft refuses it" if ours is None else "only Pillow refuses it"
                            else:
                                error = np.abs(ours.astype(int) - expected)
                                how = f"{(error > 0).sum()} of {error.size} values differ, at most by {error.max()}"
                            print(f"{file}: {how}")
            print(f"{'odd images' if place == odd else place}: {len(files)} images, {same} identical, {refused} refused by "
                  f"both, {wrong} different")
            different += wrong
    sys.exit(1 if different else 0)


main()
