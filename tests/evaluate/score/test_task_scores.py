"""A table of scores: choices by each normalisation, generated answers, kept scores."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rewarm.evaluate.score import generation, kept, loaded_model, task_scores
from rewarm.evaluate.score.likelihood import Likelihoods
from rewarm.evaluate.score.task_scores import Asked, Scores
from rewarm.evaluate.tasks.item import Item, of_record
from rewarm.evaluate.tasks.prompt import ENGLISH

CHOICE = Item("c", "Which?", ("a", "a long one", "三三三"), (1,))
OPEN = Item("o", "Who?", answers=("Ada",))


@pytest.fixture(scope="module")
def loaded(model: Path) -> loaded_model.LoadedModel:
    return loaded_model.load(model, "cpu")


def rows_with(
    monkeypatch: pytest.MonkeyPatch, loaded: loaded_model.LoadedModel, asked: Asked, nats: list[float]
) -> list[dict[str, Any]]:
    """Rows when the requests have these nats and one token each."""

    def fixed(network: Any, encoded: Any, *_: Any) -> Likelihoods:
        ones = np.ones(len(encoded), dtype=np.int64)
        return Likelihoods(np.array(nats), ones, np.array([True, False, True][: len(nats)]), 9, "rows")

    monkeypatch.setattr(task_scores, "likelihoods", fixed)
    rows: list[dict[str, Any]] = task_scores.score(loaded.network, loaded.tokenizer, asked).table.to_pylist()
    return rows


def test_each_normalisation_divides_by_its_length(
    monkeypatch: pytest.MonkeyPatch, loaded: loaded_model.LoadedModel
) -> None:
    (row,) = rows_with(monkeypatch, loaded, Asked([CHOICE], ENGLISH, "cloze"), [2.0, 12.0, 4.5])
    assert row["characters"] == [1, 10, 3] and row["bytes"] == [1, 10, 9]
    # Per item: 2, 12, 4.5; per character 2, 1.2, 1.5; per byte 2, 1.2, 0.5.
    assert (row["correct_none"], row["correct_characters"], row["correct_bytes"]) == (False, True, False)
    assert row["choice"] == 2 and row["correct"] is False and row["gold"] == 1 and row["greedy"] is False
    (letters,) = rows_with(monkeypatch, loaded, Asked([CHOICE], ENGLISH, "letters"), [2.0, 1.0, 4.5])
    assert letters["correct"] is True and letters["chance"] == pytest.approx(1 / 3)


def test_multiple_select_needs_the_whole_set(
    monkeypatch: pytest.MonkeyPatch, loaded: loaded_model.LoadedModel
) -> None:
    item = of_record({"question": "q", "options": ["a", "b"], "answer": [0, 1]}, "r", "1")
    asked = Asked([item], ENGLISH, "letters")
    assert rows_with(monkeypatch, loaded, asked, [1.0, 2.0, 3.0])[0]["correct"] is False
    assert rows_with(monkeypatch, loaded, asked, [3.0, 2.0, 1.0])[0]["correct"] is True


def test_open_items_are_generated_or_continued(
    monkeypatch: pytest.MonkeyPatch, loaded: loaded_model.LoadedModel
) -> None:
    prompts: list[str] = []

    def answers(network: Any, tokenizer: Any, texts: list[str], *_: Any, **__: Any) -> list[str]:
        prompts.extend(texts)
        return ["ada.\nmore"] * len(texts)

    monkeypatch.setattr(generation, "generate", answers)
    asked = Asked([CHOICE, OPEN], ENGLISH, "cloze")
    rows = task_scores.score(loaded.network, loaded.tokenizer, asked).table.to_pylist()
    assert prompts == ["Question: Who?\nAnswer:"]
    assert rows[1]["answer"] == "ada.\nmore" and rows[1]["correct"] is True and rows[1]["choice"] == -1
    assert rows[0]["answer"] is None
    continued = task_scores.score(loaded.network, loaded.tokenizer, replace(asked, open="continuation"))
    row = continued.table.to_pylist()[1]
    assert row["answer"] is None and row["correct"] == row["greedy"] and len(prompts) == 1


def test_an_answer_does_not_depend_on_its_batch_and_ends_at_a_stop(loaded: loaded_model.LoadedModel) -> None:
    texts = ["Item 1: the server stores", "a", "Item 22: an error when a key is not valid and a volume"]
    together = generation.generate(loaded.network, loaded.tokenizer, texts, 12, stops=())
    alone = [generation.generate(loaded.network, loaded.tokenizer, [text], 12, stops=())[0] for text in texts]
    assert together == alone and all(together)
    stop = together[2][3:5]
    cut = generation.generate(loaded.network, loaded.tokenizer, texts, 12, stops=(stop,))
    assert cut[2] == together[2][: together[2].index(stop)]


def test_a_request_longer_than_the_model_reads_is_counted(loaded: loaded_model.LoadedModel) -> None:
    long = Item("l", "word " * 900, ("a", "b"), (0,))
    found = task_scores.score(loaded.network, loaded.tokenizer, Asked([long, CHOICE], ENGLISH, "cloze"))
    assert found.cut == 2 and len(found.table) == 2


def test_kept_scores_are_taken_for_the_same_request_only(
    tmp_path: Path, loaded: loaded_model.LoadedModel
) -> None:
    asked = Asked([CHOICE], ENGLISH, "cloze")
    calls: list[int] = []

    def score() -> Scores:
        calls.append(1)
        return task_scores.score(loaded.network, loaded.tokenizer, asked)

    first = kept.scored(tmp_path, "t", kept.key_of("model", asked), score)
    again = kept.scored(tmp_path, "t", kept.key_of("model", asked), score)
    assert len(calls) == 1 and again.table.equals(first.table) and again.method == first.method
    for other in (
        replace(asked, form="letters"), replace(asked, normalise="none"), replace(asked, shots=[OPEN]),
        replace(asked, items=[OPEN]), replace(asked, prompt=replace(ENGLISH, joiner="")),
    ):  # fmt: skip
        kept.scored(tmp_path, "t", kept.key_of("model", other), score)
    kept.scored(tmp_path, "t", kept.key_of("another model", asked), score)
    assert len(calls) == 7
    for path in tmp_path.rglob("*.parquet"):
        path.write_bytes(path.read_bytes()[:50])
    kept.scored(tmp_path, "t", kept.key_of("model", asked), score)
    assert len(calls) == 8


def test_a_model_folder_has_another_identity_when_a_file_changes(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    before = loaded_model.identity(tmp_path)
    assert loaded_model.identity(tmp_path) == before
    (tmp_path / "README.md").write_text("card")
    assert loaded_model.identity(tmp_path) == before
    (tmp_path / "model.safetensors").write_bytes(b"1")
    assert loaded_model.identity(tmp_path) != before
