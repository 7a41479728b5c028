"""The work of `clipft bench` in PyTorch: what the comparison is with.

pytorch_work.py WORK [--model NAME|FOLDER] [--batch N] [--seconds S] [--precision fp32|bf16] [--threads N] [--images DIR]

WORK is encode, full, bitfit, ssf, lora (rank 32 on qkv), text or decode, as in `clipft bench --help`. NAME is ViT-B-32,
ViT-B-16 or ViT-L-14, built by timm; FOLDER a model in Hugging Face's layout, built by transformers. Prints one line of
JSON. bf16 is autocast, compiled where only the forward pass is timed, which is PyTorch's strongest configuration.
"""
import argparse
import contextlib
import json
import pathlib
import resource
import statistics
import time

import torch
from torch import nn

PROMPTS, WORDS, CLASSES, WARM_UPS, FEWEST_STEPS = 64, 8, 1000, 2, 3


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=["encode", "full", "bitfit", "ssf", "lora", "text", "decode"])
    parser.add_argument("--model", default="ViT-B-16")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--images")
    return parser.parse_args()


class HuggingFaceTower(nn.Module):
    """The image tower of a model folder, with random weights."""

    def __init__(self, folder):
        super().__init__()
        from transformers import CLIPConfig, CLIPVisionModelWithProjection

        config = CLIPConfig.from_pretrained(folder)
        self.size, self.width = config.vision_config.image_size, config.projection_dim
        config.vision_config.projection_dim = config.projection_dim
        self.inner = CLIPVisionModelWithProjection(config.vision_config)

    def forward(self, images):
        return self.inner(images).image_embeds


def image_tower(name):
    """A tower, the width of its embeddings, the side of its images."""
    if pathlib.Path(name).is_dir():
        tower = HuggingFaceTower(name)
        return tower, tower.width, tower.size
    import timm

    known = {"ViT-B-32": ("base_patch32", 512), "ViT-B-16": ("base_patch16", 512), "ViT-L-14": ("large_patch14", 768)}
    shape, width = known[name]
    return timm.create_model(f"vit_{shape}_clip_quickgelu_224", pretrained=False, num_classes=width), width, 224


class ScaleShift(nn.Module):
    def __init__(self, inner, width):
        super().__init__()
        self.inner, self.scale, self.shift = inner, nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))

    def forward(self, x):
        return self.inner(x) * self.scale + self.shift


def add_scale_shift(tower):
    places = []
    for block in tower.blocks:
        width = block.norm1.weight.numel()
        places += [(block, "norm1", width), (block, "norm2", width), (block.attn, "qkv", 3 * width),
                   (block.attn, "proj", width), (block.mlp, "fc1", block.mlp.fc1.out_features),
                   (block.mlp, "fc2", width)]
    places.append((tower, "norm", width))
    for owner, name, width in places:
        setattr(owner, name, ScaleShift(getattr(owner, name), width))


def adapt(tower, method):
    """Makes what the method trains trainable, and nothing else."""
    if method == "lora":
        import peft

        target = ["q_proj", "k_proj", "v_proj"] if isinstance(tower, HuggingFaceTower) else ["qkv"]
        return peft.get_peft_model(tower, peft.LoraConfig(r=32, lora_dropout=0.0, target_modules=target))
    if method != "full":
        for name, parameter in tower.named_parameters():
            parameter.requires_grad_(method == "bitfit" and name.endswith("bias"))
    if method == "ssf":
        add_scale_shift(tower)
    return tower


def autocast(precision):
    return torch.autocast("cpu", dtype=torch.bfloat16) if precision == "bf16" else contextlib.nullcontext()


def encode(options):
    tower, _, size = image_tower(options.model)
    tower.eval()
    if options.precision == "bf16":
        tower = torch.compile(tower)
    images = torch.randn(options.batch, 3, size, size)

    def step():
        with torch.inference_mode(), autocast(options.precision):
            tower(images)

    return step, options.batch


def train(options):
    tower, width, size = image_tower(options.model)
    tower = adapt(tower.train(), options.work)
    head = nn.Linear(width, CLASSES)
    trained = [p for p in tower.parameters() if p.requires_grad] + list(head.parameters())
    optimizer = torch.optim.AdamW(trained, lr=1e-5, weight_decay=0.01, fused=True)
    images = torch.randn(options.batch, 3, size, size)
    targets = torch.randint(0, CLASSES, (options.batch,))

    def step():
        with autocast(options.precision):
            embeddings = nn.functional.normalize(tower(images), dim=-1)
            loss = nn.functional.cross_entropy(head(embeddings).float(), targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    return step, options.batch


def text(options):
    import open_clip

    model = open_clip.create_model(f"{options.model}-quickgelu", pretrained=None).eval()
    tokens = torch.zeros(PROMPTS, 77, dtype=torch.long)
    tokens[:, 0], tokens[:, WORDS + 1] = 49406, 49407
    tokens[:, 1:WORDS + 1] = torch.randint(300, 40000, (PROMPTS, WORDS))

    def step():
        with torch.inference_mode(), autocast(options.precision):
            model.encode_text(tokens)

    return step, PROMPTS


def decode(options):
    import open_clip
    from PIL import Image

    files = sorted(p for p in pathlib.Path(options.images).rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    files, transform = files[:200], open_clip.image_transform(224, is_train=False)

    def step():
        for file in files:
            transform(Image.open(file))

    return step, len(files)


def main():
    options = arguments()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    step, items = {"encode": encode, "text": text, "decode": decode}.get(options.work, train)(options)
    for _ in range(WARM_UPS):
        step()
    times = []
    while len(times) < FEWEST_STEPS or sum(times) < options.seconds:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"work": options.work, "items_per_s": items / statistics.median(times), "peak_rss_mb": peak,
                      "torch": torch.__version__, "threads": torch.get_num_threads()}))


main()
