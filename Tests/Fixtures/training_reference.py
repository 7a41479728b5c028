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
from open_clip.transformer import QuickGELU, TextTransformer, VisionTransformer
from timm.data.mixup import mixup_target
from training_objectives import contrastive, penalties
from training_optimizers import AdamSPD
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
        "name": "cross_entropy", "positives": "own", "logit_scale": "frozen", "negative_margin": 0,
        "label_smoothing": 0, "margin": 0, "l2_sp": 0, "distill_logits": 0, "temperature": 1, "distill_features": 0,
        "orthogonality": 0, "projection_product": 0, "random_text_energy": 0, "random_texts": 80,
        "random_text_length": 8, "context_divergence": 0},
    "teacher": {"name": "start"}, "head": {"frozen": False},
    "averaging": {
        "ema": None, "ema_start": None, "ema_warmup_share": 0, "every": 1, "beta": None, "teacher_only": False},
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
    """A CLIP image tower with a head, and a text tower where `text` says its sizes. Its plain weights go by open_clip's names; what a method adds is folded into them by
    `plain`, so that any method runs on the tower as it is."""

    def __init__(self, image, patch, width, layers, heads, mlp_ratio, embedding, text=None):
        self.patch_tokens, self.width, self.layers = (image // patch) ** 2, width, layers
        self.tower = VisionTransformer(
            image, patch, width, layers, heads, mlp_ratio, output_dim=embedding, act_layer=QuickGELU)
        self.text = text and TextTransformer(output_dim=embedding, act_layer=QuickGELU, **text)

    def texts(self, plain, tokens):
        """Embeddings of length 1 of texts [N, length], which may be shorter than the context: attention is causal."""
        own = {name: value for name, value in plain.items() if name in self.text_names}
        padded = F.pad(tokens, (0, self.text.context_length - tokens.shape[1]))
        return F.normalize(torch.func.functional_call(self.text, own, (padded,)), dim=-1)

    @property
    def text_names(self):
        return {name for name, _ in self.text.named_parameters()} if self.text else set()

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
    tower = [
        name for name in start if name not in HEAD + ["logit_scale"]
        and (name.startswith("visual.") or method.get("towers") == "both")]
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

def train(model, start, images, labels, spec, orders=None, mixes=None, texts=None, dtype=torch.float64):
    """→ the losses of all steps, what was tuned, the largest of each gradient's elements along training, and the norms of
    the whole gradient.

    start: plain weights by name; images: normalised, [N, 3, side, side]; labels: [N]. orders: of the images, by epoch;
    mixes: by step. texts: "prompts" [templates][classes][length]; "captions", a template by epoch and image;
    "random_texts" [steps][texts][length].
    """
    spec = filled(spec)
    objective, options, method = spec["objective"], spec["optimizer"], spec["method"]
    model.tower.to(dtype)
    if model.text:
        model.text.to(dtype)
    start = {name: value.to(dtype) for name, value in start.items()}
    images, labels = images.to(dtype), labels.long()
    names = own_trained(method, start) + HEAD
    if objective["logit_scale"] != "frozen":
        names.append("logit_scale")
    if method.get("towers") == "both":
        # The head is made from text.
        names = [name for name in names if not name.startswith("classification_head")]
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
    elif options["name"] == "adamspd":
        origins = {
            id(value): start.get(name, torch.zeros_like(value) if value.dim() > 1 else first[name])
            for name, value in trained.items()}
        optimizer = AdamSPD(
            groups, origins, lr=options["lr"], betas=(options["beta1"], options["beta2"]), eps=options["epsilon"])
    else:
        optimizer = torch.optim.AdamW(
            groups, lr=options["lr"], betas=(options["beta1"], options["beta2"]), eps=options["epsilon"])
    count, size = len(images), spec["batch"]["size"]
    per_epoch = count // size if spec["batch"]["drop_last"] else math.ceil(count / size)
    steps = spec["schedule"]["epochs"] * per_epoch
    schedule = rates(spec["schedule"], options["lr"], steps, per_epoch)

    averaging = spec["averaging"]
    ema, beta = averaging["ema"], averaging["beta"]
    current = lambda: {name: value.detach().clone() for name, value in trained.items()}
    average, path = current(), [current()]
    if beta is not None:
        both = torch.tensor(beta, dtype=torch.float64)
        middles = (torch.arange(steps + 1, dtype=torch.float64) + 0.5) / (steps + 1)
        densities = torch.distributions.Beta(both, both).log_prob(middles).exp()
    head = F.normalize(start["classification_head.weight"], dim=-1)
    scale = start["classification_head.weight"].norm(dim=-1).mean()

    def teacher(batch):
        weights = plain(method, model, start, average) if spec["teacher"]["name"] == "average" else start
        with torch.no_grad():
            return forward(weights, batch)

    def forward(weights, batch):
        """→ embeddings, and tables of logits."""
        embeddings = model.embeddings(weights, batch)
        if objective["name"] == "cross_entropy":
            return embeddings, [logits(weights, embeddings)]
        prompts = torch.tensor(texts["prompts"])
        templates = torch.tensor(texts["captions"][epoch])[chosen]
        captions = model.texts(weights, prompts[templates, labels[chosen]])
        similarities = weights["logit_scale"].exp() * embeddings @ captions.T
        return embeddings, [similarities, similarities.T]

    losses, norms, sizes = [], [], {name: torch.zeros_like(value) for name, value in trained.items()}
    for step in range(steps):
        epoch, part = divmod(step, per_epoch)
        order = orders[epoch] if orders else range(count)
        chosen = torch.tensor(list(order)[part * size:(part + 1) * size])
        batch, targets = images[chosen], labels[chosen]
        if spec["augmentation"]:
            batch, targets = mixed(batch, targets, mixes[step], len(head), objective["label_smoothing"])
        weights = plain(method, model, start, trained)
        embeddings, tables = forward(weights, batch)
        if objective["name"] == "contrastive":
            loss = contrastive(tables, targets, objective, weights["logit_scale"].exp())
        else:
            guesses = tables[0]
            if objective["margin"]:
                # CLIPood takes a part of its class's text embedding from an image's.
                guesses = guesses - scale * objective["margin"] * head[targets] @ head.T
            smoothing = 0 if spec["augmentation"] else objective["label_smoothing"]
            loss = F.cross_entropy(guesses, targets, label_smoothing=smoothing)
        if objective["distill_logits"] or objective["distill_features"]:
            their_embeddings, their_tables = teacher(batch)
            t = objective["temperature"]
            for guesses, theirs in zip(tables, their_tables):
                loss = loss + objective["distill_logits"] * t**2 * F.cross_entropy(
                    guesses / t, F.softmax(theirs / t, -1))
            distances = (embeddings - their_embeddings).square().sum(-1)
            loss = loss + objective["distill_features"] * distances.mean()
        loss = loss + penalties(
            objective, model, start, weights, embeddings,
            lambda: model.embeddings(start, batch).detach(), texts, step)
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
        if objective["logit_scale"] == "clamped":
            trained["logit_scale"].data.clamp_(max=math.log(100))
        path.append(current())
        if ema is not None and step % averaging["every"] == 0:
            keep, rise = ema, averaging["ema_warmup_share"] * steps
            if averaging["ema_start"] is not None and step < rise:
                keep = averaging["ema_start"] + (ema - averaging["ema_start"]) / rise * step
            average = {name: keep * average[name] + (1 - keep) * value for name, value in path[-1].items()}
        if beta is not None:
            shares = (densities[:len(path)] / densities[:len(path)].sum()).tolist()
            average = {name: sum(s * weights[name] for s, weights in zip(shares, path)) for name in trained}
    ends = path[-1] if ema is None and beta is None or averaging["teacher_only"] else average
    return losses, ends, sizes, norms
