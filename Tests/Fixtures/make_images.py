"""Writes image files, and what Pillow, torchvision and open_clip make of them, for Tests/ImageCodecTests.

Run by hand from the repository root, in an environment with open_clip, torchvision, Pillow 13 and safetensors:

    python Tests/Fixtures/make_images.py

files/NAME.png, .jpg, .webp      one small file of every kind
pixels.safetensors               NAME.png and so on: [height, width, 3] uint8, Image.open(…).convert("RGB")
preprocessed.safetensors         `pixels` [cases, 8, 8, 3] uint8, `crops` [crops, 6, 6, 3] uint8, `normalized`
                                 [3, 16, 16] float32 of the image whose pixel i is i in every channel; the
                                 metadata say in JSON which cases and crops, of images made by `pattern`
"""

import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import torch
import torchvision.transforms.functional as F
from open_clip.transform import image_transform
from PIL import Image
from safetensors.numpy import save_file
from torchvision.transforms import InterpolationMode

FIXTURES = Path(__file__).resolve().parents[1] / "ImageCodecTests" / "Fixtures"
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
GRAY, RGB, PALETTE, GRAY_ALPHA, RGBA = 0, 2, 3, 4, 6


# ---- PNG, written here because Pillow cannot write every kind -----------------------------------------

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(row, depth):
    if depth == 16:
        return row.astype(">u2").tobytes()
    if depth == 8:
        return row.astype(np.uint8).tobytes()
    bits = "".join(format(int(value), f"0{depth}b") for value in row)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def predicted(method, left, up, corner):
    if method < 4:
        return (0, left, up, (left + up) // 2)[method]
    estimate = left + up - corner
    return min((left, up, corner), key=lambda value: abs(estimate - value))


def filtered(samples, depth):
    """Rows of [height, width, channels] with the five filters in turn."""
    step, previous, out = max(1, depth * samples.shape[2] // 8), None, b""
    for y, row in enumerate(samples):
        raw = packed(row.reshape(-1), depth)
        above, method = previous or bytes(len(raw)), y % 5
        out += bytes([method])
        for i, byte in enumerate(raw):
            left, corner = (raw[i - step], above[i - step]) if i >= step else (0, 0)
            out += bytes([(byte - predicted(method, left, above[i], corner)) & 255])
        previous = raw
    return out


def png(samples, depth, kind, interlaced=False, extra=b"", chunk_size=1 << 20):
    height, width, _ = samples.shape
    parts = [samples[y::dy, x::dx] for x, y, dx, dy in ADAM7] if interlaced else [samples]
    data = zlib.compress(b"".join(filtered(part, depth) for part in parts if part.size), 9)
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    out = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra
    for i in range(0, len(data), chunk_size):
        out += chunk(b"IDAT", data[i : i + chunk_size])
    return out + chunk(b"IEND", b"")


def png_files(width=7, height=6):
    random = np.random.default_rng(1)
    samples = lambda depth, channels: random.integers(0, 1 << depth, (height, width, channels))
    files = {}
    for suffix, interlaced in [("", False), ("-interlaced", True)]:
        for depth in (1, 2, 4, 8):
            files[f"gray{depth}{suffix}"] = png(samples(depth, 1), depth, GRAY, interlaced)
            colours = chunk(b"PLTE", random.integers(0, 256, 3 << depth).astype(np.uint8).tobytes()[: 3 * 60])
            indices = samples(depth, 1) % 60
            files[f"palette{depth}{suffix}"] = png(indices, depth, PALETTE, interlaced, colours)
        deep = samples(16, 1)
        deep[:, ::2] %= 300
        files[f"gray16{suffix}"] = png(deep, 16, GRAY, interlaced)
        files[f"rgb16{suffix}"] = png(samples(16, 3), 16, RGB, interlaced)
        files[f"gray-alpha8{suffix}"] = png(samples(8, 2), 8, GRAY_ALPHA, interlaced)
        files[f"rgba8{suffix}"] = png(samples(8, 4), 8, RGBA, interlaced)
    files["gray-alpha16"] = png(samples(16, 2), 16, GRAY_ALPHA)
    files["rgba16"] = png(samples(16, 4), 16, RGBA)
    files["rgb8"] = png(samples(8, 3), 8, RGB)
    files["rgb8-split"] = png(samples(8, 3), 8, RGB, chunk_size=7)
    files["one-pixel-interlaced"] = png(random.integers(0, 256, (1, 1, 3)), 8, RGB, True)
    # What a decoder might apply, and Pillow does not.
    gray, colour = samples(4, 1), samples(8, 3)
    key = struct.pack(">HHH", *colour[0, 0])
    files["gray4-transparent"] = png(gray, 4, GRAY, False, chunk(b"tRNS", struct.pack(">H", gray[0, 0, 0])))
    files["rgb8-transparent"] = png(colour, 8, RGB, False, chunk(b"tRNS", key))
    files["rgb8-gamma"] = png(colour, 8, RGB, False, chunk(b"gAMA", struct.pack(">I", 100000))
                              + chunk(b"sBIT", b"\5\5\5") + chunk(b"bKGD", bytes(6)))
    colours = random.integers(0, 256, 48).astype(np.uint8).tobytes()
    files["palette4-transparent"] = png(gray, 4, PALETTE, False, chunk(b"PLTE", colours)
                                        + chunk(b"tRNS", bytes(range(0, 160, 10))))
    files["palette4-short"] = png(gray, 4, PALETTE, False, chunk(b"PLTE", colours[:15]))
    return {f"{name}.png": data for name, data in files.items()}


# ---- JPEG ---------------------------------------------------------------------------------------------

def scene(width, height, channels=3):
    y, x = np.mgrid[0:height, 0:width]
    planes = [128 + 100 * np.sin(x / 3.1 + 2 * i + y / 7) + 60 * ((x // 5 + y // 4) % 2) - 30 * i
              for i in range(channels)]
    noise = np.random.default_rng(2).normal(0, 12, (height, width, channels))
    return np.clip(np.stack(planes, -1) + noise, 0, 255).astype(np.uint8)


def jpeg(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


def segment(data, marker):
    start = data.index(marker)
    return start, start + 2 + struct.unpack(">H", data[start + 2 : start + 4])[0]


def jpeg_files(width=17, height=17):
    image = Image.fromarray(scene(width, height))
    inks = Image.fromarray(scene(width, height, 4), "CMYK")
    sampled, cmyk = jpeg(pattern(width, height), quality=75), jpeg(inks)
    files = {
        "pattern-q75-420": sampled,
        "q90-422": jpeg(image, quality=90, subsampling=1),
        "q95-444": jpeg(image, quality=95, subsampling=0),
        "q100": jpeg(image, quality=100, optimize=True),
        "progressive-420": jpeg(image, progressive=True),
        "progressive-444": jpeg(image, progressive=True, quality=90, subsampling=0),
        "gray": jpeg(image.convert("L"), optimize=True),
        "gray-progressive": jpeg(image.convert("L"), progressive=True),
        "rgb": jpeg(image, keep_rgb=True, optimize=True),
        "restart": jpeg(image, restart_marker_blocks=1, optimize=True),
        "cmyk": cmyk,
        "one-pixel": jpeg(Image.fromarray(scene(1, 1)), optimize=True),
        "wide": jpeg(Image.fromarray(scene(67, 3)), optimize=True),
        # Turned by a quarter, says its EXIF record; Image.open leaves it as it is.
        "orientation": jpeg(image, optimize=True, exif=bytes.fromhex(
            "4578696600004d4d002a00000008000101120003000000010006000000000000")),
    }
    start, end = segment(cmyk, b"\xff\xee")
    files["ycck"] = cmyk[: start + 15] + b"\x02" + cmyk[start + 16 :]
    files["cmyk-unmarked"] = cmyk[:start] + cmyk[end:]
    start, end = segment(sampled, b"\xff\xe0")
    files["unmarked"] = sampled[:start] + sampled[end:]
    return {f"{name}.jpg": data for name, data in files.items()}


# ---- WebP ---------------------------------------------------------------------------------------------

def webp(image, **options):
    out = io.BytesIO()
    image.save(out, "WEBP", **options)
    return out.getvalue()


def webp_files(width=17, height=13):
    image = Image.fromarray(scene(width, height))
    shade = Image.fromarray(scene(width, height, 4), "RGBA")
    clear = scene(width, height, 4)
    clear[:, : width // 2, 3] = 0  # colours that nothing shows, kept and not
    files = {
        "lossy": webp(image),
        "lossy-q30": webp(image, quality=30),
        "lossless": webp(image, lossless=True),
        "lossy-alpha": webp(shade),
        "lossless-alpha": webp(shade, lossless=True),
        "lossless-clear": webp(Image.fromarray(clear, "RGBA"), lossless=True, exact=True),
        "lossy-clear": webp(Image.fromarray(clear, "RGBA")),
        "gray": webp(image.convert("L")),
        "one-pixel": webp(Image.fromarray(scene(1, 1))),
        "extended": webp(image, exif=bytes.fromhex(
            "4578696600004d4d002a00000008000101120003000000010006000000000000")),
    }
    return {f"{name}.webp": data for name, data in files.items()}


# ---- Preprocessing ------------------------------------------------------------------------------------

def pattern(width, height):
    y, x, c = np.mgrid[0:height, 0:width, 0:3].astype(np.int64)
    return Image.fromarray(((x * 31 + y * 17 + x * y * (c + 3)) ^ (x << c)).astype(np.uint8))


def preprocessed():
    sizes = [(37, 53), (53, 37), (8, 8), (8, 11), (9, 8), (13, 8), (5, 7), (1, 1), (3, 40), (64, 96),
             (33, 32), (300, 45)]
    cases = [(w, h, mode, "bicubic") for mode in ("shortest", "squash", "longest") for w, h in sizes]
    cases += [(w, h, mode, "bilinear") for mode in ("shortest", "squash", "longest") for w, h in sizes[:4]]
    pixels = []
    for width, height, mode, interpolation in cases:
        steps = image_transform(8, is_train=False, resize_mode=mode, interpolation=interpolation).transforms
        image = pattern(width, height)
        for step in steps[: len(steps) - 3]:  # without the conversions and the normalisation
            image = step(image)
        pixels.append(np.array(image))
    boxes = [(0, 0, 37, 53), (3, 5, 20, 31), (1, 2, 6, 6), (10, 20, 6, 17), (30, 40, 5, 4)]
    crops = [np.array(F.resized_crop(pattern(37, 53), top, left, height, width, [6, 6],
                                     InterpolationMode.BICUBIC)) for left, top, width, height in boxes]
    ramp = Image.fromarray(np.repeat(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), 3, 2))
    normalized = image_transform(16, is_train=False)(ramp).numpy()
    keys = ("width", "height", "mode", "interpolation")
    # One entry, because safetensors writes several in any order.
    metadata = {"made_of": json.dumps({"cases": [dict(zip(keys, case)) for case in cases], "crops": boxes})}
    return {"pixels": np.stack(pixels), "crops": np.stack(crops), "normalized": normalized}, metadata


def main():
    folder = FIXTURES / "files"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    pixels = {}
    for name, data in {**png_files(), **jpeg_files(), **webp_files()}.items():
        (folder / name).write_bytes(data)
        pixels[name] = np.array(Image.open(folder / name).convert("RGB"))
    save_file(pixels, FIXTURES / "pixels.safetensors")
    tensors, metadata = preprocessed()
    save_file(tensors, FIXTURES / "preprocessed.safetensors", metadata)


if __name__ == "__main__":
    torch.manual_seed(0)
    main()
