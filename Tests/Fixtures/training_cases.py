"""Settings whose training is compared with PyTorch's: what differs from BASE, as a specification has it."""

BASE = {
    "recipe": None,
    "method": {"name": "full"},
    "optimizer": {"lr": 2e-3, "weight_decay": 0.1, "clip_norm": 0.5},
    "schedule": {"name": "cosine", "epochs": 20, "warmup_steps": 4},
    "batch": {"size": 12},
    "seeds": {"all": 7},
    "precision": "fp32",
}
LORA = {"name": "lora", "options": {"rank": 2, "scale": 0.5, "dropout": 0}}
SSF = {"name": "ssf", "options": {"deviation": 0}}
# Whole images, so that nothing but mixing happens to them.
WHOLE = {"crop": [1, 1], "ratio": [1, 1], "flip": 0}
MIXED = WHOLE | {"mixup": 0.8, "cutmix": 1, "mix_probability": 0.8}

# A case: what it differs from, and in what.
CASES = {
    # Methods; AdamW, cosine with warm-up, decay, and clipping.
    "full": (None, {}),
    "bitfit": ("full", {"method": {"name": "bitfit"}}),
    "lora": ("full", {"method": LORA}),
    "ssf": ("full", {"method": SSF}),
    "linear": ("full", {"method": {"name": "linear"}}),
    # Optimisers, schedules and the objective.
    "unclipped": ("full", {"optimizer": {"clip_norm": None}}),
    "adamw": ("full", {"optimizer": {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}}),
    "smoothing": ("full", {"objective": {"label_smoothing": 0.1}}),
    "matrices": ("full", {"optimizer": {"decay": "matrices"}}),
    "linear-schedule": ("full", {"schedule": {"name": "linear", "floor": 1e-3, "warmup_start": 1e-3}}),
    "constant-schedule": ("full", {"schedule": {"name": "constant", "warmup_steps": 0}}),
    "floor": ("full", {"schedule": {"floor": 5e-4, "warmup_steps": 0}}),
    "sgd": ("full", {"optimizer": {"name": "sgd", "lr": 0.05, "momentum": 0.9, "clip_norm": None}}),
    "sgd-plain": ("sgd", {
        "optimizer": {"momentum": 0, "clip_norm": 0.5, "decay": "matrices"},
        "schedule": {"name": "constant", "warmup_steps": 3}, "objective": {"label_smoothing": 0.2}}),
    # timm's rates, which change by epoch; images in the order of each.
    "epochs": ("full", {
        "batch": {"size": 6}, "schedule": {
            "epochs": 10, "pace": "epoch", "warmup_steps": None, "warmup_epochs": 2, "warmup_start": 1e-3,
            "floor": 1e-4}}),
    "left-over": ("full", {"batch": {"size": 5}, "schedule": {"epochs": 7}}),
    "drop-last": ("full", {"batch": {"size": 5, "drop_last": True}, "schedule": {"epochs": 10}}),
    # Groups.
    "groups": ("full", {"optimizer": {"decay": "matrices", "groups": [
        {"pattern": "*ln_*", "lr": 1e-2, "weight_decay": 0.5},
        {"pattern": "visual.transformer.resblocks.0.*", "frozen": True},
        {"pattern": "*resblocks.1.mlp*", "lr": 1e-3}, {"pattern": "*bias", "weight_decay": 0.3}, {"pattern": "*"}]}}),
    "layers": ("full", {"optimizer": {"layer_decay": 0.7}}),
    "head": ("full", {"optimizer": {"head_lr": 2e-2}}),
    "layers-groups": ("ssf", {"optimizer": {"layer_decay": 0.7, "head_lr": 1e-3, "groups": [
        {"pattern": "*scale", "weight_decay": 0}, {"pattern": "*proj.ssf_shift", "lr": 1e-2}, {"pattern": "*"}]}}),
    "up-rate": ("lora", {
        "method": LORA | {"options": LORA["options"] | {"up_rate": 4}}, "optimizer": {"layer_decay": 0.7}}),
    # Accumulation.
    "parts": ("full", {"batch": {"micro": 5}}),
    "parts-recomputed": ("full", {
        "batch": {"micro": 5, "recompute": True}, "optimizer": {"clip_norm": None},
        "objective": {"label_smoothing": 0.1}}),
    # Averages.
    "ema": ("full", {"averaging": {"ema": 0.9}}),
    "beta": ("full", {"averaging": {"beta": 0.5}}),
    "beta-lora": ("lora", {"averaging": {"beta": 0.5}}),
    # Mixing.
    "mixup": ("smoothing", {"augmentation": WHOLE | {"mixup": 0.8}}),
    "cutmix": ("smoothing", {"augmentation": WHOLE | {"cutmix": 1}}),
    "mixed": ("smoothing", {"augmentation": MIXED}),
    "mixed-parts": ("mixed", {"batch": {"micro": 5}}),
    # What holds a model back.
    "margin": ("full", {"objective": {"margin": 0.3}, "head": {"frozen": True}}),
    "clipood": ("margin", {"averaging": {"beta": 0.5}}),
    "l2-sp": ("sgd", {"objective": {"l2_sp": 0.05}}),
    "l2-sp-lora": ("lora", {"objective": {"l2_sp": 0.5}}),
    "l2-sp-parts": ("l2-sp", {"batch": {"micro": 5}, "optimizer": {"clip_norm": 0.5}}),
    "distill-logits": ("full", {"objective": {"distill_logits": 0.7, "temperature": 2}}),
    "distill-features": ("full", {"objective": {"distill_features": 2}}),
    "distill-lora": ("lora", {"objective": {"distill_logits": 0.7, "temperature": 2, "distill_features": 2}}),
    "distill-linear": ("linear", {"objective": {"distill_logits": 0.7, "temperature": 2, "distill_features": 2}}),
    "distill-parts": ("distill-logits", {"batch": {"micro": 5}, "objective": {"distill_features": 2}}),
    "distill-average": ("distill-logits", {
        "averaging": {"ema": 0.9}, "teacher": {"name": "average"}, "objective": {"distill_features": 2}}),
    "distill-average-lora": ("distill-lora", {"averaging": {"beta": 0.5}, "teacher": {"name": "average"}}),
    "distill-average-linear": ("distill-linear", {"averaging": {"ema": 0.9}, "teacher": {"name": "average"}}),
    # Captions, and terms about text and projections.
    "flyp": ("full", {
        "method": {"name": "full", "towers": "both"},
        "objective": {"name": "contrastive", "logit_scale": "trained"}}),
    "flyp-frozen-scale": ("flyp", {"objective": {"logit_scale": "frozen"}}),
    "flyp-classes": ("flyp", {"objective": {"positives": "class", "label_smoothing": 0.1, "negative_margin": 0.05}}),
    "flyp-distilled": ("flyp", {"objective": {"distill_logits": 0.5, "distill_features": 2}}),
    "carot": ("flyp", {
        "objective": {"orthogonality": 0.2, "projection_product": 0.05, "distill_logits": 1.5},
        "teacher": {"name": "average"},
        "averaging": {"ema": 0.9, "ema_start": 0.05, "ema_warmup_share": 0.4, "every": 3, "teacher_only": True}}),
    "tracer": ("flyp", {
        "objective": {"projection_product": 0.05, "distill_logits": 1, "distill_features": 1},
        "teacher": {"name": "average"}, "averaging": {"beta": 0.5, "teacher_only": True}}),
    "lipsum": ("full", {"objective": {"random_text_energy": 0.05, "random_texts": 4, "random_text_length": 3}}),
    "lipsum-parts": ("lipsum", {"batch": {"micro": 5}}),
    "lipsum-lora": ("lora", {"objective": {"random_text_energy": 0.05, "random_texts": 4, "random_text_length": 3}}),
    "car-ft": ("full", {"objective": {"context_divergence": 3}}),
    "orthogonality": ("bitfit", {"objective": {"orthogonality": 0.5}}),
    "adamspd": ("full", {"optimizer": {"name": "adamspd", "weight_decay": 0.9}}),
    "adamspd-lora": ("lora", {"optimizer": {"name": "adamspd", "weight_decay": 0.9, "decay": "matrices"}}),
    "ema-every": ("ema", {"averaging": {"ema_start": 0.5, "ema_warmup_share": 0.5, "every": 2}}),
    "distill-mixed": ("mixed", {"objective": {"distill_logits": 0.7, "temperature": 2, "distill_features": 2}}),
}


def merged(spec, change):
    return spec | {
        key: merged(spec[key], value)
        if key not in ("method", "groups") and isinstance(value, dict) and isinstance(spec.get(key), dict) else value
        for key, value in change.items()}


def specification(case):
    base, change = CASES[case]
    return merged(specification(base) if base else BASE, change)
