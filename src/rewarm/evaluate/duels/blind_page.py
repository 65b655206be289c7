"""A page on which people compare answers without knowing which model wrote them.

One HTML file (`offline_page.py`). Sides and order are drawn with a seed; which side is which model is written
only to the key beside the page. Choices stay in the browser (localStorage) until they are downloaded as JSON
lines, which `rewarm duel import` reads.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.evaluate import offline_page
from rewarm.evaluate.duels.pairs import Pair
from rewarm.evaluate.offline_page import visible
from rewarm.recipe.duels import Duels

FORMAT = 1
_TEMPLATE = Path(__file__).with_name("blind_page.html")


@dataclass(frozen=True)
class Written:
    """page, key: the files; pairs: on the page, of `available` that differ enough to be compared."""

    page: Path
    key: Path
    pairs: int
    available: int


def write(pairs: Sequence[Pair], settings: Duels, page: Path, most: int | None = None) -> Written:
    """Write the page and, beside it, its key `NAME.key.json`. most: pairs on the page, drawn at random.

    Raises RewarmError without a pair to compare.
    """
    available = [pair for pair in pairs if not pair.decided]
    if not available:
        raise RewarmError("duel page: all answers are near-identical or empty; there is nothing to compare")
    drawn = sorted(available, key=lambda pair: _draw(settings.seed, "place", pair))[:most]
    shown, key = [], {}
    for pair in drawn:
        name = _draw(settings.seed, "name", pair).hex()[:12]
        sides = (pair.result, pair.base)
        if _draw(settings.seed, "side", pair)[0] % 2:
            sides = sides[::-1]
        shown.append(
            {
                "pair": name,
                "language": pair.language,
                "prompt": visible(pair.item.prompt),
                "left": visible(pair.item.answers[sides[0]]),
                "right": visible(pair.item.answers[sides[1]]),
            }
        )
        key[name] = {
            "id": pair.item.id, "result": pair.result, "base": pair.base, "left": sides[0], "right": sides[1],
        }  # fmt: skip
    criteria = {
        language: [[one.name, one.criterion] for one in settings.dimensions_in(language)]
        for language in sorted({pair.language for pair in drawn})
    }
    digest = hashlib.sha256(json.dumps([shown, criteria]).encode()).hexdigest()[:16]
    page.parent.mkdir(parents=True, exist_ok=True)
    secret = page.with_suffix(".key.json")
    with writing(secret) as aside:
        aside.write_text(json.dumps({"format": FORMAT, "page": digest, "pairs": key}, indent=1) + "\n")
    with writing(page) as aside:
        data = {"page": digest, "criteria": criteria, "pairs": shown}
        aside.write_text(offline_page.html(_TEMPLATE, data), encoding="utf-8")
    return Written(page, secret, len(drawn), len(available))


def _draw(seed: int, purpose: str, pair: Pair) -> bytes:
    text = "\0".join([str(seed), purpose, pair.item.id, pair.result, pair.base])
    return hashlib.blake2b(text.encode("utf-8", "replace")).digest()


def plain(written: Written) -> dict[str, Any]:
    """For programs."""
    return {
        "page": str(written.page), "key": str(written.key), "pairs": written.pairs,
        "available": written.available,
    }  # fmt: skip


def lines(written: Written) -> list[str]:
    """For a terminal."""
    return [
        f"page      {written.page}: {written.pairs:,} of {written.available:,} pairs; open it in a browser",
        f"key       {written.key}: keep it from the people who compare",
    ]
