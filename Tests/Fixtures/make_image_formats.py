"""Writes small images of many formats and variants, and Pillow's pixels of them, for Tests/ImageCodecTests.

Run by hand from the repository root, in an environment with Pillow 13, numpy and safetensors:

    python Tests/Fixtures/make_image_formats.py

formats/FORMAT-VARIANT             the files, made by image_writers.py
formats.safetensors                of each file that is read, `FORMAT-VARIANT`: [height, width, 3] uint8,
                                   Image.open(…).convert("RGB"); the metadata say in JSON, as `made_of`, how many bytes
                                   of each are enough, and as `refused` which files Pillow refuses
"""

import io
import json
import re
import zlib
from pathlib import Path

import numpy as np
from image_writers import KINDS, VARIANTS
from PIL import Image
from safetensors.numpy import save_file

FIXTURES = Path(__file__).resolve().parents[1] / "ImageCodecTests" / "Fixtures"
# Of the many combinations that image_writers.py offers, those that say something of their own; all are compared by
# `make parity`.
KEPT = {
    "gif": r"(?!bits[2356]|87a|pillow).*",
    "bmp": r"(1|4|16|24|32)(-top-down|-core|-unpadded|-header(56|64|124))?|8|8-(core|ramp|short|short-ramp|long)"
           r"|(1|4)-(zero-offset|palette-offset|black-white|one-black|ramp|short)"
           r"|\d+-(5..|444|bgr|[xabgr]{4}|none)-header(40|56)|(4|8)-rle.|4-rle4-(top-down|black-white|odd|open)"
           r"|8-rle8-(ramp|top-down)|(1|24)-rle8|2|jpeg|png|header16",
    "tiff": "|".join(f"{name}(-mm-deflate)?" for name in KINDS)
            + r"|rgb-(rows|tiles|tiles-lzw|planes.*|fill.*|orientation[2-9]|xmp.*|big.*|last|predictor.|compression\d+)"
            r"|black1-(rows|fill|fill-deflate|tiles-lzw|planes|orientation6.*)|(black4|palette4)-fill-deflate"
            r"|(rgba|rgb-associated|cmyk|rgb16)-planes-packbits|black16-(fill|predictor8)|rgb16-(predictor5|planes)"
            r"|black8-compression\d+|ycbcr-(\d\d-compression8|22-rows|unsaid|22-raw)|jpeg-.*|webp"
            r"|pillow-((1|RGB|YCbCr)-None|(RGB|P)-zstd|L-lzma|group.*|tiff_ccitt.*|jpeg-(L|RGB|YCbCr|CMYK)|pages)",
    "png": r"pillow-animated.*|rgb8-animated|palette8-short-transparent", "webp": r"animated.*", "jpeg": r"mpo|odd-sampling",
    "netpbm": r".*",
}


def pixels(data):
    """Pillow's, or None where it refuses."""
    try:
        return np.array(Image.open(io.BytesIO(data)).convert("RGB"))
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError):
        return None


def enough(data, whole):
    """From how many bytes on Pillow gives these pixels; None where it gives others for some beginning of them."""
    read = [pixels(data[:count]) for count in range(len(data))]
    same = [image is not None and np.array_equal(image, whole) for image in read]
    first = same.index(True) if True in same else len(data)
    return first if all(same[first:]) and all(image is None for image in read[:first]) else None


def main():
    folder = FIXTURES / "formats"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    tensors, needed, refused = {}, {}, []
    for kind, variants in VARIANTS.items():
        for name, write in variants.items():
            if not re.fullmatch(KEPT[kind], name):
                continue
            # Two tiles, two strips of JPEG, and otherwise as little as shows the variant.
            width, height = 17 if "tiles" in name else 7, 17 if "-rows" in name else 5
            data = write(np.random.default_rng(zlib.crc32(f"{kind} {name}".encode())), width, height)
            name = f"{kind}-{name}"
            (folder / name).write_bytes(data)
            image = pixels(data)
            if image is None:
                refused.append(name)
                continue
            tensors[name] = image
            if kind in ("gif", "bmp", "tiff", "netpbm"):
                needed[name] = enough(data, image)
    metadata = {"made_of": json.dumps({"enough": needed, "refused": refused})}
    save_file(tensors, FIXTURES / "formats.safetensors", metadata)


if __name__ == "__main__":
    main()
