"""The kernels of this folder once more in plain Python: slow, short, and equal to the bit.

They are the definition that tests hold the compiled loops to, and what a reader reads first.
"""

from collections import Counter

import numpy as np

_BITS = (1 << 64) - 1
_MULTIPLIER = 0x9E3779B97F4A7C15
_BAD = 0x110000

# Of folded code points at or above 0x80, the first row that holds one decides.
_KINDS = [
    ("alone", [(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x3040, 0x30FF)]),
    ("space", [(0x85, 0x85), (0xA0, 0xA0), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F)]),
    ("space", [(0x205F, 0x205F), (0x3000, 0x3000)]),
    ("nothing", [(0xAD, 0xAD), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064)]),
    ("nothing", [(0xFEFF, 0xFEFF), (0xFE00, 0xFE0F)]),
    ("word", [(0xAA, 0xAA), (0xB5, 0xB5), (0xBA, 0xBA), (0x2C00, 0x2DFF), (0x3005, 0x3005)]),
    ("word", [(0x3007, 0x3007)]),
    ("symbol", [(0x80, 0xBF), (0xD7, 0xD7), (0xF7, 0xF7), (0x2000, 0x303F), (0xE000, 0xF8FF)]),
    ("symbol", [(0xFE10, 0xFE6F), (0x1F000, 0x1FAFF), (0xFF5F, 0xFF65), (0xFFE0, 0xFFFF)]),
    ("alone", [(0x0E00, 0x109F), (0x1780, 0x17FF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)]),
]


def code_points(content: bytes) -> list[int]:
    """Folded code points; a byte that begins none is 0x110000 + byte."""
    codes = []
    place = 0
    while place < len(content):
        code, length = decoded(content, place)
        if 0xFF01 <= code <= 0xFF5E:
            code -= 0xFEE0
        codes.append(code + 0x20 if 0x41 <= code <= 0x5A else code)
        place += length
    return codes


def kind(code: int) -> str:
    """word, alone (a token by itself), symbol, space or nothing."""
    if code < 0x80:
        if chr(code).isalnum():
            return "word"
        return "space" if code <= 0x20 or code == 0x7F else "symbol"
    for name, ranges in _KINDS:
        if any(low <= code <= high for low, high in ranges):
            return name
    return "word"


def tokens_of(content: bytes) -> tuple[list[int], int]:
    """Hashes of the tokens, and the hash of the folded text."""
    tokens: list[int] = []
    whole, word, spaced = 0, None, False
    for code in code_points(content):
        what = kind(code)
        if what == "nothing":
            continue
        if what == "space":
            spaced = True
        else:
            if spaced and whole:
                whole = step(whole, 0x20)
            spaced = False
            whole = step(whole, code + 1)
        if what == "word":
            word = step(word or 0, code + 1)
            continue
        if word is not None:
            tokens.append(mixed(word) >> 32)
            word = None
        if what == "alone":
            tokens.append(mixed((code + 1) * _MULTIPLIER & _BITS) >> 32)
    if word is not None:
        tokens.append(mixed(word) >> 32)
    return tokens, mixed(whole)


def vocabulary(content: bytes) -> list[int]:
    """Distinct tokens in order of appearance, 30 bits of the hash and two marks each."""
    tokens, _ = tokens_of(content)
    times = Counter(token >> 2 for token in tokens)
    in_title = {token >> 2 for token in tokens[: title(content)]}
    least = max(2, 0.004 * len(tokens))
    return [token << 2 | 2 * (token in in_title) | (number >= least) for token, number in times.items()]


def title(content: bytes) -> int:
    """Tokens in the first line that has any; 0 where it is long or all there is."""
    codes = code_points(content)
    kinds = [kind(code) for code in codes]
    first = next((at for at, what in enumerate(kinds) if what in ("word", "alone")), len(codes))
    if 0x0A not in codes[first:]:
        return 0
    line = codes[first : codes.index(0x0A, first)]
    number = _count(line)
    return number if number <= 32 and number < _count(codes) else 0


