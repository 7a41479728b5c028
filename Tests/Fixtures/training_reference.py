"""Fine-tuning in PyTorch, from the definitions: the optimisers and schedules are torch's and timm's, the image tower is
open_clip's, and settings are read as clipft's specifications spell them.

For scripts beside this one and in Benchmarks; nothing of clipft's is computed here but what it draws.
"""

import copy
import math

import clipft_draws
import numpy as np
import torch
import torch.nn.functional as F
from open_clip.transformer import QuickGELU, VisionTransformer
from timm.data.mixup import mixup_target
from training_rates import HEAD, factor_and_decay, group_of, rates

DEFAULTS = {
    "recipe": None,
    "method": {"name": "full", "options": {}},
    "optimizer": {
        "name": "adamw", "lr": None, "weight_decay": 0, "decay": "all", "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8,
        "momentum": 0.9, "clip_norm": 1, "layer_decay": 1, "head_lr": None, "groups": []},
    "schedule": {
        "name": "cosine", "epochs": None, "warmup_steps": 0, "warmup_epochs": 0, "warmup_start": 0, "floor": 0,
        "pace": "step"},
    "batch": {"size": None, "drop_last": False, "micro": None, "recompute": False},
    "objective": {
        "label_smoothing": 0, "margin": 0, "l2_sp": 0, "distill_logits": 0, "temperature": 1, "distill_features": 0},
    "teacher": {"name": "start"}, "head": {"frozen": False}, "averaging": {"ema": None, "beta": None},
    "augmentation": None, "seeds": {"all": 0}, "precision": "fp32",
}


def filled(spec):
    """A specification with all that it leaves open."""
    whole = copy.deepcopy(DEFAULTS)
    for key, value in spec.items():
        assert key in whole, key
        if isinstance(value, dict) and isinstance(whole[key], dict):
            assert key == "method" or value.keys() <= whole[key].keys(), value
            whole[key] |= value
        else:
            whole[key] = value
    return whole


