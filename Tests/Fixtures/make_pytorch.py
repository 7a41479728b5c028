"""Writes the fixtures of PyTorchFileTests with PyTorch itself.

Run by hand from the repository root, in an environment with torch and safetensors:
python Tests/Fixtures/make_pytorch.py
"""

import collections
import sys
import types

import torch
from safetensors.torch import save_file
from torch import nn

OUT = "Tests/CheckpointTests/Fixtures/pytorch"


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 4)
        self.norm = nn.BatchNorm1d(4)

    def forward(self, x):
        return self.norm(self.fc(x))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.5))
        self.blocks = nn.Sequential(Block(), Block())

    def forward(self, x):
        return self.blocks[0](x) * self.scale


# Pickled modules name their class; the reader must not need it.
for cls in (Block, Model):
    cls.__module__ = "somebodys_code"
sys.modules["somebodys_code"] = types.ModuleType("somebodys_code")
sys.modules["somebodys_code"].__dict__.update(Block=Block, Model=Model)


def main():
    torch.manual_seed(3)
    model = Model().eval()
    for buffer in model.buffers():
        if buffer.dtype == torch.float32:
            buffer.copy_(torch.randn(buffer.shape))
    state = model.state_dict()
    base = torch.arange(24, dtype=torch.float32)
    views = collections.OrderedDict(
        transposed=base.reshape(4, 6).t(), slice=base[5:11], strided=base[::3], shared=base.reshape(2, 12),
        half=base.half(), brain=base.bfloat16(), double=base.double(), long=base.long(), short=base.short(),
        bytes=base.to(torch.uint8), flags=base > 7, empty=torch.zeros(0, 3), scalar=torch.tensor(-1.5),
        parameter=nn.Parameter(base[:4].clone()))
    torch.save(state, f"{OUT}/state.pt")
    torch.save(views, f"{OUT}/views.pt")
    torch.save(views, f"{OUT}/legacy.pt", _use_new_zipfile_serialization=False)
    torch.save({"epoch": 3, "name": "run", "optimizer": {"state": {}, "param_groups": [{"lr": 0.1}]},
                "state_dict": {"module." + k: v for k, v in state.items()}}, f"{OUT}/training.pt")
    torch.save({"state_dict": state, "state_dict_ema": {k: v + 1 for k, v in state.items()},
                "optimizer": {"state": {}}}, f"{OUT}/averaged.pt")
    # Entries that contain each other, as only a hostile file's do.
    endless = {"state_dict": state}
    endless["model"] = endless
    torch.save(endless, f"{OUT}/endless.pt")
    torch.save(model, f"{OUT}/module.pt")
    torch.jit.script(model).save(f"{OUT}/script.pt")
    plain = {"state." + k: v.to(torch.int32) if v.dtype == torch.int64 else v for k, v in state.items()}
    as_read = {torch.float64: torch.float32, torch.int64: torch.int32, torch.int16: torch.int32,
               torch.bool: torch.uint8}
    plain |= {"views." + k: v.detach().to(as_read.get(v.dtype, v.dtype)).contiguous().clone()
              for k, v in views.items()}
    save_file({k: v.contiguous() for k, v in plain.items()}, f"{OUT}/expected.safetensors")


main()
