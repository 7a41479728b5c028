"""Writes the fixtures of NpzFileTests with NumPy itself.

Run by hand from the repository root, in an environment with numpy, torch and safetensors:
python Tests/Fixtures/make_npz.py
"""

import numpy as np
import torch
from safetensors.torch import save_file

OUT = "Tests/CheckpointTests/Fixtures/numpy"


def main():
    rng = np.random.default_rng(3)
    base = rng.standard_normal((4, 6)).astype(np.float32)
    # As JAX stores bfloat16: two bytes that NumPy has no name for.
    brain = torch.from_numpy(base).bfloat16()
    arrays = {
        "f32": base, "f16": base.astype(np.float16), "f64": base.astype(np.float64),
        "bf16": brain.view(torch.int16).numpy().view("V2"),
        "fortran": np.asfortranarray(base), "cube": np.asfortranarray(rng.standard_normal((2, 3, 4)).astype(np.float32)),
        "i64": np.arange(-3, 5), "i32": np.arange(6, dtype=np.int32).reshape(2, 3), "u8": np.arange(7, dtype=np.uint8),
        "flags": base[0] > 0, "scalar": np.float32(-1.5), "empty": np.zeros((0, 3), np.float32),
        "tower/block_0/kernel": base.T,
    }
    np.savez(f"{OUT}/plain.npz", **arrays)
    np.savez_compressed(f"{OUT}/compressed.npz", **arrays)
    np.savez(f"{OUT}/objects.npz", numbers=base, objects=np.array([{"a": 1}, None], dtype=object))
    np.savez(f"{OUT}/other.npz", numbers=base, words=np.array(["a", "bc"]), big=base.astype(">f4"))
    for version in [(2, 0), (3, 0)]:
        with open(f"{OUT}/version{version[0]}.npy", "wb") as file:
            np.lib.format.write_array(file, base, version=version)
    plain = {
        name: brain if name == "bf16" else torch.from_numpy(np.ascontiguousarray(array).reshape(np.shape(array)))
        for name, array in arrays.items()}
    as_read = {torch.float64: torch.float32, torch.int64: torch.int32, torch.bool: torch.uint8}
    save_file({k: v.to(as_read.get(v.dtype, v.dtype)).clone() for k, v in plain.items()}, f"{OUT}/expected.safetensors")


main()
