"""What makes a result worse than its base, and what is ordinary forgetting."""

from math import nan

import pytest

from rewarm.statistics.outcome import of_table, worse


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ([("domain", 0.01, 0.002, 0.02)], ["domain"]),
        ([("domain", 0.01, -0.002, 0.02)], []),
        ([("domain", 17.0, nan, nan)], ["domain"]),
        ([("domain", nan, nan, nan)], []),
        ([("general", 0.09, 0.08, 0.1)], []),
        ([("general", 0.15, 0.05, 0.25)], []),
        ([("general", 0.15, 0.11, 0.2)], ["general"]),
        ([("code", 0.4, 0.3, 0.5), ("domain", 1.0, 0.9, 1.1)], ["domain", "code"]),
        ([("not labelled", 1.0, 0.9, 1.1)], []),
    ],
)
def test_worse(channels: list[tuple[str, float, float, float]], expected: list[str]) -> None:
    assert [item.task for item in worse(channels, 0.1)] == expected


def test_of_a_table() -> None:
    change = {"bits_per_byte": 0.5, "low": None, "high": None}
    rows = [{"axis": axis, "value": "domain", "change": change} for axis in ("source", "task")]
    (item,) = of_table(rows, 0.1)
    assert item.sentence == "The domain got worse: +0.500 bits per byte."
