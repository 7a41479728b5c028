"""Small images of many kinds, byte by byte where Pillow cannot write them: for make_image_formats.py and
Benchmarks/parity_formats.py.

`VARIANTS` maps a format to its variants; each is a function of a random generator and of a width and a height, and
returns the bytes of a file. Not all are read by Pillow.
"""

import io
import lzma
import struct
import zlib

import numpy as np
from PIL import Image

VARIANTS = {name: {} for name in ("gif", "bmp", "tiff", "png", "webp", "jpeg", "netpbm")}


def variant(which, variant_name, /, **options):
    """Registers the function with these options as a variant of a format."""
    def register(function):
        VARIANTS[which][variant_name] = lambda rng, width, height: function(rng, width, height, **options)
        return function
    return register


def variants(which, function, cases):
    for name, options in cases.items():
        variant(which, name, **options)(function)


def scene(rng, width, height, channels=3):
    """Waves, edges and noise in bytes."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [128 + 100 * np.sin(x / rng.uniform(2, 9) + 2 * i + y / rng.uniform(3, 9)) + 60 * ((x // 5 + y // 4) % 2)
              - 30 * i for i in range(channels)]
    return np.clip(np.stack(planes, -1) + rng.normal(0, 12, (height, width, channels)), 0, 255).astype(np.uint8)


def saved(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def packed(samples, depth, low_first=False):
    """Rows of small samples, each row in whole bytes."""
    out = b""
    for row in samples:
        bits = "".join(format(int(value), f"0{depth}b") for value in row.reshape(-1))
        bits += "0" * (-len(bits) % 8)
        out += bytes(int(bits[i:i + 8][::-1] if low_first else bits[i:i + 8], 2) for i in range(0, len(bits), 8))
    return out


# ---- GIF ----------------------------------------------------------------------------------------------

def codes_of(indices, bits, clear_every=None):
    """The codes of GIF's Lempel-Ziv-Welch with their widths."""
    clear, codes = 1 << bits, []
    table, width = {}, bits + 1

    def start():
        nonlocal table, width
        codes.append((clear, width))
        table, width = {(i,): i for i in range(clear)}, bits + 1

    start()
    following, string = clear + 2, ()
    for n, index in enumerate(indices):
        index = int(index)
        if string + (index,) in table:
            string += (index,)
            continue
        codes.append((table[string], width))
        if following < 4096:
            table[string + (index,)] = following
            following += 1
            if following > 1 << width and width < 12:
                width += 1
        string = (index,)
        if clear_every and n % clear_every == clear_every - 1:
            codes.append((table[string], width))
            string = ()
            start()
            following = clear + 2
    if string:
        codes.append((table[string], width))
    # The decoder has made room for one string more than this encoder.
    if following == 1 << width and width < 12 and string:
        width += 1
    codes.append((clear + 1, width))
    return codes


def blocks(codes, size=255):
    number = filled = 0
    data = bytearray()
    for code, width in codes:
        number |= code << filled
        filled += width
        while filled >= 8:
            data.append(number & 255)
            number >>= 8
            filled -= 8
    if filled:
        data.append(number & 255)
    return b"".join(bytes([len(data[i:i + size])]) + data[i:i + size] for i in range(0, len(data), size)) + b"\0"


def gif(rng, width, height, bits=4, interlaced=False, screen=None, place=(0, 0), colors="global", local_bits=None,
        transparent=None, background=0, before=b"", after=b"", disposal=0, version=b"89a", clear_every=None,
        block_size=255, code_bits=None, ramp=False, frames=1, over=False):
    """A GIF of random pixels."""
    def palette(depth):
        if ramp:
            return bytes(i for i in range(1 << depth) for _ in range(3))
        return rng.integers(0, 256, 3 << depth).astype(np.uint8).tobytes()

    across, down = screen or (width + place[0], height + place[1])
    has_global = colors in ("global", "both")
    out = b"GIF" + version + struct.pack("<HHBBB", across, down, (0x80 if has_global else 0) | (bits - 1), background, 0)
    if has_global:
        out += palette(bits)
    out += before
    for frame in range(frames):
        if transparent is not None or disposal:
            out += b"!\xf9\x04" + struct.pack("<BHB", disposal << 2 | (transparent is not None), 7, transparent or 0) + b"\0"
        depth = local_bits or bits
        local = colors in ("local", "both")
        flags = (0x80 | (depth - 1) if local else 0) | (0x40 if interlaced else 0)
        out += b"," + struct.pack("<HHHHB", *place, width, height, flags) + (palette(depth) if local else b"")
        coded = code_bits or max(2, depth)
        top = 1 << (coded if over else depth)
        indices = rng.integers(0, top, (height, width))
        indices = np.where(rng.random((height, width)) < 0.5, indices, indices[:1])
        if interlaced:
            indices = np.concatenate([indices[first::step] for first, step in ((0, 8), (4, 8), (2, 4), (1, 2))])
        out += bytes([coded]) + blocks(codes_of(indices.reshape(-1), coded, clear_every), block_size)
    return out + after + b";"


