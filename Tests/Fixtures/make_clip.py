"""Writes the tiny CLIP model folders and their expected outputs under Tests/CLIPCoreTests/Fixtures.

Run by hand from the repository root, in an environment with torch, transformers and safetensors:

    python Tests/Fixtures/make_clip.py

Each folder is a Hugging Face model folder (config.json, model.safetensors, preprocessor_config.json, vocab.json,
merges.txt, tokenizer_config.json) with `expected.safetensors` beside it:

    pixel_values              [3, 3, 16, 16]
    input_ids                 [4, 12] int32; rows padded with 0, with the end token, and not at all
    image_embeds              [3, 16] projected, not normalised; image_embeds_normalized likewise, normalised
    text_embeds               [4, 16] projected, not normalised; text_embeds_normalized likewise, normalised
    logits_per_image          [3, 4]  exp(logit_scale) · cosine similarity
    contrastive_loss          []      of images 0, 1, 2 with texts 0, 1, 2 (symmetric, mean)
    grad.contrastive.NAME             its gradient for every parameter of the model
    head.weight, head.bias    [5, 16], [5]
    labels                    [3] int32
    class_logits              [3, 5]  image_embeds_normalized · head.weightᵀ + head.bias
    cross_entropy_loss        []      mean over the images
    grad.cross_entropy.NAME           its gradient for every vision parameter, head.weight and head.bias

Expected values are computed in float64 from the float32 weights and stored as float32. No weight, bias or layer-norm
parameter is left at 0 or 1, so that a swapped or forgotten one is seen.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel, CLIPTokenizer

FIXTURES = Path(__file__).resolve().parents[1] / "CLIPCoreTests" / "Fixtures"
IMAGE, CONTEXT, VOCABULARY, PROJECTION, CLASSES = 16, 12, 64, 16, 5
MERGES = ["c a", "d o", "ca t</w>", "do g</w>", "p h", "o t", "ph ot", "phot o</w>"]


def vocabulary(added):
    """26 letters, 26 word-final letters, the merges, the start and end tokens, then tokens added later."""
    letters = [chr(ord("a") + i) for i in range(26)]
    tokens = letters + [letter + "</w>" for letter in letters] + [merge.replace(" ", "") for merge in MERGES]
    tokens += [f"<|unused{i}|>" for i in range(VOCABULARY - len(tokens) - 2 - len(added))]
    tokens += ["<|startoftext|>", "<|endoftext|>"] + added
    assert len(tokens) == VOCABULARY
    return {token: index for index, token in enumerate(tokens)}


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_tokenizer(folder, vocab):
    write_json(folder / "vocab.json", vocab)
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(MERGES) + "\n")
    write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "CLIPTokenizer",
            "bos_token": "<|startoftext|>",
            "eos_token": "<|endoftext|>",
            "pad_token": "<|endoftext|>",
            "unk_token": "<|endoftext|>",
            "do_lower_case": True,
            "model_max_length": CONTEXT,
        },
    )


def write_preprocessor(folder):
    write_json(
        folder / "preprocessor_config.json",
        {
            "image_processor_type": "CLIPImageProcessor",
            "do_convert_rgb": True,
            "do_resize": True,
            "size": {"shortest_edge": IMAGE},
            "resample": 3,
            "do_center_crop": True,
            "crop_size": {"height": IMAGE, "width": IMAGE},
            "do_rescale": True,
            "rescale_factor": 1 / 255,
            "do_normalize": True,
            "image_mean": [0.48145466, 0.4578275, 0.40821073],
            "image_std": [0.26862954, 0.26130258, 0.27577711],
        },
    )


def make_model(activation, start, end, config_end):
    config = CLIPConfig(
        projection_dim=PROJECTION,
        vision_config=dict(
            image_size=IMAGE, patch_size=4, hidden_size=24, intermediate_size=96, num_hidden_layers=2,
            num_attention_heads=4, hidden_act=activation, projection_dim=PROJECTION,
        ),
        text_config=dict(
            vocab_size=VOCABULARY, max_position_embeddings=CONTEXT, hidden_size=18, intermediate_size=72,
            num_hidden_layers=2, num_attention_heads=3, hidden_act=activation, projection_dim=PROJECTION,
            bos_token_id=start, eos_token_id=config_end, pad_token_id=1 if config_end == 2 else end,
        ),
        attn_implementation="eager",
    )
    model = CLIPModel(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape)
            if name == "logit_scale":
                parameter.fill_(1.7)
            elif "norm" in name or "layrnorm" in name:
                parameter.copy_((1 if name.endswith("weight") else 0) + 0.3 * noise)
            elif parameter.dim() == 1 or "position_embedding" in name or "token_embedding" in name:
                parameter.copy_(0.5 * noise)
            else:
                parameter.copy_(noise / parameter[0].numel() ** 0.5)
    return model


def make_tokens(start, end):
    """Contents end in every allowed place; ids above the end token occur where the vocabulary has them."""
    rows = [
        ([5, 40, 17], 0),
        ([52, 9, 31, VOCABULARY - 3, 54, 8, 2], end),
        ([55, 3], 0),
        ([11, 20, 50, 33, 56, 1, 25, 41, 0, 13], 0),
    ]
    if end < VOCABULARY - 1:
        rows[0][0][1] = VOCABULARY - 1
        rows[1][0][2] = end + 1
    tokens = torch.zeros(len(rows), CONTEXT, dtype=torch.int64)
    for index, (content, padding) in enumerate(rows):
        sequence = [start] + content + [end]
        tokens[index] = torch.tensor(sequence + [padding] * (CONTEXT - len(sequence)))
    return tokens


def gradients(prefix, loss, named):
    names, parameters = zip(*named)
    values = torch.autograd.grad(loss, parameters)
    assert all(value.abs().max() > 0 for value in values)
    return {f"grad.{prefix}.{name}": value for name, value in zip(names, values)}


def normalized(x):
    return x / x.norm(dim=-1, keepdim=True)


def expected_outputs(model, tokens):
    pixels = torch.randn(3, 3, IMAGE, IMAGE).double()
    head_weight = (2 * torch.randn(CLASSES, PROJECTION)).double().requires_grad_()
    head_bias = (0.5 * torch.randn(CLASSES)).double().requires_grad_()
    labels = torch.tensor([3, 0, 3])

    images = model.visual_projection(model.vision_model(pixel_values=pixels).pooler_output)
    texts = model.text_projection(model.text_model(input_ids=tokens).pooler_output)
    logits = model.logit_scale.exp() * normalized(images) @ normalized(texts).T
    own = model(input_ids=tokens, pixel_values=pixels)
    assert torch.allclose(own.logits_per_image, logits, rtol=1e-9)

    paired = model(input_ids=tokens[:3], pixel_values=pixels, return_loss=True)
    contrastive = gradients("contrastive", paired.loss, model.named_parameters())

    class_logits = normalized(images) @ head_weight.T + head_bias
    cross_entropy = torch.nn.functional.cross_entropy(class_logits, labels)
    vision = [(name, p) for name, p in model.named_parameters() if name.startswith("visi") or "visual" in name]
    vision += [("head.weight", head_weight), ("head.bias", head_bias)]
    result = {
        "pixel_values": pixels,
        "input_ids": tokens,
        "image_embeds": images,
        "image_embeds_normalized": normalized(images),
        "text_embeds": texts,
        "text_embeds_normalized": normalized(texts),
        "logits_per_image": logits,
        "contrastive_loss": paired.loss,
        "head.weight": head_weight,
        "head.bias": head_bias,
        "labels": labels,
        "class_logits": class_logits,
        "cross_entropy_loss": cross_entropy,
        **contrastive,
        **gradients("cross_entropy", cross_entropy, vision),
    }
    return {
        name: value.detach().to(torch.float32 if value.is_floating_point() else torch.int32).contiguous()
        for name, value in result.items()
    }


def make(name, seed, activation, added, legacy_end):
    torch.manual_seed(seed)
    folder = FIXTURES / name
    folder.mkdir(parents=True, exist_ok=True)
    vocab = vocabulary(added)
    start, end = vocab["<|startoftext|>"], vocab["<|endoftext|>"]
    model = make_model(activation, start, end, config_end=2 if legacy_end else end)
    model.save_pretrained(folder)
    write_preprocessor(folder)
    write_tokenizer(folder, vocab)
    save_file(expected_outputs(model.double(), make_tokens(start, end)), folder / "expected.safetensors")

    tokenizer = CLIPTokenizer.from_pretrained(folder)
    assert tokenizer("photo cat")["input_ids"] == [start, vocab["photo</w>"], vocab["cat</w>"], end]


# Older configurations say eos_token_id = 2 and mean "the position of the highest id".
make("clip-quickgelu", seed=1, activation="quick_gelu", added=[], legacy_end=True)
# Newer ones name the end token, which need not be the highest id: here two tokens were added after it.
make("clip-gelu-eos", seed=2, activation="gelu", added=["<|added0|>", "<|added1|>"], legacy_end=False)
