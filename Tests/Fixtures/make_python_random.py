"""Writes what CPython's `random` draws, and the few-shot lists that CoOp's protocol makes with it.

Run by hand from the repository root, in any CPython from 3.8 to 3.12:

    python Tests/Fixtures/make_python_random.py

`python_random.json` holds
- `draws`: for each seed, the results of `getrandbits` and `randrange` in turn, for the widths and bounds of `widths` and
  `bounds`;
- `samples`: `random.sample(range(population), count)`, twice in a row, on both sides of its choice of algorithm;
- `few_shot`: for each number of shots and seed, indices into `train_labels` and `validation_labels`, class by class: the
  training images first, then at most four a class for validation, as Dassl.pytorch's `generate_fewshot_dataset` draws them
  for CoOp.
"""

import json
import math
import random
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / "DatasetsTests" / "Fixtures" / "python_random.json"
SEEDS = [0, 1, 2, 3, 42, 1992, 2**31 - 1, 2**32, 2**53 + 1, 2**63 - 1, -7]
WIDTHS = [1, 2, 8, 31, 32, 33, 53, 64]
BOUNDS = [1, 2, 3, 21, 22, 64, 1000, 1300, 2**31, 2**32 + 1, 2**40 - 1]
SHOTS = [1, 2, 4, 8, 16]
# Classes of sizes on both sides of 21, 85 and 277, where sampling changes its algorithm.
SIZES = [30, 1, 16, 86, 21, 85, 8, 22, 277, 3, 100, 278]
VALIDATION_SIZES = [4, 1, 21, 22, 3, 40, 0, 2, 5, 30, 64, 7]


def draws(seed):
    random.seed(seed)
    # More than one state's worth of words.
    result = {"bits": [], "below": []}
    for _ in range(3):
        result["bits"] += [str(random.getrandbits(width)) for width in WIDTHS]
        result["below"] += [random.randrange(bound) for bound in BOUNDS]
    for _ in range(1300):
        random.getrandbits(32)
    result["after_1300"] = random.getrandbits(32)
    return result


def samples():
    result = []
    for count in [0, 1, 2, 4, 5, 6, 8, 16, 21, 22]:
        edge = 21 + (4 ** math.ceil(math.log(count * 3, 4)) if count > 5 else 0)
        for population in sorted({count, edge, edge + 1, 1000}):
            if count > population:
                continue
            random.seed(count + population)
            drawn = [random.sample(range(population), count) for _ in range(2)]
            result.append({"count": count, "population": population, "drawn": drawn})
    return result


def labels(sizes, seed):
    order = random.Random(seed)
    result = [label for label, size in enumerate(sizes) for _ in range(size)]
    order.shuffle(result)
    return result


def few_shot(labels, shots):
    images = {}
    for index, label in enumerate(labels):
        images.setdefault(label, []).append(index)
    chosen = []
    for items in images.values():
        chosen += random.sample(items, shots) if len(items) >= shots else items
    return chosen


train, validation = labels(SIZES, 5), labels(VALIDATION_SIZES, 6)
lists = []
for shots in SHOTS:
    for seed in [1, 2, 3]:
        random.seed(seed)
        lists.append({
            "shots": shots, "seed": seed, "train": few_shot(train, shots),
            "validation": few_shot(validation, min(shots, 4)),
        })
document = {
    "widths": WIDTHS, "bounds": BOUNDS, "draws": [{"seed": seed, **draws(seed)} for seed in SEEDS],
    "samples": samples(), "train_labels": train, "validation_labels": validation, "few_shot": lists,
}
FILE.parent.mkdir(exist_ok=True)
FILE.write_text(json.dumps(document, separators=(",", ":")) + "\n")
