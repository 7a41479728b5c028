"""Writes the fixtures of CheckpointTests with the reference safetensors library.

Run by hand from the repository root, in an environment with torch and safetensors:
python Tests/Fixtures/make_checkpoint.py
"""

import torch
from safetensors.torch import save_file

OUT = "Tests/CheckpointTests/Fixtures"


def element_types():
    """Every element type, and beside each the values it must be read as."""
    generator = torch.Generator().manual_seed(7)
    special = [0.0, -0.0, 1.0, -1.5, float("inf"), float("-inf"), 65504.0, 6.1e-5, 6e-8, -3e-6, 0.1]
    numbers = torch.tensor(special + torch.randn(53, generator=generator).tolist(), dtype=torch.float64)
    tensors = {}
    for name, dtype in [("f16", torch.float16), ("bf16", torch.bfloat16), ("f32", torch.float32),
                        ("f64", torch.float64)]:
        stored = numbers.to(dtype).reshape(8, 8)
        tensors[name] = stored
        tensors[f"{name}.expected"] = stored.to(torch.float32).clone()
    whole = torch.randint(0, 100, (3, 5), generator=generator)
    for name, dtype in [("i8", torch.int8), ("i16", torch.int16), ("i32", torch.int32), ("i64", torch.int64),
                        ("u16", torch.uint16), ("u32", torch.uint32)]:
        stored = whole.to(dtype) if name.startswith("u") else (whole - 50).to(dtype)
        tensors[name] = stored
        tensors[f"{name}.expected"] = stored.to(torch.int32).clone()
    tensors["i64.extremes"] = torch.tensor([-2**31, 2**31 - 1], dtype=torch.int64)
    tensors["i64.too_large"] = torch.tensor([2**31], dtype=torch.int64)
    tensors["u32.too_large"] = torch.tensor([2**31], dtype=torch.uint32)
    tensors["u8"] = torch.arange(256, dtype=torch.uint8)
    tensors["bool"] = torch.tensor([True, False, True])
    tensors["f8"] = torch.zeros(4, dtype=torch.float8_e4m3fn)
    tensors["scalar"] = torch.tensor(2.5)
    tensors["empty"] = torch.zeros(0, 3)
    save_file(tensors, f"{OUT}/element_types.safetensors", metadata={"format": "pt", "é": "🎈\n\"quoted\""})


element_types()