def gram_set(content: bytes, size: int) -> list[int]:
    """The distinct grams' hashes in order of appearance."""
    tokens, _ = tokens_of(content)
    size = min(size, len(tokens))
    found: dict[int, None] = {}
    for start in range(len(tokens) - size + 1 if tokens else 0):
        value = 0
        for token in tokens[start : start + size]:
            value = (value * _MULTIPLIER + token) & _BITS
        found[mixed(value) >> 32] = None
    return list(found)


def minima(grams: np.ndarray, multipliers: np.ndarray, additions: np.ndarray) -> np.ndarray:
    """uint32 [permutations]: the least of each permutation over a set; uint32 grams [n], n > 0."""
    hashed: np.ndarray = grams[None, :] * multipliers[:, None] + additions[:, None]
    least: np.ndarray = hashed.min(axis=1)
    return least


def band_keys(least: np.ndarray, bands: int) -> list[int]:
    """A 64-bit key of each band's rows. least: uint32 [permutations], of `minima`."""
    keys = []
    for row in least.reshape(bands, -1).tolist():
        key = 0
        for value in row:
            key = step(key, value + 1)
        keys.append(mixed(key))
    return keys


def jaccard(one: np.ndarray, other: np.ndarray) -> float:
    """Shared grams by all grams of two sets, uint32 [grams] each; two empty ones have nothing in common."""
    a, b = set(one.tolist()), set(other.tolist())
    return len(a & b) / len(a | b) if a | b else 0.0


def same_subject(one: bytes, other: bytes, similarity: float = 0.0) -> bool:
    """As `same_subject.same_subject`, from the texts."""
    ours, theirs = vocabulary(one), vocabulary(other)
    titles = [{token >> 2 for token in known if token & 2} for known in (ours, theirs)]
    if all(titles) and similarity < 0.95 and 2 * len(titles[0] & titles[1]) < len(titles[0] | titles[1]):
        return False
    every = [{token >> 2 for token in known} for known in (ours, theirs)]
    repeated = [{token >> 2 for token in known if token & 1} for known in (ours, theirs)]
    return not (repeated[0] - every[1] and repeated[1] - every[0])


def _count(codes: list[int]) -> int:
    """Tokens in folded code points."""
    kinds = [what for what in map(kind, codes) if what != "nothing"]
    begun = sum(
        what == "word" and before != "word" for what, before in zip(kinds, ["", *kinds], strict=False)
    )
    return begun + kinds.count("alone")


def step(value: int, code: int) -> int:
    """A 64-bit rolling hash with one more code point, in the form of FNV-1a."""
    return (value ^ code) * _MULTIPLIER & _BITS


def mixed(value: int) -> int:
    """The 64-bit finalizer of MurmurHash3 (fmix64)."""
    value ^= value >> 33
    value = value * 0xFF51AFD7ED558CCD & _BITS
    value ^= value >> 33
    value = value * 0xC4CEB9FE1A85EC53 & _BITS
    return value ^ value >> 33


def decoded(content: bytes, place: int) -> tuple[int, int]:
    """Code point at a byte of UTF-8 and its length in bytes; a byte that is not UTF-8 is `_BAD` + byte, 1."""
    byte = content[place]
    if byte < 0x80:
        return byte, 1
    for low, high, length, bits in ((0xC2, 0xDF, 2, 0x1F), (0xE0, 0xEF, 3, 0x0F), (0xF0, 0xF4, 4, 0x07)):
        following = content[place + 1 : place + length]
        whole = len(following) == length - 1 and all(part & 0xC0 == 0x80 for part in following)
        if low <= byte <= high and whole:
            code = byte & bits
            for part in following:
                code = code << 6 | part & 0x3F
            return code, length
    return _BAD + byte, 1
