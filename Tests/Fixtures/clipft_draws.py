"""What clipft draws, for scripts that write fixtures: its SeededRandom and Initializer in Python."""

from functools import reduce

import numpy as np
import torch

STEP = 0x9E3779B97F4A7C15


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & 2**64 - 1
    z = (z ^ z >> 27) * 0x94D049BB133111EB & 2**64 - 1
    return z ^ z >> 31


def draw(path, shape, bound, seed):
    """Uniform in ±bound: SplitMix64, 24 bits a number, seeded by a path."""
    bound = np.float32(bound)
    state = mix(reduce(lambda seed, byte: mix(seed ^ byte), path.encode(), mix(seed)) + STEP & 2**64 - 1)
    bits = [mix(state + (i + 1) * STEP & 2**64 - 1) >> 40 for i in range(int(np.prod(shape)))]
    unit = np.array(bits, np.float32) * np.float32(2**-24)
    return torch.from_numpy((-bound + (bound + bound) * unit).reshape(shape))
