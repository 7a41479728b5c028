"""Writes Tests/TrainingTests/Fixtures/training.safetensors: what PyTorch makes of twenty steps of fine-tuning.

Run by hand from the repository root, in an environment with torch 2.15, open_clip, timm, numpy and safetensors:

    python Tests/Fixtures/make_training.py

    images                 [12, 12, 12, 3] uint8, and `labels` [12]
    start/PATH             weights of a small image tower and its head, and the logit scale; the text tower's are drawn
                           from their names, in ±0.5 for matrices and ±0.25 for vectors, on top of 1 for norms' scales
    CASE/losses            [steps]
    CASE/tuned             of each tuned tensor, by name: the largest magnitude, the sum, the Euclidean norm, and 8
                           elements, evenly spread (of the cases in WHOLE, all)
    metadata["about"]      JSON: "draws", what clipft draws, from training_draws.json (which the tests write where
                           CLIPFT_WRITE_FIXTURES is set); and of each case in "cases"
                           {"spec": the specification as JSON text, "whole": whether all elements are there,
                           "left_out": {PATH: [first, end]}}

`left_out` are elements whose gradient is 0 but for rounding, of which AdamW makes steps.

What is expected is computed in float64 from float32 values. PyTorch's own float32 must agree within half of what the
tests allow, or the fixture is refused; so it is where a case hardly differs from the one that it is made from.
"""

import json
from pathlib import Path

import torch
from clipft_draws import draw
from safetensors.torch import save_file
from training_cases import CASES, specification
from training_reference import HEAD, Model, train

FOLDER = Path(__file__).resolve().parent
FILE = FOLDER.parent / "TrainingTests" / "Fixtures" / "training.safetensors"
DRAWS = json.loads((FOLDER / "training_draws.json").read_text())
SIDE, CLASSES, COUNT = 12, 4, 12
# The end of a text is the last word.
VOCABULARY = 1 + max(max(text) for template in DRAWS["texts"]["prompts"] for text in template)
WHOLE, SAMPLES = ["full", "lora"], 8
FIRST_LOSS, LAST_LOSS, WEIGHTS = 1e-6, 1e-5, 1e-4
MEAN, STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]


def make_start(model, generator):
    """Weights of about CLIP's sizes, no bias 0 and no norm's scale 1; class weights of one length, as text has them."""
    def normal(*shape):
        return torch.randn(*shape, generator=generator)

    start = {}
    for name, value in model.tower.state_dict().items():
        sizes = 0.3 if value.dim() > 1 and "positional" not in name else 0.15
        start[f"visual.{name}"] = (1 if "ln_" in name and name.endswith("weight") else 0) + sizes * normal(*value.shape)
    # Drawn as clipft draws them, so that they need no place in the fixture.
    for name, value in model.text.named_parameters():
        norm = "ln_" in name and name.endswith("weight")
        start[name] = norm + draw(name, tuple(value.shape), 0.5 if value.dim() > 1 else 0.25, 3)
    start["logit_scale"] = torch.tensor(3.0)
    head = normal(CLASSES, 8)
    start["classification_head.weight"] = 4 * torch.nn.functional.normalize(head, dim=-1)
    start["classification_head.bias"] = torch.zeros(CLASSES)
    return start


def normalised(images):
    """[N, 3, side, side], in float32 as torchvision computes it."""
    x = images.permute(0, 3, 1, 2).float() / 255
    return (x - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)


