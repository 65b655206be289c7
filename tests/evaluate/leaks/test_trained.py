"""Models trained on half of a benchmark: the half is found from three exposures on, the other half is not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_model
from made_items import made

from rewarm.evaluate.leaks import plan, supporting
from rewarm.evaluate.leaks.detection import detect
from rewarm.evaluate.leaks.report import LeakReport
from rewarm.evaluate.score import encoding
from rewarm.evaluate.score.encoding import Encoded
from rewarm.evaluate.score.loaded_model import LoadedModel
from rewarm.evaluate.tasks.item import Item
from rewarm.evaluate.tasks.prompt import ENGLISH

pytestmark = pytest.mark.slow


LEAKED, KEPT, FRESH = made(100, 1), made(100, 2), made(100, 3)


def encoded(tokenizer: Any, items: list[Item]) -> list[Encoded]:
    return encoding.encode([plan.whole(0, item, ENGLISH) for item in items], tokenizer, 256)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any, Any]:
    """Folder, model and tokenizer of a model that knows the kinds of items and none of the benchmark."""
    folder = tmp_path_factory.mktemp("base")
    known = [*made(300, 99), *made(100, 98, "old"), *made(100, 97, "zh")]
    texts = [plan.whole(0, item, ENGLISH).continuation for item in known]
    _, tokenizer = tiny_model.build(folder, texts, vocabulary=400)
    rng = np.random.default_rng(0)
    model = tiny_model.train(
        folder, encoded(tokenizer, known), [rng.integers(0, len(known), 16) for _ in range(300)]
    )
    model.save_pretrained(folder)
    return folder, model, tokenizer


def trained(base: tuple[Path, Any, Any], exposures: int) -> Any:
    """The base after 300 other items once and the leaked ones `exposures` times, in random order."""
    folder, _, tokenizer = base
    rng = np.random.default_rng(exposures)
    shown = encoded(tokenizer, [*LEAKED, *made(300, 4)])
    rows = rng.permutation(np.concatenate([np.tile(np.arange(100), exposures), np.arange(100, 400)]))
    batches = [rows[begin : begin + 8] for begin in range(0, len(rows) - 7, 8)]
    return tiny_model.train(folder, shown, batches, rate=2e-3)


def judged(
    base: tuple[Path, Any, Any], result: Any, items: list[Item], twins: list[Item], statistics: bool = False
) -> LeakReport:
    _, model, tokenizer = base
    loaded = [LoadedModel(network, tokenizer, "forest") for network in (model, result)]
    return detect(
        lambda: loaded[0], lambda: loaded[1], items, ENGLISH, "made", twins=twins, statistics=statistics
    )


@pytest.mark.parametrize("exposures", [3, 10])
def test_the_leaked_half_is_found_and_the_other_half_is_not(
    base: tuple[Path, Any, Any], exposures: int
) -> None:
    result = trained(base, exposures)
    leaked = judged(base, result, LEAKED, FRESH, statistics=exposures == 10)
    assert leaked.judgement.outcome == "leaked"
    kept = judged(base, result, KEPT, FRESH)
    assert kept.judgement.outcome == "no leak seen"
    assert all(row.power.at_planted >= 0.8 for row in kept.judgement.evidence)
    if exposures == 10:
        order = {row.name: row for row in leaked.judgement.evidence}["order"]
        assert order.alarm and leaked.judgement.drops["options, published order"] < min(
            leaked.judgement.drops["options, other orders"], leaked.judgement.drops["twins"]
        )
        extra = {row.name: row for row in leaked.supporting}
        assert extra["min_k"].p < 0.05 and all(0 < row.power <= 1 for row in leaked.supporting)
        assert "supporting only: min_k" in "\n".join(leaked.lines())


@pytest.mark.parametrize("kind", ["old", "zh"])
def test_a_shifted_clean_set_raises_no_alarm(base: tuple[Path, Any, Any], kind: str) -> None:
    # Training on items like KEPT lowers their loss far more than that of another kind.
    found = judged(base, trained(base, 1), KEPT, made(100, 5, kind))
    twins = {row.name: row for row in found.judgement.evidence}["twins"]
    for row in supporting.compare({}, {}, twins.reason, 0.05):
        assert row.reason == twins.reason and row.power == 0
    assert "by their text alone" in twins.reason and found.judgement.outcome == "no leak seen"
    assert found.judgement.drops["published"] < found.judgement.drops["twins"]
