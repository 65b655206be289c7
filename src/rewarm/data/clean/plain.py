"""What `counts.py` measures, in plain Python: the definition, and the other side of its tests."""

import re
from collections import Counter
from itertools import groupby

from rewarm.corpus.characters import (
    ALPHA,
    COMMON,
    HAN,
    NUMERIC,
    PUNCTUATION,
    SPACE,
    TERMINAL,
    flags,
)
from rewarm.data.clean.line_counts import SHORT_LINE
from rewarm.data.clean.measures import MEASURES

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'，。）】]{1,2048}")
_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,198}>")
_STOPS = {"the", "be", "to", "of", "and", "that", "have", "with"}


def measure(text: str) -> dict[str, float]:
    """Every measure by name."""
    table = flags()
    marks = [int(table[ord(letter)]) for letter in text]
    solid = [mark for mark in marks if not mark & SPACE]
    lines = text.split("\n")
    full = [line for line in lines if line.strip()]
    some = [line for line in lines if line]
    paragraphs = ["\n".join(group) for filled, group in groupby(lines, bool) if filled]
    words = text.split()
    plain = [word for word in words if not all(table[ord(letter)] & PUNCTUATION for letter in word)]
    letters = [letter for letter, mark in zip(text, marks, strict=True) if not mark & SPACE]

    def share(part: float, whole: float) -> float:
        return part / whole if whole else 0.0

    def count(mark: int) -> int:
        return sum(bool(one & mark) for one in solid)

    found = {
        "chars": len(text),
        "letter_ratio": share(count(ALPHA), len(solid)),
        "symbol_ratio": share(
            sum(not one & ALPHA and not one & (NUMERIC | COMMON) for one in solid), len(solid)
        ),
        "url_ratio": share(sum(map(len, _URL.findall(text))), len(text)),
        "format_ratio": share(sum(len(line) for line in full if _formatted(line.strip())), len(text)),
        "han_ratio": share(count(HAN), len(solid)),
        "words": len(plain),
        "mean_word_length": share(sum(map(len, plain)), len(plain)),
        "hash_ratio": share(text.count("#"), len(words)),
        "ellipsis_ratio": share(text.count("...") + text.count("…"), len(words)),
        "bullet_lines": share(sum(line.lstrip().startswith(("•", "-")) for line in lines), len(lines)),
        "ellipsis_lines": share(sum(line.rstrip().endswith(("...", "…")) for line in lines), len(lines)),
        "alpha_words": share(sum(any(map(str.isalpha, word)) for word in words), len(words)),
        "stop_words": len(_STOPS & set(words)),
        "dup_paragraphs": share(_repeats(paragraphs)[0], len(paragraphs)),
        "dup_paragraph_chars": share(_repeats(paragraphs)[1], len(text)),
        "dup_lines": share(_repeats(some)[0], len(some)),
        "dup_line_chars": share(_repeats(some)[1], len(text)),
        "line_punct": share(sum(bool(table[ord(line[-1])] & TERMINAL) for line in full), len(full)),
        "short_lines": share(sum(len(line) <= SHORT_LINE for line in full), len(full)),
        "line_dup_chars": share(_repeats(full)[1], len(text) - text.count("\n")),
        "newline_ratio": share(text.count("\n"), len(words)) if words else float(text.count("\n")),
        "sentences": _sentences(text, marks),
        "curly_brackets": text.count("{"),
        "mean_line_chars": share(sum(len(line.strip()) for line in full), len(full)),
        "dup_13gram": share(_all_repeats(letters, 13), len(letters)) if count(HAN) else 0.0,
    }
    for size in range(2, 5):
        found[f"top_{size}gram"] = share(_top(words, size), len(text))
    for size in range(5, 11):
        found[f"dup_{size}gram"] = share(_all_repeats(words, size), len(text))
    return {name: float(found[name]) for name in MEASURES}


def _repeats(parts: list[str]) -> tuple[int, int]:
    seen: set[str] = set()
    number = chars = 0
    for part in parts:
        if part in seen:
            number, chars = number + 1, chars + len(part)
        seen.add(part)
    return number, chars


def _top(words: list[str], size: int) -> int:
    grams = Counter(" ".join(words[at : at + size]) for at in range(len(words) - size + 1))
    return max((len(gram) * number for gram, number in grams.most_common(1)), default=0)


def _all_repeats(words: list[str], size: int) -> int:
    seen: set[tuple[str, ...]] = set()
    chars = at = 0
    while at <= len(words) - size:
        gram = tuple(words[at : at + size])
        if gram in seen:
            chars += sum(map(len, gram))
            at += size
        else:
            seen.add(gram)
            at += 1
    return chars


def _sentences(text: str, marks: list[int]) -> int:
    found = 0
    for place, mark in enumerate(marks):
        if mark & TERMINAL:
            after = marks[place + 1] if place + 1 < len(text) else None
            found += after is None or (not after & TERMINAL and (text[place] > "\x7f" or bool(after & SPACE)))
    return found


def _formatted(line: str) -> bool:
    table = flags()
    said = any(table[ord(letter)] & (ALPHA | NUMERIC) for letter in line)
    if len(set(line)) == 1 and len(line) >= 5 and not said:
        return True
    if line.count("|") >= 3 or (line.count("|") >= 2 and line[0] == "|") or line.count("\t") >= 3:
        return True
    if 3 * sum(map(len, _TAG.findall(line))) >= len(line):
        return True
    brackets = line[0] in "{[}]"
    return ('":' in line and (brackets or line[0] == '"')) or (brackets and not said)
