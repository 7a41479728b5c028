"""Writes small models with what merging makes of them, by mergekit where it has the method, else from the papers' formulas.

Run by hand from the repository root, in a Python with torch, safetensors and mergekit 0.1.5:

    python Tests/Fixtures/make_merges.py

`merges.safetensors` holds `base/NAME`, `model0/NAME` … `model2/NAME`, `fisher0/NAME` …, `mask0/NAME` … (1 keeps an element),
and `CASE/NAME` for each case. The cases are the metadata `cases`, a JSON array of `case`, `method`, `options` and how
many `models` are merged.

- mergekit's own functions: slerp, task-arithmetic, ties, model-stock, and dare with the masks in the place of its random
  ones, elements that are kept being divided by the density (mergekit rescales to the same sum of magnitudes instead).
- NumPy in double precision: uniform, fisher (Matena and Raffel: weights over the length of the Fisher information), lines
  (Wang et al.), iso-c (Marczak et al.), tsv-m (Gargiulo et al.).
"""

import json
from pathlib import Path

import mergekit.merge_methods.generalized_task_arithmetic as arithmetic
import numpy as np
import torch
from mergekit.merge_methods import registry
from mergekit.merge_methods.base import TensorGroup
from mergekit.merge_methods.model_stock import model_stock_merge_method
from mergekit.merge_methods.slerp import slerp
from safetensors.torch import save_file

FILE = Path(__file__).resolve().parents[1] / "WiSETests" / "Fixtures" / "merges.safetensors"
SHAPES = {
    "visual.class_embedding": (6,),
    "visual.conv1.weight": (6, 3, 2, 2),
    "visual.proj": (6, 5),
    "visual.transformer.resblocks.0.attn.in_proj_weight": (18, 6),
    "visual.transformer.resblocks.1.mlp.c_fc.weight": (9, 6),
    "visual.transformer.resblocks.2.mlp.c_proj.weight": (6, 9),
    "visual.transformer.resblocks.2.mlp.c_proj.bias": (6,),
    "transformer.resblocks.0.ln_1.weight": (7,),
    "transformer.resblocks.1.mlp.c_fc.weight": (8, 7),
    "text_projection": (7, 5),
    "logit_scale": (),
    "classification_head.weight": (4, 5),
}
DEPTHS = {"visual.transformer.resblocks.": 3, "transformer.resblocks.": 2}

torch.manual_seed(0)
base = {name: torch.randn(shape) for name, shape in SHAPES.items()}
common = {name: torch.randn(shape) for name, shape in SHAPES.items()}
models = [
    {name: base[name] + 0.1 * common[name] + 0.2 * torch.randn(shape) for name, shape in SHAPES.items()}
    for _ in range(3)
]
# One model left a tensor alone.
models[2]["visual.proj"] = base["visual.proj"].clone()
fishers = [{name: torch.rand(shape) ** 3 for name, shape in SHAPES.items()} for _ in models]
masks = [{name: (torch.rand(shape) < 0.4).float() for name, shape in SHAPES.items()} for _ in models]

tensors = {}
cases = []


def add(case, method, options, merge, count=3):
    for name in SHAPES:
        result = merge(name, models[:count])
        tensors[f"{case}/{name}"] = torch.as_tensor(np.asarray(result)).float().reshape(SHAPES[name]).contiguous()
    cases.append({"case": case, "method": method, "options": options, "models": count})


# mergekit


def group(name, chosen):
    return TensorGroup.from_tensors([base[name]] + [model[name] for model in chosen], base_index=0)


def generalized(method, weights, scale, density):
    def merge(name, chosen):
        ids = range(1, len(chosen) + 1)
        implementation = registry.get(method)
        standard = {spec.name: spec.default for spec in implementation.spec.parameters}
        return implementation.merge_group(
            group(name, chosen),
            weight=dict(zip(ids, weights)),
            density=dict.fromkeys(ids, density),
            normalize=standard["normalize"],
            rescale=standard["rescale"],
            int8_mask=False,
            **{"lambda": scale},
        )

    return merge


def masked(method, weights, scale, density):
    def merge(name, chosen):
        left = iter(masks)
        original = arithmetic.sparsify
        arithmetic.sparsify = lambda delta, **_: delta * next(left)[name] / density
        try:
            return generalized(method, weights, scale, density)(name, chosen)
        finally:
            arithmetic.sparsify = original

    return merge


