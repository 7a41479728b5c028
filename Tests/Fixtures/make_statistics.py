"""Writes inputs of the statistics of robustness, random and degenerate, with what the field's libraries make of them.

Run by hand from the repository root, in a Python with NumPy, SciPy, scikit-learn and statsmodels:

    python Tests/Fixtures/make_statistics.py

`statistics.json` holds a list for each statistic; a null is what has no value there. Where no library has a statistic,
it is computed from its definition with NumPy, and by another way than the program's.
"""

import itertools
import json
import warnings
from pathlib import Path

import numpy as np
from scipy import optimize, special, stats
from sklearn.metrics import cohen_kappa_score, roc_auc_score, roc_curve
from sklearn.neighbors import NearestNeighbors
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

FILE = Path(__file__).resolve().parents[1] / "EvalShiftTests" / "Fixtures" / "statistics.json"
rng = np.random.default_rng(20260101)


def number(value):
    """A float, or None where it is not a number."""
    return None if value is None or np.isnan(value) else float(value)


def floats(values, digits=4):
    return [round(float(value), digits) for value in np.asarray(values).ravel()]


# --- Distributions and intervals -------------------------------------------------------------------------------------


def beta():
    cases = [
        (0.5, 0.5, 0.3), (2, 3, 0.9), (30, 70, 0.25), (5000, 5000, 0.49), (40500, 9501, 0.81), (1, 50000, 1e-5),
        (1e6, 1e6 + 1, 0.4995), (5e6, 5e6, 0.5003), (3, 1e6, 2e-6), (1e6, 3, 0.999999), (0.5, 24999.5, 1e-4),
        (24999.5, 0.5, 0.9999), (1, 1, 1e-12), (2.5, 4, 1e-9), (17, 1, 0.5),
    ]
    return [{"a": a, "b": b, "x": x, "cumulative": float(special.betainc(a, b, x))} for a, b, x in cases]


def binomial():
    cases = [
        (0, 1, 0.95), (1, 1, 0.95), (0, 10, 0.95), (10, 10, 0.95), (1, 3, 0.95), (7, 10, 0.9), (50, 100, 0.99),
        (6769, 10000, 0.95), (40500, 50000, 0.95), (1, 50000, 0.95), (49999, 50000, 0.95), (0, 50000, 0.999),
        (1, 1000000, 0.95), (765432, 1000000, 0.95), (1000000, 1000000, 0.95), (5, 20, 0.5),
    ]
    out = []
    for k, n, level in cases:
        # By quantiles: binomtest's search for the root stops at 2e-12, which is much of a bound near 0.
        lower = stats.beta.ppf((1 - level) / 2, k, n - k + 1) if k else 0
        upper = stats.beta.ppf((1 + level) / 2, k + 1, n - k) if k < n else 1
        searched = stats.binomtest(k, n).proportion_ci(confidence_level=level, method="exact")
        assert abs(searched.low - lower) < 1e-9 and abs(searched.high - upper) < 1e-9
        out.append({"successes": k, "trials": n, "level": level, "lower": float(lower), "upper": float(upper)})
    return out


def student():
    cases = [(df, level) for df in (1, 2, 3, 4, 9, 29, 1000, 49999) for level in (0.5, 0.9, 0.95, 0.99, 0.999)]
    return [
        {"degrees": df, "level": level, "quantile": float(stats.t.ppf((1 + level) / 2, df))} for df, level in cases
    ]


def student_intervals():
    out = []
    for values in ([0.701, 0.712], floats(rng.normal(0.7, 0.01, 5)), [0.5, 0.5, 0.5], floats(rng.normal(0.3, 0.2, 12))):
        for level in (0.9, 0.95):
            deviation = stats.sem(values)
            lower, upper = (
                stats.t.interval(level, len(values) - 1, np.mean(values), deviation)
                if deviation > 0 else (np.mean(values), np.mean(values))
            )
            out.append({"values": values, "level": level, "lower": float(lower), "upper": float(upper)})
    return out


def normal():
    probabilities = [1e-300, 1e-12, 0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.999999]
    return [{"probability": p, "quantile": float(stats.norm.ppf(p))} for p in probabilities]


