"""Compares clipft's tokens with those of open_clip's SimpleTokenizer and of transformers' fast CLIP tokenizer.

parity_tokens.py CLIPFT VOCABULARY [--seed 1] [--show 5]

VOCABULARY is a folder with bpe_simple_vocab_16e6.txt.gz, vocab.json, merges.txt and tokenizer.json. The 25,000 lines are
ImageNet's class names in prompts, random Unicode, emoji, HTML entities, punctuation, very long lines and text of several
languages that was decoded wrongly once or more often, from a fixed seed. clipft promises open_clip's tokens, whose
cleaning (repairs, HTML, spaces) transformers' fast tokenizer does not have: of that, the lines on which both references
agree are what clipft must match. Lines in which the reference guesses at wrongly decoded text are counted ("guessed");
those that differ with code points that are not assigned, which are letters or none by the version of Unicode a program
has, are counted apart.

Exits with 1 if a line differs that should not.
"""
import argparse
import html.entities
import json
import pathlib
import random
import subprocess
import sys
import unicodedata

import ftfy
from open_clip.tokenizer import SimpleTokenizer
from transformers import CLIPTokenizerFast

MANIFESTS = pathlib.Path(__file__).resolve().parents[1] / "manifests"
CONTEXT = 77
EMOJI = ["👍", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "❤️", "🎈", "🤷‍♀️", "1️⃣", "🫠", "☕", "⚡️", "👩🏿‍🚀"]