def packed(value, samples):
    """`value` without what is left out, in brief."""
    n = len(value)
    picked = value if n <= samples else value[[i * n // samples for i in range(samples)]]
    return torch.cat([torch.stack([value.abs().max(), value.sum(), value.norm()]), picked])


def kept(value, left_out):
    value = value.flatten()
    return torch.cat([value[:left_out[0]], value[left_out[1]:]]) if left_out else value


def compute(case, spec, dtype):
    mixes = DRAWS["mixes"].get(next((c for c in ("mixup", "cutmix", "mixed") if c == case), "mixed"))
    return train(
        model, start, normalised(images), labels, spec, DRAWS["orders"], mixes, DRAWS["texts"], dtype)


def rounding_only(sizes):
    """The range of elements whose gradients are 0 but for rounding."""
    found = ((sizes.flatten() > 0) & (sizes.flatten() < 1e-12)).nonzero().flatten().tolist()
    assert found == list(range(found[0], found[-1] + 1)) if found else True
    return [found[0], found[-1] + 1] if found else None


torch.set_num_threads(1)
generator = torch.Generator().manual_seed(11)
model = Model(
    image=SIDE, patch=4, width=16, layers=2, heads=2, mlp_ratio=2, embedding=8,
    text={"context_length": 12, "vocab_size": VOCABULARY, "width": 12, "heads": 2, "layers": 2, "mlp_ratio": 2})
start = make_start(model, generator)
labels = torch.arange(COUNT) % CLASSES
images = torch.randint(256, (COUNT, SIDE, SIDE, 3), generator=generator)
# A class has a tint, so that there is something to learn.
tint = torch.randint(-90, 90, (CLASSES, 1, 1, 3), generator=generator)
images = (images // 2 + 64 + tint[labels]).clamp(0, 255).to(torch.uint8)

tensors = {"images": images, "labels": labels.int()} | {
    f"start/{name}": value for name, value in start.items() if name not in model.text_names}
about, seen = {}, {}
for case, (base, _) in CASES.items():
    spec = specification(case)
    losses, tuned, sizes, norms = compute(case, spec, torch.float64)
    rounded_losses, rounded, _, _ = compute(case, spec, torch.float32)
    left_out = {}
    if spec["optimizer"].get("name") != "sgd":
        left_out = {name: found for name, value in sizes.items() if (found := rounding_only(value))}
    exact, rounded = ({name: kept(value, left_out.get(name)) for name, value in t.items()} for t in (tuned, rounded))

    errors = [abs(a / b - 1) for a, b in zip(rounded_losses, losses)]
    error = max((rounded[name] - value).abs().max() / value.abs().max() for name, value in exact.items())
    print(
        f"{case:22} {losses[0]:.4f} → {losses[-1]:.4f}, norm {norms[0]:.2f} → {norms[-1]:.2f}; PyTorch's rounding: "
        f"{errors[0]:.1e} {max(errors):.1e} {error:.1e}", flush=True)
    assert errors[0] <= FIRST_LOSS / 2 and max(errors) <= LAST_LOSS / 2 and error <= WEIGHTS / 2, case
    assert sum(norm > (spec["optimizer"]["clip_norm"] or 0) for norm in norms) > len(norms) / 2, f"{case}: clips little"
    for name, value in exact.items():
        moved = (value - kept(start[name].double(), left_out.get(name))).abs().max() if name in start else 1
        assert moved > 20 * WEIGHTS * value.abs().max(), f"{case}, {name} moves by {moved}: this would prove little"
    seen[case] = (losses, exact)
    if base and "parts" not in case:
        other, others = seen[base]
        differs = max(abs(a / b - 1) for a, b in zip(losses, other)) > 100 * LAST_LOSS or any(
            (value - others[name]).abs().max() > 10 * WEIGHTS * value.abs().max()
            for name, value in exact.items() if name in others)
        assert differs, f"{case} hardly differs from {base}"

    samples = 1 << 30 if case in WHOLE else SAMPLES
    tensors[f"{case}/losses"] = torch.tensor(losses)
    tensors[f"{case}/tuned"] = torch.cat([packed(exact[name], samples).float() for name in sorted(exact)])
    about[case] = {"spec": json.dumps(spec), "whole": case in WHOLE, "left_out": left_out}

FILE.parent.mkdir(exist_ok=True)
# One entry, as safetensors writes several in any order.
save_file(tensors, FILE, metadata={"about": json.dumps({"draws": DRAWS, "cases": about})})
FILE.chmod(0o644)
print(f"{len(CASES)} cases, {FILE.stat().st_size} bytes")