def quantiles():
    out = []
    for values in ([3.5], [1.0, 2.0], sorted(floats(rng.normal(size=11))), sorted(floats(rng.integers(0, 4, 40)))):
        for fraction in (0, 0.025, 0.31, 0.5, 0.975, 1):
            out.append({"sorted": values, "fraction": fraction, "quantile": float(np.quantile(values, fraction))})
    return out


def bootstrap():
    """SciPy's intervals of a distribution that SciPy drew."""
    out = []
    samples = [
        (rng.exponential(size=25), np.mean), (rng.normal(size=40), np.var), (rng.exponential(size=12), np.median),
        (np.repeat([0.0, 1.0], [3, 30]), np.mean),
    ]
    for sample, statistic in samples:
        sample = np.array(floats(sample))
        drawn = stats.bootstrap((sample,), statistic, n_resamples=200, rng=np.random.default_rng(1), method="BCa")
        for level in (0.9, 0.95):
            bounds = {}
            for method in ("percentile", "BCa"):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    interval = stats.bootstrap(
                        (sample,), statistic, n_resamples=0, bootstrap_result=drawn, confidence_level=level,
                        method=method,
                    ).confidence_interval
                bounds[method.lower()] = [number(interval.low), number(interval.high)]
            out.append({
                "distribution": drawn.bootstrap_distribution.tolist(), "observed": float(statistic(sample)),
                "jackknife": [float(statistic(np.delete(sample, i))) for i in range(len(sample))],
                "level": level, "variance": float(np.var(drawn.bootstrap_distribution, ddof=1)), **bounds,
            })
    return out


# --- Tests -----------------------------------------------------------------------------------------------------------


def mcnemar_tests():
    out = []
    for first, second in [(0, 0), (0, 1), (5, 5), (1, 9), (10, 30), (0, 40), (1000, 1100), (500000, 501500)]:
        result = mcnemar([[7, first], [second, 3]], exact=True)
        out.append({"only_first": first, "only_second": second, "p": float(min(1, result.pvalue))})
    return out


def holm():
    lists = [
        [0.03], [0.01, 0.04, 0.03], [1, 1, 0], [0.5, 0.5, 0.5], [0.02, 0.02, 0.02, 0.02], [],
        floats(rng.uniform(size=20) ** 3, 6), floats(np.repeat(rng.uniform(size=6) ** 2, 3), 6),
    ]
    return [
        {"p": p, "adjusted": multipletests(p, method="holm")[1].tolist() if p else []} for p in lists
    ]


# --- Two and more models ---------------------------------------------------------------------------------------------


def kappa(first, second):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return number(cohen_kappa_score(first, second))


def agreement():
    pairs = [
        ([3], [3]), ([3], [4]), ([1, 1, 1], [1, 1, 1]), ([1, 1, 1], [2, 2, 2]), ([0, 1, 2, 3], [3, 2, 1, 0]),
        ([1, 1, 1, 1], [1, 1, 1, 2]),
    ]
    for classes, images, same in [(4, 60, 0.6), (20, 50, 0.3), (2, 40, 0.95)]:
        first = rng.integers(0, classes, images)
        second = np.where(rng.uniform(size=images) < same, first, rng.integers(0, classes, images))
        pairs.append((first.tolist(), second.tolist()))
    return [
        {"first": a, "second": b, "share": float(np.mean(np.array(a) == np.array(b))), "kappa": kappa(a, b)}
        for a, b in pairs
    ]


def errors():
    pairs = [([1], [1]), ([0], [0]), ([1], [0]), ([1] * 5, [1] * 5), ([0] * 5, [0] * 5), ([1] * 5, [0] * 5), ([1] * 4, [1, 0, 1, 1])]
    for p, q in [(0.7, 0.8), (0.5, 0.5), (0.97, 0.99)]:
        shared = rng.uniform(size=80)
        noise = rng.uniform(size=80)
        pairs.append(((shared < p).astype(int).tolist(), (0.6 * shared + 0.4 * noise < q).astype(int).tolist()))
    return [
        {
            "first": a, "second": b, "kappa": kappa(a, b),
            "exactly_one": float(np.mean(np.array(a) != np.array(b))),
            "oracle": float(np.mean(np.array(a) | np.array(b))),
        }
        for a, b in pairs
    ]


