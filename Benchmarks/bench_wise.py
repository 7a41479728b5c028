"""Traces a WiSE curve between two CLIPs with clipft and with open_clip, comparing what is predicted, time and memory.

bench_wise.py CLIPFT IMAGES [--model ViT-B-32-quickgelu] [--number 16] [--sets 5] [--rounds 2] [--alphas 11]

The models have random weights from fixed seeds, one a perturbation of the other in both towers. The loop in PyTorch is that of
WiSE-FT (Wortsman et al. 2022): for each alpha the state dict is interpolated and loaded, the zero-shot head is built, and every
set goes through a DataLoader, images decoded anew. Predictions are compared in fp32, image by image: images are labelled by what
PyTorch says of them at an alpha, so that clipft must find all of them right there. Times and memory are of the whole programs,
taken alternately.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

TEMPLATES = ["a photo of a {}.", "art of the {}."]
CLASSES = ["tench", "goldfish", "great white shark", "rooster", "ostrich", "brambling", "junco", "magpie", "kite", "vulture",
           "newt", "axolotl", "tree frog", "leatherback turtle", "mud turtle", "gecko", "agama", "alligator", "triceratops", "cobra"]


def sweep(folder, name, alphas, sets):
    """The loop of WiSE-FT; for each alpha and set, logits of every image."""
    import open_clip
    import torch
    from PIL import Image

    torch.manual_seed(0)
    model = open_clip.create_model(name, pretrained=None).eval()
    transform = open_clip.image_transform(model.visual.image_size[0], is_train=False)
    start, end = (torch.load(folder / f"{which}.pt") for which in ["start", "end"])
    normal = torch.nn.functional.normalize
    tokens = [open_clip.tokenize([template.format(name) for name in CLASSES]) for template in TEMPLATES]

    class Photographs(torch.utils.data.Dataset):
        def __init__(self, paths):
            self.paths = paths

        def __len__(self):
            return len(self.paths)

        def __getitem__(self, index):
            return transform(Image.open(self.paths[index]))

    found = {}
    with torch.inference_mode():
        for alpha in alphas:
            model.load_state_dict({key: (1 - alpha) * start[key] + alpha * end[key] for key in start})
            texts = torch.stack([normal(model.encode_text(t), dim=-1) for t in tokens]).mean(0)
            head = model.logit_scale.exp() * normal(texts, dim=-1)
            for number, paths in enumerate(sets):
                loader = torch.utils.data.DataLoader(Photographs(paths), batch_size=32)
                found[alpha, number] = torch.cat([normal(model.encode_image(x), dim=-1) @ head.T for x in loader])
    return found


def models(folder, name):
    """Two state dicts, the second a perturbation of the first that changes predictions on the way; where the vocabulary is."""
    import open_clip
    import torch

    torch.manual_seed(0)
    state = open_clip.create_model(name, pretrained=None).state_dict()
    torch.save(state, folder / "start.pt")
    end = {key: value + 0.5 * value.std() * torch.randn_like(value) if value.dim() > 1 else value for key, value in state.items()}
    torch.save(end, folder / "end.pt")
    return str(pathlib.Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz")


def predictions(folder, name, alphas, sets):
    """For each alpha and set the first class of every image, and the mean negative log-likelihood of these."""
    import torch

    found = sweep(folder, name, alphas, sets)
    loss = torch.nn.functional.cross_entropy
    return [[[x.argmax(1).tolist(), loss(x.double(), x.argmax(1)).item()] for x in (found[a, i] for i in range(len(sets)))]
            for a in alphas]


# What runs in a program of its own: a child counts the memory of what started it as its own, so that one has to be small.
PARTS = {"models": lambda folder, name, *_: models(folder, name), "predictions": predictions,
         "sweep": lambda *arguments: sweep(*arguments) and None}


def measured(command, environment):
    """Output, seconds and peak megabytes of a program."""
    begin = time.perf_counter()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen([str(word) for word in command], stdout=output, stderr=errors, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        assert process.returncode == 0, errors.read().decode()
        output.seek(0)
        return output.read().decode(), seconds, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clipft")
    parser.add_argument("images")
    parser.add_argument("--model", default="ViT-B-32-quickgelu")
    parser.add_argument("--number", type=int, default=16, help="images of a set")
    parser.add_argument("--sets", type=int, default=5)
    parser.add_argument("--alphas", type=int, default=11)
    parser.add_argument("--rounds", type=int, default=2, help="0 compares predictions only")
    parser.add_argument("--part", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    alphas = [round(i / (options.alphas - 1), 9) for i in range(options.alphas)]
    endings = {".jpg", ".jpeg", ".png"}
    photographs = sorted(p.resolve() for p in pathlib.Path(options.images).rglob("*") if p.suffix.lower() in endings)
    assert len(photographs) >= options.number * options.sets, f"{options.images} has {len(photographs)} images only"
    sets = [photographs[i :: options.sets][: options.number] for i in range(options.sets)]
    if options.part:
        part, folder = options.part
        print(json.dumps(PARTS[part](pathlib.Path(folder), options.model, alphas, sets)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)

        def part(name):
            return [sys.executable, __file__, *sys.argv[1:], "--part", name, folder]

        environment = os.environ | {"XDG_CACHE_HOME": str(folder / "cache")}
        environment["CLIPFT_TOKENIZER"] = json.loads(measured(part("models"), environment)[0])
        (folder / "templates.txt").write_text("\n".join(TEMPLATES) + "\n")
        (folder / "classes.txt").write_text("\n".join(CLASSES) + "\n")

        def listed(file, paths, labels):
            lines = [f"{path}\t{CLASSES[label]}" for path, label in zip(paths, labels)]
            (folder / file).write_text("\n".join(lines) + "\n")
            return f"list:{folder / file}"

        def command(alphas, datasets, precision):
            return [options.clipft, "wise", "--from", folder / "start.pt", "--to", folder / "end.pt", "--arch", options.model,
                    "--alphas", ",".join(map(str, alphas)), "--classes", folder / "classes.txt", "--templates",
                    folder / "templates.txt", "--precision", precision, "--json", "--datasets", *datasets]

        found = json.loads(measured(part("predictions"), environment)[0])
        changed = 0
        for alpha, expected in zip(alphas, found):
            datasets = [f"{'shift' if i else 'target'}=" + listed(f"{alpha}-{i}.tsv", paths, expected[i][0])
                        for i, paths in enumerate(sets)]
            point = json.loads(measured(command([alpha], datasets, "fp32"), environment)[0])["points"][0]
            for i, result in enumerate([point["target"], *point["shifts"]]):
                classes, loss = expected[i]
                assert result["correct"] == result["n"] == len(sets[i]), f"predictions differ at {alpha}: {result}"
                assert abs(result["nll"] - loss) < 1e-4 * loss, f"{result['nll']} and {loss} at {alpha}"
                changed += sum(now != first for now, first in zip(classes, found[0][i][0]))
        total = len(alphas) * sum(map(len, sets))
        print(f"all {total} predictions are the same at {len(alphas)} alphas on {len(sets)} sets ({changed} other than at alpha 0)")
        if not options.rounds:
            return

        datasets = [f"{'shift' if i else 'target'}=" + listed(f"{i}.tsv", paths, [n % len(CLASSES) for n in range(len(paths))])
                    for i, paths in enumerate(sets)]
        ways = {"clipft fp32": command(alphas, datasets, "fp32"), "clipft auto": command(alphas, datasets, "auto"), "PyTorch": part("sweep")}
        taken = {way: [] for way in ways}
        for _ in range(options.rounds):
            for way, words in ways.items():
                taken[way].append(measured(words, environment)[1:])
        seconds = {way: statistics.median(t for t, _ in runs) for way, runs in taken.items()}
        print("| | seconds, median | all | peak MB | PyTorch's time |\n|---|---|---|---|---|")
        for way, runs in taken.items():
            each = ", ".join(f"{t:.1f}" for t, _ in runs)
            print(f"| {way} | {seconds[way]:.1f} | {each} | {max(m for _, m in runs):.0f} | {seconds['PyTorch'] / seconds[way]:.2f}x |")


main()