def prompts(generator, count):
    names = [line.split("\t")[-1] for line in (MANIFESTS / "imagenet-classes.txt").read_text().splitlines() if line]
    templates = [line for line in (MANIFESTS / "imagenet-templates.txt").read_text().splitlines() if line]
    assert len(names) == 1000, len(names)
    return [generator.choice(templates).replace("{}", name) for name in names for _ in range(count // len(names))]


def unicode_text(generator):
    ranges = [(0x20, 0x250), (0x250, 0x600), (0x600, 0x900), (0x900, 0xE00), (0xE00, 0x1800), (0x1E00, 0x2C00),
              (0x2C00, 0x3400), (0x3400, 0xD800), (0xE000, 0x10000), (0x1D400, 0x1D800), (0x1F300, 0x1FB00),
              (0x10000, 0x110000)]
    start, end = generator.choice(ranges)
    text = "".join(chr(generator.randrange(start, end)) for _ in range(generator.randint(1, 40)))
    return text + generator.choice(["", " a photo", " 'sA", "'LL", "\u0301", "12"])


def emoji_text(generator):
    return generator.choice(["", " "]).join(
        generator.choice(EMOJI + ["cat", "it's", chr(generator.randrange(0x1F300, 0x1FB00)), "\u200d", "\ufe0f", "🏻"])
        for _ in range(generator.randint(1, 12)))


def entity_text(generator, names):
    def piece():
        name = generator.choice(names)
        return generator.choice([
            f"&{name}", f"&{name.rstrip(';')}", f"&{name.rstrip(';')}x", f"&{name.upper()}", f"&amp;{name}",
            f"&#{generator.randint(0, 0x400)};", f"&#{generator.randint(0, 0x120000)}", f"&#x{generator.randint(0, 0x2FFF):x};",
            f"&#X{generator.randint(0, 0x2FFF):X}", "&amp;amp;", "&amp;lt;b&gt;", "<br/>", "AT&T", "&", "&#;", "&#x;",
            "&lt", "&notit;", "&#xD800;", "a photo"])
    return generator.choice(["", " "]).join(piece() for _ in range(generator.randint(1, 6)))


def ascii_text(generator):
    return "".join(chr(generator.randrange(0x20, 0x7F)) for _ in range(generator.randint(0, 60)))


def long_text(generator):
    unit = generator.choice(["a", "ab", "0", "!", "é", "👍", " x", "don't ", "&amp;", "日本", "aB3-"])
    return (unit * (generator.randint(300, 6000) // len(unit))) + generator.choice(["", " end"])


SENTENCES = [
    "a photo of a café crème", "it’s a dog — isn’t it?", "“quoted” text …", "voilà le travail, déjà vu à la carte",
    "Über große Straßen läuft’s", "el niño pequeño ¿qué tal?", "São Paulo não é à toa", "100 km for £20 or 30 €, ½ price ©",
    "Привет, мир! — как дела?", "Ελληνικά και άλλα", "日本語の写真", "한국어 사진", "صورة قطة", "תמונה של חתול", "ภาพแมว",
    "😀 smile 👍🏽 ok", "Dvořák, Žižek and Łódź", "Ångström fjäll Ærø smørrebrød", "fête naïve façade œuvre", "Türkçe İstanbul ığş",
    "ąęė ąžuolas šuo", "plain words only",
]
ENCODINGS = ["latin-1", "cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1257", "iso-8859-2", "mac_roman", "cp437"]


def mojibake_text(generator):
    """One sentence or two, decoded wrongly one to three times, sometimes only in part or with losses."""
    def garble(text):
        for _ in range(generator.choice([1, 1, 1, 2, 3])):
            encoding = generator.choice(ENCODINGS[:2] if generator.random() < 0.6 else ENCODINGS)
            sloppy = "sloppy-windows-" + encoding[2:] if encoding.startswith("cp125") else encoding
            if encoding.startswith("cp125") and generator.random() < 0.2:
                text = text.encode("utf-8", "replace").decode(encoding, "replace")
            else:
                text = text.encode("utf-8").decode(sloppy)
        return text
    text = garble(generator.choice(SENTENCES))
    if generator.random() < 0.3:
        text += generator.choice([" ", ", ", " — "]) + generator.choice(SENTENCES)
    if generator.random() < 0.1:
        text = text.replace("\xa0", " ")
    if generator.random() < 0.1:
        start = generator.randrange(len(text))
        text = text[start:start + generator.randint(2, 30)]
    return text


def lines(generator):
    names = sorted(html.entities.html5)
    made = {
        "prompts": prompts(generator, 10_000),
        "unicode": [unicode_text(generator) for _ in range(3500)],
        "emoji": [emoji_text(generator) for _ in range(2000)],
        "entities": [entity_text(generator, names) for _ in range(2500)],
        "ascii": [ascii_text(generator) for _ in range(1500)],
        "long": [long_text(generator) for _ in range(500)],
        "mojibake": [mojibake_text(generator) for _ in range(5000)],
    }
    # A line ends at a line feed, with a carriage return or without.
    return [(kind, text.replace("\n", " ").rstrip("\r")) for kind, texts in made.items() for text in texts]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("clipft")
    parser.add_argument("vocabulary", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5, help="differing lines to show of each kind")
    options = parser.parse_args()
    cases = lines(random.Random(options.seed))
    texts = [text for _, text in cases]

    vocabulary = options.vocabulary / "bpe_simple_vocab_16e6.txt.gz"
    output = subprocess.run(
        [options.clipft, "tokenize", "--tokenizer", vocabulary, "--context-length", str(CONTEXT), "--json"],
        input="".join(text + "\n" for text in texts).encode(), stdout=subprocess.PIPE, check=True).stdout
    actual = json.loads(output)["tokens"]
    assert len(actual) == len(texts), (len(actual), len(texts))

    open_clip = SimpleTokenizer(bpe_path=str(vocabulary), context_length=CONTEXT)
    fast = CLIPTokenizerFast.from_pretrained(options.vocabulary)
    assert fast.is_fast
    # Padded by the end token; what follows the first end is no part of the text.
    def unpadded(ids):
        return ids[:ids.index(fast.eos_token_id) + 1]

    counts, different = {}, 0
    for (kind, text), ours in zip(cases, actual):
        expected = open_clip(text)[0].tolist()
        plain = fast(text, truncation=True, max_length=CONTEXT)["input_ids"]
        guessed = ftfy.fix_text(text) != ftfy.fix_text(text, fix_encoding=False)
        unassigned = any(unicodedata.category(c) == "Cn" for c in open_clip.clean_fn(text))
        count = counts.setdefault(kind, dict(lines=0, open_clip=0, guessed=0, unassigned=0, agreeing=0, fast=0))
        count["lines"] += 1
        same = ours == expected
        references_agree = unpadded(expected) == unpadded(plain)
        count["agreeing"] += references_agree
        count["fast"] += references_agree and unpadded(ours) == unpadded(plain)
        count["guessed"] += guessed
        if unassigned and not same:
            count["unassigned"] += 1
        else:
            count["open_clip"] += same
            if not same:
                different += 1
                if count["lines"] - count["unassigned"] - count["open_clip"] <= options.show:
                    print(f"{kind}: {ascii(text[:120])}: {unpadded(ours)[:20]}, not {unpadded(expected)[:20]}")
    print(f"{'lines':10} {'of':>7} {'as open_clip':>13} {'guessed':>14} {'unassigned apart':>17} "
          f"{'references agree':>17} {'as both':>8}")
    for kind, c in [*counts.items(), ("all", {k: sum(c[k] for c in counts.values()) for k in counts["prompts"]})]:
        print(f"{kind:10} {c['lines']:7} {c['open_clip']:13} {c['guessed']:14} {c['unassigned']:17} {c['agreeing']:17} "
              f"{c['fast']:8}")
    sys.exit(1 if different else 0)


main()