def overlap():
    out = []
    for models, images, size in [(1, 6, 3), (3, 40, 10), (4, 30, 100)]:
        # Few values, so that there are ties.
        confidences = (rng.integers(1, 12, (models, images)) / 12).round(4)
        correct = rng.uniform(size=(models, images)) < 0.6
        for least, wrong in itertools.product((False, True), repeat=2):
            regions = {}
            key = confidences if least else -confidences
            sets = []
            for model in range(models):
                order = [i for i in np.argsort(key[model], kind="stable") if not (wrong and correct[model, i])]
                sets.append(set(order[:size]))
            for image in range(images):
                members = sum(1 << model for model in range(models) if image in sets[model])
                if members:
                    regions[str(members)] = regions.get(str(members), 0) + 1
            out.append({
                "confidences": confidences.tolist(), "correct": correct.astype(int).tolist(), "size": size,
                "least": least, "wrong": wrong, "regions": regions,
            })
    return out


def divergences():
    out = []
    for images, classes, scale in [(5, 4, 2), (1, 2, 1), (3, 1, 1), (4, 3, 30)]:
        first = np.float32(floats(rng.normal(0, scale, (images, classes)), 3)).reshape(images, classes).astype(float)
        second = np.float32(floats(rng.normal(0, scale, (images, classes)), 3)).reshape(images, classes).astype(float)
        p, q = special.softmax(first, axis=1), special.softmax(second, axis=1)
        log_p, log_q = special.log_softmax(first, axis=1), special.log_softmax(second, axis=1)
        middle = (p + q) / 2
        jensen = (stats.entropy(p, middle, axis=1) + stats.entropy(q, middle, axis=1)) / 2
        out.append({
            "first": floats(first), "second": floats(second), "classes": classes,
            "kl": float(np.mean(np.sum(p * (log_p - log_q), axis=1))), "js": float(np.mean(jensen)),
        })
    return out


def cka():
    out = []
    for images, first, second, kind in [
        (30, 5, 3, "random"), (30, 4, 4, "rotated"), (2, 3, 2, "random"), (12, 2, 6, "offset"), (8, 3, 3, "constant"),
    ]:
        x = rng.normal(size=(images, first)).round(3)
        y = rng.normal(size=(images, second)).round(3)
        if kind == "rotated":
            y = (2 * x @ np.linalg.qr(rng.normal(size=(first, first)))[0]).round(3)
        if kind == "offset":
            x, y = (x + 1000).round(3), (y + x[:, :1]).round(3)
        if kind == "constant":
            y = np.ones((images, second))
        x, y = np.float32(x).astype(float), np.float32(y).astype(float)
        # From Gram matrices, centred on both sides, where the program has products of features.
        centre = np.eye(images) - 1 / images
        k, l = centre @ x @ x.T @ centre, centre @ y @ y.T @ centre
        norm = np.linalg.norm(k) * np.linalg.norm(l)
        out.append({
            "first": x.ravel().tolist(), "second": y.ravel().tolist(), "widths": [first, second],
            "cka": None if kind == "constant" else float(np.sum(k * l) / norm),
        })
    return out


# --- Calibration, selection, detection -------------------------------------------------------------------------------


def sample_logits(images, classes, scale, accuracy):
    logits = rng.normal(0, 1, (images, classes))
    targets = rng.integers(0, classes, images)
    right = rng.uniform(size=images) < accuracy
    logits[np.arange(images)[right], targets[right]] += 2
    logits = np.float32((logits * scale).round(3))
    return logits.astype(float), targets


