"""Writes the fixtures of TokenizerTests: a small vocabulary, its files in every format, and the reference's ids.

Run by hand from the repository root, in an environment with open_clip and transformers:
python Tests/Fixtures/make_tokenizer.py
"""

import gzip
import html.entities
import json
import os
import random
import shutil
import unicodedata

import ftfy
import regex
from open_clip.tokenizer import SimpleTokenizer, bytes_to_unicode
from transformers import CLIPTokenizer

OUT = "Tests/TokenizerTests/Fixtures"
VOCABULARY_SIZE = 900

ADJECTIVES = "small large red green blue striped spotted blurry bright dark old shiny wooden paper neon".split()
OBJECTS = ("circle triangle star flower fish bird boat house tree cup chair lamp bicycle guitar clock "
           "umbrella butterfly mushroom teapot elephant").split()
PLACES = ("grass", "the beach", "a table", "snow", "a city street", "the water", "a white background")
TEMPLATES = ("a photo of a {a} {o}.", "a drawing of the {o} on {p}", "a {a} {o}, in front of {p}.",
             "art of a {o}: it's {a}", "{o} on {p}, don't you think?", "the {o}'s {a} shape", "{n} {a} {o}s on {p}!")


def corpus(generator):
    return [
        generator.choice(TEMPLATES).format(
            a=generator.choice(ADJECTIVES), o=generator.choice(OBJECTS), p=generator.choice(PLACES),
            n=generator.randint(2, 1999))
        for _ in range(250)
    ]


def train(lines):
    """The most frequent pair becomes a token; of equally frequent ones, that of the older tokens."""
    encoder = bytes_to_unicode()
    alphabet = list(encoder.values())
    spellings = alphabet + [c + "</w>" for c in alphabet] + ["<|startoftext|>", "<|endoftext|>"]
    ids = {spelling: i for i, spelling in enumerate(spellings)}
    reference = SimpleTokenizer()
    counts = {}
    for line in lines:
        for word in regex.findall(reference.pat, reference.clean_fn(line)):
            symbols = [encoder[b] for b in word.encode()]
            symbols[-1] += "</w>"
            key = tuple(ids[s] for s in symbols)
            counts[key] = counts.get(key, 0) + 1
    words = [[list(word), count] for word, count in counts.items()]
    merges = []
    while len(spellings) < VOCABULARY_SIZE:
        pairs = {}
        for word, count in words:
            for pair in zip(word, word[1:]):
                if spellings[pair[0]] + spellings[pair[1]] not in ids:
                    pairs[pair] = pairs.get(pair, 0) + count
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        if pairs[best] < 2:
            break
        merges.append((spellings[best[0]], spellings[best[1]]))
        ids["".join(merges[-1])] = len(spellings)
        spellings.append("".join(merges[-1]))
        for entry in words:
            word, i, joined = entry[0], 0, []
            while i < len(word):
                if tuple(word[i:i + 2]) == best:
                    joined.append(ids[spellings[-1]])
                    i += 2
                else:
                    joined.append(word[i])
                    i += 1
            entry[0] = joined
    return merges


def samples(generator, lines):
    result = generator.sample(lines, 40)
    result += ["", " ", "A", "ÉCLAIR", "don't DON'T Don’t won't'S 's'll", "1234 3½ Ⅷ x²", "<start_of_text>a<end_of_text>",
               "!<start_of_text>", "<|startoftext|> <|endoftext|>", "tab\tnew\nline\r\nspace\u3000nbsp\xa0end",
               "ΟΔΥΣΣΕΥΣ ΣΑΣ Σ ΑΣ.Β", "İstanbul ǅ ſhort 'ſ", "ﬁne ﬂuﬃest ＦＵＬＬ　ＷＩＤＴＨ ﾊﾛｰ", "e\u0301 \u1e9b\u0323 \u0345x",
               "“quoted” ‘it’s’ … —", "\x1b[31mred\x1b[0m \x00\x07bell", "日本語 한국어 русский العربية ไทย हिन्दी",
               "</w> a</w>b", "a" * 300, "x\u200by\ufeffz\u2028w"]
    emoji = ["👍", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "❤️", "🎈", "🤷‍♀️", "1️⃣"]
    for _ in range(20):
        result.append(" ".join(generator.choice(emoji + OBJECTS) for _ in range(5)))
    names = sorted(html.entities.html5)
    for _ in range(60):
        pieces = []
        for _ in range(4):
            name = generator.choice(names)
            pieces.append(generator.choice([
                f"&{name}", f"&{name.rstrip(';')}x", f"&{name.upper()}", f"&#{generator.randint(0, 400)};",
                f"&#x{generator.randint(0, 0x2fff):x}", "&amp;amp;", "&amp;lt;b&gt;", "&amp;#39;", "<br/>", "AT&T", "&", "&#;",
                "&#x110000;", "&#99999999999;", "&lt", "&eacute", "&notit;", "&EACUTE;", "&#xD800;", "a photo"]))
        result.append(generator.choice(["", " "]).join(pieces))
    for _ in range(80):
        start, end = generator.choice([(0, 0x250), (0x250, 0x600), (0x900, 0xe00), (0x1e00, 0x2c00), (0x3000, 0x3400),
                                       (0xf900, 0x10000), (0x1d400, 0x1d800), (0x1f300, 0x1fa00)])
        characters = [chr(generator.randrange(start, end)) for _ in range(12)]
        result.append("".join(c for c in characters if unicodedata.category(c) not in ("Cn", "Cs", "Co")) + " 'sa")
    # Guessing at wrongly decoded text is the one repair that is not reproduced.
    return [line for line in result if ftfy.fix_text(line) == ftfy.fix_text(line, fix_encoding=False)]


def main():
    generator = random.Random(11)
    os.makedirs(OUT, exist_ok=True)
    lines = corpus(generator)
    merges = train(lines)
    with open(f"{OUT}/corpus.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    text = "\n".join(["#version: 0.2"] + [" ".join(merge) for merge in merges])
    with open(f"{OUT}/merges.txt", "w", encoding="utf-8") as file:
        file.write(text + "\n")
    # The reference takes every line of its file for a merge.
    with open(f"{OUT}/bpe.txt.gz", "wb") as file:
        file.write(gzip.compress(text.encode(), mtime=0))

    reference = SimpleTokenizer(bpe_path=f"{OUT}/bpe.txt.gz")
    ids = {{"<start_of_text>": "<|startoftext|>", "<end_of_text>": "<|endoftext|>"}.get(s, s): i
           for s, i in reference.encoder.items()}
    with open(f"{OUT}/vocab.json", "w", encoding="utf-8") as file:
        json.dump(ids, file, ensure_ascii=False)
    CLIPTokenizer.from_pretrained(OUT).save_pretrained("/tmp/clip-tokenizer-fixture")
    with open("/tmp/clip-tokenizer-fixture/tokenizer.json", encoding="utf-8") as file:
        saved = json.load(file)
    shutil.rmtree("/tmp/clip-tokenizer-fixture")
    with open(f"{OUT}/tokenizer.json", "w", encoding="utf-8") as file:
        json.dump(saved, file, ensure_ascii=False, separators=(",", ":"))

    texts = samples(generator, lines)
    cases = [{"text": t, "ids": reference.encode(t), "context": reference(t, context_length=16)[0].tolist()}
             for t in texts]
    with open(f"{OUT}/reference.json", "w", encoding="utf-8") as file:
        json.dump(cases, file, ensure_ascii=True, separators=(",", ":"))
    print(len(merges), "merges,", len(cases), "cases")


main()
