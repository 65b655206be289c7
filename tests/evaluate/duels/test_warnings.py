"""Each warning appears where it must and only there."""

from dataclasses import replace
from typing import Any

import pytest

from rewarm.evaluate.duels.judge_checks import Position
from rewarm.evaluate.duels.rates import Rates
from rewarm.evaluate.duels.summary import Summary
from rewarm.evaluate.duels.warnings import warnings
from rewarm.statistics.bootstrap import Estimate
from rewarm.statistics.length_control import EqualLength

FAIR = Position(Estimate(0.5, 0.45, 0.55), 90, 5, 5, 0.1)
SUMMARY = Summary(["b", "r"], "j", 0, 100, 100, {}, {}, 200, {}, {}, [], None, {"overall": FAIR}, None)


def rate(longer: float, **changes: Any) -> Rates:
    controlled = EqualLength(Estimate(0.5, 0.4, 0.6), Estimate(0, -1, 1), longer)
    plain = Rates("r", "b", "overall", "", 5, 3, 2, 0, 0, 0, Estimate(), Estimate(), controlled)
    return replace(plain, **changes)


def test_a_good_judge_gives_no_warning() -> None:
    assert list(warnings(replace(SUMMARY, rates=[rate(0.94), rate(0.06)]))) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"first": Estimate(0.9, 0.7, 0.95)}, "one-sided: it chose the first answer in 90%"),
        ({"first": Estimate(0.1, 0.05, 0.3)}, "one-sided: it chose the second answer in 90%"),
        ({"flipped": 95}, "contradicts itself: 95 of 190 pairs"),
        ({"first": Estimate(0.6, 0.51, 0.64)}, "preference for a position (60% first)"),
        ({"ties": 0.9}, "answered `tie` in 90%"),
    ],
)
def test_a_bad_judge_is_told_once(changes: dict[str, Any], said: str) -> None:
    (told,) = warnings(replace(SUMMARY, position={"overall": replace(FAIR, **changes)}))
    assert said in told


def test_rejections_are_told_above_a_tenth() -> None:
    assert not list(warnings(replace(SUMMARY, rejected={"json": (20, "")})))
    (told,) = warnings(replace(SUMMARY, rejected={"json": (20, ""), "cut": (1, "")}))
    assert told.startswith("21 of 200 requests gave no usable verdict")


@pytest.mark.parametrize(("longer", "named"), [(0.96, "r"), (0.04, "b")])
def test_an_extrapolated_rate_is_told(longer: float, named: str) -> None:
    (told,) = warnings(replace(SUMMARY, rates=[rate(longer)]))
    assert told.startswith(f"{named} is the longer answer in 96%")
    assert not list(warnings(replace(SUMMARY, rates=[rate(longer, dimension="clarity")])))
    assert not list(warnings(replace(SUMMARY, rates=[rate(longer, label="task: law")])))
