"""Scores folders laid out like ImageNet-V2, -R, -A and -Sketch with clipft and with open_clip, counting what is right.

parity_family.py CLIPFT IMAGES [--model ViT-B-32-quickgelu]

The model has random weights from a fixed seed. Each class folder gets one photograph out of IMAGES, in turn, so that most
labels are wrong and counts are small, but logits must agree for counts, log-likelihoods and calibration to do so. Classes
and their order are taken from timm and open_clip here, from the manifests in clipft.
"""
import argparse
import json
import os
import pathlib
import subprocess
import tempfile

import open_clip
import timm.data
import torch
from open_clip.zero_shot_metadata import IMAGENET_CLASSNAMES
from PIL import Image

TEMPLATES = ["a photo of a {}.", "art of the {}."]
INFO = pathlib.Path(timm.data.__file__).parent / "_info"
MANIFESTS = pathlib.Path(__file__).resolve().parents[1] / "manifests"


def words(name):
    return (INFO / name).read_text().split()


def layouts():
    """Dataset, its folder of classes below the data root, the names of its class folders in order of label, and the
    classes of the head they stand for."""
    every = words("imagenet_synsets.txt")
    yield "imagenet-v2", "imagenetv2-matched-frequency-format-val", [str(i) for i in range(1000)], range(1000)
    yield "imagenet-sketch", "imagenet-sketch", every, range(1000)
    for letter in "ra":
        subset = words(f"imagenet_{letter}_synsets.txt")
        yield f"imagenet-{letter}", f"imagenet-{letter}", subset, [every.index(i) for i in subset]


def path_in_manifest(name):
    """Where the dataset's test images are to lie, and its manifest with the count of our copy."""
    lines = (MANIFESTS / f"{name}.yaml").read_text().splitlines()
    at, line = next((i, line) for i, line in enumerate(lines) if line.strip().startswith("test:"))
    path = line.split("path:")[1].split(",")[0].strip(" }")
    return path, lines, at


def scores(features, head, files, labels, classes):
    """Right first classes, and the mean negative log-likelihood of the right ones, among `classes` of the head."""
    logits = torch.stack([features[f] for f in files]) @ head[list(classes)].T
    right = (logits.argmax(1) == torch.tensor(labels)).sum().item()
    return right, torch.nn.functional.cross_entropy(logits.double(), torch.tensor(labels)).item()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clipft")
    parser.add_argument("images")
    parser.add_argument("--model", default="ViT-B-32-quickgelu")
    options = parser.parse_args()
    photographs = sorted(p.resolve() for p in pathlib.Path(options.images).rglob("*") if p.suffix.lower() in {".jpg", ".jpeg", ".png"})

    torch.manual_seed(0)
    model = open_clip.create_model(options.model, pretrained=None).eval()
    transform = open_clip.image_transform(model.visual.image_size[0], is_train=False)
    normal = torch.nn.functional.normalize
    with torch.inference_mode(), tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        features = {}
        for photograph in photographs:
            features[photograph] = normal(model.encode_image(transform(Image.open(photograph))[None]), dim=-1)[0]
        texts = []
        for template in TEMPLATES:
            prompts = [template.format(name) for name in IMAGENET_CLASSNAMES]
            texts.append(torch.cat([normal(model.encode_text(open_clip.tokenize(prompts[i : i + 100])), dim=-1)
                                    for i in range(0, len(prompts), 100)]))
        head = model.logit_scale.exp() * normal(torch.stack(texts).mean(0), dim=-1)

        torch.save(model.state_dict(), folder / "model.pt")
        (folder / "templates.txt").write_text("\n".join(TEMPLATES) + "\n")
        (folder / "manifests").mkdir()
        for other in MANIFESTS.glob("*.txt"):
            (folder / "manifests" / other.name).symlink_to(other)
        expected = {}
        for dataset, _, classes, indices in layouts():
            path, lines, at = path_in_manifest(dataset)
            lines[at] = f"  test: {{path: {path}, count: {len(classes)}}}"
            (folder / "manifests" / f"{dataset}.yaml").write_text("\n".join(lines) + "\n")
            files = [photographs[(7 * label) % len(photographs)] for label in range(len(classes))]
            for name, file in zip(classes, files):
                place = folder / "data" / path / name
                place.mkdir(parents=True)
                (place / file.name).symlink_to(file)
            for protocol in ["subset", "full"]:
                competing = indices if protocol == "subset" else range(1000)
                labels = list(range(len(classes))) if protocol == "subset" else list(indices)
                expected[dataset, protocol] = scores(features, head, files, labels, competing)

        environment = os.environ | {"CLIPFT_MANIFESTS": str(folder / "manifests"), "XDG_CACHE_HOME": str(folder / "cache")}
        environment["CLIPFT_TOKENIZER"] = str(pathlib.Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz")
        print("| dataset | protocol | images | right, clipft | right, open_clip | NLL, clipft | NLL, open_clip |\n|---|---|---|---|---|---|---|")
        for protocol in ["subset", "full"]:
            names = [dataset for dataset, *_ in layouts()]
            command = [options.clipft, "eval-shift", *names, "--model", folder / "model.pt", "--arch", options.model, "--data-root",
                       folder / "data", "--templates", folder / "templates.txt", "--precision", "fp32", "--protocol", protocol, "--json"]
            report = json.loads(subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE, text=True).stdout)
            for result in report["results"]:
                right, loss = expected[result["dataset"], protocol]
                print(f"| {result['dataset']} | {protocol} | {result['n']} | {result['correct']} | {right} | {result['nll']:.6f} | {loss:.6f} |")
                assert result["correct"] == right and abs(result["nll"] - loss) < 1e-4 * loss, "they differ"


main()
