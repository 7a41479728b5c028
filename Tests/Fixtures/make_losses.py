"""Writes PyTorch's cross entropies, for Tests/TensorCoreTests.

Run by hand from the repository root, in an environment with torch and safetensors:

    python Tests/Fixtures/make_losses.py

losses.safetensors      for each case `NAME.logits` [rows, classes], `NAME.labels` [rows] or `NAME.distribution` like the
                        logits, `NAME.loss` and `NAME.gradient`; smoothing is in the metadata. Expected values are computed
                        in float64 from float32 values
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

FILE = Path(__file__).resolve().parents[1] / "TensorCoreTests" / "Fixtures" / "losses.safetensors"
generator = torch.Generator().manual_seed(5)
tensors, smoothing = {}, {}


def case(name, logits, target, label_smoothing=0.0):
    x = logits.double().requires_grad_()
    is_index = target.dtype == torch.int64
    loss = F.cross_entropy(x, target if is_index else target.double(), label_smoothing=label_smoothing)
    loss.backward()
    tensors[f"{name}.logits"] = logits.clone()
    tensors[f"{name}.labels" if is_index else f"{name}.distribution"] = target.int() if is_index else target
    tensors[f"{name}.loss"], tensors[f"{name}.gradient"] = loss.detach().float(), x.grad.float()
    smoothing[name] = label_smoothing


for rows, classes, scale in ((1, 1, 1), (3, 5, 1), (7, 37, 4), (2, 20, 300)):
    logits = scale * torch.randn(rows, classes, generator=generator)
    distribution = torch.softmax(2 * torch.randn(rows, classes, generator=generator), -1)
    labels = torch.randint(classes, (rows,), generator=generator)
    case(f"distribution_{rows}x{classes}", logits, distribution)
    case(f"one_hot_{rows}x{classes}", logits, F.one_hot(labels, classes).float())
    for share in (0.1, 1.0):
        case(f"smoothed_{share}_{rows}x{classes}", logits, labels, share)
# Rows that do not add up to 1.
case("weighted", torch.randn(3, 4, generator=generator), torch.rand(3, 4, generator=generator) * 2)
FILE.parent.mkdir(exist_ok=True)
save_file(tensors, FILE, metadata={"smoothing": json.dumps(smoothing)})
