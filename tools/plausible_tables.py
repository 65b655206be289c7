"""Make the tables of `rewarm.parse.score.plausible` from clean corpora.

    python tools/plausible_tables.py --latin a.jsonl.gz … --han b.jsonl.gz …

Files are JSON lines with a field `text`, plain or gzip-compressed. The tables hold counts only.
"""

import argparse
import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from rewarm.parse.score import plausible
from rewarm.pii.name_lists import packed

_MOST = 4_000_000


def texts(paths: list[Path]) -> Iterator[str]:
    for path in paths:
        left = _MOST
        for line in lines(path):
            text = json.loads(line)["text"]
            left -= len(text)
            yield text
            if left < 0:
                break


def lines(path: Path) -> Iterator[str]:
    with path.open("rb") as raw, gzip.open(raw) if path.suffix == ".gz" else raw as stream:
        for line in stream:
            yield line.decode()


def latin(paths: list[Path]) -> bytes:
    """uint8 [27, 27, 27]: −10 × the natural logarithm of P(third | first two), add-one smoothed."""
    counts = np.ones((27, 27, 27))
    for text in texts(paths):
        symbols = plausible.symbols(text)
        np.add.at(counts, (symbols[:-2], symbols[1:-1], symbols[2:]), 1)
    chance = counts / counts.sum(axis=2, keepdims=True)
    return np.clip(np.round(-10 * np.log(chance)), 0, 255).astype(np.uint8).tobytes()


def han(paths: list[Path]) -> str:
    """The 3,000 most frequent Chinese characters, and the traditional forms of those that have one."""
    counts: Counter[str] = Counter()
    for text in texts(paths):
        counts.update(letter for letter in text if "\u4e00" <= letter <= "\u9fff")
    frequent = [letter for letter, _ in counts.most_common(3000)]
    older = [pair[0] for pair in packed("traditional_characters") if pair[1] in frequent]
    return "".join(dict.fromkeys([*frequent, *(one for one in older if "\u4e00" <= one <= "\u9fff")]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latin", nargs="+", type=Path, required=True)
    parser.add_argument("--han", nargs="+", type=Path, required=True)
    given = parser.parse_args()
    plausible.LATIN.write_bytes(latin(given.latin))
    plausible.HAN.write_text(han(given.han) + "\n", encoding="utf-8")
