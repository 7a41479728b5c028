/// What commands and options are called in other programs.
enum UsageSynonyms {
  /// Without dashes in front, in lower case, with `-` between words.
  static func plain(_ word: String) -> String {
    word.drop { $0 == "-" }.lowercased().replacing("_", with: "-")
  }

  static let commands: [String: String] = [
    "eval": "eval-shift", "evaluate": "eval-shift", "evaluation": "eval-shift", "score": "eval-shift",
    "test": "eval-shift", "validate": "eval-shift", "val": "eval-shift", "shift": "eval-shift",
    "robustness": "eval-shift", "predict": "eval-shift",
    "train": "finetune", "fine-tune": "finetune", "fine-tuning": "finetune", "finetuning": "finetune",
    "tune": "finetune", "ft": "finetune", "fit": "finetune", "adapt": "finetune", "peft": "finetune",
    "resume": "finetune",
    "wise-ft": "wise", "wiseft": "wise", "interpolate": "wise", "sweep": "wise", "curve": "wise",
    "alpha": "wise", "alphas": "wise",
    "zero-shot": "zeroshot", "head": "zeroshot", "classify": "zeroshot",
    "encode": "embed", "embeddings": "embed", "embedding": "embed", "features": "embed", "extract": "embed",
    "tokens": "tokenize", "tokenise": "tokenize", "tokenizer": "tokenize",
    "pixels": "preprocess", "transform": "preprocess",
    "pre-train": "pretrain", "pretraining": "pretrain", "contrastive": "pretrain",
    "render": "world", "draw": "world",
    "save": "export", "merge-run": "export", "translate": "convert",
    "soups": "soup", "average": "soup", "mean": "soup", "combine": "merge", "mergekit": "merge",
    "task-arithmetic": "merge", "ties": "merge",
    "info": "inspect", "show": "inspect", "describe": "inspect", "params": "inspect", "parameters": "inspect",
    "count": "inspect",
    "plot": "report", "html": "report", "figure": "report", "table": "report",
    "data": "datasets", "ls": "datasets", "manifests": "datasets",
    "benchmark": "bench", "speed": "bench", "time": "bench", "profile": "bench",
    "verify": "check", "info-dataset": "show",
  ]

