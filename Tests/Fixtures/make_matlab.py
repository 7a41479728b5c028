"""Writes Tests/CheckpointTests/Fixtures/*.mat with scipy: label files as they come with data."""
import pathlib

import numpy as np
import scipy.io

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "CheckpointTests" / "Fixtures"

labels = {"labels": np.array([[77, 77, 3, 102, 1]], dtype=np.uint8), "scale": 0.5,
          "trnid": np.array([[3, 1, 300]]), "names": np.array(["cat", "sea lion"], dtype=object)}
scipy.io.savemat(FOLDER / "labels.mat", labels, do_compression=True)
synsets = np.zeros((3, 1), dtype=[("ILSVRC2012_ID", object), ("WNID", object), ("words", object), ("gloss", object)])
for row, (number, identifier, words) in enumerate([(490, "n01440764", "tench, Tinca tinca"), (12, "n01443537", "goldfish"), (1001, "n00001740", "entité")]):
    synsets[row, 0] = (float(number), identifier, words, "")
scipy.io.savemat(FOLDER / "meta.mat", {"synsets": synsets})