class Model:
    """A CLIP image tower with a head. Its plain weights go by open_clip's names; what a method adds is folded into them by
    `plain`, so that any method runs on the tower as it is."""

    def __init__(self, image, patch, width, layers, heads, mlp_ratio, embedding):
        self.patch_tokens, self.width, self.layers = (image // patch) ** 2, width, layers
        self.tower = VisionTransformer(
            image, patch, width, layers, heads, mlp_ratio, output_dim=embedding, act_layer=QuickGELU)

    def embeddings(self, plain, images):
        """Of length 1."""
        own = {name.removeprefix("visual."): value for name, value in plain.items() if name.startswith("visual.")}
        return F.normalize(torch.func.functional_call(self.tower, own, (images,)), dim=-1)


def logits(plain, embeddings):
    return F.linear(embeddings, plain["classification_head.weight"], plain["classification_head.bias"])


# Methods: what trains, as it starts, and the plain weights that come of it.

def added(method, model, start, seed):
    """What a method adds, as it starts."""
    options, blocks = method["options"], [f"visual.transformer.resblocks.{i}" for i in range(model.layers)]
    if method["name"] == "lora":
        rank, width, new = options["rank"], model.width, {}
        for block in blocks:
            a = f"{block}.attn.lora_a"
            new[a] = clipft_draws.draw(a, (rank, width), 1 / np.sqrt(np.float32(width)), seed)
            new[f"{block}.attn.lora_b"] = torch.zeros(3 * width, rank)
        return new
    if method["name"] == "ssf":
        assert options["deviation"] == 0, "the numbers are not drawn here"
        sizes = {site: len(start[weight]) for site, weight, _ in ssf_sites(model)}
        return {f"{site}.ssf_scale": torch.ones(n) for site, n in sizes.items()} | {
            f"{site}.ssf_shift": torch.zeros(n) for site, n in sizes.items()}
    return {}


def ssf_sites(model):
    """Operations, their weights and biases."""
    yield "visual.conv1", "visual.conv1.weight", None
    for i in range(model.layers):
        block = f"visual.transformer.resblocks.{i}"
        yield f"{block}.attn.in_proj", f"{block}.attn.in_proj_weight", f"{block}.attn.in_proj_bias"
        for name in ("ln_1", "attn.out_proj", "ln_2", "mlp.c_fc", "mlp.c_proj"):
            yield f"{block}.{name}", f"{block}.{name}.weight", f"{block}.{name}.bias"
    yield "visual.ln_post", "visual.ln_post.weight", "visual.ln_post.bias"


def own_trained(method, start):
    """Of the model's own: what trains beside the head."""
    tower = [name for name in start if name not in HEAD]
    return {
        "full": tower, "bitfit": [name for name in tower if name.endswith("bias")],
    }.get(method["name"], [])


def plain(method, model, start, trained):
    """The weights of the tower and the head, from those of the start and what trains."""
    weights = start | {name: value for name, value in trained.items() if name in start}
    if method["name"] == "lora":
        for name in [name for name in trained if name.endswith("lora_a")]:
            weight = name.replace("lora_a", "in_proj_weight")
            update = trained[name.replace("lora_a", "lora_b")] @ trained[name]
            weights[weight] = start[weight] + method["options"]["scale"] * update
    if method["name"] == "ssf":
        for site, weight, bias in ssf_sites(model):
            scale, shift = trained[f"{site}.ssf_scale"], trained[f"{site}.ssf_shift"]
            weights[weight] = scale.view(-1, *[1] * (start[weight].dim() - 1)) * start[weight]
            if bias:
                weights[bias] = scale * start[bias] + shift
        # A shift of patches, which have no bias, is one of their positions.
        positions, shift = "visual.positional_embedding", trained["visual.conv1.ssf_shift"]
        weights[positions] = start[positions] + F.pad(shift.expand(model.patch_tokens, -1), (0, 0, 1, 0))
    return weights


# Batches.

def mixed(images, targets, mix, classes, smoothing):
    """timm's mixup and CutMix of a batch by what was drawn: images and distributions."""
    other = images.flip(0)
    if "rows" in mix:
        rows, columns = slice(*mix["rows"]), slice(*mix["columns"])
        images = images.clone()
        images[:, :, rows, columns] = other[:, :, rows, columns]
    else:
        images = images * mix["share"] + other * (1 - mix["share"])
    return images, mixup_target(targets, classes, mix["share"], smoothing).to(images.dtype)


# Training.

def train(model, start, images, labels, spec, orders=None, mixes=None, dtype=torch.float64):
    """→ the losses of all steps, what was tuned, the largest of each gradient's elements along training, and the norms of
    the whole gradient.

    start: plain weights by name; images: normalised, [N, 3, side, side]; labels: [N]. orders: of the images, by epoch;
    mixes: by step.
    """
    spec = filled(spec)
    objective, options, method = spec["objective"], spec["optimizer"], spec["method"]
    model.tower.to(dtype)
    start = {name: value.to(dtype) for name, value in start.items()}
    images, labels = images.to(dtype), labels.long()
    names = own_trained(method, start) + HEAD
    first = {name: start[name] for name in names} | {
        name: value.to(dtype) for name, value in added(method, model, start, spec["seeds"]["all"]).items()}
    trained = {
        name: value.clone().requires_grad_() for name, value in first.items()
        if not group_of(name, options).get("frozen")
        and not (spec["head"]["frozen"] and name.startswith("classification_head"))}

    members = {}
    for name, value in trained.items():
        factor, decay = factor_and_decay(name, value, options, model.layers)
        up = method["options"].get("up_rate", 1) if name.endswith("lora_b") else 1
        members.setdefault((factor * up, decay), []).append(value)
    groups = [
        {"params": values, "factor": factor, "weight_decay": decay} for (factor, decay), values in members.items()]
    if options["name"] == "sgd":
        optimizer = torch.optim.SGD(groups, lr=options["lr"], momentum=options["momentum"])
    else:
        optimizer = torch.optim.AdamW(
            groups, lr=options["lr"], betas=(options["beta1"], options["beta2"]), eps=options["epsilon"])
    count, size = len(images), spec["batch"]["size"]
    per_epoch = count // size if spec["batch"]["drop_last"] else math.ceil(count / size)
    steps = spec["schedule"]["epochs"] * per_epoch
    schedule = rates(spec["schedule"], options["lr"], steps, per_epoch)

    ema, beta = spec["averaging"]["ema"], spec["averaging"]["beta"]
    current = lambda: {name: value.detach().clone() for name, value in trained.items()}
    average, path = current(), [current()]
    if beta is not None:
        both = torch.tensor(beta, dtype=torch.float64)
        middles = (torch.arange(steps + 1, dtype=torch.float64) + 0.5) / (steps + 1)
        densities = torch.distributions.Beta(both, both).log_prob(middles).exp()
    texts = F.normalize(start["classification_head.weight"], dim=-1)
    scale = start["classification_head.weight"].norm(dim=-1).mean()

    def teacher(batch):
        weights = plain(method, model, start, average) if spec["teacher"]["name"] == "average" else start
        with torch.no_grad():
            embeddings = model.embeddings(weights, batch)
            return embeddings, logits(weights, embeddings)

    losses, norms, sizes = [], [], {name: torch.zeros_like(value) for name, value in trained.items()}
    for step in range(steps):
        epoch, part = divmod(step, per_epoch)
        order = orders[epoch] if orders else range(count)
        chosen = torch.tensor(list(order)[part * size:(part + 1) * size])
        batch, targets = images[chosen], labels[chosen]
        if spec["augmentation"]:
            batch, targets = mixed(batch, targets, mixes[step], len(texts), objective["label_smoothing"])
        weights = plain(method, model, start, trained)
        embeddings = model.embeddings(weights, batch)
        guesses = logits(weights, embeddings)
        if objective["margin"]:
            # CLIPood takes a part of its class's text embedding from an image's.
            guesses = guesses - scale * objective["margin"] * texts[targets] @ texts.T
        smoothing = 0 if spec["augmentation"] else objective["label_smoothing"]
        loss = F.cross_entropy(guesses, targets, label_smoothing=smoothing)
        if objective["distill_logits"] or objective["distill_features"]:
            their_embeddings, their_logits = teacher(batch)
            t = objective["temperature"]
            loss = loss + objective["distill_logits"] * t**2 * F.cross_entropy(
                guesses / t, F.softmax(their_logits / t, -1))
            distances = (embeddings - their_embeddings).square().sum(-1)
            loss = loss + objective["distill_features"] * distances.mean()
        if objective["l2_sp"]:
            distance = sum((value - first[name]).square().sum() for name, value in trained.items())
            loss = loss + objective["l2_sp"] / 2 * distance
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        for name, value in trained.items():
            sizes[name] = torch.maximum(sizes[name], value.grad.abs())
        limit = options["clip_norm"]
        norms.append(torch.nn.utils.clip_grad_norm_(trained.values(), limit if limit else math.inf).item())
        for group in optimizer.param_groups:
            group["lr"] = schedule[step] * group["factor"]
        optimizer.step()
        path.append(current())
        if ema is not None:
            average = {name: ema * average[name] + (1 - ema) * value for name, value in path[-1].items()}
        if beta is not None:
            shares = (densities[:len(path)] / densities[:len(path)].sum()).tolist()
            average = {name: sum(s * weights[name] for s, weights in zip(shares, path)) for name in trained}
    return losses, path[-1] if ema is None and beta is None else average, sizes, norms
