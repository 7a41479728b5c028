"""How far bf16 is from fp32: the same images and head, scored by clipft in both.

precision.py CLIPFT MODEL IMAGES CLASSES

MODEL is a model folder, IMAGES a folder of photographs, CLASSES names as a,b,c. Prints how many images get the same first
class, and the largest and the mean error of their logits relative to the largest logit.
"""
import subprocess
import sys
import tempfile
import pathlib

import torch
from safetensors.torch import load_file


def logits(program, model, images, classes, precision, folder):
    embeddings, head = folder / f"{precision}.safetensors", folder / f"{precision}-head.safetensors"
    common = ["--model", model, "--precision", precision]
    subprocess.run([program, "embed", *common, "--images", images, "--normalize", "--out", embeddings], check=True)
    subprocess.run([program, "zeroshot", *common, "--classes", classes, "--out", head], check=True, stdout=subprocess.DEVNULL)
    return load_file(embeddings)["image_embeddings"] @ load_file(head)["weight"].T


program, model, images, classes = sys.argv[1:]
with tempfile.TemporaryDirectory() as name:
    full, half = (logits(program, model, images, classes, p, pathlib.Path(name)) for p in ["fp32", "bf16"])
same = (full.argmax(1) == half.argmax(1)).sum().item()
error = (full - half).abs() / full.abs().max()
print(f"{same} of {len(full)} images ({100 * same / len(full):.2f} %) have the same first class; "
      f"logits differ by {error.max():.1e} at most and {error.mean():.1e} on average, relative to the largest")
# Where the two differ, how close the first two classes are.
for row in (full.argmax(1) != half.argmax(1)).nonzero().flatten().tolist():
    first, second = torch.topk(full[row], 2).values.tolist()
    print(f"  image {row}: first class leads by {(first - second) / full.abs().max().item():.1e}")
