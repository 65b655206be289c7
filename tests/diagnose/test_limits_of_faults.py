"""Limits of docs/diagnose.md, from both sides: collapses and swings, passes, shapes, what does not train."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from limits import BIT, PLAIN, SIZE, domain, flat, has, step, window
from logged_runs import Curve, Source

from rewarm.runs.run import Run

FROZEN = {"train": {"lora": {"embeddings": False}, "freeze": []}}


def swinging(curve: Curve, first: float, second: float) -> Curve:
    """Around a curve by an amplitude in each half of 120 updates; means of windows hardly move."""
    return lambda t: curve(t) + (1 if round(t * 120) % 2 else -1) * (first if t < 0.5 else second)


@pytest.mark.parametrize(("end", "wanted"), [(0.255, True), (0.265, False)])
def test_a_loss_collapses(tmp_path: Path, end: float, wanted: bool) -> None:
    assert has(tmp_path, "collapsed", "source law", domain(step(2.6, end))) == wanted


@pytest.mark.parametrize(("first", "updates", "wanted"), [(0.26, 120, True), (0.24, 120, False)])
def test_updates_swing(tmp_path: Path, first: float, updates: int, wanted: bool) -> None:
    sources: dict[str, Source] = {"law": ("domain", swinging(flat(2.6), first, 0.1), SIZE)}
    assert has(tmp_path, "oscillating", "all", sources, updates=updates) == wanted


@pytest.mark.parametrize(("updates", "wanted"), [(32, True), (31, False)])
def test_few_updates_are_not_called_swinging(tmp_path: Path, updates: int, wanted: bool) -> None:
    def curve(t: float) -> float:
        return 2.6 + (0.3 if round(t * updates) % 2 else -0.3) * (1 if t < 0.5 else 0.1)

    sources: dict[str, Source] = {"law": ("domain", curve, SIZE)}
    assert has(tmp_path, "oscillating", "all", sources, updates=updates) == wanted


@pytest.mark.parametrize(
    ("action", "wanted"), [("went back, rate x 0.5", True), ("went back, at the same rate", False)]
)
def test_the_guard_lowered_the_rate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str, wanted: bool
) -> None:
    rows = [{"update": 9, "stage": "adapt", "action": action}]
    monkeypatch.setattr(Run, "incident_rows", rows)
    assert has(tmp_path, "rate-lowered", "all", domain(flat(2.6))) == wanted


@pytest.mark.parametrize(
    ("train", "held", "passes", "copies", "wanted"),
    [
        # Passes, or copies.
        (-0.5, -0.1, 1.05, 0.05, True), (-0.5, -0.1, 1.0, 0.05, False), (-0.5, -0.1, 1.0, 0.201, True),
        (-0.5, -0.1, 1.0, 0.199, False),
        # The least change is 0.065 nats, twice that 0.13.
        (-0.3, -0.167, 2.0, 0.05, True), (-0.3, -0.173, 2.0, 0.05, False),
        (-0.067, 0.2, 2.0, 0.05, True), (-0.063, 0.2, 2.0, 0.05, False),
        # 30 % of the training's fall.
        (-1.0, -0.69, 2.0, 0.05, True), (-1.0, -0.71, 2.0, 0.05, False),
    ],
)  # fmt: skip
def test_documents_are_memorised(
    tmp_path: Path, train: float, held: float, passes: float, copies: float, wanted: bool
) -> None:
    more: dict[str, Any] = {"held_out": {"law": held, "web": 0.0}, "passes": {"law": passes}}
    more["texts"] = {"law": replace(PLAIN, copies=copies)}
    assert has(tmp_path, "memorising", "source law", domain(step(2.6, 2.6 + train)), **more) == wanted


@pytest.mark.parametrize(
    ("drop", "updates", "wanted"),
    [(0.052, 120, True), (0.048, 120, False), (0.3, 24, True), (0.3, 22, False)],
)
def test_a_step_where_the_first_pass_ends(tmp_path: Path, drop: float, updates: int, wanted: bool) -> None:
    """Each side needs six updates."""
    sources: dict[str, Source] = {"law": ("domain", step(2.6, 2.6 - drop, 0.5), SIZE)}
    more: dict[str, Any] = {"updates": updates, "passes": {"law": 2.0}}
    assert has(tmp_path, "epoch-drop", "source law", sources, **more) == wanted


@pytest.mark.parametrize(
    ("bits", "back", "wanted"),
    [(0.031, 0.5, True), (0.029, 0.5, False), (0.05, 0.26, True), (0.05, 0.24, False)],
)
def test_a_gap_of_held_out_documents(tmp_path: Path, bits: float, back: float, wanted: bool) -> None:
    """Straight up to a quarter of the stage and straight down, so that the scores have no noise."""
    during = {at: 4 * bits * BIT * at / 120 for at in (10, 20, 30)}
    during |= {at: bits * BIT * (1 - back * (at - 30) / 90) for at in (60, 90, 120)}
    more: dict[str, Any] = {"held_out": {"web": 0.05}, "during": {"web": during}}
    assert (
        has(tmp_path, "stability-gap", "source web", {"web": ("general", flat(2.7), SIZE)}, **more) == wanted
    )


@pytest.mark.parametrize(
    ("rise", "number", "back", "wanted"),
    [
        (0.055, 2, 1.0, True), (0.045, 2, 1.0, False), (0.4, 6, 1.0, True), (0.4, 7, 1.0, False),
        (0.12, 2, 0.26, True), (0.12, 2, 0.24, False),
    ],
)  # fmt: skip
def test_a_gap_of_the_training_loss(
    tmp_path: Path, rise: float, number: int, back: float, wanted: bool
) -> None:
    curve = window(2.7, 2.7 + rise, number, 2.7 + rise * (1 - back))
    assert has(tmp_path, "stability-gap", "source web", {"web": ("general", curve, SIZE)}) == wanted


@pytest.mark.parametrize(
    ("late", "swing", "wanted"),
    [
        # Not clear beside the swings: a tenth of the whole fall of 1 nat decides.
        (0.08, 0.2, True), (0.12, 0.2, False),
        # Less than a tenth, and clear or not beside the little noise that one step down gives.
        (0.044, 0.0, True), (0.052, 0.0, False),
    ],
)  # fmt: skip
def test_the_second_half_gives_little(tmp_path: Path, late: float, swing: float, wanted: bool) -> None:
    def curve(t: float) -> float:
        return 2.6 if t < 1 / 12 else 1.6 + (late if t < 0.75 else 0.0)

    assert has(tmp_path, "saturated", "source law", domain(swinging(curve, swing, swing))) == wanted


@pytest.mark.parametrize(("change", "wanted"), [(0.9e-7 * BIT, True), (1.1e-7 * BIT, False)])
def test_nothing_trains(tmp_path: Path, change: float, wanted: bool) -> None:
    held = {"law": change, "web": 0.0}
    assert has(tmp_path, "nothing-trains", "all", domain(flat(2.6)), held_out=held) == wanted


@pytest.mark.parametrize(
    ("bits", "recipe", "wanted"),
    [
        (1.51, FROZEN, True), (1.49, FROZEN, False),
        (1.51, {"train": {"lora": {"embeddings": True}, "freeze": []}}, False),
        (1.51, {"train": {"lora": None, "freeze": ["lm_head.*"]}}, True),
        (1.51, {"train": {"lora": None, "freeze": ["*.embed_tokens.weight"]}}, True),
        (1.51, {"train": {"lora": None, "freeze": ["model.layers.*"]}}, False),
    ],
)  # fmt: skip
def test_embeddings_are_frozen(tmp_path: Path, bits: float, recipe: dict[str, Any], wanted: bool) -> None:
    sources = domain(flat(bits * BIT))
    assert has(tmp_path, "embeddings-frozen", "source law", sources, recipe=recipe) == wanted
