"""Real items by benchmark, split at random into a part that the base learns from and a part kept from it.

Shifted pools are the kept items in another style or of another date; with REWARM_SHARED_DATA there are items
in Chinese, too.
"""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from support import benchmark_sets
from support.smoke import SMOKE

from rewarm.evaluate.tasks import item
from rewarm.evaluate.tasks.catalogue import KNOWN
from rewarm.evaluate.tasks.item import Item

_SETS = {
    "sciq": ("sciq", "sciq", ("validation",)),
    "arc": ("arc_easy", "arc_easy", ("validation",)),
    "piqa": ("piqa", "piqa", ("validation",)),
    "biology": ("mmlu", "mmlu/high_school_biology", ("test",)),
    "law": ("mmlu", "mmlu/professional_law", ("test",)),
    "marketing": ("mmlu", "mmlu/marketing", ("test",)),
}
_MOST = 120 if SMOKE else 1200
# Two sets at a time are drawn from each pool; the leaked items come out of the first one, too.
_KEPT, _KEPT_OTHERS = {"sciq": 420}, 160
# Longer items cost time and say no more.
_LONGEST = 500


def pools() -> tuple[dict[str, list[Item]], dict[str, list[Item]]]:
    """By benchmark: items to learn from, and items kept from the base."""
    learned, kept = {}, {}
    for name, found in _read().items():
        short = [one for one in found if len(one.question) + len(" ".join(one.options)) < _LONGEST]
        order = np.random.default_rng(len(name)).permutation(len(short))[:_MOST]
        half = 2 * len(order) // 5
        learned[name] = [short[place] for place in order[:half]]
        kept[name] = [short[place] for place in order[half:]][: _KEPT.get(name, _KEPT_OTHERS)]
    return learned, kept


def shifted(kept: dict[str, list[Item]]) -> dict[str, list[Item]]:
    """Kept items of sciq and arc in other styles and of other dates."""
    return {
        f"{name}, {shift}": [change(one) for one in kept[name]]
        for name in ("sciq", "arc")
        for shift, change in _SHIFTS.items()
    }


def _question(change: Callable[[str], str]) -> Callable[[Item], Item]:
    return lambda one: replace(one, question=change(one.question))


_SHIFTS: dict[str, Callable[[Item], Item]] = {
    "lower case": _question(str.lower),
    "no question marks": _question(lambda text: text.rstrip("?. ")),
    "dated 2024": _question(lambda text: f"As of March 2024: {text}"),
    "polite": _question(lambda text: f"Could you tell me: {text}"),
    "long options": lambda one: replace(one, options=tuple(f"the {text}, that is" for text in one.options)),
}


def _read() -> dict[str, list[Item]]:
    found = {}
    for name, (format_, path, splits) in _SETS.items():
        records = [record for split in splits for record in benchmark_sets.records(path, split)]
        found[name] = _items(records, format_)
    shared = os.environ.get("REWARM_SHARED_DATA")
    folder = Path(shared or ".") / "benchmarks/lawbench/data/zero_shot"
    if shared and folder.is_dir():
        records = [
            record
            for number in ("1-1", "1-2", "3-6")
            for record in json.loads((folder / f"{number}.json").read_text())
        ]
        found["lawbench"] = _items(records, "lawbench")
    return found


def _items(records: list[dict[str, Any]], format_: str) -> list[Item]:
    convert = KNOWN[format_].convert
    fields = [{key: value for key, value in convert(one).items() if value is not None} for one in records]
    # Passages that the questions were made from would be most of the text.
    plain = [{**one, "context": ""} for one in fields]
    return [item.of_record(one, "benchmark", str(number)) for number, one in enumerate(plain)]