def temperature():
    out = []
    for images, classes, scale, accuracy in [(40, 5, 4, 0.6), (30, 3, 0.2, 0.8), (50, 2, 10, 0.7), (20, 8, 1, 0.5)]:
        logits, targets = sample_logits(images, classes, scale, accuracy)

        def slope(beta):
            p = special.softmax(beta * logits, axis=1)
            return np.mean(np.sum(p * logits, axis=1) - logits[np.arange(images), targets])

        def loss(beta):
            return float(-np.mean(special.log_softmax(beta * logits, axis=1)[np.arange(images), targets]))

        beta = optimize.brentq(slope, 1e-3, 1e3, xtol=1e-14, rtol=1e-14)
        # The same minimum by another of SciPy's ways.
        found = optimize.minimize_scalar(lambda t: loss(np.exp(-t)), bounds=(-6.9, 6.9), method="bounded")
        assert abs(np.exp(found.x) * beta - 1) < 1e-4
        out.append({
            "logits": floats(logits), "targets": targets.tolist(), "classes": classes, "temperature": 1 / beta,
            "nll": loss(beta), "nll_before": loss(1),
        })
    return out


def calibration():
    out = []
    cases = [(100, 4, 2, 0.6), (37, 3, 1, 0.9), (1, 2, 1, 1), (50, 6, 5, 0), (60, 2, 20, 0.8), (24, 1, 1, 1)]
    for images, classes, scale, accuracy in cases:
        logits, targets = sample_logits(images, classes, scale, accuracy)
        p = special.softmax(logits, axis=1)
        confidence = p.max(axis=1).round(2 if images == 60 else 12)
        correct = p.argmax(axis=1) == targets
        bins = 15 if images != 37 else 4
        ece, gaps = 0, []
        edges = np.arange(bins + 1) / bins
        for low, high in zip(edges[:-1], edges[1:]):
            inside = (confidence > low) & (confidence <= high)
            if inside.any():
                gap = abs(correct[inside].mean() - confidence[inside].mean())
                gaps.append(gap)
                ece += inside.mean() * gap
        # Equal mass: a run of equal confidences has the bin of its first.
        values, starts, counts = np.unique(np.sort(confidence), return_index=True, return_counts=True)
        bin_of = dict(zip(values, starts * bins // images))
        member = np.array([bin_of[value] for value in confidence])
        adaptive = sum(
            (member == b).mean() * abs(correct[member == b].mean() - confidence[member == b].mean())
            for b in np.unique(member)
        )
        classwise = 0
        for c in range(classes):
            which = np.digitize(p[:, c], edges, right=True)
            for b in np.unique(which):
                inside = which == b
                classwise += abs(np.sum((targets[inside] == c) - p[inside, c])) / images / classes
        out.append({
            "logits": floats(logits), "targets": targets.tolist(), "classes": classes, "bins": bins,
            "confidence": confidence.tolist(), "correct": correct.astype(int).tolist(), "ece": float(ece),
            "maximum": float(max(gaps)), "adaptive": float(adaptive), "classwise": float(classwise),
        })
    return out


def selective():
    out = []
    cases = [
        ([0.9], [1]), ([0.9], [0]), ([0.5] * 4, [1, 0, 0, 1]), ([0.1, 0.2, 0.3], [1, 1, 1]), ([0.1, 0.2, 0.3], [0, 0, 0]),
        ([0.9, 0.8, 0.7, 0.6], [1, 1, 0, 0]), ([0.9, 0.8, 0.7, 0.6], [0, 0, 1, 1]),
    ]
    confidence = rng.uniform(0.2, 1, 60)
    cases.append((floats(confidence), (rng.uniform(size=60) < confidence).astype(int).tolist()))
    confidence = rng.integers(3, 10, 60) / 10
    cases.append((floats(confidence), (rng.uniform(size=60) < confidence).astype(int).tolist()))
    for confidence, correct in cases:
        confidence, wrong = np.array(confidence), 1 - np.array(correct)
        n = len(wrong)

        def area(order):
            return np.mean(np.cumsum(wrong[order]) / np.arange(1, n + 1))

        # Ties in random order: the mean over orders, exact for few images and through expected errors for more.
        if n <= 6:
            orders = [np.array(o) for o in itertools.permutations(range(n))]
            orders = [o for o in orders if np.all(np.diff(confidence[o]) <= 0)]
            aurc = np.mean([area(o) for o in orders])
        else:
            expected = np.array([wrong[confidence == c].mean() for c in confidence])
            order = np.argsort(-confidence, kind="stable")
            aurc = np.mean(np.cumsum(expected[order]) / np.arange(1, n + 1))
        out.append({
            "confidence": confidence.tolist(), "correct": correct, "aurc": float(aurc),
            "excess": float(aurc - area(np.argsort(wrong, kind="stable"))),
        })
    return out


def detection():
    out = []
    cases = [
        ([1.0], [0.0]), ([0.0], [1.0]), ([0.5] * 3, [0.5] * 4), ([0.9, 0.8, 0.7], [0.1, 0.2]),
        (floats(rng.normal(1, 1, 40)), floats(rng.normal(0, 1, 50))),
        (floats(rng.integers(2, 8, 40) / 8), floats(rng.integers(0, 7, 30) / 8)),
        (floats(rng.normal(0, 1, 20)), floats(rng.normal(1, 1, 7))),
    ]
    for inside, outside in cases:
        truth = [1] * len(inside) + [0] * len(outside)
        fpr, tpr, threshold = roc_curve(truth, inside + outside, drop_intermediate=False)
        first = np.argmax(tpr >= 0.95)
        out.append({
            "inside": inside, "outside": outside, "auroc": float(roc_auc_score(truth, inside + outside)),
            "fpr95": float(fpr[first]), "threshold": float(threshold[first]),
        })
    return out


def scores():
    logits = np.float32(rng.normal(0, 5, (6, 4)).round(3)).astype(float)
    logits[0] = 0
    logits[1] = [80, -80, 0, 3]
    return {
        "logits": floats(logits), "classes": 4, "probability": special.softmax(logits, axis=1).max(axis=1).tolist(),
        "energy": special.logsumexp(logits, axis=1).tolist(),
        "energy_2": (2 * special.logsumexp(logits / 2, axis=1)).tolist(),
    }


# --- Robustness ------------------------------------------------------------------------------------------------------


def lines():
    out = []
    for models in (2, 5, 40):
        target = rng.uniform(0.3, 0.85, models).round(4)
        shift = special.expit(0.9 * special.logit(target) - 0.7 + rng.normal(0, 0.2, models)).round(4)
        fit = stats.linregress(special.logit(target), special.logit(shift))
        out.append({
            "target": target.tolist(), "shift": shift.tolist(), "slope": fit.slope, "intercept": fit.intercept,
            "determination": fit.rvalue ** 2, "expected": float(special.expit(fit.slope * special.logit(0.6) + fit.intercept)),
        })
    return out


def frontiers():
    out = []
    cases = [
        [(0.7, 0.5)], [(0.7, 0.5), (0.7, 0.5)], [(0.6, 0.5), (0.7, 0.4), (0.8, 0.2)], [(0.6, 0.5), (0.8, 0.6)],
        [(0.7, 0.5), (0.7, 0.6), (0.6, 0.6)], [tuple(floats(rng.uniform(size=2), 2)) for _ in range(12)],
        [(0.1, 0.9), (0.5, 0.05)],
    ]
    for points in cases:
        for reference in [(0, 0), (0.55, 0.3)]:
            beyond = [p for p in points if p[0] > reference[0] and p[1] > reference[1]]
            frontier = sorted({
                p for p in points
                if not any(q != p and q[0] >= p[0] and q[1] >= p[1] for q in points)
            })
            # Cell by cell of the grid that the coordinates span.
            xs = sorted({reference[0], *[p[0] for p in beyond]})
            ys = sorted({reference[1], *[p[1] for p in beyond]})
            volume = 0
            for x0, x1 in zip(xs, xs[1:]):
                for y0, y1 in zip(ys, ys[1:]):
                    if any(p[0] >= x1 and p[1] >= y1 for p in beyond):
                        volume += (x1 - x0) * (y1 - y0)
            x, y = np.array(frontier).T
            out.append({
                "points": points, "reference": reference, "frontier": frontier, "hypervolume": float(volume),
                "area": float(np.trapezoid(y, x)),
            })
    return out


def corruption():
    errors = rng.uniform(0.2, 0.95, (15, 5)).round(4)
    alexnet = [
        0.886428, 0.894468, 0.922640, 0.819880, 0.826268, 0.785948, 0.798360, 0.866816, 0.826572, 0.819324, 0.564592,
        0.853204, 0.646056, 0.717840, 0.606500,
    ]
    clean = 0.2387
    return {
        "names": [
            "gaussian_noise", "shot_noise", "impulse_noise", "defocus_blur", "glass_blur", "motion_blur", "zoom_blur",
            "snow", "frost", "fog", "brightness", "contrast", "elastic_transform", "pixelate", "jpeg_compression",
        ],
        "errors": errors.tolist(), "clean": clean, "ce": (errors.mean(axis=1) / alexnet).tolist(),
        "mce": float(np.mean(errors.mean(axis=1) / alexnet)),
        "relative": float(np.mean((errors.mean(axis=1) - clean) / (np.array(alexnet) - 0.43478))),
    }


# --- Ensembles -------------------------------------------------------------------------------------------------------


def ensembles():
    out = []
    for models, images, classes in [(2, 6, 4), (3, 5, 3), (1, 4, 2)]:
        logits = np.float32(rng.normal(0, 3, (models, images, classes)).round(3)).astype(float)
        weights = rng.uniform(0.2, 2, models).round(3)
        temperatures = rng.uniform(0.5, 3, models).round(3)
        share = weights / weights.sum()
        mean = lambda x: np.tensordot(share, x, axes=1)
        calibrated = special.softmax(logits / temperatures[:, None, None], axis=2)
        votes = np.eye(classes)[logits.argmax(axis=2)]
        out.append({
            "logits": [floats(one) for one in logits], "classes": classes, "weights": weights.tolist(),
            "temperatures": temperatures.tolist(), "mean-logits": mean(logits).ravel().tolist(),
            "mean-probabilities": np.log(mean(special.softmax(logits, axis=2))).ravel().tolist(),
            "mean-calibrated": np.log(mean(calibrated)).ravel().tolist(),
            "votes": mean(votes).ravel().tolist(),
        })
    return out


def variance_reduction():
    train, test, width, classes = 60, 7, 4, 3
    features = np.float32(rng.normal(size=(train, width)).round(3)).astype(float)
    queries = np.float32(rng.normal(size=(test, width)).round(3)).astype(float)
    zero_shot = rng.uniform(size=train) < 0.6
    fine_tuned = rng.uniform(size=train) < 0.8
    failures = features[fine_tuned & ~zero_shot]
    unit = lambda x: x / np.linalg.norm(x, axis=1, keepdims=True)
    out = {
        "features": floats(features), "queries": floats(queries), "width": width,
        "zero_shot": zero_shot.astype(int).tolist(), "fine_tuned": fine_tuned.astype(int).tolist(), "cases": [],
    }
    for share in (0.001, 0.25, 1.0):
        k = max(1, round(share * len(failures)))
        found = NearestNeighbors(n_neighbors=k, metric="sqeuclidean", algorithm="brute").fit(unit(failures))
        distance = found.kneighbors(unit(queries))[0][:, -1]
        out["cases"].append({"share": share, "k": k, "distance": distance.tolist()})
    logits = np.float32(rng.normal(0, 3, (2, test, classes)).round(3)).astype(float)
    temperatures = [1.3, 0.8]
    omega = special.expit(-(distance - 1.5) / 0.6)[:, None]
    p = [special.softmax(one / t, axis=1) for one, t in zip(logits, temperatures)]
    out.update({
        "logits": [floats(one) for one in logits], "classes": classes, "temperatures": temperatures,
        "combined": np.log((1 - omega) * p[0] + omega * p[1]).ravel().tolist(),
    })
    return out


made = {
    "beta": beta(), "binomial": binomial(), "student": student(), "student_intervals": student_intervals(),
    "normal": normal(), "quantiles": quantiles(), "bootstrap": bootstrap(), "mcnemar": mcnemar_tests(), "holm": holm(),
    "agreement": agreement(), "errors": errors(), "overlap": overlap(), "divergences": divergences(), "cka": cka(),
    "temperature": temperature(), "calibration": calibration(), "selective": selective(), "detection": detection(),
    "scores": scores(), "lines": lines(), "frontiers": frontiers(), "corruption": corruption(),
    "ensembles": ensembles(), "variance_reduction": variance_reduction(),
}
FILE.parent.mkdir(exist_ok=True)
FILE.write_text(json.dumps(made, separators=(",", ":")) + "\n")
