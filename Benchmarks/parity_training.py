"""Compares fine-tuning of a ViT-B/16 with PyTorch's, by the script that the tests' fixture comes from.

parity_training.py CLIPFT IMAGES TOKENIZER [--model ViT-B-16-quickgelu] [--cases full lora …] [--steps 5] [--count 4]

Random weights from a fixed seed are fine-tuned on the first COUNT photographs of IMAGES, cut to what the model sees, in
three classes and float32 on both sides, as the cases of Tests/Fixtures/training_cases.py say. Prints the largest relative
difference of the first step's loss, of any step's, and of what was tuned, relative to a tensor's largest element.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import open_clip
import torch
from PIL import Image
from safetensors.torch import load_file

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Tests" / "Fixtures"))
from training_cases import CASES, merged, specification  # noqa: E402
from training_reference import Model, train  # noqa: E402

CLASSES, TEMPLATES = 3, ["a photo of a {}."]
# Small enough for random weights of this size; without steps of the rounding of gradients that are 0.
CHANGE = {"optimizer": {"lr": 1e-5, "epsilon": 1e-6}, "schedule": {"warmup_steps": 2}}
CHANGE_SGD = {"optimizer": {"lr": 1e-3}, "schedule": {"warmup_steps": 2}}


def seen(file, size):
    """The pixels that a model of open_clip's sees, as an image."""
    image = Image.open(file).convert("RGB")
    steps = open_clip.image_transform(size, is_train=False).transforms
    return steps[1](steps[0](image))


def write_images(files, size, folder):
    """Into folders of classes → the images normalised and their labels, in clipft's order: by class, then by name."""
    normalise = open_clip.image_transform(size, is_train=False).transforms[-2:]
    chosen = sorted(((i % CLASSES, i, seen(file, size)) for i, file in enumerate(files)), key=lambda x: x[:2])
    for label, index, image in chosen:
        place = folder / "train" / f"{label}"
        place.mkdir(parents=True, exist_ok=True)
        image.save(place / f"{index:03}.png")
    tensors = [normalise[1](normalise[0](image)) for _, _, image in chosen]
    for label in range(CLASSES):
        (folder / "val" / f"{label}").mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (size, size), (40 * label, 90, 10)).save(folder / "val" / f"{label}" / "grey.png")
    return torch.stack(tensors), torch.tensor([label for label, _, _ in chosen])


def texts_of(steps, count):
    """Prompts and what is drawn of them where there is one template."""
    prompts = [open_clip.tokenize([t.format(label) for label in range(CLASSES)]).tolist() for t in TEMPLATES]
    return {"prompts": prompts, "captions": [[0] * count] * steps}


def finetune(options, spec, weights, folder, name):
    """→ the losses, what was tuned, and the head that it began from."""
    file, out = folder / f"{name}.json", folder / f"run-{name}"
    file.write_text(json.dumps(spec))
    subprocess.run(
        [options.clipft, "finetune", "--spec", file, "--model", weights, "--arch", options.model, "--dataset",
         f"folder:{folder / 'train'}", "--val", f"folder:{folder / 'val'}",
         "--templates", folder / "templates.txt", "--out", out],
        check=True, env=os.environ | {"CLIPFT_TOKENIZER": options.tokenizer}, stdout=subprocess.DEVNULL,
        stderr=None if options.verbose else subprocess.DEVNULL)
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    return sum((line["step_losses"] for line in lines), []), load_file(out / "tuned.safetensors"), load_file(
        out / "head0.safetensors")


def check(options, model, name, start, images, labels, weights, folder):
    spec = specification(name)
    sgd = spec["optimizer"].get("name") == "sgd"
    spec = merged(spec, CHANGE_SGD if sgd else CHANGE)
    spec = merged(spec, {"schedule": {"epochs": options.steps}, "batch": {"size": len(images)}})
    losses, tuned, head = finetune(options, spec, weights, folder, name)
    start = start | {key: value for key, value in head.items() if key.startswith("classification_head")}
    texts = texts_of(options.steps, len(images))
    expected, values, _, _ = train(model, start, images, labels, spec, texts=texts, dtype=torch.float32)
    assert tuned.keys() == values.keys(), tuned.keys() ^ values.keys()
    errors = [abs(a / b - 1) for a, b in zip(losses, expected, strict=True)]
    differences = {}
    for key, value in values.items():
        difference = (tuned[key] - value).abs()
        if key.endswith("in_proj_bias"):
            # Biases of keys change nothing, and AdamW makes steps of the rounding of their gradients.
            width = len(difference) // 3
            difference[width:2 * width] = 0
        differences[key] = float(difference.max() / value.abs().max().clamp_min(1e-12))
    worst = max(differences, key=differences.get)
    print(
        f"| {name} | {expected[0]:.4f} → {expected[-1]:.4f} | {errors[0]:.1e} | {max(errors):.1e} | "
        f"{differences[worst]:.1e} ({worst}) |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clipft")
    parser.add_argument("images")
    parser.add_argument("tokenizer", help="folder with CLIP's vocab.json and merges.txt")
    parser.add_argument("--model", default="ViT-B-16-quickgelu")
    parser.add_argument(
        "--cases", nargs="*", choices=CASES,
        default=["full", "lora", "sgd", "layers", "margin", "l2-sp", "distill-lora", "flyp", "carot"])
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--count", type=int, default=4)
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    files = sorted(p for p in pathlib.Path(options.images).rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    torch.manual_seed(0)
    clip = open_clip.create_model(options.model, pretrained=None)
    config = open_clip.get_model_config(options.model)
    vision, text = config["vision_cfg"], config["text_cfg"]
    model = Model(
        image=vision["image_size"], patch=vision["patch_size"], width=vision["width"], layers=vision["layers"],
        heads=vision["width"] // vision.get("head_width", 64), mlp_ratio=4, embedding=config["embed_dim"],
        text={key: text[key] for key in ("context_length", "vocab_size", "width", "heads", "layers")})
    start = {key: value for key, value in clip.state_dict().items() if key != "attn_mask"}
    print("| case | losses | first loss | any loss | what was tuned |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        torch.save(clip.state_dict(), folder / "model.pt")
        (folder / "templates.txt").write_text("\n".join(TEMPLATES) + "\n")
        images, labels = write_images(files[: options.count], vision["image_size"], folder)
        for name in options.cases:
            check(options, model, name, start, images, labels, folder / "model.pt", folder)


main()
