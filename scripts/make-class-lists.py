"""Writes the class lists and prompts of the ImageNet family from the public packages that carry them.

Run from the repository root, in an environment with open_clip and timm:

    python scripts/make-class-lists.py [--check]

imagenet-classes.txt      WordNet identifiers in the order of their labels (timm), with the names published with CLIP
                          (open_clip's IMAGENET_CLASSNAMES)
imagenet-r-classes.txt    the identifiers of ImageNet-R and ImageNet-A (timm)
imagenet-a-classes.txt
imagenet-wordnet-names.txt  the same identifiers with the first lemma of each WordNet synset (timm)
imagenet-templates.txt    the 80 prompts of CLIP (open_clip)
imagenet-7-templates.txt  the seven of them that do nearly as well together (open_clip)

With --check nothing is written: what differs is named, and the exit code is 1.
"""
import pathlib
import sys

import timm.data
from open_clip import zero_shot_metadata as clip

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "manifests"
INFO = pathlib.Path(timm.data.__file__).parent / "_info"


def words(name):
    return (INFO / name).read_text().split()


identifiers = words("imagenet_synsets.txt")
assert len(identifiers) == len(clip.IMAGENET_CLASSNAMES) == 1000
lists = {
    "imagenet-classes.txt": [f"{i}\t{name}" for i, name in zip(identifiers, clip.IMAGENET_CLASSNAMES)],
    "imagenet-templates.txt": [template("{}") for template in clip.OPENAI_IMAGENET_TEMPLATES],
    "imagenet-7-templates.txt": [template("{}") for template in clip.SIMPLE_IMAGENET_TEMPLATES],
}
lemmas = dict(line.split("\t") for line in (INFO / "imagenet_synset_to_lemma.txt").read_text().splitlines())
lists["imagenet-wordnet-names.txt"] = [f"{i}\t{lemmas[i].split(',')[0].strip()}" for i in identifiers]
for letter in "ra":
    chosen = words(f"imagenet_{letter}_synsets.txt")
    # timm gives the same classes by index as well.
    assert chosen == [identifiers[int(i)] for i in words(f"imagenet_{letter}_indices.txt")] and len(chosen) == 200
    lists[f"imagenet-{letter}-classes.txt"] = chosen

differing = []
for name, lines in lists.items():
    text = "\n".join(lines) + "\n"
    if "--check" not in sys.argv:
        (FOLDER / name).write_text(text)
    elif not (FOLDER / name).exists() or (FOLDER / name).read_text() != text:
        differing.append(name)
both = set(lists["imagenet-r-classes.txt"]) & set(lists["imagenet-a-classes.txt"])
print(f"{len(identifiers)} classes, 200 of R, 200 of A, {len(both)} in both")
if differing:
    sys.exit("different: " + ", ".join(differing))
