"""Writes what timm's RandAugment operations make of an image, for Tests/ImageCodecTests.

Run by hand from the repository root, in an environment with timm, Pillow 13, numpy and safetensors:

    python Tests/Fixtures/make_augmentation.py

augmented.safetensors   `pixels` [cases, 17, 20, 3] uint8; the metadata `cases` say in JSON which operation, level,
                        direction and interpolation, of the image that PatternImage.swift makes, 20 pixels wide; it is
                        scaled to 40...200 first, so that contrast has something to do
"""

import json
from pathlib import Path
from unittest.mock import patch

import numpy as np
import timm.data.auto_augment as aa
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


def pattern(width, height):
    y, x, c = np.mgrid[0:height, 0:width, 0:3]
    values = ((x * 31 + y * 17 + x * y * (c + 3)) ^ (x << c)) & 255
    return Image.fromarray((40 + values * 160 // 255).astype(np.uint8))


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
save_file({"pixels": np.stack(pixels)}, FIXTURES / "augmented.safetensors", metadata={"cases": json.dumps(cases)})
