"""Which runs become phrases: limits, parts of longer phrases, allowed ones, and what a row says."""

from typing import Any

import pyarrow as pa
import pytest

from rewarm.data.phrases.choose import RUNS, UNLISTED, choose
from rewarm.recipe import Phrases

LONG = "thank you for calling our service line today"
PART = "calling our service line"


def _runs(*phrases: tuple[str, str, int], first: int = 0) -> list[dict[str, Any]]:
    """Rows of (source, text, documents); ids of a phrase ascend from `first`."""
    return [
        {"id": f"{first + number:04}", "source": source, "key": key, "chars": len(text), "odds": 3.0,
         "text": text}
        for key, (source, text, documents) in enumerate(phrases) for number in range(documents)
    ]  # fmt: skip


def _chosen(rows: list[dict[str, Any]], totals: dict[str, int], **changes: Any) -> list[dict[str, Any]]:
    config = Phrases(**{"min_documents": 20, "min_share": 0.02, **changes}).model_dump()
    table = choose(pa.Table.from_pylist(rows, schema=RUNS), totals, config)
    assert table.schema.metadata == {UNLISTED: b"0"}
    chosen: list[dict[str, Any]] = table.to_pylist()
    return chosen


@pytest.mark.parametrize(
    ("documents", "total", "told"), [(19, 100, False), (20, 100, True), (29, 1500, False), (30, 1500, True)]
)
def test_the_larger_of_both_limits_holds_and_is_reached_by_equality(
    documents: int, total: int, told: bool
) -> None:
    assert bool(_chosen(_runs(("en", LONG, documents)), {"en": total})) == told


@pytest.mark.parametrize(("longer", "told"), [(80, False), (81, False), (79, True)])
def test_a_part_is_told_where_a_quarter_more_documents_hold_it(longer: int, told: bool) -> None:
    """99 documents hold the part: less than 1.25 × 80, and more than 1.25 × 79."""
    rows = _runs(("en", LONG, longer), ("en", PART, 99))
    assert {row["phrase"] for row in _chosen(rows, {"en": 200})} == ({LONG, PART} if told else {LONG})


def test_a_part_with_exactly_a_quarter_more_documents_is_told() -> None:
    rows = _runs(("en", LONG, 80), ("en", PART, 100))
    assert {row["phrase"] for row in _chosen(rows, {"en": 200})} == {LONG, PART}


def test_a_part_of_another_source_or_of_nothing_longer_is_told() -> None:
    rows = _runs(("en", LONG, 80), ("web", PART, 80), ("en", "another line of text", 80))
    assert len(_chosen(rows, {"en": 200, "web": 200})) == 3


@pytest.mark.parametrize(
    ("allowed", "free"),
    [([LONG], True), (["Calling our SERVICE, line!"], True), ([f"Dear sir, {LONG}."], True), (["…"], False),
     (["another service line"], False)],
)  # fmt: skip
def test_an_allowed_phrase_costs_nothing(allowed: list[str], free: bool) -> None:
    (row,) = _chosen(_runs(("en", LONG, 80)), {"en": 200}, allow=allowed, action="drop")
    assert row["verdict"] == ("allowed" if free else "cap")
    assert (row["chars"] == 0, row["keeps"] == []) == (free, free)


@pytest.mark.parametrize(("action", "verdict"), [("report", "report"), ("drop", "cap"), ("mask", "cap")])
def test_what_a_row_says(action: str, verdict: str) -> None:
    rows = _runs(("en", LONG, 50), first=3)
    rows[30]["chars"] += 7
    (row,) = _chosen(list(reversed(rows)), {"en": 200}, keep=2, action=action)
    assert row == {
        "source": "en", "phrase": LONG, "documents": 50, "share": 0.25, "log_odds": 3.0,
        "chars": (len(LONG) + 7) * 48, "verdict": verdict, "key": 0, "keeps": ["0003", "0004"],
        "examples": ["0050", "0051", "0052"],
    }  # fmt: skip
    assert _chosen(rows, {"en": 200}, keep=60, action=action)[0]["chars"] == 0


def test_equal_keys_of_two_sources_are_two_phrases() -> None:
    rows = _runs(("en", LONG, 30)) + _runs(("web", LONG, 40))
    chosen = _chosen(rows, {"en": 100, "web": 100})
    assert {(row["source"], row["documents"], row["share"]) for row in chosen} == {
        ("en", 30, 0.3), ("web", 40, 0.4),
    }  # fmt: skip
    assert _chosen([], {}) == []
