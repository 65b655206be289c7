"""The rules that a document breaks, from its measures: columns in, one reason a document out."""

from typing import Any

import numpy as np

# As ChineseWebText draws the line for Chinese.
_HAN = 0.3
_CHINESE = ("chinese_web", "map_cc", "fineweb2_chinese", "roots_chinese", "chinese_c4", "mnbvc")
_SPACED = ("gopher_quality", "c4")
_SPACED_MEASURES = ("top_2gram", "top_3gram", "top_4gram", *(f"dup_{size}gram" for size in range(5, 11)))


def broken(
    measures: dict[str, np.ndarray], language: str | None, config: dict[str, Any], rules: str
) -> tuple[np.ndarray, list[tuple[str, str, float]]]:
    """int16 [documents]: position of the first rule that each breaks, -1 for none; and the rules as (name,
    measure, bound).

    measures: name → float64 [documents]; language: the source's label; config: `recipe.Select` as plain
    values; rules: the source's `all`, `basic` or `none`.
    """
    rows = len(measures["chars"])
    han = measures["han_ratio"] >= _HAN
    chinese = np.full(rows, True) if language == "zh" else (han & (language is None))
    reason = np.full(rows, -1, np.int16)
    found: list[tuple[str, str, float]] = []
    for name, family in families(config, rules):
        for field, bound in family.items():
            if bound is None or field[:4] not in ("min_", "max_"):
                continue
            measure = field[4:]
            value = measures[measure]
            breaks = value < bound if field.startswith("min_") else value > bound
            if name in _CHINESE:
                breaks &= chinese
            elif name in _SPACED or measure in _SPACED_MEASURES:
                breaks &= ~han
            if measure == "stop_words" and language not in (None, "en"):
                continue
            reason[breaks & (reason < 0)] = len(found)
            found.append((f"{name}.{field}", measure, float(bound)))
    return reason, found


def families(config: dict[str, Any], rules: str) -> list[tuple[str, dict[str, Any]]]:
    """Name and bounds of the families that are on: the basic ones as `rules`."""
    if rules == "none":
        return []
    basic = {name: bound for name, bound in config.items() if not isinstance(bound, dict)}
    own = {
        f"{side}_{name}": bound
        for name, sides in config["attributes"].items()
        for side, bound in sides.items()
    }
    named = [
        (name, part)
        for name, part in config.items()
        if isinstance(part, dict) and name != "attributes" and part["enabled"]
    ]
    return [("rules", basic), ("attributes", own), *(named if rules == "all" else [])]
