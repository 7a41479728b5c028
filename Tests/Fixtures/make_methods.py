"""Writes Tests/PEFTTests/Fixtures/methods.safetensors: what PyTorch makes of every fine-tuning method.

Run by hand from the repository root, in an environment with torch 2.15, peft 0.21.2 and safetensors:

    python Tests/Fixtures/make_methods.py

Each case is a method with options on one tiny image classifier of CLIP's kind (`Classifier`), at rest:

    CASE/logits        [4, 3] before the first step
    CASE/grad/PATH     gradient of the mean cross entropy, for what trains in the tower and what the method added
    CASE/after/PATH    its value after ten steps of AdamW on the same images
    metadata["cases"]  {CASE: {"method": NAME, "options": {NAME: TEXT}}}

`full` has those of the embeddings, one block and the head only, so that the file stays small. PATH is clipft's.

LoRA, DoRA, VeRA, (IA)³, PiSSA, HiRA, DeLoRA, RandLoRA and OFT are peft's own layers. The others are written here from
their papers' definitions. No value is stored that both sides can make: weights, images, everything trained and the
frozen bases of VeRA and RandLoRA are uniform draws of clipft's generator, seeded by their paths (`draw`).

Expected values are computed in float64 from float32 values. The same in float32 must agree within a third of what the
tests allow, or the fixture is refused. Where a gradient is 0 but for rounding, as of biases of keys, AdamW takes steps
of the rounding: the value after them is NaN here, which means that it is not compared.
"""

import json
from collections import OrderedDict
from functools import partial
from pathlib import Path

import clipft_draws
import numpy as np
import torch
import torch.nn.functional as F
from peft import (
    DeloraConfig, HiraConfig, IA3Config, LoraConfig, OFTConfig, RandLoraConfig, VeraConfig, get_peft_model,
)
from safetensors.torch import save_file
from torch import nn

FILE = Path(__file__).resolve().parents[1] / "PEFTTests" / "Fixtures" / "methods.safetensors"
D, MLP, LAYERS, HEADS, IMAGE, PATCH, EMBEDDING, CLASSES = 8, 16, 2, 2, 6, 2, 6, 3
SIDE = IMAGE // PATCH
VALUES_SEED, RUN_SEED = 18, 1
LABELS = torch.tensor([0, 1, 2, 1])
# Classes of the training images that methods keep or look at.
CACHED = [2, 0, 1, 1, 0]
STEPS, RATE, DECAY = 10, 1e-2, 1e-2


# Values that both sides make.

def draw(path, shape, bound, seed=VALUES_SEED):
    return clipft_draws.draw(path, shape, bound, seed)


SCALES = ("_scale", "ia3_k", "ia3_v", "ia3_mlp", "dora_magnitude", "singular_values", "delora_lambda")


def start(path, shape):
    """What a parameter starts as: around 1 for scales, around 0 for all else."""
    if path.endswith(SCALES) or ("ln_" in path and path.endswith("weight")):
        return 1 + draw(path, shape, 0.3)
    return draw(path, shape, 2 if path == "classification_head.weight" else 0.5)


# The classifier. Branches, sub-layers and layers are modules of their own, so that methods can wrap each of them.

