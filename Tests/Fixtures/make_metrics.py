"""Writes predictions with what scikit-learn makes of them, for the metrics that papers report beside top-1 accuracy.

Run by hand from the repository root, in any Python with scikit-learn:

    python Tests/Fixtures/make_metrics.py

`metrics.json` holds `cases` of `classes`, `targets` and `predicted`, with
- `macro_f1`: f1_score(average="macro", labels=the classes of the targets), as WILDS scores iWildCam;
- `mean_per_class`: balanced_accuracy_score, the mean recall of the classes of the targets.
"""

import json
import random
import warnings
from pathlib import Path

from sklearn.metrics import balanced_accuracy_score, f1_score

FILE = Path(__file__).resolve().parents[1] / "EvalShiftTests" / "Fixtures" / "metrics.json"


def case(classes, targets, predicted):
    with warnings.catch_warnings():
        # Classes that are predicted and have no images are what the cases are about.
        warnings.simplefilter("ignore")
        recall = balanced_accuracy_score(targets, predicted)
    f1 = f1_score(targets, predicted, average="macro", labels=sorted(set(targets)), zero_division=0)
    return {
        "classes": classes, "targets": targets, "predicted": predicted, "macro_f1": f1, "mean_per_class": recall,
    }


draw = random.Random(0)
cases = [
    case(3, [0, 0, 1], [0, 1, 1]),
    # A class without images takes every prediction.
    case(3, [0, 1], [2, 2]),
    case(4, [1, 1, 1], [1, 2, 1]),
]
for classes, images, right in [(5, 40, 0.7), (12, 60, 0.4), (30, 50, 0.5), (7, 100, 0.95)]:
    # Few classes have most images, as before camera traps.
    targets = [min(int(draw.expovariate(0.3)), classes - 1) for _ in range(images)]
    predicted = [target if draw.random() < right else draw.randrange(classes) for target in targets]
    cases.append(case(classes, targets, predicted))
FILE.parent.mkdir(exist_ok=True)
FILE.write_text(json.dumps({"cases": cases}, separators=(",", ":")) + "\n")
