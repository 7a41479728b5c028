"""Compares clipft's embeddings with open_clip's and transformers', for checkpoints that those write.

parity.py CLIPFT IMAGES TOKENIZER [--models ViT-B-32-quickgelu …] [--gradients PROGRAM]

Random weights from a fixed seed are written as open_clip's state dictionary (.pt), as a training checkpoint in half
precision, as TorchScript the way OpenAI's files are, and as a Hugging Face folder; each is read by `clipft embed` without conversion.
IMAGES is a folder of photographs, of which the first 8 are embedded. Prints the largest error of image and text
embeddings and of the logits, relative to the largest value; with PROGRAM, the one built from Benchmarks/Gradients, those of
the contrastive loss and of every parameter's gradient as well, relative to the largest value of that gradient.
"""
import argparse
import os
import pathlib
import subprocess
import tempfile

import numpy as np
import open_clip
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

TEXTS = ["a photo of a heron", "a sketch of an egret", "two dogs &amp; a cat", "naïve café ☕"]


def embed(options, model, texts, folder, *flags):
    out = folder / "embeddings.safetensors"
    environment = os.environ | {"CLIPFT_TOKENIZER": options.tokenizer}
    subprocess.run([options.clipft, "embed", "--model", model, "--images", *options.files, "--texts", texts, "--out",
                    out, "--precision", "fp32", *flags], check=True, env=environment, capture_output=True)
    tensors = load_file(out)
    return tensors["image_embeddings"], tensors["text_embeddings"]


def error(actual, expected):
    return float((actual - expected).abs().max() / expected.abs().max())


def logits(images, texts):
    normal = torch.nn.functional.normalize
    return normal(images, dim=-1) @ normal(texts, dim=-1).T


def gradients(options, model, architecture, pixels, tokens, folder):
    """The contrastive loss and its gradients under open_clip's names."""
    inputs, out = folder / "inputs.safetensors", folder / "gradients.safetensors"
    save_file({"images": pixels.contiguous(), "tokens": tokens.int().contiguous()}, inputs)
    subprocess.run([options.gradients, model, architecture, inputs, out], check=True)
    return load_file(out)


def contrastive(model, pixels, tokens):
    images, texts, scale = model(pixels, tokens)
    own = torch.arange(len(images))
    products = scale * images @ texts.T
    return (torch.nn.functional.cross_entropy(products, own) + torch.nn.functional.cross_entropy(products.T, own)) / 2


def check_gradients(options, name, model, architecture, place, pixels, tokens, folder):
    loss = contrastive(model, pixels, tokens)
    model.zero_grad()
    loss.backward()
    actual = gradients(options, place, architecture, pixels, tokens, folder)
    expected = {k: p.grad for k, p in model.named_parameters()}
    errors = {k: error(actual[k].reshape(g.shape), g) for k, g in expected.items()}
    worst = max(errors, key=errors.get)
    missing = set(actual) - set(expected) - {"loss"}
    assert not missing, missing
    print(f"| {name} | loss {abs(actual['loss'].item() - loss.item()) / loss.item():.1e} | gradients of {len(errors)} parameters, "
          f"largest {errors[worst]:.1e} ({worst}), median {np.median(list(errors.values())):.1e} | |", flush=True)


def half(state):
    """As OpenAI's converter leaves them: matrices and convolutions in half precision, norms and embeddings not."""
    keep = ("ln_", "positional_embedding", "class_embedding", "token_embedding", "logit_scale")
    return {k: v if any(part in k for part in keep) else v.half() for k, v in state.items()}


