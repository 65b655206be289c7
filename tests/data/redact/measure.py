"""Precision and recall of `find` on labelled sentences, by type; run as a script, it prints them.

`measure.py zh unseen_zh` takes those files, `measure.py speed FILE` says how fast a text is searched.

A labelled value is found when findings of its type cover all of it: then nothing of it survives. A
finding is right when at least half of it lies in a labelled value of its type.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from rewarm.pii import find
from rewarm.pii.finding import TYPES

HERE = Path(__file__).parent
# Addresses of machines are left by default and not labelled.
LABELLED = tuple(kind for kind in TYPES if kind not in ("ip", "mac"))
Row = tuple[str, list[tuple[int, int, str]]]


def rows(*languages: str) -> Iterator[Row]:
    for language in languages or ("zh", "en"):
        for line in (HERE / f"{language}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield row["text"], [(start, end, kind) for start, end, kind in row["spans"]]


def measure(labelled: Iterable[Row], say: bool = False) -> dict[str, dict[str, int]]:
    """By type: labelled values, those found, findings, those that are right."""
    counts: dict[str, Counter[str]] = {}
    for text, spans in labelled:
        found = find(text, LABELLED)
        for start, end, kind in spans:
            mine = {at for item in found if item.type == kind for at in range(item.start, item.end)}
            met = mine.issuperset(range(start, end))
            counts.setdefault(kind, Counter()).update(labelled=1, met=met)
            if say and not met:
                print(f"missed {kind:10} {text[start:end]!r} in {text!r}")
        for item in found:
            kind = item.type
            inside = sum(
                max(0, min(item.end, end) - max(item.start, start)) for start, end, of in spans if of == kind
            )
            right = 2 * inside >= item.end - item.start
            counts.setdefault(kind, Counter()).update(found=1, right=right)
            if say and not right:
                print(f"wrong  {kind:10} {text[item.start : item.end]!r} in {text!r}")
    return {kind: dict(count) for kind, count in sorted(counts.items())}


def table(counts: dict[str, dict[str, int]]) -> str:
    lines = [f"{'type':12}{'labelled':>9}{'recall':>9}{'found':>8}{'precision':>11}"]
    for kind, count in counts.items():
        labelled, met, found, right = (count.get(key, 0) for key in ("labelled", "met", "found", "right"))
        recall = f"{met / labelled:.3f}" if labelled else "–"
        precision = f"{right / found:.3f}" if found else "–"
        lines.append(f"{kind:12}{labelled:>9}{recall:>9}{found:>8}{precision:>11}")
    return "\n".join(lines)


def speed(path: Path) -> float:
    """MB of a text file in UTF-8 for each CPU-second, in pieces as long as documents are."""
    text = path.read_text(encoding="utf-8")
    find("The lists are read at the first question: 王小明.")
    began = time.process_time()
    for start in range(0, len(text), 20_000):
        find(text[start : start + 20_000])
    return path.stat().st_size / 1e6 / (time.process_time() - began)


if __name__ == "__main__":
    if sys.argv[1:2] == ["speed"]:
        print(f"{speed(Path(sys.argv[2])):.2f} MB per CPU-second")
    else:
        print(table(measure(rows(*sys.argv[1:]), say=True)))