COMMENT = b"!\xfe\x05hello\x03and\0"
variants("gif", gif, {
    **{f"bits{bits}": {"bits": bits} for bits in range(1, 9)},
    **{f"interlaced{bits}": {"bits": bits, "interlaced": True} for bits in (1, 4, 8)},
    "87a": {"version": b"87a"}, "local": {"colors": "local"}, "both": {"colors": "both", "local_bits": 3},
    "no-palette": {"colors": "none", "bits": 8}, "no-palette-2": {"colors": "none", "bits": 2},
    "ramp": {"ramp": True, "bits": 8}, "ramp-16": {"ramp": True}, "ramp-over": {"ramp": True, "code_bits": 8, "over": True},
    "ramp-local": {"ramp": True, "colors": "local"}, "over": {"bits": 3, "code_bits": 8, "over": True},
    "transparent": {"transparent": 3}, "transparent-0": {"transparent": 0}, "transparent-over": {"transparent": 200},
    "background": {"background": 5, "place": (3, 2), "screen": (60, 50)},
    "placed": {"place": (2, 3), "screen": (60, 50)}, "placed-transparent": {"place": (2, 3), "screen": (60, 50), "transparent": 7},
    "placed-interlaced": {"place": (5, 1), "screen": (51, 47), "interlaced": True},
    "sticks-out": {"place": (3, 4), "screen": (5, 5)}, "sticks-out-transparent": {"place": (3, 4), "screen": (5, 5), "transparent": 2},
    "screen-0": {"screen": (0, 0)}, "ramp-placed": {"ramp": True, "bits": 8, "place": (2, 1), "transparent": 9},
    "animated": {"frames": 3}, "animated-disposal": {"frames": 2, "disposal": 2, "transparent": 1, "place": (1, 1), "screen": (45, 45)},
    "disposal-3": {"frames": 2, "disposal": 3}, "comment": {"before": COMMENT, "after": COMMENT},
    "loop": {"before": b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0", "frames": 2},
    "plain-text": {"before": b"!\x01\x0c" + bytes(12) + b"\x02hi\0"}, "junk-between": {"before": b"\0\1\2"},
    "cleared": {"clear_every": 7}, "small-blocks": {"block_size": 3}, "one-byte-blocks": {"block_size": 1},
    "wide-codes": {"code_bits": 8}, "nine-bits": {"code_bits": 9, "bits": 8},
    "two-controls": {"before": b"!\xf9\x04\x01\0\0\x02\0!\xf9\x04\0\0\0\x03\0"},
})


@variant("gif", "pillow")
def pillow_gif(rng, width, height):
    return saved(Image.fromarray(scene(rng, width, height)).quantize(64), "GIF")


@variant("gif", "pillow-gray")
def pillow_gray_gif(rng, width, height):
    return saved(Image.fromarray(scene(rng, width, height)).convert("L"), "GIF", interlace=0)


@variant("gif", "pillow-animated")
def pillow_animated_gif(rng, width, height):
    images = [Image.fromarray(scene(rng, width, height)).quantize(32) for _ in range(3)]
    return saved(images[0], "GIF", save_all=True, append_images=images[1:], disposal=2, transparency=4)


# ---- BMP ----------------------------------------------------------------------------------------------

MASKS = {"565": (0xF800, 0x7E0, 0x1F, 0), "555": (0x7C00, 0x3E0, 0x1F, 0), "444": (0xF00, 0xF0, 0xF, 0),
         "bgrx": (0xFF0000, 0xFF00, 0xFF, 0), "xbgr": (0xFF000000, 0xFF0000, 0xFF00, 0),
         "bgxr": (0xFF000000, 0xFF00, 0xFF, 0), "abgr": (0xFF000000, 0xFF0000, 0xFF00, 0xFF),
         "rgba": (0xFF, 0xFF00, 0xFF0000, 0xFF000000), "bgra": (0xFF0000, 0xFF00, 0xFF, 0xFF000000),
         "bgar": (0xFF000000, 0xFF00, 0xFF, 0xFF0000), "none": (0, 0, 0, 0), "bgr": (0xFF0000, 0xFF00, 0xFF, 0)}


def run_lengths(rng, rows, nibbles):
    """Random runs, stretches as they are, steps, and ends of rows."""
    out = bytearray()
    for y, row in enumerate(rows):
        x = 0
        while x < len(row):
            left = len(row) - x
            choice = rng.random()
            if choice < 0.5 or left < 3:
                run = int(rng.integers(1, left + 1)) + int(rng.integers(0, 3) if rng.random() < 0.1 else 0)
                out += bytes([min(run, 255), int(row[x]) << 4 | int(row[(x + 1) % len(row)]) if nibbles else int(row[x])])
                x += min(run, 255)
            elif choice < 0.9:
                run = int(rng.integers(3, min(left, 255) + 1))
                out += bytes([0, run])
                stored = packed(row[x:x + run][None], 4) if nibbles else bytes(row[x:x + run].tolist())
                out += stored + bytes(len(stored) % 2)
                x += run
            else:
                right, up = int(rng.integers(0, left + 1)), int(rng.random() < 0.1)
                out += bytes([0, 2, right, up])
                x += right
        if rng.random() < 0.9:
            out += b"\0\0"
    return bytes(out)


def bmp(rng, width, height, bits=24, header=40, top_down=False, compression=0, masks=None, count=0, palette="random",
        offset="right", gap=0, ended=True, padded=True):
    core = header == 12
    stride = (width * bits + 31) // 32 * 4
    entries = b""
    if bits <= 8:
        listed = min(count or 1 << bits, 65536)
        if palette == "random":
            colors = rng.integers(0, 256, (listed, 3)).astype(np.uint8)
        elif palette == "ramp":
            colors = np.repeat(np.arange(listed, dtype=np.uint8)[:, None], 3, 1)
        else:
            colors = np.array([[0] * 3, [255] * 3][: listed] + [[9] * 3] * (listed - 2), np.uint8)
        entries = b"".join(bytes(color.tolist()) + (b"" if core else b"\0") for color in colors)
    words = MASKS[masks] if masks else ()
    inside = b"".join(struct.pack("<I", mask) for mask in words)
    if core:
        head = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        head = struct.pack("<IiiHHIIiiII", header, width, -height if top_down else height, 1, bits, compression, 0,
                           2835, 2835, count, 0)
        body = inside[: 16 if header >= 56 else 12] if header > 40 else b""
        head += body + bytes(header - 40 - len(body))
    after = inside[:12] if masks and header == 40 else b""
    if compression in (1, 2):
        rows = rng.integers(0, 1 << min(bits, 4 if compression == 2 else 8), (height, width)).astype(np.uint8)
        rows = np.where(rng.random(rows.shape) < 0.6, rows[:, :1], rows)
        data = run_lengths(rng, rows, compression == 2) + (b"\0\1" if ended else b"")
    else:
        data = rng.integers(0, 256, stride * height).astype(np.uint8).tobytes()
        if not padded:
            data = data[: stride * (height - 1) + (width * bits + 7) // 8]
    start = 14 + len(head) + len(after)
    at = {"right": start + len(entries) + gap, "zero": 0, "palette": 14 + header}[offset]
    return (b"BM" + struct.pack("<IHHI", start + len(entries) + gap + len(data), 0, 0, at) + head + after + entries
            + bytes(gap) + data)


BMP_CASES = {}
for bits in (1, 4, 8, 16, 24, 32):
    BMP_CASES[f"{bits}"] = {"bits": bits}
    BMP_CASES[f"{bits}-top-down"] = {"bits": bits, "top_down": True}
    BMP_CASES[f"{bits}-gap"] = {"bits": bits, "gap": 6}
    BMP_CASES[f"{bits}-unpadded"] = {"bits": bits, "padded": False}
    BMP_CASES[f"{bits}-core"] = {"bits": bits, "header": 12}
    for header in (52, 56, 64, 108, 124):
        BMP_CASES[f"{bits}-header{header}"] = {"bits": bits, "header": header}
for bits in (1, 4, 8):
    BMP_CASES[f"{bits}-zero-offset"] = {"bits": bits, "offset": "zero"}
    BMP_CASES[f"{bits}-palette-offset"] = {"bits": bits, "offset": "palette"}
    BMP_CASES[f"{bits}-ramp"] = {"bits": bits, "palette": "ramp"}
    BMP_CASES[f"{bits}-black-white"] = {"bits": bits, "palette": "black", "count": 2}
    BMP_CASES[f"{bits}-one-black"] = {"bits": bits, "palette": "ramp", "count": 1}
BMP_CASES |= {"8-short": {"bits": 8, "count": 100}, "8-short-ramp": {"bits": 8, "count": 100, "palette": "ramp"},
              "4-short": {"bits": 4, "count": 5}, "8-long": {"bits": 8, "count": 300},
              "8-long-ramp": {"bits": 8, "count": 300, "palette": "ramp"}, "1-long": {"bits": 1, "count": 16},
              "2": {"bits": 2}, "jpeg": {"compression": 4}, "png": {"compression": 5}, "header16": {"header": 60}}
for name, bits in (("565", 16), ("555", 16), ("444", 16), ("bgr", 24), ("bgrx", 32), ("xbgr", 32), ("bgxr", 32),
                   ("abgr", 32), ("rgba", 32), ("bgra", 32), ("bgar", 32), ("none", 32)):
    for header in (40, 52, 56, 108, 124):
        BMP_CASES[f"{bits}-{name}-header{header}"] = {"bits": bits, "masks": name, "header": header, "compression": 3}
for compression, bits in ((1, 8), (2, 4), (1, 4), (2, 8), (1, 1), (1, 24)):
    name = f"{bits}-rle{8 if compression == 1 else 4}"
    BMP_CASES[name] = {"bits": bits, "compression": compression}
    BMP_CASES[name + "-top-down"] = {"bits": bits, "compression": compression, "top_down": True}
    BMP_CASES[name + "-open"] = {"bits": bits, "compression": compression, "ended": False}
    BMP_CASES[name + "-ramp"] = {"bits": bits, "compression": compression, "palette": "ramp"}
    BMP_CASES[name + "-black-white"] = {"bits": bits, "compression": compression, "palette": "black", "count": 2}
    BMP_CASES[name + "-odd"] = {"bits": bits, "compression": compression, "gap": 1}
variants("bmp", bmp, BMP_CASES)
for mode in ("1", "L", "P", "RGB", "RGBA"):
    variant("bmp", f"pillow-{mode}")(
        lambda rng, width, height, mode=mode: saved(Image.fromarray(scene(rng, width, height)).convert(mode), "BMP"))


# ---- TIFF ---------------------------------------------------------------------------------------------

SHORT, LONG, ASCII = 3, 4, 2


def lzw(data):
    """TIFF's Lempel-Ziv-Welch: highest bit first, widths that change one code early."""
    number, count, out = 0, 0, bytearray()
    table, width = {bytes([i]): i for i in range(256)}, 9

    def put(code):
        nonlocal number, count
        number, count = number << width | code, count + width
        while count >= 8:
            out.append(number >> (count - 8) & 255)
            count -= 8
        number &= (1 << count) - 1

    put(256)
    following, string = 258, b""
    for byte in data:
        longer = string + bytes([byte])
        if longer in table:
            string = longer
            continue
        put(table[string])
        table[longer] = following
        following += 1
        if following == 4094:
            put(256)
            table, width, following = {bytes([i]): i for i in range(256)}, 9, 258
        elif following + 1 > 1 << width:
            width += 1
        string = bytes([byte])
    put(table[string])
    following += 1
    if following + 1 > 1 << width and width < 12:
        width += 1
    put(257)
    if count:
        out.append(number << (8 - count) & 255)
    return bytes(out)


def pack_bits(data):
    out, i = b"", 0
    while i < len(data):
        run = 1
        while run < 128 and i + run < len(data) and data[i + run] == data[i]:
            run += 1
        if run > 1:
            out += bytes([257 - run, data[i]])
        else:
            while run < 128 and i + run < len(data) and data[i + run] != data[i + run - 1]:
                run += 1
            out += bytes([run - 1]) + data[i:i + run]
        i += run
    return out


COMPRESSORS = {1: bytes, 5: lzw, 8: zlib.compress, 32946: zlib.compress, 32773: pack_bits, 34925: lzma.compress}
REVERSED = bytes(int(format(i, "08b")[::-1], 2) for i in range(256))


def write_tiff(fields, chunks, tiled, big_endian=False, big=False, first=True):
    """A file of one directory; `chunks` are strips or tiles. `first` puts the directory before them."""
    order = ">" if big_endian else "<"
    offset_type, offset_size = (16, 8) if big else (LONG, 4)
    sizes = {ASCII: 1, 1: 1, SHORT: 2, LONG: 4, 16: 8, 7: 1}
    letters = {ASCII: "B", 1: "B", SHORT: "H", LONG: "I", 16: "Q", 7: "B"}
    fields = dict(fields)
    fields[324 if tiled else 273] = (offset_type, [0] * len(chunks))
    fields[325 if tiled else 279] = (LONG, [len(chunk) for chunk in chunks])
    header = 16 if big else 8
    entry, counter = (20, 8) if big else (12, 2)
    directory = counter + entry * len(fields) + offset_size
    outside = {tag: sizes[kind] * len(values) for tag, (kind, values) in fields.items()
               if sizes[kind] * len(values) > offset_size}
    head_size = directory + sum(size + size % 2 for size in outside.values())
    data_size = sum(len(chunk) + len(chunk) % 2 for chunk in chunks)
    start, data_at = (header, header + head_size) if first else (header + data_size, header)
    places, at = [], data_at
    for chunk in chunks:
        places.append(at)
        at += len(chunk) + len(chunk) % 2
    fields[324 if tiled else 273] = (offset_type, places)
    out = struct.pack(order + ("QH"[1] if not big else "Q"), len(fields))
    tail, at = b"", start + directory
    for tag, (kind, values) in sorted(fields.items()):
        raw = struct.pack(f"{order}{len(values)}{letters[kind]}", *values)
        out += struct.pack(order + "HH" + ("Q" if big else "I"), tag, kind, len(values))
        if len(raw) > offset_size:
            out += struct.pack(order + ("Q" if big else "I"), at)
            raw += bytes(len(raw) % 2)
            tail += raw
            at += len(raw)
        else:
            out += raw + bytes(offset_size - len(raw))
    out += bytes(offset_size) + tail
    data = b"".join(chunk + bytes(len(chunk) % 2) for chunk in chunks)
    mark = b"MM" if big_endian else b"II"
    mark += struct.pack(order + "HHH", 43, 8, 0) if big else struct.pack(order + "H", 42)
    mark += struct.pack(order + ("Q" if big else "I"), start)
    return mark + (out + data if first else data + out)


def tiff(rng, width, height, photometric=1, bits=8, samples=1, form=None, extra=(), planar=1, compression=1,
         fill=None, orientation=None, rows=None, tile=None, big_endian=False, big=False, first=True, predictor=None,
         subsampling=None, xmp=None):
    """A TIFF of random samples, without compression or with one that is written here."""
    count = samples
    if form == 3:
        values = (rng.normal(120, 150, (height, width, count))).astype(np.float32)
    elif form == 2:
        values = rng.integers(-(1 << (bits - 1)), 1 << (bits - 1), (height, width, count))
        values = np.where(rng.random(values.shape) < 0.6, values % 256, values)
    else:
        values = rng.integers(0, 1 << bits, (height, width, count))
        if bits > 8 and count == 1:
            values = np.where(rng.random(values.shape) < 0.6, values % 300, values)
    order = ">" if big_endian else "<"

    def encoded(part):
        if bits in (1, 2, 4, 12):
            raw = packed(part, bits)
        elif form == 3:
            raw = part.astype(order + "f4").tobytes()
        else:
            raw = (part % (1 << bits)).astype(f"{order}u{bits // 8}").tobytes()
        if predictor == 2:
            wide = part.astype(np.int64)
            wide[:, 1:] -= part.astype(np.int64)[:, :-1]
            raw = (wide % (1 << bits)).astype(f"{order}u{bits // 8}").tobytes()
        if fill == 2:
            raw = raw.translate(REVERSED)
        return COMPRESSORS[compression](raw)

    planes = [values[..., i:i + 1] for i in range(count)] if planar == 2 else [values]
    chunks = []
    for plane in planes:
        if tile:
            across, down = tile
            edge = np.zeros((-(-height // down) * down, -(-width // across) * across, plane.shape[2]), plane.dtype)
            edge[:height, :width] = plane
            chunks += [encoded(edge[y:y + down, x:x + across]) for y in range(0, height, down)
                       for x in range(0, width, across)]
        else:
            step = rows or height
            chunks += [encoded(plane[y:y + step]) for y in range(0, height, step)]
    fields = {256: (LONG, [width]), 257: (SHORT, [height]), 258: (SHORT, [bits] * count), 259: (SHORT, [compression]),
              262: (SHORT, [photometric]), 277: (SHORT, [count]), 284: (SHORT, [planar])}
    if not tile:
        fields[278] = (LONG, [rows or height])
    else:
        fields |= {322: (SHORT, [tile[0]]), 323: (SHORT, [tile[1]])}
    if form:
        fields[339] = (SHORT, [form] * count)
    if extra:
        fields[338] = (SHORT, list(extra))
    if fill:
        fields[266] = (SHORT, [fill])
    if orientation:
        fields[274] = (SHORT, [orientation])
    if predictor:
        fields[317] = (SHORT, [predictor])
    if subsampling:
        fields[530] = (SHORT, list(subsampling))
    if xmp:
        fields[700] = (1, list(xmp))
    if photometric == 3:
        fields[320] = (SHORT, rng.integers(0, 65536, 3 << bits).tolist())
    return write_tiff(fields, chunks, bool(tile), big_endian, big, first)


TIFF_CASES = {}
KINDS = {
    "white1": {"photometric": 0, "bits": 1}, "black1": {"bits": 1}, "white2": {"photometric": 0, "bits": 2},
    "black2": {"bits": 2}, "white4": {"photometric": 0, "bits": 4}, "black4": {"bits": 4},
    "white8": {"photometric": 0}, "black8": {}, "int8": {"form": 2}, "black12": {"bits": 12}, "black16": {"bits": 16},
    "white16": {"photometric": 0, "bits": 16}, "int16": {"bits": 16, "form": 2}, "black32": {"bits": 32},
    "int32": {"bits": 32, "form": 2}, "float": {"bits": 32, "form": 3}, "white-float": {"photometric": 0, "bits": 32, "form": 3},
    "lx": {"samples": 2, "extra": (0,)}, "la": {"samples": 2, "extra": (2,)}, "la-associated": {"samples": 2, "extra": (1,)},
    "palette1": {"photometric": 3, "bits": 1}, "palette2": {"photometric": 3, "bits": 2},
    "palette4": {"photometric": 3, "bits": 4}, "palette8": {"photometric": 3},
    "palette-x": {"photometric": 3, "samples": 2, "extra": (0,)}, "palette-alpha": {"photometric": 3, "samples": 2, "extra": (2,)},
    "rgb": {"photometric": 2, "samples": 3}, "rgbx": {"photometric": 2, "samples": 4, "extra": (0,)},
    "rgba": {"photometric": 2, "samples": 4, "extra": (2,)}, "rgb-associated": {"photometric": 2, "samples": 4, "extra": (1,)},
    "rgb-unsaid": {"photometric": 2, "samples": 4}, "rgb-corel": {"photometric": 2, "samples": 4, "extra": (999,)},
    "rgbxx": {"photometric": 2, "samples": 5, "extra": (0, 0)}, "rgbax": {"photometric": 2, "samples": 5, "extra": (2, 0)},
    "rgb-associated-x": {"photometric": 2, "samples": 5, "extra": (1, 0)},
    "rgbxxx": {"photometric": 2, "samples": 6, "extra": (0, 0, 0)}, "rgb-xa": {"photometric": 2, "samples": 5, "extra": (0, 2)},
    "rgb16": {"photometric": 2, "bits": 16, "samples": 3}, "rgba16": {"photometric": 2, "bits": 16, "samples": 4, "extra": (2,)},
    "rgbx16": {"photometric": 2, "bits": 16, "samples": 4, "extra": (0,)},
    "rgb16-associated": {"photometric": 2, "bits": 16, "samples": 4, "extra": (1,)}, "rgb4": {"photometric": 2, "bits": 4, "samples": 3},
    "cmyk": {"photometric": 5, "samples": 4}, "cmykx": {"photometric": 5, "samples": 5, "extra": (0,)},
    "cmyk16": {"photometric": 5, "bits": 16, "samples": 4}, "cmyk-alpha": {"photometric": 5, "samples": 5, "extra": (2,)},
    "ycbcr": {"photometric": 6, "samples": 3, "subsampling": (1, 1)}, "ycbcr-gray": {"photometric": 6},
    "lab": {"photometric": 8, "samples": 3},
}
for name, kind in KINDS.items():
    for big_endian in (False, True):
        end = "-mm" if big_endian else ""
        TIFF_CASES[name + end] = kind | {"big_endian": big_endian}
        TIFF_CASES[name + end + "-deflate"] = kind | {"big_endian": big_endian, "compression": 8, "rows": 5}
    TIFF_CASES[name + "-rows"] = kind | {"rows": 3}
    TIFF_CASES[name + "-tiles"] = kind | {"tile": (16, 16)}
    TIFF_CASES[name + "-tiles-lzw"] = kind | {"tile": (16, 32), "compression": 5}
    TIFF_CASES[name + "-planes"] = kind | {"planar": 2}
    TIFF_CASES[name + "-planes-packbits"] = kind | {"planar": 2, "compression": 32773, "rows": 4}
    TIFF_CASES[name + "-planes-tiles"] = kind | {"planar": 2, "compression": 8, "tile": (16, 16)}
    TIFF_CASES[name + "-fill"] = kind | {"fill": 2}
    TIFF_CASES[name + "-fill-deflate"] = kind | {"fill": 2, "compression": 8}
for name in ("black8", "rgb", "palette4", "rgb16", "black1"):
    for compression in (5, 8, 32946, 32773, 34925):
        TIFF_CASES[f"{name}-compression{compression}"] = KINDS[name] | {"compression": compression, "rows": 7}
    for orientation in range(0, 10):
        TIFF_CASES[f"{name}-orientation{orientation}"] = KINDS[name] | {"orientation": orientation}
    TIFF_CASES[f"{name}-orientation6-deflate"] = KINDS[name] | {"orientation": 6, "compression": 8}
    TIFF_CASES[f"{name}-xmp"] = KINDS[name] | {"xmp": b'<x:xmpmeta tiff:Orientation="6"/>'}
    TIFF_CASES[f"{name}-xmp-element"] = KINDS[name] | {"xmp": b"<tiff:Orientation>3</tiff:Orientation>"}
    TIFF_CASES[f"{name}-xmp-and-field"] = KINDS[name] | {"xmp": b"<tiff:Orientation>3</tiff:Orientation>", "orientation": 1}
    TIFF_CASES[f"{name}-big"] = KINDS[name] | {"big": True, "rows": 4}
    TIFF_CASES[f"{name}-big-mm"] = KINDS[name] | {"big": True, "big_endian": True}
    TIFF_CASES[f"{name}-last"] = KINDS[name] | {"first": False}
for name in ("black8", "rgb", "rgb16", "black16"):
    for compression in (5, 8):
        TIFF_CASES[f"{name}-predictor{compression}"] = KINDS[name] | {"compression": compression, "predictor": 2}
TIFF_CASES["rgb-planes-tiles-mm"] = KINDS["rgb16"] | {"planar": 2, "compression": 5, "tile": (16, 16), "big_endian": True}
TIFF_CASES["ycbcr-unsaid"] = {"photometric": 6, "samples": 3}
for down in (1, 2, 4):
    for across in (1, 2, 4):
        if down <= across:
            TIFF_CASES[f"ycbcr-{across}{down}-raw"] = {"photometric": 6, "samples": 3, "subsampling": (across, down)}
variants("tiff", tiff, TIFF_CASES)


def subsampled_tiff(rng, width, height, across=2, down=2, compression=8, rows=None, big_endian=False):
    """Luma and chroma that libtiff puts together: blocks of luma, each with its two chromas."""
    across_units, down_units = -(-width // across), -(-height // down)
    block = across * down + 2
    step = rows or down_units * down
    chunks = []
    for y in range(0, height, step):
        units = -(-min(step, height - y) // down)
        chunks.append(COMPRESSORS[compression](rng.integers(0, 256, units * across_units * block).astype(np.uint8).tobytes()))
    fields = {256: (LONG, [width]), 257: (SHORT, [height]), 258: (SHORT, [8] * 3), 259: (SHORT, [compression]),
              262: (SHORT, [6]), 277: (SHORT, [3]), 278: (LONG, [step]), 530: (SHORT, [across, down])}
    return write_tiff(fields, chunks, False, big_endian)


for across, down in ((1, 1), (2, 1), (2, 2), (4, 1), (4, 2), (4, 4), (1, 2)):
    for compression in (5, 8, 32773):
        variant("tiff", f"ycbcr-{across}{down}-compression{compression}", across=across, down=down,
                compression=compression)(subsampled_tiff)
variant("tiff", "ycbcr-22-rows", rows=8)(subsampled_tiff)


def embedded_tiff(rng, width, height, photometric, kind="JPEG", compression=7, mode="RGB", rows=None, tile=None,
                  subsampling=None, encoder=None):
    """Strips or tiles that are files of another format, encoded with the options in `encoder`."""
    channels = len(mode)
    across, down = tile or (width, rows or height)
    pixels = scene(rng, -(-width // across) * across, -(-height // down) * down if tile else height, channels)
    chunks = []
    for y in range(0, height, down):
        for x in range(0, width, across):
            part = pixels[y:y + down, x:x + across]
            chunks.append(saved(Image.fromarray(part[..., 0] if channels == 1 else part, mode), kind, **(encoder or {})))
    fields = {256: (LONG, [width]), 257: (SHORT, [height]), 258: (SHORT, [8] * channels), 259: (SHORT, [compression]),
              262: (SHORT, [photometric]), 277: (SHORT, [channels])}
    fields |= {322: (SHORT, [across]), 323: (SHORT, [down])} if tile else {278: (LONG, [down])}
    if mode == "RGBA":
        fields[338] = (SHORT, [2])
    if subsampling:
        fields[530] = (SHORT, list(subsampling))
    return write_tiff(fields, chunks, bool(tile))


WEBP = {"photometric": 2, "kind": "WEBP", "compression": 50001}
variants("tiff", embedded_tiff, {
    "jpeg-420": {"photometric": 6, "subsampling": (2, 2)},
    "jpeg-420-rows": {"photometric": 6, "subsampling": (2, 2), "rows": 16},
    "jpeg-444": {"photometric": 6, "subsampling": (1, 1), "encoder": {"subsampling": 0}},
    "jpeg-422": {"photometric": 6, "subsampling": (2, 1), "encoder": {"subsampling": 1}},
    "jpeg-tiles": {"photometric": 6, "subsampling": (2, 2), "tile": (16, 16)},
    "jpeg-rgb": {"photometric": 2, "encoder": {"keep_rgb": True}}, "jpeg-gray": {"photometric": 1, "mode": "L"},
    "jpeg-white": {"photometric": 0, "mode": "L"}, "jpeg-cmyk": {"photometric": 5, "mode": "CMYK"},
    "webp": WEBP | {"encoder": {"lossless": True}}, "webp-lossy": WEBP,
    "webp-alpha": WEBP | {"mode": "RGBA", "encoder": {"lossless": True, "exact": True}},
})


def pillow_tiff(rng, width, height, mode="RGB", compression=None, **options):
    image = Image.fromarray(scene(rng, width, height)).convert(mode)
    return saved(image, "TIFF", compression=compression, **options)


for mode in ("1", "L", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LA", "I", "F", "I;16"):
    for compression in (None, "tiff_lzw", "zstd", "lzma", "tiff_adobe_deflate", "packbits"):
        if mode == "I;16":
            def write(rng, width, height, compression=compression):
                deep = scene(rng, width, height, 1)[..., 0].astype(np.uint16) * 2
                return saved(Image.fromarray(deep), "TIFF", compression=compression)
            VARIANTS["tiff"][f"pillow-I16-{compression}"] = write
        else:
            variant("tiff", f"pillow-{mode}-{compression}", mode=mode, compression=compression)(pillow_tiff)
for compression in ("group3", "group4", "tiff_ccitt"):
    variant("tiff", f"pillow-{compression}", mode="1", compression=compression)(pillow_tiff)
    variant("tiff", f"pillow-{compression}-fill", mode="1", compression=compression, tiffinfo={266: 2})(pillow_tiff)
for mode in ("L", "RGB", "YCbCr", "CMYK"):
    variant("tiff", f"pillow-jpeg-{mode}", mode=mode, compression="jpeg")(pillow_tiff)
for quality in (30, 75, 95):
    variant("tiff", f"pillow-jpeg-{quality}", mode="RGB", compression="jpeg", quality=quality)(pillow_tiff)


@variant("tiff", "pillow-pages")
def pages(rng, width, height):
    images = [Image.fromarray(scene(rng, width, height)) for _ in range(3)]
    return saved(images[0], "TIFF", save_all=True, append_images=images[1:])


# ---- PNG ----------------------------------------------------------------------------------------------

ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(rng, width, height, depth=8, kind=2, interlaced=False, transparent=False, short=False, animated=False):
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    colors = int(rng.integers(1, 1 << depth)) if short else 1 << depth
    values = rng.integers(0, colors if kind == 3 else 1 << depth, (height, width, channels))
    if depth == 16 and kind == 0:
        values = np.where(rng.random(values.shape) < 0.5, values % 300, values)
    parts = [values[y::dy, x::dx] for x, y, dx, dy in ADAM7] if interlaced else [values]
    raw = b""
    for part in parts:
        if part.size:
            for row in part:
                data = row.astype(">u2").tobytes() if depth == 16 else packed(row[None], depth)
                raw += b"\0" + data
    extra = b""
    if kind == 3:
        extra += chunk(b"PLTE", rng.integers(0, 256, 3 * colors).astype(np.uint8).tobytes())
    if transparent:
        extra += chunk(b"tRNS", {0: bytes(values[0, 0].astype(">u2")), 2: bytes(values[0, 0].astype(">u2")),
                                 3: bytes(rng.integers(0, 256, colors).astype(np.uint8))}[kind])
    if animated:
        extra += chunk(b"acTL", struct.pack(">II", 1, 0)) + chunk(b"fcTL", struct.pack(
            ">IIIIIHHBB", 0, width, height, 0, 0, 1, 10, 0, 0))
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


PNG_CASES = {}
for kind, name, depths in ((0, "gray", (1, 2, 4, 8, 16)), (2, "rgb", (8, 16)), (3, "palette", (1, 2, 4, 8)),
                           (4, "gray-alpha", (8, 16)), (6, "rgba", (8, 16))):
    for depth in depths:
        PNG_CASES[f"{name}{depth}"] = {"kind": kind, "depth": depth}
        PNG_CASES[f"{name}{depth}-interlaced"] = {"kind": kind, "depth": depth, "interlaced": True}
        PNG_CASES[f"{name}{depth}-animated"] = {"kind": kind, "depth": depth, "animated": True}
        if kind in (0, 2, 3):
            PNG_CASES[f"{name}{depth}-transparent"] = {"kind": kind, "depth": depth, "transparent": True}
    if kind == 3:
        PNG_CASES["palette4-short"] = {"kind": 3, "depth": 4, "short": True}
        PNG_CASES["palette8-short-transparent"] = {"kind": 3, "depth": 8, "short": True, "transparent": True}
variants("png", png, PNG_CASES)


@variant("png", "pillow-animated")
def animated_png(rng, width, height, **options):
    images = [Image.fromarray(scene(rng, width, height)) for _ in range(3)]
    return saved(images[0], "PNG", save_all=True, append_images=images[1:], **options)


variant("png", "pillow-animated-default", default_image=True)(animated_png)


# ---- WebP, JPEG, netpbm -------------------------------------------------------------------------------

def webp(rng, width, height, channels=3, clear=False, frames=1, **options):
    images = []
    for _ in range(frames):
        pixels = scene(rng, width, height, channels)
        if clear:
            pixels[:, : width // 2, 3] = 0
        images.append(Image.fromarray(pixels))
    if frames > 1:
        options |= {"save_all": True, "append_images": images[1:]}
    return saved(images[0], "WEBP", **options)


variants("webp", webp, {
    "lossy": {}, "lossy-20": {"quality": 20}, "lossy-95": {"quality": 95}, "lossless": {"lossless": True},
    "lossy-alpha": {"channels": 4}, "lossy-clear": {"channels": 4, "clear": True},
    "lossless-alpha": {"channels": 4, "lossless": True}, "lossless-clear": {"channels": 4, "clear": True, "lossless": True},
    "lossless-exact": {"channels": 4, "clear": True, "lossless": True, "exact": True},
    "animated": {"frames": 3}, "animated-lossless": {"frames": 3, "lossless": True},
    "animated-alpha": {"frames": 3, "channels": 4, "lossless": True, "clear": True, "background": (9, 200, 30, 255)},
    "animated-alpha-lossy": {"frames": 3, "channels": 4},
})


@variant("webp", "animated-placed")
def placed_webp(rng, width, height, flags=0):
    """A first frame that covers a part of its canvas."""
    frame = saved(Image.fromarray(scene(rng, width, height, 4)), "WEBP", lossless=True, exact=True)[12:]
    across, down = width + 6, height + 5
    u24 = lambda value: struct.pack("<I", value)[:3]
    body = u24(2) + u24(1) + u24(width - 1) + u24(height - 1) + u24(100) + bytes([flags]) + frame
    parts = [(b"VP8X", bytes([0x12, 0, 0, 0]) + u24(across - 1) + u24(down - 1)), (b"ANIM", b"\x10\x20\x30\xff\0\0"),
             (b"ANMF", body)]
    data = b"WEBP" + b"".join(name + struct.pack("<I", len(part)) + part + bytes(len(part) % 2) for name, part in parts)
    return b"RIFF" + struct.pack("<I", len(data)) + data


variant("webp", "animated-placed-over", flags=2)(placed_webp)
variant("webp", "animated-placed-dispose", flags=1)(placed_webp)


def jpeg(rng, width, height, mode="RGB", adobe=None, **options):
    channels = {"L": 1, "RGB": 3, "CMYK": 4}[mode]
    pixels = scene(rng, width, height, channels)
    data = saved(Image.fromarray(pixels[..., 0] if channels == 1 else pixels, mode), "JPEG", **options)
    if adobe is not None:
        at = data.index(b"\xff\xee")
        length = struct.unpack(">H", data[at + 2:at + 4])[0]
        data = data[:at] + data[at + 2 + length:] if adobe < 0 else data[:at + 15] + bytes([adobe]) + data[at + 16:]
    return data


JPEG_CASES = {f"{name}-s{subsampling}": {"subsampling": subsampling, **options} for subsampling in (0, 1, 2)
              for name, options in {"q30": {"quality": 30}, "q75": {}, "q95": {"quality": 95},
                                    "progressive": {"progressive": True}, "restart": {"restart_marker_blocks": 2}}.items()}
JPEG_CASES |= {"gray": {"mode": "L"}, "gray-progressive": {"mode": "L", "progressive": True}, "rgb": {"keep_rgb": True},
               "cmyk": {"mode": "CMYK"}, "ycck": {"mode": "CMYK", "adobe": 2}, "cmyk-unmarked": {"mode": "CMYK", "adobe": -1}}
variants("jpeg", jpeg, JPEG_CASES)


@variant("jpeg", "mpo")
def mpo(rng, width, height):
    images = [Image.fromarray(scene(rng, width, height)) for _ in range(2)]
    return saved(images[0], "MPO", save_all=True, append_images=images[1:])


@variant("jpeg", "odd-sampling")
def odd_sampling(rng, width, height):
    """Factors that Pillow does not write, set in the frame of a grey file, which has one component."""
    data = bytearray(saved(Image.fromarray(scene(rng, width, height)).convert("L"), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 11] = int(rng.choice([0x12, 0x21, 0x22, 0x41, 0x14, 0x13]))
    return bytes(data)


def netpbm(rng, width, height, kind=6, most=255, comment=False):
    samples = width * height * (3 if kind == 6 else 1)
    head = f"P{kind}\n" + ("# made here\n" if comment else "") + f"{width} {height}\n"
    if kind == 4:
        return head.encode() + rng.integers(0, 256, (width + 7) // 8 * height).astype(np.uint8).tobytes()
    values = rng.integers(0, most + 1, samples)
    values = np.where(rng.random(samples) < 0.3, values % 256, values) % (most + 1)
    return f"{head}{most}\n".encode() + values.astype(">u2" if most > 255 else np.uint8).tobytes()


variants("netpbm", netpbm, {
    "p4": {"kind": 4}, "p4-comment": {"kind": 4, "comment": True}, "p5": {"kind": 5}, "p6": {}, "p6-comment": {"comment": True},
    **{f"p{kind}-most{most}": {"kind": kind, "most": most} for kind in (5, 6) for most in (1, 7, 100, 254, 256, 1000, 4095, 65534, 65535)}})
