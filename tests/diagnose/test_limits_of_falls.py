"""Limits of docs/diagnose.md, from both sides: texts, level at the start, what falls, stays and rises."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from limits import BIT, PLAIN, beside, domain, flat, found, general, has, step, window
from logged_runs import Curve, Source, logged

from rewarm.diagnose.change import Change

TEXTS = [
    ("garbled", "garbled", 0.0049, 0.0051),
    ("repeated", "copies", 0.199, 0.201),
    ("templated", "framed", 0.299, 0.301),
]


@pytest.mark.parametrize(("rule", "name", "below", "above"), TEXTS)
def test_texts(tmp_path: Path, rule: str, name: str, below: float, above: float) -> None:
    for value, wanted in ((below, False), (above, True)):
        texts = {"law": replace(PLAIN, **{name: value})}
        assert has(tmp_path / str(value), rule, "source law", domain(flat(2.6)), texts=texts) == wanted


@pytest.mark.parametrize(
    ("sources", "wanted"),
    [
        # Half a bit per byte, and the others have far more.
        (beside(2.7, start=0.498 * BIT), True),
        (beside(2.7, start=0.502 * BIT), False),
        # 1.5 times below every other.
        (beside(0.70 * BIT, start=0.47 * BIT), False),
        (beside(0.71 * BIT, start=0.47 * BIT), True),
        (beside(2.0, 0.70 * BIT, start=0.47 * BIT), False),
        # Half of every other.
        (beside(5.1, start=2.6), False),
        (beside(5.3, start=2.6), True),
        (beside(5.3, 5.1, start=2.6), False),
        # Alone, half a bit is enough.
        (beside(start=0.498 * BIT), True),
        (beside(start=0.502 * BIT), False),
    ],
)
def test_low_at_the_start(tmp_path: Path, sources: dict[str, Source], wanted: bool) -> None:
    assert has(tmp_path, "initial-low", "source law", sources) == wanted


@pytest.mark.parametrize(("compressed", "said"), [(0.199, True), (0.201, False)])
def test_low_at_the_start_and_repetitive(tmp_path: Path, compressed: float, said: bool) -> None:
    run = logged(tmp_path, beside(2.7, start=0.4 * BIT), noise=0.0)
    (one,) = [
        one for one in found(run, {"law": replace(PLAIN, compressed=compressed)}) if one.rule == "initial-low"
    ]
    assert ("it is repetitive" in one.says) == said


@pytest.mark.parametrize(
    ("sources", "wanted"),
    [
        (beside(0.9 * BIT, start=1.49 * BIT), False),
        (beside(0.9 * BIT, start=1.51 * BIT), True),
        # 1.5 times the median of the others.
        (beside(1.08 * BIT, start=1.6 * BIT), False),
        (beside(1.06 * BIT, start=1.6 * BIT), True),
        (beside(0.1 * BIT, 1.08 * BIT, 9 * BIT, start=1.6 * BIT), False),
        (beside(0.1 * BIT, 1.06 * BIT, 9 * BIT, start=1.6 * BIT), True),
        # Twice the median.
        (beside(0.71 * BIT, start=1.4 * BIT), False),
        (beside(0.69 * BIT, start=1.4 * BIT), True),
    ],
)
def test_high_at_the_start(tmp_path: Path, sources: dict[str, Source], wanted: bool) -> None:
    assert has(tmp_path, "initial-high", "source law", sources) == wanted


@pytest.mark.parametrize(
    ("nats", "error", "least", "counts"),
    [
        (-0.30, 0.099, 0.05, True), (-0.30, 0.101, 0.05, False), (-0.051, 0.001, 0.05, True),
        (-0.049, 0.001, 0.05, False), (-0.11, 0.001, 0.1, True), (-0.09, 0.001, 0.1, False),
    ],
)  # fmt: skip
def test_a_change_counts_from_three_standard_errors_and_the_least_change(
    nats: float, error: float, least: float, counts: bool
) -> None:
    assert Change(nats, error).falls(least) == counts == Change(-nats, error).rises(least)
    assert not Change(nats, error).rises(least) and not Change(-nats, error).falls(least)
    assert Change(-0.051, 0.001).falls() and not Change(-0.049, 0.001).falls()


@pytest.mark.parametrize(
    ("start", "change", "falls"),
    # 0.05 nats, and 2.5 % of the loss at the start, which is more from 2 nats on.
    [(1.6, -0.052, True), (1.6, -0.048, False), (4.0, -0.103, True), (4.0, -0.097, False)],
)
def test_the_domain_falls(tmp_path: Path, start: float, change: float, falls: bool) -> None:
    sources = domain(step(start, start + change), start)
    assert has(tmp_path / "trained", "domain-falls", "source law", sources) == falls
    assert has(tmp_path / "again", "domain-flat", "source law", sources) != falls
    # And on held-out documents alone, whose interval here is +-0.01 bits.
    held = {"law": change, "web": 0.0}
    assert (
        has(tmp_path / "h", "domain-falls", "source law", domain(flat(start), start), held_out=held) == falls
    )


@pytest.mark.parametrize(
    ("rule", "change", "wanted"),
    # The least change is 0.0675 nats: 2.5 % of 2.7.
    [
        ("general-flat", 0.066, True), ("general-flat", 0.069, False), ("general-flat", -0.066, True),
        ("general-flat", -0.069, False), ("general-falls", -0.137, True), ("general-falls", -0.133, False),
        ("rising", 0.137, True), ("rising", 0.133, False),
    ],
)  # fmt: skip
def test_general_text_on_held_out_documents(tmp_path: Path, rule: str, change: float, wanted: bool) -> None:
    held = {"law": 0.0, "web": change}
    assert has(tmp_path, rule, "source web", general(flat(2.7)), held_out=held) == wanted


@pytest.mark.parametrize(
    ("curve", "wanted"),
    [
        (step(2.7, 2.7 + 0.137), True), (step(2.7, 2.7 + 0.133), False),
        # Above its best window by much, and above the start by less or more than the least change.
        (window(2.7, 2.4, 2, 2.7 + 0.069), True), (window(2.7, 2.4, 2, 2.7 + 0.066), False),
    ],
)  # fmt: skip
def test_a_training_loss_rises(tmp_path: Path, curve: Curve, wanted: bool) -> None:
    assert has(tmp_path, "rising", "source web", general(curve)) == wanted


@pytest.mark.parametrize(("bits", "wanted"), [(0.498, False), (0.502, True)])
def test_a_domain_known_by_heart_may_rise(tmp_path: Path, bits: float, wanted: bool) -> None:
    sources = domain(step(bits * BIT, bits * BIT + 0.3))
    assert has(tmp_path, "rising", "source law", sources) == wanted


def fall(nats: float, early: float) -> Curve:
    """From 2.7 by so many nats, a share of it in the first quarter and the rest in the second half."""
    return lambda t: 2.7 if t < 1 / 12 else 2.7 - nats * (early if t < 0.5 else 1.0)


@pytest.mark.parametrize(
    ("nats", "early", "texts", "wanted"),
    [
        (0.152, 1.0, {}, True), (0.148, 1.0, {}, False), (0.9, 0.81, {}, True), (0.9, 0.79, {}, False),
        (0.9, 0.61, {"framed": 0.101}, True), (0.9, 0.59, {"framed": 0.101}, False),
        (0.9, 0.61, {"framed": 0.099}, False), (0.9, 0.61, {"markup": 0.101}, True),
        (0.9, 0.61, {"markup": 0.099}, False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("of", ["training", "held_out"])
def test_a_fall_is_fast(
    tmp_path: Path, nats: float, early: float, texts: dict[str, float], wanted: bool, of: str
) -> None:
    looked = {"web": replace(PLAIN, **texts)}
    if of == "training":
        sources: dict[str, Source] = general(fall(nats, early))
        assert has(tmp_path, "falls-fast", "source web", sources, texts=looked) == wanted
        return
    # The 30th update is the last of the first quarter; the training loss tells nothing.
    during = {"web": {15: -0.1, 30: -early * nats, 31: -nats, 120: -nats}}
    more: dict[str, Any] = {"held_out": {"law": 0.0, "web": -nats}, "during": during, "texts": looked}
    assert has(tmp_path, "falls-fast", "source web", general(flat(2.7)), **more) == wanted


def test_three_scores_are_too_few_to_call_a_fall_fast(tmp_path: Path) -> None:
    during = {"web": {15: -0.9, 30: -0.9, 120: -0.9}}
    more: dict[str, Any] = {"held_out": {"law": 0.0, "web": -0.9}, "during": during}
    assert not has(tmp_path, "falls-fast", "source web", general(flat(2.7)), **more)