def check(options, name, folder):
    torch.manual_seed(0)
    model = open_clip.create_model(name, pretrained=None).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.add_(0.02 * torch.randn_like(parameter))
    transform = open_clip.image_transform(model.visual.image_size[0], is_train=False)
    pixels = torch.stack([transform(Image.open(f)) for f in options.files])
    tokens = open_clip.tokenize(TEXTS)
    texts = folder / "texts.txt"
    texts.write_text("\n".join(TEXTS) + "\n")

    def expect():
        with torch.inference_mode():
            return model.encode_image(pixels), model.encode_text(tokens)

    def report(form, expected, actual):
        errors = [error(a, e) for a, e in zip(actual, expected)] + [error(logits(*actual), logits(*expected))]
        print(f"| {name} | {form} | " + " | ".join(f"{e:.1e}" for e in errors) + " |", flush=True)

    expected = expect()
    plain = folder / "plain.pt"
    torch.save(model.state_dict(), plain)
    report("open_clip .pt", expected, embed(options, plain, texts, folder, "--arch", name))
    if options.gradients:
        check_gradients(options, name, model, name, plain, pixels[: len(TEXTS)], tokens, folder)
    plain.unlink()
    training = folder / "training.pt"
    state = half(model.state_dict())
    torch.save({"epoch": 1, "state_dict": {"module." + k: v for k, v in state.items()}, "optimizer": {}}, training)
    model.load_state_dict(state)
    report("training checkpoint, f16", expect(), embed(options, training, texts, folder, "--arch", name))
    training.unlink()
    if name.endswith("quickgelu"):
        script = folder / "script.pt"
        holder = torch.nn.Module()
        for key, value in model.state_dict().items():
            place, *path = holder, *key.split(".")
            for part in path[:-1]:
                if not hasattr(place, part):
                    place.add_module(part, torch.nn.Module())
                place = getattr(place, part)
            place.register_buffer(path[-1], value)
        torch.jit.script(holder).save(str(script))
        report("TorchScript, as OpenAI's", expect(), embed(options, script, texts, folder))
        script.unlink()


# What differs from CLIPConfig's defaults, those of ViT-B/32.
FOLDERS = {
    "clip-vit-base-patch32": ({}, {}),
    "clip-vit-base-patch16": ({"patch_size": 16}, {}),
    "TinyCLIP-ViT-8M-16-Text-3M": (
        {"patch_size": 16, "hidden_size": 256, "intermediate_size": 1024, "num_attention_heads": 4, "num_hidden_layers": 10},
        {"hidden_size": 256, "intermediate_size": 1024, "num_attention_heads": 4, "num_hidden_layers": 3},
    ),
}


def check_transformers(options, name, folder):
    from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTokenizerFast

    torch.manual_seed(0)
    vision, text = FOLDERS[name]
    config = CLIPConfig(vision_config=vision, text_config=text)
    model = CLIPModel(config).eval()
    place = folder / name
    model.save_pretrained(place)
    tokenizer = CLIPTokenizerFast(tokenizer_file=str(pathlib.Path(options.tokenizer) / "tokenizer.json"))
    tokenizer.save_pretrained(place)
    CLIPImageProcessor().save_pretrained(place)
    for file in ["vocab.json", "merges.txt"]:
        (place / file).write_bytes((pathlib.Path(options.tokenizer) / file).read_bytes())
    texts = folder / "texts.txt"
    texts.write_text("\n".join(TEXTS) + "\n")
    # Pillow's pixels, which clipft reproduces; the processor's own resizing depends on its version.
    transform = open_clip.image_transform(224, is_train=False)
    pixels = torch.stack([transform(Image.open(f)) for f in options.files])
    tokens = torch.zeros(len(TEXTS), 77, dtype=torch.long)
    for row, ids in enumerate(open_clip.tokenize(TEXTS)):
        tokens[row] = ids
    with torch.inference_mode():
        expected = (model.get_image_features(pixels), model.get_text_features(tokens))
    expected = [e if isinstance(e, torch.Tensor) else e.pooler_output for e in expected]
    actual = embed(options, place, texts, folder)
    errors = [error(a, e) for a, e in zip(actual, expected)] + [error(logits(*actual), logits(*expected))]
    print(f"| {name} | transformers' folder | " + " | ".join(f"{e:.1e}" for e in errors) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clipft")
    parser.add_argument("images")
    parser.add_argument("tokenizer", help="folder with CLIP's vocab.json, merges.txt and tokenizer.json")
    parser.add_argument("--models", nargs="*", default=["ViT-B-32-quickgelu", "ViT-B-16", "ViT-L-14-quickgelu"])
    parser.add_argument("--gradients", help="the program built from Benchmarks/Gradients")
    options = parser.parse_args()
    files = sorted(p for p in pathlib.Path(options.images).rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))
    options.files = [str(f) for f in files[:8]]
    print("| model | written as | image embeddings | text embeddings | logits |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.models:
            check(options, name, pathlib.Path(folder))
        for name in FOLDERS:
            check_transformers(options, name, pathlib.Path(folder))


main()
