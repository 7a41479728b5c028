"""How many images a second are read, decoded and preprocessed, by clipft and by PyTorch's loaders, from the same files.

bench_readers.py CLIPFT IMAGES [--copies 4] [--rounds 5] [--workers 0 2 4] [--model ViT-B-32]

The photographs below IMAGES (one folder a class) are copied into a temporary folder as a tree, a list and tar shards. clipft
reads each; beside it, torchvision's ImageFolder and the webdataset package in a DataLoader with open_clip's transform. Warm
is what the system holds in memory; before a cold pass it is asked to forget the files. The programs take turns; a figure is
the median over the rounds, each the median of some passes. Ratios are to the best number of workers.
"""
import argparse
import io
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
BATCH = 64
PASSES = 3


def lay_out(images, folder, copies, shards=4):
    """The same images three times; how many they are."""
    samples = []
    for path in sorted(p for p in images.rglob("*") if p.suffix.lower() in SUFFIXES):
        for copy in range(copies):
            place = folder / "tree" / path.parent.name / f"{path.stem}-{copy}{path.suffix}"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
            samples.append(place)
    assert samples, f"no images below {images}"
    classes = sorted({p.parent.name for p in samples})
    (folder / "list.tsv").write_text("".join(f"{p}\t{p.parent.name}\n" for p in samples))
    for shard in range(shards):
        with tarfile.open(folder / f"shard-{shard}.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
            for number, path in list(enumerate(samples))[shard::shards]:
                for suffix, data in [(path.suffix, path.read_bytes()), (".cls", str(classes.index(path.parent.name)).encode())]:
                    member = tarfile.TarInfo(f"{number:06d}{suffix}")
                    member.size = len(data)
                    tar.addfile(member, io.BytesIO(data))
    return len(samples)


def forget(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)


def theirs(kind, folder, count, workers, cold):
    """Prints images a second of PyTorch's loaders by number of workers."""
    import open_clip
    import torch
    transform = open_clip.image_transform(224, is_train=False)
    rates = {}
    for number in workers:
        if kind == "tree":
            from torchvision.datasets import ImageFolder
            data = ImageFolder(folder / "tree", transform)
        else:
            import webdataset
            shards = [str(p) for p in sorted(folder.glob("shard-*.tar"))]
            data = webdataset.WebDataset(shards, shardshuffle=False).decode("pil").to_tuple("jpg;jpeg;png;webp", "cls").map_tuple(transform)
        loader = torch.utils.data.DataLoader(data, BATCH, num_workers=number, persistent_workers=number > 0)
        times = []
        for _ in range(PASSES + 1):
            if cold:
                forget(folder)
            start = time.perf_counter()
            seen = sum(len(batch[0]) for batch in loader)
            times.append(time.perf_counter() - start)
            assert seen == count, (seen, count)
        # The first has the start of the workers in it.
        rates[number] = count / statistics.median(times[1:])
    print(json.dumps(rates))


class Bench:
    def __init__(self, options, folder, count):
        self.options, self.folder, self.count = options, folder, count

    def ours(self, work, *flags):
        command = [self.options.clipft, "bench", work, "--model", f"arch:{self.options.model}", "--seconds", "1", "--json", *flags]
        return json.loads(subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout)["results"][0]["items_per_s"]

    def theirs(self, kind, cold):
        command = [sys.executable, __file__, "--theirs", kind, "--folder", self.folder, "--count", self.count, "--workers", *self.options.workers]
        output = subprocess.run(list(map(str, command + ["--cold"] * cold)), check=True, stdout=subprocess.PIPE, text=True,
                                env=os.environ | {"PYTHONWARNINGS": "ignore"}).stdout
        return {int(workers): rate for workers, rate in json.loads(output.splitlines()[-1]).items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clipft", nargs="?")
    parser.add_argument("images", nargs="?", type=pathlib.Path)
    parser.add_argument("--copies", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 2, 4])
    parser.add_argument("--model", default="ViT-B-32", help="whose encoding is shown beside")
    parser.add_argument("--theirs", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--cold", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.theirs:
        return theirs(options.theirs, options.folder, options.count, options.workers, options.cold)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        count = lay_out(options.images, folder, options.copies)
        tree, shards = f"folder:{folder}/tree", f"wds:{folder}/shard-{{0..3}}.tar"
        kept = ["--pixel-cache", folder / "cache"]
        # Data, state, our flags, and what of theirs it is set against.
        lines = [("folder", "warm", [tree], "tree", False), ("list", "warm", [f"list:{folder}/list.tsv"], "tree", False),
                 ("tar shards", "warm", [shards], "shards", False), ("folder", "cold", [tree, "--cold"], "tree", True),
                 ("tar shards", "cold", [shards, "--cold"], "shards", True),
                 ("folder", "in memory", [tree, "--image-memory", "4GB"], "tree", False),
                 ("folder", "pixel cache, warm", [tree, *kept], "tree", False),
                 ("folder", "pixel cache, cold", [tree, *kept, "--cold"], "tree", True)]
        bench = Bench(options, folder, count)
        ours, their, encoded = [[] for _ in lines], {}, []
        for number in range(options.rounds):
            for index, (_, _, flags, *_) in enumerate(lines):
                ours[index].append(bench.ours("decode", "--dataset", *flags))
            for kind, cold in {line[3:] for line in lines}:
                for workers, rate in bench.theirs(kind, cold).items():
                    their.setdefault((kind, cold, workers), []).append(rate)
            encoded.append(bench.ours("encode", "--batch", "32"))
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
        encode = statistics.median(encoded)
        print(f"{count} images; images a second. {options.model} encodes {encode:.0f}.\n")
        heads = [f"PyTorch, {w} workers" for w in options.workers]
        print(f"| data | state | clipft | {' | '.join(heads)} | ratio to the best | × encoding |\n|{'---|' * (len(heads) + 5)}")
        for (data, state, _, kind, cold), rates in zip(lines, ours):
            rate, others = statistics.median(rates), [statistics.median(their[kind, cold, w]) for w in options.workers]
            print(f"| {data} | {state} | {rate:.0f} | {' | '.join(f'{o:.0f}' for o in others)} | **{rate / max(others):.2f}** | {rate / encode:.1f} |")


main()
