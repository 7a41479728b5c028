"""Measures clipft beside PyTorch on this machine, the two taking turns so that drift hits both; writes RESULTS.md.

compare.py CLIPFT [--rounds 3] [--seconds 6] [--images DIR] [--world MODEL_FOLDER] [--out RESULTS.md]

Run it with a Python that has torch, timm, peft, transformers, open_clip and Pillow. Each figure is the median over the
rounds; compare figures of one table only.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
MODEL = "ViT-B-16"  # with QuickGELU on both sides


class Side:
    """One program's figures by piece of work."""

    def __init__(self):
        self.rates, self.memory, self.peaks = [], [], []

    def add(self, result):
        self.rates.append(result["items_per_s"])
        self.memory.append(result["peak_rss_mb"])
        if result.get("percent_of_peak") is not None:
            self.peaks.append(result["percent_of_peak"])

    rate = property(lambda self: statistics.median(self.rates))
    megabytes = property(lambda self: max(self.memory))


def run(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def clipft(options, work, *flags):
    return run([options.clipft, "bench", work, "--seconds", str(options.seconds), "--json", *map(str, flags)])


def pytorch(options, work, *flags):
    script = HERE / "pytorch_work.py"
    return run([sys.executable, script, work, "--seconds", str(options.seconds), *map(str, flags)])


def compare(options, work, ours, theirs):
    sides = Side(), Side()
    for _ in range(options.rounds):
        sides[0].add(clipft(options, work, *ours)["results"][0])
        sides[1].add(pytorch(options, work, *theirs))
    return sides


def row(name, sides):
    ours, theirs = sides
    percent = f"{statistics.median(ours.peaks):.0f}" if ours.peaks else ""
    line = (f"| {name} | {ours.rate:.2f} | {theirs.rate:.2f} | **{ours.rate / theirs.rate:.2f}** | {percent} "
            f"| {ours.megabytes} | {theirs.megabytes} | {ours.megabytes / theirs.megabytes:.2f} |")
    print(line, flush=True)
    return line


def works(options, precisions):
    """Names, work, and the flags of both sides."""
    if options.world:
        for work in ["encode", "full", "lora"]:
            yield (f"demo's model {work}, batch 64, fp32", work,
                   ["--model", options.world, "--batch", 64, "--precision", "fp32"],
                   ["--model", options.world, "--batch", 64])
    for precision in precisions:
        trained = [(work, options.training_batch) for work in ["full", "lora", "bitfit", "ssf"]]
        for work, batch in [("encode", 1), ("encode", options.encode_batch)] + trained:
            yield (f"{MODEL} {work}, batch {batch}, {precision}", work,
                   ["--model", f"arch:{MODEL}-quickgelu", "--batch", batch, "--precision", precision],
                   ["--model", MODEL, "--batch", batch, "--precision", precision])
        yield (f"{MODEL} text, 64 short prompts, {precision}", "text",
               ["--model", f"arch:{MODEL}-quickgelu", "--precision", precision], ["--model", MODEL, "--precision", precision])
    if options.images:
        yield ("decode and preprocess, one thread", "decode",
               ["--images", options.images, "--threads", 1], ["--images", options.images, "--threads", 1])


def scaling(options, threads, precision):
    lines = ["| threads | " + " | ".join(f"batch {b}" for b in options.batches) + " |", "|---" * (len(options.batches) + 1) + "|"]
    for count in threads:
        rates = [clipft(options, "encode", "--model", f"arch:{MODEL}-quickgelu", "--batch", b, "--threads", count,
                        "--precision", precision)["results"][0]["items_per_s"] for b in options.batches]
        lines.append(f"| {count} | " + " | ".join(f"{rate:.2f}" for rate in rates) + " |")
        print(lines[-1], flush=True)
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clipft")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--training-batch", type=int, default=16)
    parser.add_argument("--encode-batch", type=int, default=32)
    parser.add_argument("--batches", type=int, nargs="*", default=[1, 2, 4, 8, 16, 32, 64], help="of the scaling table")
    parser.add_argument("--images", help="folder of photographs for decode")
    parser.add_argument("--world", help="model folder of the embedded world, such as clipft-demo/model")
    parser.add_argument("--out", default=str(HERE / "RESULTS.md"))
    options = parser.parse_args()

    report = clipft(options, "gemm")
    machine = report["machine"]
    features = machine["instruction_sets"].split()
    precisions = ["fp32"] + (["bf16"] if any("bf16" in f for f in features) else [])
    lines = [
        "# Measured", "",
        f"{machine['processor']}, {machine['threads']} threads, {report['engine']}; instruction sets "
        f"{machine['instruction_sets']}; {machine['memory_mb']} MB; matrix products reach "
        f"{machine['peak_gflops']:.0f} GFLOP/s.", "",
        f"`make bench`; medians of {options.rounds} alternating rounds of {options.seconds:.0f} s. Rates are images or "
        "prompts a second, memory is the peak resident size in MB; the last columns divide ours by PyTorch's.", "",
        "| work | clipft | PyTorch | ratio | % of peak | MB | PyTorch's MB | ratio |", "|---|---|---|---|---|---|---|---|",
    ]
    for name, work, ours, theirs in works(options, precisions):
        lines.append(row(name, compare(options, work, ours, theirs)))
    threads = sorted({1, machine["threads"]})
    for precision in precisions:
        lines += ["", f"{MODEL} encode by batch and threads, {precision}, images a second:", ""]
        lines += scaling(options, threads, precision)
    pathlib.Path(options.out).write_text("\n".join(lines) + "\n")


main()
