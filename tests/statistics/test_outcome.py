"""What makes a result worse than its base, and what is ordinary forgetting."""

from math import nan

import pytest

from rewarm.statistics.outcome import of_table, worse


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ([("domain", 0.01, 0.002, 0.02)], ["domain"]),
        ([("domain", 0.01, -0.002, 0.02)], []),
        ([("domain", 0.01, 0.0, 0.02)], []),
        ([("domain", 17.0, nan, nan)], ["domain"]),
        ([("domain", 0.26, nan, nan)], ["domain"]),
        ([("domain", 0.25, nan, nan)], []),
        ([("domain", -0.2, nan, nan)], []),
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
    rows = [
        {"axis": axis, "value": value, "change": change}
        for axis, value in (("source", "law"), ("task", "domain"))
    ]
    (item,) = of_table(rows, 0.1)
    assert item.sentence == "The domain got worse: +0.500 bits per byte."


def test_the_sentence_about_a_forgotten_channel_has_interval_and_limit() -> None:
    (item,) = worse([("code", 0.15, 0.11, 0.2)], 0.1)
    assert item.sentence == (
        "The channel code was forgotten: +0.150 bits per byte (95 % interval +0.110 to +0.200), "
        "and 0.1 are tolerated."
    )
