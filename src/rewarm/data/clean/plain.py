"""What `counts.py` measures, in plain Python: the definition, and the other side of its tests."""

import math
import re
from collections import Counter
from itertools import groupby

from rewarm.data.clean.character_counts import CHINESE_STOP_WORDS
from rewarm.data.clean.line_counts import LIST_MARKS, SHORT_LINE
from rewarm.data.clean.lines import is_sentence_line
from rewarm.data.clean.measures import MEASURES
from rewarm.text.characters import ALPHA, COMMON, HAN, NUMERIC, PUNCTUATION, SPACE, TERMINAL, flags

_URL = re.compile(r"(?:https?://|www\.)[^\s<>\"'，。）】]{1,2048}")
_TAG = re.compile(r"<[a-zA-Z/!][^<>]{0,198}>")
_RUNS_OF_MARKS = re.compile("…+|[.。]{2,}")
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
    bare = [line.strip() for line in lines]
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
        "dup_13gram": 0.0,
        "sentence_parts": _parts(text, marks),
        "hash_runs": share(len(re.findall("[#＃]+", text)), len(text)),
        "ellipsis_runs": share(len(_RUNS_OF_MARKS.findall(text)), len(text)),
        "bracket_ratio": share(sum(map(_bracketed, lines)), len(text)),
        "digit_ratio": share(
            sum(bool(one & NUMERIC) and not one & (ALPHA | HAN) for one in marks),
            sum(
                letter == "_" or bool(one & (ALPHA | NUMERIC | SPACE))
                for letter, one in zip(text, marks, strict=True)
            ),
        ),
        "punctuation": sum(
            not one & (ALPHA | NUMERIC | SPACE) and (bool(one & (COMMON | TERMINAL)) or " " < letter < "\x7f")
            for letter, one in zip(text, marks, strict=True)
        ),
        "unique_chars": share(len(set(text)), len(text)),
        "char_entropy": -sum(n / len(text) * math.log(n / len(text)) for n in Counter(text).values()),
        "special_ratio": share(len(text) - count(ALPHA), len(text)),
        "newline_chars": share(text.count("\n"), len(letters)) if letters else float(text.count("\n")),
        "chinese_stop_words": len(set(CHINESE_STOP_WORDS) & set(text)),
        "readmore_lines": share(
            sum(line.endswith(("readmore", "展开", "更多", "。。。")) for line in bare), len(lines)
        ),
        "list_lines": share(sum(line.startswith(tuple(LIST_MARKS)) for line in bare), len(lines)),
        "sentence_lines": sum(map(is_sentence_line, bare)),
        "frequent_3chars": 0.0,
        "repeated_5chars": 0.0,
    }
    for size in range(2, 5):
        found[f"top_{size}gram"] = share(_top(words, size), len(text))
    for size in range(5, 11):
        found[f"dup_{size}gram"] = share(_all_repeats(words, size), len(text))
    runs = letters if count(HAN) else []
    for size in range(2, 5):
        found[f"top_{size}chars"] = share(size * max(_grams(runs, size).values(), default=0), len(runs))
    for size in range(5, 11):
        found[f"dup_{size}chars"] = share(_all_repeats(runs, size), len(runs))
    found["dup_13gram"] = share(_all_repeats(runs, 13), len(runs))
    threes, fives = sorted(_grams(runs, 3).values(), reverse=True), _grams(runs, 5).values()
    chosen = min(math.isqrt(len(threes)), sum(number > 1 for number in threes))
    found["frequent_3chars"] = share(sum(threes[:chosen]), sum(threes))
    found["repeated_5chars"] = share(sum(number for number in fives if number > 1), sum(fives))
    return {name: float(found[name]) for name in MEASURES}


def _repeats(parts: list[str]) -> tuple[int, int]:
    seen: set[str] = set()
    number = chars = 0
    for part in parts:
        if part in seen:
            number, chars = number + 1, chars + len(part)
        seen.add(part)
    return number, chars


def _grams(words: list[str], size: int) -> Counter[str]:
    return Counter(" ".join(words[at : at + size]) for at in range(len(words) - size + 1))


def _top(words: list[str], size: int) -> int:
    return max((len(gram) * number for gram, number in _grams(words, size).most_common(1)), default=0)


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


def _parts(text: str, marks: list[int]) -> int:
    divides = [bool(mark & TERMINAL) or letter in ';"…；“”' for letter, mark in zip(text, marks, strict=True)]
    said = (not mark & SPACE for mark in marks)
    pieces = groupby(zip(divides, said, strict=True), lambda one: one[0])
    return sum(any(says for _, says in piece) for divide, piece in pieces if not divide)


def _bracketed(line: str) -> int:
    """Characters between 【 and the next 】."""
    inside = 0
    for piece in line.split("】")[:-1]:
        inside += len(piece) - piece.index("【") - 1 if "【" in piece else 0
    return inside


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