  /// The first of the names that a command has is meant.
  static let options: [String: [String]] = [
    "learning-rate": ["lr"], "rate": ["lr"], "eta": ["lr"], "base-lr": ["lr"], "lr-rate": ["lr"],
    "bs": ["batch-size", "batch"], "batch": ["batch-size"], "batch-size": ["batch"],
    "batchsize": ["batch-size", "batch"], "per-device-train-batch-size": ["batch-size"],
    "epoch": ["epochs"], "num-epochs": ["epochs"], "n-epochs": ["epochs"], "num-train-epochs": ["epochs"],
    "max-epochs": ["epochs"], "e": ["epochs"],
    "wd": ["weight-decay"], "decay": ["weight-decay"], "l2": ["weight-decay"],
    "grad-accum": ["micro-batch"], "accumulate": ["micro-batch"],
    "gradient-accumulation-steps": ["micro-batch"], "gradient-checkpointing": ["recompute"],
    "checkpointing": ["recompute"], "stochastic-depth": ["drop-path"],
    "method": ["peft", "methods"], "adapter": ["peft"], "algorithm": ["peft"], "tuning": ["peft"],
    "peft-method": ["peft"], "methods": ["peft"],
    "arch": ["model"], "backbone": ["model"], "pretrained": ["model"], "checkpoint": ["model", "run"],
    "ckpt": ["model", "run"], "weights": ["model"], "load": ["model"], "m": ["model"], "clip": ["model"],
    "name": ["arch"], "architecture": ["arch", "model"],
    "dataset": ["datasets"], "datasets": ["dataset"], "data": ["dataset", "datasets", "data-root"],
    "train": ["dataset"], "train-data": ["dataset"], "train-dataset": ["dataset"], "train-dir": ["dataset"],
    "d": ["dataset", "datasets"], "shifts": ["datasets"], "shift": ["datasets"],
    "eval-datasets": ["datasets"],
    "val-data": ["val"], "val-dataset": ["val"], "validation": ["val"], "valid": ["val"],
    "val-split": ["val-fraction"],
    "validation-split": ["val-fraction"], "val-size": ["val-fraction"],
    "data-dir": ["data-root"], "data-path": ["data-root"], "data-location": ["data-root"],
    "root": ["data-root"],
    "data-folder": ["data-root"],
    "output": ["out"], "output-dir": ["out"], "out-dir": ["out"], "save": ["out"], "save-dir": ["out"],
    "outdir": ["out"], "o": ["out"], "dest": ["out"], "logdir": ["out"], "exp-dir": ["out"],
    "run-dir": ["run", "out"], "runs": ["run"], "run": ["resume"], "r": ["run"], "continue": ["resume"],
    "resume-from": ["resume"], "from": ["run"],
    "alpha": ["alphas"], "alphas": ["alpha"], "a": ["alpha", "alphas"], "a-list": ["alphas"],
    "coefficients": ["alphas"],
    "num-shots": ["shots"], "n-shots": ["shots"], "shot": ["shots"], "k-shot": ["shots"],
    "few-shot": ["shots"],
    "class-names": ["classes"], "classnames": ["classes"], "labels": ["classes"], "names": ["classes"],
    "prompt": ["templates"], "prompts": ["templates"], "template": ["templates"],
    "image": ["images"], "img": ["images"], "imgs": ["images"], "text": ["texts"], "captions": ["texts"],
    "resolution": ["image-size", "size"], "img-size": ["image-size", "size"], "size": ["image-size"],
    "image-size": ["size"], "input-size": ["image-size", "size"],
    "norm": ["normalize"], "normalise": ["normalize"],
    "workers": ["threads"], "num-workers": ["threads"], "jobs": ["threads"], "j": ["threads"],
    "cpus": ["threads"], "num-threads": ["threads"], "cores": ["threads"],
    "amp": ["precision"], "dtype": ["precision"], "half": ["precision"], "float32": ["precision"],
    "mixed-precision": ["precision"], "torch-dtype": ["precision"],
    "random-seed": ["seed"], "random-state": ["seed"], "rng": ["seed"], "s": ["seed"],
    "format": ["to"], "layout": ["to"], "target": ["to"],
    "vocab": ["tokenizer"], "vocabulary": ["tokenizer"], "merges": ["tokenizer"],
    "max-length": ["context-length"], "context": ["context-length"],
    "skip-bad": ["bad-images"], "ignore-errors": ["bad-images"], "partial": ["allow-partial"],
  ]

  /// Other names of methods' options.
  static let methodOptions: [String: String] = [
    "r": "rank", "lora-r": "rank", "dim": "rank", "lora-alpha": "scale", "lora-scale": "scale",
    "lora-dropout": "dropout", "p": "dropout",
  ]

  /// What has no option at all.
  static let sentences: [String: String] = [
    "device": "it computes on the processor, so leave it away",
    "gpu": "it computes on the processor, so leave it away",
    "gpus": "it computes on the processor, so leave it away",
    "cuda": "it computes on the processor, so leave it away",
    "fp32": "write --precision fp32", "fp16": "write --precision bf16", "bf16": "write --precision bf16",
    "v": "progress is always shown", "verbose": "progress is always shown",
    "q": "send progress away with 2>/dev/null", "quiet": "send progress away with 2>/dev/null",
    "silent": "send progress away with 2>/dev/null",
    "yes": "it never asks, so leave it away", "y": "it never asks, so leave it away",
    "force": "it never replaces what is there; choose another name or remove it first",
    "overwrite": "it never replaces what is there; choose another name or remove it first",
  ]
}