add("task-arithmetic", "task-arithmetic", {}, generalized("task_arithmetic", [1, 1, 1], 1, 1))
add(
    "task-arithmetic-weighted", "task-arithmetic", {"weights": "0.5,-0.25,2", "scale": "0.3"},
    generalized("task_arithmetic", [0.5, -0.25, 2], 0.3, 1),
)
add("ties", "ties", {}, generalized("ties", [1, 1, 1], 1, 0.2))
add(
    "ties-weighted", "ties", {"density": "0.5", "weights": "1,0.5,2", "scale": "0.7"},
    generalized("ties", [1, 0.5, 2], 0.7, 0.5),
)
add("dare-whole", "dare", {"density": "1", "scale": "0.5"}, generalized("dare_linear", [1, 1, 1], 0.5, 1))
add(
    "dare-whole-elected", "dare", {"density": "1", "elect-signs": "true", "weights": "1,2,1"},
    generalized("dare_ties", [1, 2, 1], 1, 1),
)
add("dare-masked", "dare", {"density": "0.4"}, masked("dare_linear", [1, 1, 1], 1, 0.4))
add(
    "dare-masked-elected", "dare", {"density": "0.4", "elect-signs": "true", "scale": "0.5"},
    masked("dare_ties", [1, 1, 1], 0.5, 0.4),
)
stock = model_stock_merge_method
stock = getattr(stock, "function", None) or getattr(stock, "__wrapped__", None) or stock
add("model-stock", "model-stock", {}, lambda name, chosen: stock.merge_group(group(name, chosen), filter_wise=False))
for t in (0.5, 0.2):
    add(
        f"slerp-{t}", "slerp", {"t": str(t)},
        lambda name, chosen, t=t: slerp(torch.tensor([t]), chosen[0][name][None], chosen[1][name][None])[0], count=2,
    )

# The papers' formulas


def doubles(name, chosen):
    return base[name].double().numpy(), [model[name].double().numpy() for model in chosen]


def lines(alpha, beta):
    def merge(name, chosen):
        start, weights = doubles(name, chosen)
        factor = alpha
        for prefix, depth in DEPTHS.items():
            if name.startswith(prefix):
                factor += beta * int(name[len(prefix) :].split(".")[0]) / (depth - 1)
        return start + factor * sum(weight - start for weight in weights)

    return merge


def fisher_norm(fisher):
    return np.sqrt(sum(np.square(tensor.double().numpy()).sum() for tensor in fisher.values()))


def fisher(weights, normalize):
    def merge(name, chosen):
        _, values = doubles(name, chosen)
        shares = [
            weight / (fisher_norm(one) if normalize else 1) * np.maximum(one[name].double().numpy(), 1e-6)
            for weight, one in zip(weights, fishers)
        ]
        return sum(share * value for share, value in zip(shares, values)) / sum(shares)

    return merge


def is_matrix(name):
    return len(SHAPES[name]) == 2 and name not in ("text_projection", "classification_head.weight")


def iso_c(scale):
    def merge(name, chosen):
        start, weights = doubles(name, chosen)
        change = sum(weight - start for weight in weights)
        if not is_matrix(name):
            return start + scale * change / len(weights)
        u, s, v = np.linalg.svd(change, full_matrices=False)
        return start + scale * (u * s.mean()) @ v

    return merge


def tsv_m(scale):
    def merge(name, chosen):
        start, weights = doubles(name, chosen)
        changes = [weight - start for weight in weights]
        kept = min(SHAPES[name], default=0) // len(changes)
        if not is_matrix(name) or kept == 0:
            return start + scale * sum(changes) / len(changes)
        parts = []
        for change in changes:
            u, s, v = np.linalg.svd(change, full_matrices=False)
            # Singular vectors of no change could be any.
            parts.append((u[:, :kept], s[:kept], v[:kept]) if s.any() else (0 * u[:, :kept], s[:kept], 0 * v[:kept]))
        left, right = np.hstack([u for u, _, _ in parts]), np.vstack([v for _, _, v in parts])

        def polar(matrix):
            u, _, v = np.linalg.svd(matrix, full_matrices=False)
            return u @ v

        return start + scale * (polar(left) * np.concatenate([s for _, s, _ in parts])) @ polar(right)

    return merge


add("uniform", "uniform", {}, lambda name, chosen: sum(doubles(name, chosen)[1]) / len(chosen))
add("lines", "lines", {"alpha": "0.3", "beta": "0.5"}, lines(0.3, 0.5))
add("lines-auto", "lines", {}, lines(1 / 3, 2 / 3))
add("fisher", "fisher", {"weights": "1,2,0.5"}, fisher([1, 2, 0.5], True))
add("fisher-plain", "fisher", {"normalize": "false"}, fisher([1, 1, 1], False))
add("iso-c", "iso-c", {"scale": "0.8"}, iso_c(0.8))
add("tsv-m", "tsv-m", {}, tsv_m(1))
add("tsv-m-two", "tsv-m", {"scale": "0.5"}, tsv_m(0.5), count=2)

groups = {"base": base}
for kind, many in {"model": models, "fisher": fishers, "mask": masks}.items():
    groups |= {f"{kind}{index}": one for index, one in enumerate(many)}
for prefix, state in groups.items():
    tensors |= {f"{prefix}/{name}": tensor.contiguous() for name, tensor in state.items()}
FILE.parent.mkdir(exist_ok=True)
save_file(tensors, FILE, metadata={"cases": json.dumps(cases)})
print(FILE, FILE.stat().st_size)
