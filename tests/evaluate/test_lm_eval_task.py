"""The adapter's own part: requests as lm-eval gives them, its samples as rows, and its absence.

lm-eval itself is not among the development packages; `make bench NAME=eval` runs the adapter with it.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rewarm.errors import RewarmError
from rewarm.evaluate import lm_eval_task
from rewarm.evaluate.score import loaded_model


@dataclass
class Instance:
    args: tuple[Any, ...]
    task_name: str = "t"
    metadata: dict[str, Any] = field(default_factory=dict)


def test_without_lm_eval_the_error_says_what_to_install(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "lm_eval", None)
    monkeypatch.setitem(sys.modules, "lm_eval.evaluator", None)
    with pytest.raises(RewarmError, match=r"pip install 'rewarm\[lm-eval\]'"):
        lm_eval_task.score(loaded_model.load(model, "cpu"), "arc_easy", "", None)


def test_requests_are_answered_in_their_order(model: Path) -> None:
    scorer = lm_eval_task.Scorer(loaded_model.load(model, "cpu"))
    pairs = [("the server", " stores"), ("Item 1: the", " key"), ("the server", " returns an error")]
    together = scorer.loglikelihood([Instance(pair) for pair in pairs])
    alone = [scorer.loglikelihood([Instance(pair)])[0] for pair in pairs]
    assert [value for value, _ in together] == pytest.approx([value for value, _ in alone], abs=1e-3)
    assert all(value < 0 for value, _ in together) and scorer.forwarded > 0
    answers = scorer.generate_until([Instance(("the server", {"until": ["\n"], "max_gen_toks": 4}))])
    assert len(answers) == 1 and "\n" not in answers[0]
    with pytest.raises(RewarmError, match="only greedy"):
        scorer.generate_until([Instance(("a", {"do_sample": True, "temperature": 0.7}))])
    with pytest.raises(RewarmError, match="--heldout"):
        scorer.loglikelihood_rolling([Instance(("a",))])


def test_samples_become_rows() -> None:
    choice = {
        "doc_id": 1, "target": 1, "acc": 1.0, "resps": [[(-4.0, False)], [(-2.5, True)]],
        "arguments": {
            "gen_args_0": {"arg_0": "q", "arg_1": " ab"}, "gen_args_1": {"arg_0": "q", "arg_1": " 三"},
        },
    }  # fmt: skip
    answer = {"doc_id": 0, "target": "7", "exact_match": 0.0, "resps": [["so 7"]], "arguments": [("q", {})]}
    rows = lm_eval_task.table([choice, answer], "t").to_pylist()
    assert [row["id"] for row in rows] == ["0", "1"]
    assert rows[0]["answer"] == "so 7" and rows[0]["correct"] is False and rows[0]["chance"] == 0
    assert rows[1]["nats"] == [4.0, 2.5] and rows[1]["gold"] == 1 and rows[1]["greedy"] is True
    assert rows[1]["bytes"] == [3, 4] and rows[1]["correct"] is True and rows[1]["chance"] == 0.5
    with pytest.raises(RewarmError, match="no measure of an item"):
        lm_eval_task.table([{"doc_id": 0, "bleu": 0.2, "resps": [["a"]]}], "t")
