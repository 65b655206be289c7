"""One efficiency per accelerator, from one published run, predicts the speed of the other published runs."""

import pytest

from rewarm.plan import accelerators, compute
from rewarm.plan.published import RUNS, Run


@pytest.mark.parametrize("run", RUNS, ids=lambda run: f"{run.card}, {run.cards} cards, {run.title}")
def test_speed_within_a_quarter_of_what_is_published(run: Run) -> None:
    card = accelerators.find(run.card)
    found = compute.tokens_per_second(compute.work(run.model, run.seq_len, run.recompute), card)
    assert found == pytest.approx(run.speed, rel=0.25)


@pytest.mark.parametrize("name", ["a100", "h100"])
def test_the_efficiency_is_that_of_the_first_run(name: str) -> None:
    run = next(run for run in RUNS if run.card == name)
    card = accelerators.find(name)
    work = compute.work(run.model, run.seq_len, run.recompute)
    assert run.speed * work.done / (card.tflops * 1e12) == pytest.approx(card.efficiency, abs=0.005)