class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(D, D) for _ in range(4))

    def forward(self, x, queries=None, mask=0):
        q, k, v = self.q(x if queries is None else queries), self.k(x), self.v(x)
        q, k, v = (t.unflatten(-1, (HEADS, D // HEADS)).transpose(1, 2) for t in (q, k, v))
        weights = (q @ k.mT / (D // HEADS) ** 0.5 + mask).softmax(-1)
        return self.out((weights @ v).transpose(1, 2).flatten(2))


class QuickGELU(nn.Module):
    def forward(self, x):
        return x * torch.sigmoid(1.702 * x)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        mlp = OrderedDict(fc1=nn.Linear(D, MLP), act=QuickGELU(), fc2=nn.Linear(MLP, D))
        self.first = nn.Sequential(OrderedDict(ln=nn.LayerNorm(D), attn=Attention()))
        self.second = nn.Sequential(OrderedDict(ln=nn.LayerNorm(D), mlp=nn.Sequential(mlp)))

    def forward(self, x):
        x = x + self.first(x)
        return x + self.second(x)


class Patches(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, D, PATCH, PATCH, bias=False)

    def forward(self, images):
        return self.conv(images).flatten(2).mT


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches, self.ln_pre, self.ln_post = Patches(), nn.LayerNorm(D), nn.LayerNorm(D)
        self.class_token = nn.Parameter(torch.zeros(D))
        self.positions = nn.Parameter(torch.zeros(1 + SIDE**2, D))
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.readout, self.embedding = nn.Identity(), nn.Identity()
        self.proj = nn.Parameter(torch.zeros(D, EMBEDDING))
        self.head = nn.Linear(EMBEDDING, CLASSES)

    def forward(self, images):
        x = self.patches(images)
        x = torch.cat([self.class_token.expand(len(x), 1, D), x], 1) + self.positions
        x = self.blocks(self.ln_pre(x))
        pooled = self.readout(self.ln_post(x[:, 0]))
        return self.head(F.normalize(self.embedding(pooled @ self.proj), dim=-1))


class Bound:
    """Parameters that are one of clipft's: their elements one after another, or transposed."""

    def __init__(self, path, shape, parameters, transposed=False):
        self.path, self.shape, self.parameters, self.transposed = path, shape, parameters, transposed
        self.write(start(path, shape))

    def write(self, value):
        sizes = [p.numel() for p in self.parameters]
        for p, part in zip(self.parameters, value.flatten().split(sizes)):
            p.data.copy_(part.view(p.T.shape).T if self.transposed else part.view(p.shape))

    def read(self, get):
        parts = [get(p).T if self.transposed else get(p) for p in self.parameters]
        return torch.cat([part.flatten() for part in parts]).reshape(self.shape).clone()


class Run:
    """A classifier, its own parameters by path, and those that train."""

    def __init__(self):
        self.model, self.own, self.trained, self.trains_head = Classifier(), {}, {}, True
        model = self.model
        self.have("visual.conv1.weight", model.patches.conv.weight)
        self.have("visual.class_embedding", model.class_token)
        self.have("visual.positional_embedding", model.positions)
        self.have_layer("visual.ln_pre", model.ln_pre)
        for block, path in self.blocks():
            self.have_block(path, block)
        self.have_layer("visual.ln_post", model.ln_post)
        self.have("visual.proj", model.proj)
        self.have_layer("classification_head", model.head)

    def have(self, path, *parameters):
        shape = (sum(len(p) for p in parameters), *parameters[0].shape[1:])
        self.own[path] = Bound(path, shape, parameters)

    def have_layer(self, path, layer):
        self.have(f"{path}.weight", layer.weight)
        self.have(f"{path}.bias", layer.bias)

    def have_block(self, path, block):
        attn, mlp = block.first.attn, block.second.mlp
        self.have_layer(f"{path}.ln_1", block.first.ln)
        self.have(f"{path}.attn.in_proj_weight", attn.q.weight, attn.k.weight, attn.v.weight)
        self.have(f"{path}.attn.in_proj_bias", attn.q.bias, attn.k.bias, attn.v.bias)
        self.have_layer(f"{path}.attn.out_proj", attn.out)
        self.have_layer(f"{path}.ln_2", block.second.ln)
        self.have_layer(f"{path}.mlp.c_fc", mlp.fc1)
        self.have_layer(f"{path}.mlp.c_proj", mlp.fc2)

    def blocks(self):
        return [(block, f"visual.transformer.resblocks.{i}") for i, block in enumerate(self.model.blocks)]

    def sublayers(self):
        """Of each block: the branch that holds it, its name there, its path and that of the norm before it."""
        for block, path in self.blocks():
            yield block.first, "attn", f"{path}.attn", f"{path}.ln_1"
            yield block.second, "mlp", f"{path}.mlp", f"{path}.ln_2"

    def train(self, condition):
        self.trained |= {path: bound for path, bound in self.own.items() if condition(path)}

    def bind(self, path, shape, *parameters, transposed=False):
        self.trained[path] = Bound(path, shape, parameters, transposed)

    def add(self, path, *shape):
        parameter = nn.Parameter(torch.zeros(shape))
        self.bind(path, shape, parameter)
        return parameter


class Op(nn.Module):
    """A function of its input and of parameters."""

    def __init__(self, function, **parameters):
        super().__init__()
        self.function = function
        for name, parameter in parameters.items():
            self.register_parameter(name, parameter)

    def forward(self, x):
        return self.function(x, **self._parameters)


class Sum(nn.Module):
    def __init__(self, *terms):
        super().__init__()
        self.terms = nn.ModuleList(terms)

    def forward(self, x):
        return sum(term(x) for term in self.terms)


def after(parent, name, module):
    setattr(parent, name, nn.Sequential(getattr(parent, name), module))


def residual(module):
    return Sum(nn.Identity(), module)


# Methods from their definitions.

def full(run):
    run.train(lambda path: "head" not in path and path != "visual.proj")


def bitfit(run):
    run.train(lambda path: path.endswith("bias") and "head" not in path)


def layernorm(run):
    run.train(lambda path: ".ln_" in path)


def difffit(run):
    bitfit(run)
    layernorm(run)
    for branch, name, path, _ in run.sublayers():
        after(branch, name, Op(lambda x, gamma: gamma * x, gamma=run.add(f"{path}.difffit_scale", D)))


def ssf(run):
    def wrap(path, width, *places):
        gammas = [nn.Parameter(torch.zeros(width)) for _ in places]
        betas = [nn.Parameter(torch.zeros(width)) for _ in places]
        run.bind(f"{path}.ssf_scale", (width * len(places),), *gammas)
        run.bind(f"{path}.ssf_shift", (width * len(places),), *betas)
        for (parent, name), gamma, beta in zip(places, gammas, betas):
            after(parent, name, Op(lambda x, gamma, beta: gamma * x + beta, gamma=gamma, beta=beta))

    wrap("visual.conv1", D, (run.model, "patches"))
    for block, path in run.blocks():
        attn, mlp = block.first.attn, block.second.mlp
        wrap(f"{path}.ln_1", D, (block.first, "ln"))
        wrap(f"{path}.attn.in_proj", D, (attn, "q"), (attn, "k"), (attn, "v"))
        wrap(f"{path}.attn.out_proj", D, (attn, "out"))
        wrap(f"{path}.ln_2", D, (block.second, "ln"))
        wrap(f"{path}.mlp.c_fc", MLP, (mlp, "fc1"))
        wrap(f"{path}.mlp.c_proj", D, (mlp, "fc2"))
    wrap("visual.ln_post", D, (run.model, "ln_post"))


def partial_tuning(run):
    """MLP of the first block, and the norm before it."""
    run.train(lambda path: "resblocks.0.mlp" in path or "resblocks.0.ln_2" in path)


class Prepend(Op):
    def __init__(self, tokens):
        super().__init__(lambda x, p: torch.cat([p.expand(len(x), *p.shape), x], 1), p=tokens)


class Drop(nn.Module):
    def __init__(self, count):
        super().__init__()
        self.count = count

    def forward(self, x):
        return x[:, self.count:]


def vpt_shallow(run, tokens):
    prompt = Prepend(run.add("visual.prompts.0.tokens", tokens, D))
    run.model.blocks = nn.Sequential(prompt, *run.model.blocks, Drop(tokens))


def vpt_deep(run, tokens):
    run.model.blocks = nn.Sequential(*(
        nn.Sequential(Prepend(run.add(f"visual.prompts.{i}.tokens", tokens, D)), block, Drop(tokens))
        for i, block in enumerate(run.model.blocks)))


class Queried(nn.Module):
    """A block that learned tokens read: they make queries, but no keys and values."""

    def __init__(self, block, tokens):
        super().__init__()
        self.block, self.tokens = block, tokens

    def forward(self, x):
        ln, attn = self.block.first
        y = self.tokens.expand(len(x), *self.tokens.shape)
        y = y + attn(ln(x), queries=ln(y))
        self.read = y + self.block.second(y)
        return self.block(x)


def vqt(run, tokens):
    blocks = [
        Queried(block, run.add(f"visual.queries.{i}.tokens", tokens, D))
        for i, block in enumerate(run.model.blocks)]
    run.model.blocks = nn.Sequential(*blocks)

    def combine(pooled, weight):
        features = torch.cat([pooled[:, None]] + [block.read for block in blocks], 1)
        return F.linear(F.normalize(features, dim=-1).mT, weight[None]).squeeze(-1)

    run.model.readout = Op(combine, weight=run.add("visual.readout.weight", 1 + LAYERS * tokens))


def bottleneck(run, path, rank, scale):
    def unit(x, down, down_bias, up, up_bias):
        return scale * F.linear(F.relu(F.linear(x, down, down_bias)), up, up_bias)

    return Op(
        unit,
        down=run.add(f"{path}.adapter_down", rank, D), down_bias=run.add(f"{path}.adapter_down_bias", rank),
        up=run.add(f"{path}.adapter_up", D, rank), up_bias=run.add(f"{path}.adapter_up_bias", D))


def houlsby(run, rank, scale):
    for branch, name, path, _ in run.sublayers():
        after(branch, name, residual(bottleneck(run, path, rank, scale)))


def pfeiffer(run, rank, scale):
    for block, path in run.blocks():
        after(block.second, "mlp", residual(bottleneck(run, f"{path}.mlp", rank, scale)))


def adaptformer(run, rank, scale):
    for block, path in run.blocks():
        block.second = Sum(block.second, bottleneck(run, f"{path}.mlp", rank, scale))


def convpass(run, rank, scale):
    gelu = QuickGELU()

    def bypass(x, down, down_bias, kernel, kernel_bias, up, up_bias):
        code = gelu(F.linear(x, down, down_bias)).mT
        # clipft's kernel is [out, row, column, in].
        weight = kernel.view(rank, 3, 3, rank).permute(0, 3, 1, 2)
        alone = F.conv2d(code[:, :, :1, None], weight, kernel_bias, padding=1)
        grid = F.conv2d(code[:, :, 1:].unflatten(2, (SIDE, SIDE)), weight, kernel_bias, padding=1)
        code = torch.cat([alone.flatten(2), grid.flatten(2)], 2).mT
        return scale * F.linear(gelu(code), up, up_bias)

    for branch, name, path, _ in run.sublayers():
        shapes = dict(
            down=(rank, D), down_bias=(rank,), kernel=(rank, 9 * rank), kernel_bias=(rank,), up=(D, rank),
            up_bias=(D,))
        parameters = {key: run.add(f"{path}.convpass_{key}", *shape) for key, shape in shapes.items()}
        setattr(branch, name, Sum(getattr(branch, name), Op(bypass, **parameters)))


def repadapter(run, rank, scale):
    def unit(x, down, down_bias, up_0, up_1, up_bias):
        code = F.linear(x, down, down_bias).mT
        return scale * F.conv1d(code, torch.cat([up_0, up_1])[..., None], up_bias, groups=2).mT

    for branch, _, _, norm in run.sublayers():
        shapes = dict(
            down=(rank, D), down_bias=(rank,), up_0=(D // 2, rank // 2), up_1=(D // 2, rank // 2),
            up_bias=(D,))
        parameters = {key: run.add(f"{norm}.repadapter_{key}", *shape) for key, shape in shapes.items()}
        after(branch, "ln", residual(Op(unit, **parameters)))


def fact(run, rank, scale, middle):
    """middle(path, maps, ins, outs) gives Σ, as a function of parameters, and those, for each linear map of a path."""
    u, v = run.add("visual.fact_u", rank, D), run.add("visual.fact_v", D, rank)
    for block, path in run.blocks():
        attn, mlp = block.first.attn, block.second.mlp
        for name, places in {
            "attn": [(attn, "q"), (attn, "k"), (attn, "v")], "attn.out_proj": [(attn, "out")],
            "mlp.c_fc": [(mlp, "fc1")], "mlp.c_proj": [(mlp, "fc2")],
        }.items():
            linear = getattr(*places[0])
            ins, outs = linear.in_features // D, linear.out_features // D
            middles = middle(f"{path}.{name}", len(places), ins, outs)
            for (parent, key), (sigma, parameters) in zip(places, middles):

                def update(x, u, v, sigma=sigma, ins=ins, outs=outs, **parameters):
                    code = F.linear(x.unflatten(-1, (ins, D)), u).flatten(-2)
                    inner = F.linear(code, sigma(**parameters)).unflatten(-1, (outs, rank))
                    return scale * F.linear(inner, v).flatten(-2)

                setattr(parent, key, Sum(getattr(parent, key), Op(update, u=u, v=v, **parameters)))


def fact_tt(run, rank, scale):
    def middle(path, maps, ins, outs):
        cores = [nn.Parameter(torch.zeros(outs * rank, ins * rank)) for _ in range(maps)]
        run.bind(f"{path}.fact_core", (maps * outs * rank, ins * rank), *cores)
        return [(lambda core: core, dict(core=core)) for core in cores]

    fact(run, rank, scale, middle)


def fact_tk(run, rank, scale):
    core = run.add("visual.fact_core", rank * rank, rank)
    mixture = run.add("visual.fact_p", 8 * LAYERS, rank)
    taken = iter(range(8 * LAYERS))

    def middle(path, maps, ins, outs):
        def sigma(slices, core, mixture):
            mixed = torch.einsum("oij,sj->soi", core.view(rank, rank, rank), mixture[slices])
            return torch.cat(list(mixed), 1 if ins > 1 else 0)

        return [
            (partial(sigma, [next(taken) for _ in range(ins * outs)]), dict(core=core, mixture=mixture))
            for _ in range(maps)]

    fact(run, rank, scale, middle)


def clip_svd(run, blocks):
    for parent, name, path in parts(run, blocks, ["q", "k", "v", "o", "fc1", "fc2"]):
        parent = run.model.get_submodule(parent)
        linear = getattr(parent, name)
        u, s, vt = torch.linalg.svd(linear.weight.detach().double(), full_matrices=False)
        assert (s[:-1] / s[1:]).min() > 1.01 and s[-1] > 1e-3, f"{path}: {s}"

        def apply(x, s, bias, u=u, vt=vt):
            return F.linear(x, ((u * s) @ vt).to(x.dtype), bias)

        setattr(parent, name, Op(apply, s=run.add(f"{path}.singular_values", len(s)), bias=linear.bias))


def r_adapter(run, rank=0):
    for branch, name, path, _ in run.sublayers():
        b = run.add(f"{path}.radapter", D, rank or D)
        a = {"a": run.add(f"{path}.radapter_down", rank, D)} if rank else {}
        after(branch, name, residual(Op(lambda x, b, a=None: F.linear(x, b if a is None else b @ a), b=b, **a)))


class AfterAttention(nn.Module):
    """A block with a module on its residual stream between the two branches."""

    def __init__(self, block, module):
        super().__init__()
        self.block, self.module = block, module

    def forward(self, x):
        x = self.module(x + self.block.first(x))
        return x + self.block.second(x)


def salient(run, module, count, output):
    """The `count` channels of the largest L2 norm over patch tokens and images of a class, in the mean over classes."""
    seen = []
    hook = module.register_forward_hook(lambda _, inputs, result: seen.append(result if output else inputs[0]))
    with torch.no_grad():
        run.model(draw("examples", (len(CACHED), 3, IMAGE, IMAGE), 1))
    hook.remove()
    patches, labels = seen[0][:, 1:], torch.tensor(CACHED)
    norms = torch.stack([patches[labels == c].norm(dim=(0, 1)) for c in labels.unique()])
    return norms.mean(0).topk(count).indices.sort().values


def sct(run, channels, site, scale, blocks):
    def unit(path, name, index):
        def mapped(x, weight, bias):
            return x.index_add(-1, index, scale * F.linear(x[..., index], weight, bias))

        return Op(
            mapped, weight=run.add(f"{path}.{name}_weight", channels, channels),
            bias=run.add(f"{path}.{name}_bias", channels))

    chosen = [pair for i, pair in enumerate(run.blocks()) if i in blocks]
    if site == "attention":
        found = [salient(run, block.second, channels, output=False) for block, _ in chosen]
        units = {id(block): unit(f"{path}.attn", "sct", index) for (block, path), index in zip(chosen, found)}
        run.model.blocks = nn.Sequential(*(
            AfterAttention(block, units[id(block)]) if id(block) in units else block for block in run.model.blocks))
    elif site == "mlp":
        found = [salient(run, block, channels, output=True) for block, _ in chosen]
        for (block, path), index in zip(chosen, found):
            after(block.second, "mlp", unit(f"{path}.mlp", "sct", index))
    else:
        layers = [(block.first.attn, name, path) for block, path in chosen for name in "qv"]
        found = [salient(run, getattr(attn, name), channels, output=True) for attn, name, _ in layers]
        for (attn, name, path), index in zip(layers, found):
            after(attn, name, unit(f"{path}.attn.in_proj", f"sct_{name}", index))


# Methods of the head and of the embedding; nothing else trains.

def clip_adapter(run, reduction, ratio):
    run.trains_head = False
    rank = EMBEDDING // reduction
    path = "visual.embedding.clip_adapter"

    def mixed(f, down, up):
        return ratio * F.relu(F.linear(F.relu(F.linear(f, down)), up)) + (1 - ratio) * f

    run.model.embedding = Op(
        mixed, down=run.add(f"{path}_down", rank, EMBEDDING), up=run.add(f"{path}_up", EMBEDDING, rank))


def taskres(run, scale):
    """The text embeddings are the class weights without their length, which is the logit scale."""
    run.trains_head = False

    def logits(f, weight, bias, residual):
        moved = F.normalize(F.normalize(weight, dim=-1) + scale * residual, dim=-1)
        return F.linear(f, weight.norm(dim=-1, keepdim=True) * moved, bias)

    head, residual = run.model.head, run.add("taskres.residual", CLASSES, EMBEDDING)
    run.model.head = Op(logits, weight=head.weight, bias=head.bias, residual=residual)


def tip_adapter(run, strength, sharpness, trains):
    run.trains_head = False
    keys = run.add("tip_adapter.keys", len(CACHED), EMBEDDING)
    if not trains:
        run.trained = {}

    def cached(f, keys):
        return strength * torch.exp(-sharpness * (1 - f @ keys.T)) @ F.one_hot(torch.tensor(CACHED)).to(f.dtype)

    run.model.head = Sum(run.model.head, Op(cached, keys=keys))


# Start of text, two words that give way, a name, end of text, padding.
PROMPTS = [[6, 1, 1, 2, 7, 0, 0, 0], [6, 1, 1, 3, 4, 7, 0, 0], [6, 1, 1, 5, 7, 0, 0, 0]]
SIMILARITY_SCALE = 4


class PromptHead(nn.Module):
    """Class weights by a text tower of one block, for prompts whose words after the start are learned."""

    def __init__(self, run, tokens):
        super().__init__()
        self.embedding, self.block, self.ln = nn.Embedding(8, D), Block(), nn.LayerNorm(D)
        self.positions, self.proj = nn.Parameter(torch.zeros(8, D)), nn.Parameter(torch.zeros(D, EMBEDDING))
        self.words, self.bias = run.add("prompt_learner.ctx", tokens, D), run.model.head.bias
        run.have("token_embedding.weight", self.embedding.weight)
        run.have("positional_embedding", self.positions)
        run.have_block("transformer.resblocks.0", self.block)
        run.have_layer("ln_final", self.ln)
        run.have("text_projection", self.proj)

    def forward(self, f):
        ids = torch.tensor(PROMPTS)
        x = self.embedding(ids)
        x = torch.cat([x[:, :1], self.words.expand(len(x), -1, -1), x[:, 1 + len(self.words):]], 1)
        x = x + self.positions
        first, second = self.block.first, self.block.second
        x = x + first.attn(first.ln(x), mask=torch.full((8, 8), -torch.inf).triu(1))
        x = x + second(x)
        x = self.ln(x[torch.arange(len(x)), ids.argmax(-1)]) @ self.proj
        return F.linear(f, SIMILARITY_SCALE * F.normalize(x, dim=-1), self.bias)


def coop(run, tokens):
    run.trains_head = False
    run.model.head = PromptHead(run, tokens)


# Methods by peft's layers.

def parts(run, blocks, targets):
    """Linear maps of blocks: module, name in it, and clipft's path of what is added to it."""
    places = {target: ("first.attn", target, f"attn.{target}") for target in "qkv"} | {
        "o": ("first.attn", "out", "attn.out_proj"), "fc1": ("second.mlp", "fc1", "mlp.c_fc"),
        "fc2": ("second.mlp", "fc2", "mlp.c_proj")}
    for i in blocks:
        for target in targets:
            module, name, path = places[target]
            yield f"blocks.{i}.{module}", name, f"visual.transformer.resblocks.{i}.{path}"


def wrap(run, config, blocks, targets, **options):
    """Wraps linear maps by peft → the wrapped model, and each layer with its path."""
    places = list(parts(run, blocks, targets))
    names = [f"{module}.{name}" for module, name, _ in places]
    wrapped = get_peft_model(run.model, config(target_modules=names, **options))
    return wrapped, [(run.model.get_submodule(name), path) for name, (_, _, path) in zip(names, places)]


def bind_low_rank(run, layers):
    for layer, path in layers:
        for name, linear in ("lora_a", layer.lora_A["default"]), ("lora_b", layer.lora_B["default"]):
            run.bind(f"{path}.{name}", tuple(linear.weight.shape), linear.weight)


def lora(run, rank, alpha, blocks, targets, **options):
    _, layers = wrap(run, LoraConfig, blocks, targets, r=rank, lora_alpha=alpha, **options)
    bind_low_rank(run, layers)


def lora_shared(run, rank, scale, blocks, targets, rslora=False):
    """One A for the parts of the packed projection; where they are all of it, one B, too."""
    _, layers = wrap(
        run, LoraConfig, blocks, targets, r=rank, lora_alpha=scale if rslora else scale * rank,
        use_rslora=rslora)
    for first in range(0, len(layers), len(targets)):
        group = layers[first:first + len(targets)]
        path = group[0][1].rsplit(".", 1)[0]
        shared, ups = group[0][0].lora_A["default"], [layer.lora_B["default"].weight for layer, _ in group]
        for layer, _ in group:
            layer.lora_A["default"] = shared
        run.bind(f"{path}.lora_a", (rank, D), shared.weight)
        if len(group) == 3:
            run.bind(f"{path}.lora_b", (3 * D, rank), *ups)
        else:
            for (_, part), up in zip(group, ups):
                run.bind(f"{part}.lora_b", (D, rank), up)


def dora(run, rank, alpha, blocks, targets):
    _, layers = wrap(run, LoraConfig, blocks, targets, r=rank, lora_alpha=alpha, use_dora=True)
    bind_low_rank(run, layers)
    for layer, path in layers:
        magnitude = layer.lora_magnitude_vector["default"].weight
        run.bind(f"{path}.dora_magnitude", tuple(magnitude.shape), magnitude)


def pissa(run, rank, blocks, targets):
    lora(run, rank, rank, blocks, targets, init_lora_weights="pissa")


def bind_each(run, layers, names, transposed=()):
    """names: clipft's name and peft's of parameters of every layer."""
    for layer, path in layers:
        for name, attribute in names.items():
            parameter = getattr(layer, attribute)["default"]
            shape = parameter.T.shape if name in transposed else parameter.shape
            run.bind(f"{path}.{name}", tuple(shape), parameter, transposed=name in transposed)


def vera(run, rank, blocks, targets):
    wrapped, layers = wrap(run, VeraConfig, blocks, targets, r=rank)
    inputs = max(layer.in_features for layer, _ in layers)
    outputs = max(layer.out_features for layer, _ in layers)
    # Kaiming's bounds, 1 / √(fan in).
    base, root = wrapped.base_model, lambda n: 1 / np.sqrt(np.float32(n))
    base.vera_A["default"] = draw("vera_a", (rank, inputs), root(inputs), RUN_SEED)
    base.vera_B["default"] = draw("vera_b", (outputs, rank), root(rank), RUN_SEED)
    bind_each(run, layers, {"vera_d": "vera_lambda_d", "vera_b": "vera_lambda_b"})


def randlora(run, rank, alpha, blocks, targets):
    wrapped, layers = wrap(run, RandLoraConfig, blocks, targets, r=rank, randlora_alpha=alpha)
    smaller = max(min(layer.in_features, layer.out_features) for layer, _ in layers)
    larger = max(max(layer.in_features, layer.out_features) for layer, _ in layers)
    products, bound = -(-smaller // rank), np.sqrt(np.float32(3))
    base = wrapped.base_model
    base.randlora_A["default"] = draw("randlora_a", (rank, 1, smaller), bound, RUN_SEED)
    base.randlora_B["default"] = draw("randlora_b", (larger, products, rank), bound, RUN_SEED)
    bind_each(run, layers, {"randlora_lambda": "randlora_lambda", "randlora_gamma": "randlora_gamma"})


def ia3(run):
    config = partial(IA3Config, feedforward_modules=[f"blocks.{i}.second.mlp.fc2" for i in range(LAYERS)])
    _, layers = wrap(run, config, range(LAYERS), ["k", "v", "fc2"])
    for layer, path in layers:
        path = path.replace("mlp.c_proj", "mlp.hidden.ia3_mlp")
        path = path.replace("attn.k", "attn.in_proj.ia3_k").replace("attn.v", "attn.in_proj.ia3_v")
        run.bind(path, (layer.ia3_l["default"].numel(),), layer.ia3_l["default"])


def hira(run, rank, blocks, targets):
    _, layers = wrap(run, HiraConfig, blocks, targets, r=rank)
    bind_each(run, layers, {"hira_a": "hira_A", "hira_b": "hira_B"})


def delora(run, rank, blocks, targets):
    _, layers = wrap(run, DeloraConfig, blocks, targets, r=rank)
    bind_each(
        run, layers, {"delora_a": "delora_A", "delora_b": "delora_B", "delora_lambda": "delora_lambda"},
        transposed=("delora_b",))


def oft(run, block, blocks, targets):
    _, layers = wrap(run, OFTConfig, blocks, targets, r=0, oft_block_size=block, use_cayley_neumann=False)
    for layer, path in layers:
        weight = layer.oft_R["default"].weight
        run.bind(f"{path}.oft_r", tuple(weight.shape), weight)


# Case: clipft's method, its options as text, and the same here.
ALL, SECOND = ["q", "k", "v", "o", "fc1", "fc2"], {"blocks": "1"}
CASES = {
    "full": ("full", {}, full),
    "bitfit": ("bitfit", {}, bitfit),
    "layernorm": ("layernorm", {}, layernorm),
    "difffit": ("difffit", {}, difffit),
    "ssf": ("ssf", {}, ssf),
    "partial": ("partial", {"blocks": "0", "targets": "mlp"}, partial_tuning),
    "vpt-shallow": ("vpt-shallow", {"tokens": "3"}, partial(vpt_shallow, tokens=3)),
    "vpt-deep": ("vpt-deep", {"tokens": "2"}, partial(vpt_deep, tokens=2)),
    "vqt": ("vqt", {"tokens": "2"}, partial(vqt, tokens=2)),
    "houlsby": ("houlsby", {"rank": "3", "scale": "0.7"}, partial(houlsby, rank=3, scale=0.7)),
    "pfeiffer": ("pfeiffer", {"rank": "3", "scale": "2"}, partial(pfeiffer, rank=3, scale=2)),
    "adaptformer": ("adaptformer", {"rank": "3", "scale": "0.5"}, partial(adaptformer, rank=3, scale=0.5)),
    "convpass": ("convpass", {"rank": "2", "scale": "1.5"}, partial(convpass, rank=2, scale=1.5)),
    "repadapter": ("repadapter", {"rank": "4", "scale": "0.5"}, partial(repadapter, rank=4, scale=0.5)),
    "lora": (
        "lora", {"rank": "2", "scale": "0.5"},
        partial(lora_shared, rank=2, scale=0.5, blocks=[0, 1], targets=["q", "k", "v"])),
    "lora-separate": (
        "lora", {"rank": "2", "scale": "3", "scaling": "rank", "shared": "false", "targets": "all", **SECOND},
        partial(lora, rank=2, alpha=3, blocks=[1], targets=ALL)),
    "lora-rslora": (
        "lora", {"rank": "3", "scale": "2", "scaling": "rslora", "targets": "q,v", "blocks": "0"},
        partial(lora_shared, rank=3, scale=2, blocks=[0], targets=["q", "v"], rslora=True)),
    "fact-tt": ("fact-tt", {"rank": "2", "scale": "1.5"}, partial(fact_tt, rank=2, scale=1.5)),
    "fact-tk": ("fact-tk", {"rank": "3", "scale": "1.5"}, partial(fact_tk, rank=3, scale=1.5)),
    "dora": (
        "dora", {"rank": "2", "scale": "3", "scaling": "rank", "targets": "q,o,fc1", **SECOND},
        partial(dora, rank=2, alpha=3, blocks=[1], targets=["q", "o", "fc1"])),
    "vera": (
        "vera", {"rank": "5", "targets": "q,v,fc1,fc2", **SECOND},
        partial(vera, rank=5, blocks=[1], targets=["q", "v", "fc1", "fc2"])),
    "ia3": ("ia3", {}, ia3),
    "pissa": (
        "pissa", {"rank": "2", "targets": "q,v,fc2", **SECOND},
        partial(pissa, rank=2, blocks=[1], targets=["q", "v", "fc2"])),
    "hira": (
        "hira", {"rank": "2", "targets": "k,o,fc1", **SECOND},
        partial(hira, rank=2, blocks=[1], targets=["k", "o", "fc1"])),
    "delora": (
        "delora", {"rank": "3", "targets": "v,fc1,fc2", **SECOND},
        partial(delora, rank=3, blocks=[1], targets=["v", "fc1", "fc2"])),
    "randlora": (
        "randlora", {"rank": "3", "alpha": "1", "targets": "k,fc1,fc2", **SECOND},
        partial(randlora, rank=3, alpha=1, blocks=[1], targets=["k", "fc1", "fc2"])),
    "oft": (
        "oft", {"block": "4", "targets": "q,k,v,fc2", **SECOND},
        partial(oft, block=4, blocks=[1], targets=["q", "k", "v", "fc2"])),
    "clip-svd": ("clip-svd", {**SECOND}, partial(clip_svd, blocks=[1])),
    "sct": (
        "sct", {"channels": "3", "scale": "0.7"},
        partial(sct, channels=3, site="attention", scale=0.7, blocks=[0, 1])),
    "sct-mlp": (
        "sct", {"channels": "4", "site": "mlp", "blocks": "0"},
        partial(sct, channels=4, site="mlp", scale=1, blocks=[0])),
    "sct-qv": (
        "sct", {"channels": "2", "site": "qv", **SECOND},
        partial(sct, channels=2, site="qv", scale=1, blocks=[1])),
    "r-adapter": ("r-adapter", {}, r_adapter),
    "r-adapter-low-rank": ("r-adapter", {"rank": "3"}, partial(r_adapter, rank=3)),
    "clip-adapter": (
        "clip-adapter", {"reduction": "2", "ratio": "0.6"}, partial(clip_adapter, reduction=2, ratio=0.6)),
    "taskres": ("taskres", {"scale": "0.8"}, partial(taskres, scale=0.8)),
    "tip-adapter": (
        "tip-adapter", {"strength": "0.8", "sharpness": "2"},
        partial(tip_adapter, strength=0.8, sharpness=2, trains=False)),
    "tip-adapter-f": (
        "tip-adapter-f", {"strength": "0.8", "sharpness": "2"},
        partial(tip_adapter, strength=0.8, sharpness=2, trains=True)),
    "coop": ("coop", {"tokens": "2", "start": "random"}, partial(coop, tokens=2)),
}


def kept(case, path):
    whole = ("visual.conv1", "visual.class", "visual.pos", "visual.proj", "classification_head")
    return case != "full" or path.startswith(whole) or "resblocks.0." in path


def make(case, dtype):
    """→ the logits, and gradients and final values by path."""
    torch.manual_seed(0)
    _, _, adapt = CASES[case]
    run = Run()
    adapt(run)
    model = run.model.to(dtype).eval()
    images = draw("images", (len(LABELS), 3, IMAGE, IMAGE), 1).to(dtype)
    head = {path: bound for path, bound in run.own.items() if path == "visual.proj" or "head" in path}
    trained = run.trained | (head if run.trains_head else {})
    for parameter in model.parameters():
        parameter.requires_grad = False
    parameters = list({id(p): p for bound in trained.values() for p in bound.parameters}.values())
    for parameter in parameters:
        parameter.requires_grad = True

    if not trained:
        return {"logits": model(images).detach()}
    optimizer = torch.optim.AdamW(parameters, lr=RATE, betas=(0.9, 0.999), eps=1e-8, weight_decay=DECAY)
    gradients = []
    for step in range(STEPS):
        logits = model(images)
        optimizer.zero_grad()
        F.cross_entropy(logits, LABELS).backward()
        gradients.append({path: bound.read(lambda p: p.grad) for path, bound in trained.items()})
        if step == 0:
            first = logits.detach()
        optimizer.step()
    result = {"logits": first}
    for path, bound in (trained if case == "full" else run.trained).items():
        if not kept(case, path):
            continue
        value = bound.read(lambda p: p.detach())
        if dtype == torch.float64:
            sizes = torch.stack([g[path] for g in gradients]).abs().amax(0)
            value[(sizes > 0) & (sizes < 1e-12)] = torch.nan
            assert ((sizes < 1e-12) | (sizes > 1e-6)).all(), f"{case}, {path}: {sizes.min()}"
        result[f"grad/{path}"], result[f"after/{path}"] = gradients[0][path], value
    return result


def check(case, exact, rounded):
    """Whether float32 is close enough for the tests' tolerances to be fair."""
    for name, value in exact.items():
        allowed = 3e-5 if name.startswith("after") else 1e-5
        if name.startswith("grad"):
            assert value.abs().max() > 1e-3, f"{case}, {name}: this would prove little"
            allowed = 2e-5 * value.abs().max() + 1e-7
        error = (value - rounded[name]).abs().nan_to_num().max()
        assert error <= allowed / 3, f"{case}, {name}: {error} of {allowed}"


expected = {}
for case in CASES:
    exact = make(case, torch.float64)
    check(case, exact, make(case, torch.float32))
    expected |= {f"{case}/{name}": value.float().contiguous() for name, value in exact.items()}
choices = {case: {"method": method, "options": options} for case, (method, options, _) in CASES.items()}
FILE.parent.mkdir(exist_ok=True)
# One entry, as safetensors writes several in any order.
save_file(expected, FILE, metadata={"cases": json.dumps(choices)})
FILE.chmod(0o644)
print(f"{len(CASES)} cases, {len(expected)} tensors, {FILE.stat().st_size} bytes")
