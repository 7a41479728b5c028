"""Writes position embeddings resized by open_clip, for the model of the fixture clip-quickgelu.

Run by hand from the repository root, in an environment with torch, open_clip and safetensors:

    python Tests/Fixtures/make_positions.py

`clip-quickgelu-positions.safetensors` holds `size_N` [1 + (N / 4)², 24] for images of N pixels.
"""

from pathlib import Path
from types import SimpleNamespace

from open_clip.model import resize_pos_embed
from safetensors.torch import load_file, save_file

FIXTURES = Path(__file__).resolve().parents[1] / "CLIPCoreTests" / "Fixtures"
SIZES, PATCH = [4, 8, 12, 20, 28, 64], 4

table = load_file(FIXTURES / "clip-quickgelu" / "model.safetensors")["vision_model.embeddings.position_embedding.weight"]
resized = {}
for size in SIZES:
    state = {"visual.positional_embedding": table.clone()}
    visual = SimpleNamespace(grid_size=(size // PATCH, size // PATCH))
    resize_pos_embed(state, SimpleNamespace(visual=visual))
    resized[f"size_{size}"] = state["visual.positional_embedding"].contiguous()
save_file(resized, FIXTURES / "clip-quickgelu-positions.safetensors")
