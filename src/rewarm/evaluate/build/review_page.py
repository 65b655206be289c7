"""A page on which a person accepts or rejects items.

One HTML file (`offline_page.py`). Decisions stay in the browser (localStorage) until they are downloaded as
JSON lines, which `rewarm bench apply` reads. The page carries the canary, so that a copy of it is refused as
a source of training text.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rewarm.corpus.benchmarks.canary import CANARY
from rewarm.engine.publish import writing
from rewarm.errors import RewarmError
from rewarm.evaluate import offline_page
from rewarm.evaluate.offline_page import visible
from rewarm.evaluate.tasks.item import Item

_TEMPLATE = Path(__file__).with_name("review_page.html")


def digest(items: Sequence[Item]) -> str:
    """16 hex digits that say which items a page shows, so that decisions are not applied to others."""
    shown = [[item.id, item.question, item.options, item.gold, item.answers] for item in items]
    return hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:16]


def write(items: Sequence[Item], page: Path) -> None:
    """Write the page. Raises RewarmError without items."""
    if not items:
        raise RewarmError("bench review: the file has no items; there is nothing to review")
    page.parent.mkdir(parents=True, exist_ok=True)
    with writing(page) as aside:
        data = {"page": digest(items), "items": [_shown(item) for item in items]}
        text = offline_page.html(_TEMPLATE, data, canary=CANARY)
        aside.write_text(text, encoding="utf-8")


def _shown(item: Item) -> dict[str, Any]:
    origin = item.origin
    place = " · ".join(str(origin[name]) for name in ("set", "source", "file", "how") if origin.get(name))
    return {
        "id": item.id,
        "kind": item.group,
        "context": visible(item.context),
        "question": visible(item.question),
        "options": [visible(option) for option in item.options or item.answers],
        "gold": list(item.gold) if item.options else list(range(len(item.answers))),
        "evidence": visible(str(origin.get("evidence", ""))),
        "origin": visible(place),
    }
