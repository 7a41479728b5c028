"""Writes logistic regressions of scikit-learn, for the linear probe.

Run by hand from the repository root, in an environment with numpy, scikit-learn, torch and safetensors:

    python Tests/Fixtures/make_probe.py

`probe.safetensors` holds `train_features` [160, 16] and `train_labels`, `validation_features` [120, 16] and
`validation_labels`, of 5 classes. `weight_C` and `bias_C` are fitted with the strengths C on the training images, those of
`pair_…` on the images of the first two classes alone. `few_weight_C` are fitted on the first three images of each class,
which any plane tells apart. `sweep` lists [eighths of a decade, right validation images] of every strength that CLIP's
binary search tries, in its order.
"""

import warnings
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.linear_model import LogisticRegression

FILE = Path(__file__).resolve().parents[1] / "TrainingTests" / "Fixtures" / "probe.safetensors"
CLASSES, WIDTH = 5, 16
warnings.filterwarnings("error")


def images(count, centers, disturbance, random):
    labels = np.arange(count) % CLASSES
    features = centers[labels] + random.normal(size=(count, WIDTH)) + 0.3
    # What a probe must learn to look past: the distance to the classes' means is not enough.
    features += random.normal(size=(count, len(disturbance))) @ disturbance
    # As embeddings are.
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    return features.astype(np.float32), labels.astype(np.int32)


def fit(features, labels, strength):
    # Exact to the last digits, where scikit-learn's own tolerance would stop early on small features.
    model = LogisticRegression(C=strength, solver="lbfgs", fit_intercept=True, max_iter=100_000, tol=1e-12)
    return model.fit(features.astype(np.float64), labels)


def sweep(score):
    scores, interval = {}, 16

    def attempt(step):
        if -48 <= step <= 48 and step not in scores:
            scores[step] = score(step)

    for step in range(-48, 49, 16):
        attempt(step)
    while interval > 1:
        interval //= 2
        best = max(scores.values())
        peak = min(step for step in scores if scores[step] == best)
        attempt(peak - interval)
        attempt(peak + interval)
    return list(scores.items())


random = np.random.default_rng(11)
centers = random.normal(size=(CLASSES, WIDTH))
disturbance = 3 * random.normal(size=(4, WIDTH))
train, train_labels = images(160, centers, disturbance, random)
validation, validation_labels = images(120, centers, disturbance, random)
result = {
    "train_features": train, "train_labels": train_labels,
    "validation_features": validation, "validation_labels": validation_labels,
}


def keep(prefix, name, model):
    result[f"{prefix}weight_{name}"] = model.coef_.astype(np.float32)
    result[f"{prefix}bias_{name}"] = model.intercept_.astype(np.float32)


for name, strength in [("0.01", 0.01), ("1", 1.0), ("100", 100.0), ("10000", 10000.0)]:
    keep("", name, fit(train, train_labels, strength))
    keep("few_", name, fit(train[:15], train_labels[:15], strength))
pair = train_labels < 2
keep("pair_", "1", fit(train[pair], train_labels[pair], 1.0))


def right(step):
    model = fit(train, train_labels, 10 ** (step / 8))
    return int((model.predict(validation.astype(np.float64)) == validation_labels).sum())


result["sweep"] = np.array(sweep(right), dtype=np.int32)
save_file({key: torch.from_numpy(np.ascontiguousarray(value)) for key, value in result.items()}, FILE)
FILE.chmod(0o644)
