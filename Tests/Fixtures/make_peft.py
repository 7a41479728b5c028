"""Writes Tests/TrainingTests/Fixtures/peft: a tiny transformers CLIP and adapters that peft trained on it.

Each adapter's folder is what peft's save_pretrained writes, with `expected.safetensors`: image and text embeddings of the
adapted model. Written with torch 2.15, transformers 5.24 and peft 0.21.2.
"""
import json
import pathlib
import shutil

import torch
from peft import (DeloraConfig, HiraConfig, IA3Config, LNTuningConfig, LoraConfig, OFTConfig, RandLoraConfig, VeraConfig,
                  get_peft_model)
from safetensors.torch import save_file
from transformers import CLIPConfig, CLIPModel

OUT = pathlib.Path(__file__).parent.parent / "TrainingTests" / "Fixtures" / "peft"


def clip():
    torch.manual_seed(0)
    tower = dict(hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2, hidden_act="quick_gelu")
    config = CLIPConfig(
        text_config=dict(vocab_size=32, max_position_embeddings=6, bos_token_id=30, eos_token_id=31, **tower),
        vision_config=dict(image_size=16, patch_size=8, **tower), projection_dim=8)
    model = CLIPModel(config).eval()
    for name, parameter in model.named_parameters():
        with torch.no_grad():
            noise = torch.randn_like(parameter) * 0.2
            norm = "norm" in name or "layrnorm" in name
            parameter.copy_(noise + (1 if norm and name.endswith("weight") else 0))
    return model


IMAGES = torch.randn(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))
TEXTS = torch.tensor([[30, 4, 5, 31, 0, 0], [30, 9, 31, 0, 0, 0]])
QKV = ["q_proj", "k_proj", "v_proj"]
ADAPTERS = {
    "lora": LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "out_proj", "fc1", "fc2"]),
    "lora-some": LoraConfig(
        r=2, lora_alpha=3, use_rslora=True, target_modules=["q_proj", "fc2"], layers_to_transform=[1],
        rank_pattern={"fc2": 3}, alpha_pattern={"fc2": 5}, modules_to_save=["visual_projection"]),
    "dora": LoraConfig(r=2, lora_alpha=4, use_dora=True, target_modules=QKV + ["fc1"]),
    "pissa": LoraConfig(r=2, lora_alpha=2, init_lora_weights="pissa", target_modules=QKV),
    "vera": VeraConfig(r=6, target_modules=["q_proj", "v_proj", "fc1"]),
    "ia3": IA3Config(target_modules=["k_proj", "v_proj", "fc2"], feedforward_modules=["fc2"]),
    "oft": OFTConfig(r=0, oft_block_size=4, target_modules=QKV),
    "oft-exact": OFTConfig(r=0, oft_block_size=8, use_cayley_neumann=False, target_modules=["out_proj", "fc2"]),
    "hira": HiraConfig(r=3, target_modules=QKV),
    "delora": DeloraConfig(r=3, target_modules=QKV),
    "randlora": RandLoraConfig(r=4, randlora_alpha=8, target_modules=["q_proj", "fc1", "fc2"]),
    "ln": LNTuningConfig(target_modules=["layer_norm1", "post_layernorm"]),
}


@torch.no_grad()
def embeddings(model):
    def tensor(output):
        return output if isinstance(output, torch.Tensor) else output.pooler_output
    return {
        "image_embeddings": tensor(model.get_image_features(pixel_values=IMAGES)).contiguous(),
        "text_embeddings": tensor(model.get_text_features(input_ids=TEXTS)).contiguous(),
    }


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    base = clip()
    base.save_pretrained(OUT / "clip")
    save_file({"pixel_values": IMAGES, "input_ids": TEXTS.int(), **embeddings(base)}, OUT / "clip" / "expected.safetensors")
    for name, config in ADAPTERS.items():
        torch.manual_seed(7)
        model = get_peft_model(clip(), config).eval()
        for key, parameter in model.named_parameters():
            if parameter.requires_grad:
                with torch.no_grad():
                    parameter.add_(torch.randn_like(parameter) * 0.1)
        folder = OUT / name
        model.save_pretrained(folder)
        (folder / "README.md").unlink(missing_ok=True)
        save_file(embeddings(model.base_model.model), folder / "expected.safetensors")
        settings = json.loads((folder / "adapter_config.json").read_text())
        settings["base_model_name_or_path"] = None
        (folder / "adapter_config.json").write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n")


main()
