"""Verdicts only where there are a partner and power; the reason otherwise."""

import json
from dataclasses import replace

import numpy as np
import pytest
from made_items import made

from rewarm.evaluate.leaks import plan, report, supporting
from rewarm.evaluate.leaks.losses import Losses
from rewarm.evaluate.leaks.provenance import Found, Provenance
from rewarm.evaluate.leaks.report import LeakReport
from rewarm.evaluate.tasks.item import Item
from rewarm.evaluate.tasks.prompt import ENGLISH


def simulated(items: list[Item], twins: list[Item], noise: float, leak: float = 0.0) -> LeakReport:
    """Losses of a base and a result: noise of each change, leak of the published form."""
    found, rng = plan.plan(items, ENGLISH, twins), np.random.default_rng(0)
    base = Losses(
        [np.full(len(row), 2.0) for row in found.orders],
        rng.normal(2, 0.2, len(items)),
        rng.normal(2, 0.2, len(items)),
        rng.normal(2, 0.2, len(twins)),
    )
    result = Losses(
        [row + rng.normal(0, noise, len(row)) - leak * (np.arange(len(row)) == 0) for row in base.orders],
        base.whole + rng.normal(0, noise, len(items)) - leak,
        base.retemplated + rng.normal(0, noise, len(items)),
        base.twins + rng.normal(0, noise, len(twins)),
    )
    return report.report(found, base, result, "made")


def test_no_partner_no_verdict() -> None:
    yes_no = [Item(str(number), f"Is {number} odd?", ("yes", "no"), (0,)) for number in range(50)]
    found = simulated(yes_no, [], 0.1)
    assert found.judgement.outcome == "not measurable"
    assert "no partner set. no item has another fair order of options; no twins are given" in (
        found.judgement.sentence
    )
    assert json.loads(json.dumps(found.plain()))["evidence"][0]["share"] is None


def test_no_power_no_verdict_and_the_visible_size_is_named() -> None:
    found = simulated(made(25, 0), [], 0.4)
    assert found.judgement.outcome == "not measurable"
    assert "found with a power of 0." in found.judgement.sentence and "15 items" in found.judgement.sentence


def test_a_leak_is_an_alarm_even_without_much_power() -> None:
    found = simulated(made(25, 0), [], 0.4, leak=0.8)
    assert found.judgement.outcome == "leaked" and "in their published order" in found.judgement.sentence


def test_the_level_is_halved_if_twins_are_given_accepted_or_not() -> None:
    alone = simulated(made(80, 0), [], 0.05).judgement.evidence[0]
    both = simulated(made(80, 2), made(80, 3), 0.05).judgement.evidence
    assert alone.level == 0.05 and [row.level for row in both] == [0.025, 0.025]
    refused = simulated(made(80, 2), made(80, 3, "zh"), 0.05).judgement.evidence
    assert refused[0].level == 0.025 and refused[1].reason


def test_lines_show_power_and_drops() -> None:
    text = "\n".join(simulated(made(80, 2), made(80, 3), 0.05).lines())
    assert "power 1.00 at 5%" in text and "twins" in text and "bits per byte, result − base" in text


def test_an_item_that_was_trained_on_is_a_leak_whatever_the_losses_say() -> None:
    losses = simulated(made(80, 2), [], 0.05)
    rows = [
        Found("made", str(number), "0123456789abcdef", "web", "a.jsonl", "benchmark", 0.9, "Which …", fate)
        for number, fate in enumerate(("trained", "masked", "dropped"))
    ]
    clean = LeakReport("made", losses.judgement, (), Provenance(80, 79, 900, tuple(rows[1:])))
    leaked = LeakReport("made", losses.judgement, (), Provenance(80, 79, 900, tuple(rows)))
    assert clean.outcome == losses.judgement.outcome == "no leak seen" and leaked.outcome == "leaked"
    text = "\n".join(leaked.lines())
    assert "79 of 80 items searched in 900 documents: 1 trained · 1 masked · 1 dropped" in text
    assert "0123456789ab web" in text and "losses: no leak seen" in text
    assert json.loads(json.dumps(leaked.plain()))["provenance"]["fates"]["trained"] == 1


def test_paraphrases_are_compared_with_their_own_items_and_decide_nothing() -> None:
    items = made(60, 0)
    reworded = {number: replace(items[number], question="Say, w" + items[number].question[1:])
                for number in range(20, 60)}  # fmt: skip
    asked = plan.plan(items, ENGLISH, reworded=reworded)
    assert [request.item for request in asked.reworded] == list(range(20, 60))
    rng = np.random.default_rng(0)
    orders = [np.full(len(row), 2.0) for row in asked.orders]
    base = Losses(orders, rng.normal(2, 0.2, 60), np.full(60, 2.0), np.empty(0), rng.normal(2, 0.2, 40))
    same = replace(base, whole=base.whole + rng.normal(0, 0.05, 60), reworded=base.reworded - 0.02)
    lower = replace(base, whole=base.whole - np.r_[np.zeros(20), np.full(40, 0.1)])
    (clean,) = supporting.paraphrases(asked, base, same, 0.05)
    (found,) = supporting.paraphrases(asked, base, lower, 0.05)
    assert clean.p > 0.05 and found.p < 0.01 and found.excess == pytest.approx(0.1)
    assert 0.8 < clean.power <= 1
    told = report.report(asked, base, lower, "made", supporting=(found,))
    assert told.judgement.outcome != "leaked" and told.judgement.drops["paraphrased"] == 0
    assert "supporting only: paraphrase" in "\n".join(told.lines())
    assert supporting.paraphrases(plan.plan(items, ENGLISH), base, lower, 0.05) == ()
