"""Writes what timm's Mixup makes of batches, for Tests/ImageCodecTests.

Run by hand from the repository root, in an environment with torch, timm, numpy and safetensors:

    python Tests/Fixtures/make_mixing.py

mixing.safetensors      `images` [4, 3, 6, 9]; for each case N `mixed.N` like it and `targets.N` [4, 5]. The metadata
                        `cases` say in JSON what was drawn: lambda, and of CutMix the middle of the rectangle
"""

import json
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from safetensors.torch import save_file
from timm.data import Mixup

FILE = Path(__file__).resolve().parents[1] / "ImageCodecTests" / "Fixtures" / "mixing.safetensors"
CLASSES, LABELS = 5, [4, 0, 2, 2]

images = torch.randn(4, 3, 6, 9, generator=torch.Generator().manual_seed(3))
tensors, cases = {"images": images}, []
for lam, middle, smoothing, corrects in (
    (0.3, None, 0.0, True), (0.8125, None, 0.1, True), (0.999, None, 0.1, True), (1.0, None, 0.1, True),
    (0.5, (3, 4), 0.0, True), (0.5, (0, 8), 0.1, True), (0.5, (0, 8), 0.1, False), (0.05, (5, 0), 0.0, True),
    (0.97, (2, 2), 0.2, True), (0.9999, (2, 2), 0.2, True), (0.9999, (2, 2), 0.2, False),
):
    mixup = Mixup(num_classes=CLASSES, label_smoothing=smoothing, correct_lam=corrects)
    draws = iter(middle or ())
    with (
        patch.object(mixup, "_params_per_batch", return_value=(lam, middle is not None)),
        patch.object(np.random, "randint", side_effect=lambda *_, **__: next(draws)),
    ):
        mixed, targets = mixup(images.clone(), torch.tensor(LABELS))
    tensors[f"mixed.{len(cases)}"] = mixed.contiguous()
    tensors[f"targets.{len(cases)}"] = targets.contiguous()
    cases.append({"share": lam, "middle": middle, "smoothing": smoothing, "corrects": corrects})
save_file(tensors, FILE, metadata={"cases": json.dumps(cases), "labels": json.dumps(LABELS)})
