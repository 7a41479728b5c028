"""Learning rates and weight decay of training_reference.py: torch's and timm's schedules, timm's layers."""

import re
from fnmatch import fnmatchcase
from functools import cache

import timm
import timm.scheduler
import torch
from timm.models import group_parameters
from torch.optim.lr_scheduler import ConstantLR, CosineAnnealingLR, LinearLR, SequentialLR

HEAD = ["visual.proj", "classification_head.weight", "classification_head.bias"]


def rates(schedule, peak, steps, per_epoch):
    """Of each step, before groups change it."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
    floor, first = schedule["floor"], schedule["warmup_start"]
    if schedule["pace"] == "epoch":
        assert schedule["name"] == "cosine"
        epochs = timm.scheduler.CosineLRScheduler(
            optimizer, t_initial=schedule["epochs"], lr_min=floor, warmup_t=schedule["warmup_epochs"],
            warmup_lr_init=first)
        return [epochs._get_lr(step // per_epoch)[0] for step in range(steps)]
    warmup = schedule["warmup_steps"]
    rest = steps - warmup
    after = {
        "cosine": lambda: CosineAnnealingLR(optimizer, rest, eta_min=floor),
        "linear": lambda: LinearLR(optimizer, 1, floor / peak, rest),
        "constant": lambda: ConstantLR(optimizer, 1),
    }[schedule["name"]]
    scheduler = after()
    if warmup > 0:
        # The first step's rate is one part of the way already, and the last one's is the peak, as in open_clip.
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
        begin = (first + (peak - first) / warmup) / peak
        scheduler = SequentialLR(
            optimizer, [LinearLR(optimizer, begin, 1, warmup - 1), after()], milestones=[warmup])
    result = []
    for _ in range(steps):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return result


@cache
def timm_layers(layers):
    """Layers of a timm vision transformer with a norm before its blocks, by open_clip's names, and the highest."""
    tower = timm.models.VisionTransformer(
        img_size=8, patch_size=4, embed_dim=4, depth=layers, num_heads=1, pre_norm=True, num_classes=2)
    found = group_parameters(tower, tower.group_matcher(coarse=False), reverse=True)
    names = {
        "patch_embed.proj.": "visual.conv1.", "cls_token": "visual.class_embedding",
        "pos_embed": "visual.positional_embedding", "norm_pre.": "visual.ln_pre.", "norm.": "visual.ln_post.",
        "head.": "classification_head."}
    result = {}
    for name, layer in found.items():
        block = re.match(r"blocks\.(\d+)\.", name)
        key = f"visual.transformer.resblocks.{block[1]}." if block else next(
            new for old, new in names.items() if name.startswith(old))
        assert result.setdefault(key, layer) == layer
    # The projection is part of the head.
    return result | {"visual.proj": result["classification_head."]}, max(result.values())


def group_of(name, options):
    """The first that fits."""
    return next((group for group in options["groups"] if fnmatchcase(name, group["pattern"])), {})


def factor_and_decay(name, value, options, layers):
    """What a parameter's rate is multiplied by, as timm's `lr_scale`, and its weight decay."""
    group = group_of(name, options)
    decays = options["decay"] == "all" or (value.dim() > 1 and name != "visual.positional_embedding")
    decay = group.get("weight_decay")
    own = group.get("lr")
    if own is None and name in HEAD:
        own = options["head_lr"]
    if own is not None:
        factor = own / options["lr"]
    elif options["layer_decay"] == 1:
        factor = 1
    else:
        ids, highest = timm_layers(layers)
        factor = options["layer_decay"] ** (highest - next(i for key, i in ids.items() if name.startswith(key)))
    return factor, (options["weight_decay"] if decays else 0) if decay is None else decay
