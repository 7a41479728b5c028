"""How long a checkpoint takes to load, and how much memory, by clipft and by open_clip.

loading.py CLIPFT IMAGE [--model ViT-L-14-quickgelu] [--rounds 3]

Random weights are written as .safetensors and as .pt; each program then starts, loads them and embeds one image. Both are
timed from start to exit, in turn; the medians are shown with the peak resident size, and the file's own.
"""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import open_clip
import torch
from safetensors.torch import save_file

THEIRS = """
import sys, torch, open_clip
from PIL import Image
model = open_clip.create_model(sys.argv[1], pretrained=sys.argv[2]).eval()
with torch.inference_mode():
    model.encode_image(open_clip.image_transform(model.visual.image_size[0], is_train=False)(Image.open(sys.argv[3]))[None])
"""


def measured(command, environment):
    """Seconds and peak megabytes of a process."""
    start = time.monotonic()
    process = subprocess.Popen([str(c) for c in command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    return time.monotonic() - start, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clipft")
    parser.add_argument("image")
    parser.add_argument("--model", default="ViT-L-14-quickgelu")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    vocabulary = pathlib.Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz"
    environment = os.environ | {"CLIPFT_TOKENIZER": str(vocabulary)}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        state = open_clip.create_model(options.model, pretrained=None).state_dict()
        save_file({k: v.contiguous() for k, v in state.items()}, folder / "model.safetensors")
        torch.save(state, folder / "model.pt")
        del state
        print("| file | MB | clipft, s | open_clip, s | clipft, MB | open_clip, MB |\n|---|---|---|---|---|---|")
        for file in [folder / "model.safetensors", folder / "model.pt"]:
            ours = [options.clipft, "embed", "--model", file, "--arch", options.model, "--images", options.image, "--out", folder / "e.safetensors"]
            theirs = [sys.executable, "-c", THEIRS, options.model, file, options.image]
            runs = [(measured(ours, environment), measured(theirs, environment)) for _ in range(options.rounds)]
            (our_time, our_memory), (their_time, their_memory) = (zip(*side) for side in zip(*runs))
            print(f"| {file.name} | {file.stat().st_size >> 20} | {statistics.median(our_time):.1f} | {statistics.median(their_time):.1f} "
                  f"| {max(our_memory):.0f} | {max(their_memory):.0f} |", flush=True)


main()
