"""Writes what timm and torchvision make of an image in training, for Tests/ImageCodecTests.

Run by hand from the repository root, in an environment with timm, torchvision, Pillow 13, numpy and safetensors:

    python Tests/Fixtures/make_augmentation.py

augmented.safetensors   `pixels` [cases, 17, 20, 3] uint8; the metadata `cases` say in JSON which operation, level,
                        direction and interpolation, of the image that PatternImage.swift makes, 20 pixels wide; it is
                        scaled to 40...200 first, so that contrast has something to do
augmented-plain.safetensors  the same of the operations that do not increase with their level (inc0); the metadata
                        `strings` say how timm reads RandAugment's strings
jittered.safetensors    `pixels` [cases, 17, 20, 3] uint8: torchvision's colour adjustments of the unscaled pattern; the
                        metadata `cases` are lists of [adjustment, factor], done in order; `hues` are SHA-256 digests of
                        all 2^24 colours in order, red slowest, by hue factor
cropped.safetensors     `pixels` [cases, 16, 16, 3] uint8: torchvision's resize, pad and crop of the pattern; the metadata
                        `cases` are [width, height, padding, top, left]
"""

import hashlib
import json
from pathlib import Path
from unittest.mock import patch

import numpy as np
import timm.data.auto_augment as aa
import torchvision.transforms.functional as F
from PIL import Image
from safetensors.numpy import save_file

FIXTURES = Path(__file__).resolve().parents[1] / "ImageCodecTests" / "Fixtures"
FILL = (122, 116, 104)
NAMES = {
    "autoContrast": "AutoContrast", "equalize": "Equalize", "invert": "Invert", "rotate": "Rotate",
    "posterize": "PosterizeIncreasing", "solarize": "SolarizeIncreasing", "solarizeAdd": "SolarizeAdd",
    "color": "ColorIncreasing", "contrast": "ContrastIncreasing", "brightness": "BrightnessIncreasing",
    "sharpness": "SharpnessIncreasing", "shearX": "ShearX", "shearY": "ShearY",
    "translateX": "TranslateXRel", "translateY": "TranslateYRel",
}


def full_pattern(width, height):
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    return Image.fromarray((((x * 31 + y * 17 + x * y * (c + 3)) ^ (x << c)) & 255).astype(np.uint8))


def pattern(width, height):
    values = np.asarray(full_pattern(width, height)).astype(int)
    return Image.fromarray((40 + values * 160 // 255).astype(np.uint8))


def save(name, pixels, **metadata):
    texts = {key: json.dumps(value) for key, value in metadata.items()}
    save_file({"pixels": np.stack(pixels)}, FIXTURES / name, metadata=texts)


cases, pixels = [], []
for ours, theirs in NAMES.items():
    for level in (0.0, 3.7, 9.0, 10.0):
        # No bits are left then: Pillow 13 refuses that, earlier ones gave black.
        if (ours, level) == ("posterize", 10.0):
            continue
        for negated in (False, True):
            for name, resample in (("bicubic", Image.Resampling.BICUBIC), ("bilinear", Image.Resampling.BILINEAR)):
                if name == "bilinear" and (ours, level) != ("rotate", 9.0):
                    continue
                operation = aa.AugmentOp(
                    theirs, prob=1.0, magnitude=level, hparams=dict(img_mean=FILL, interpolation=resample))
                with patch.object(aa.random, "random", return_value=1.0 if negated else 0.0):
                    result = operation(pattern(20, 17))
                cases.append({"operation": ours, "level": level, "negated": negated, "interpolation": name})
                pixels.append(np.asarray(result))
save("augmented.safetensors", pixels, cases=cases)

cases, pixels = [], []
for ours in ("posterize", "solarize", "color", "contrast", "brightness", "sharpness"):
    for level in (0.0, 3.7, 9.0, 10.0):
        # No bits are left then.
        if (ours, level) == ("posterize", 0.0):
            continue
        operation = aa.AugmentOp(NAMES[ours].removesuffix("Increasing"), prob=1.0, magnitude=level, hparams=dict(img_mean=FILL))
        cases.append({"operation": ours, "level": level, "negated": False, "interpolation": "bicubic"})
        pixels.append(np.asarray(operation(pattern(20, 17))))
strings = []
for text in (
    "rand", "rand-m9-mstd0.5-inc1", "rand-m9-mstd0.5", "rand-m7-n3-p0.9", "rand-n1-inc0-m0", "rand-mstd1-inc1",
    "rand-p1-n16-m10-mstd100", "rand-inc1-m6-n4-mstd1.0", "rand-m5-mstd101-inc1",
):
    read = aa.rand_augment_transform(text, {})
    first = read.ops[4]
    strings.append({
        "text": text, "operations": read.num_layers, "magnitude": first.magnitude, "probability": first.prob,
        "deviation": min(first.magnitude_std, 101), "increasing": first.name == "PosterizeIncreasing",
    })
save("augmented-plain.safetensors", pixels, cases=cases, strings=strings)

ADJUSTMENTS = {
    "brightness": F.adjust_brightness, "contrast": F.adjust_contrast, "saturation": F.adjust_saturation, "hue": F.adjust_hue,
}
cases = [[[name, factor]] for name in ADJUSTMENTS if name != "hue" for factor in (0.0, 0.3, 0.6, 1.0, 1.25, 2.0)]
cases += [[["hue", factor]] for factor in (-0.5, -0.3, -0.1, -0.003, 0.0, 0.05, 0.25, 0.5)]
cases += [
    [["hue", 0.1], ["contrast", 1.5], ["brightness", 0.8], ["saturation", 1.4]],
    [["saturation", 0.7], ["brightness", 1.3], ["hue", -0.2], ["contrast", 0.6]],
]
pixels = []
for adjustments in cases:
    picture = full_pattern(20, 17)
    for name, factor in adjustments:
        picture = ADJUSTMENTS[name](picture, factor)
    pixels.append(np.asarray(picture))
number = np.arange(1 << 24, dtype=np.uint32)
colors = np.stack([number >> 16, number >> 8 & 255, number & 255], -1).astype(np.uint8).reshape(4096, 4096, 3)
hues = {
    str(factor): hashlib.sha256(np.asarray(F.adjust_hue(Image.fromarray(colors), factor)).tobytes()).hexdigest()
    for factor in (0.0, 0.1, -0.35)
}
save("jittered.safetensors", pixels, cases=cases, hues=hues)

cases, pixels = [], []
for width, height, padding, top, left in (
    (20, 17, 0, 0, 2), (20, 17, 4, 0, 0), (20, 17, 4, 8, 10), (17, 30, 3, 5, 1), (9, 9, 4, 3, 8), (9, 9, 15, 30, 30),
    (40, 16, 0, 0, 24),
):
    padded = F.pad(F.resize(full_pattern(width, height), 16, F.InterpolationMode.BICUBIC), padding)
    cases.append([width, height, padding, top, left])
    pixels.append(np.asarray(F.crop(padded, top, left, 16, 16)))
save("cropped.safetensors", pixels, cases=cases)
