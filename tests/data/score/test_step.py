"""Scores under real small models, against transformers' own losses and probabilities."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from command_line import document
from shards import identity, write_documents

from rewarm.classify.reading import Reading
from rewarm.classify.training import train
from rewarm.data.score import step
from rewarm.engine.work import Work
from rewarm.errors import RewarmError
from rewarm.recipe.annotate import Score

TEXTS = [document(kind, number) for number in range(6) for kind in ("law", "api")]


def work_of(folder: Path, paths: dict[str, Path], scores: dict[str, dict[str, Any]], **more: Any) -> Work:
    rows = [
        {"id": identity(n), "text": text, "source": ("law", "api")[n % 2]} for n, text in enumerate(TEXTS)
    ]
    write_documents(folder / "clean/documents", rows[:7], 0)
    write_documents(folder / "clean/documents", rows[7:], 1)
    plain = {}
    for name, given in scores.items():
        score = Score.model_validate(given)
        plain[name] = score.model_dump(mode="json") | {"low_is_better": score.low_is_better}
    config = {
        "scores": plain, "quality": None, "seq_len": 64, "precision": "fp32", "device": "cpu",
        "loss_chunk": 64, "attention": "auto", "paths": {name: str(path) for name, path in paths.items()},
        "languages": {source: {"fixed": None, "attribute": None} for source in ("law", "api")}, **more,
    }  # fmt: skip
    (folder / "out").mkdir(exist_ok=True)
    tables = {"documents": [folder / "clean/documents"], "attributes": [], "labels": []}
    return Work("score", folder / "out", config, tables=tables)


def rows_of(folder: Path) -> dict[str, np.ndarray]:
    found = pa.concat_tables(pq.read_table(path) for path in sorted((folder / "out/attributes").iterdir()))
    return {name: found[name].to_numpy() for name in found.column_names}


def own_bits(path: Path, text: str) -> float:
    """Bits per byte by transformers' logits, in one window."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(path), AutoModelForCausalLM.from_pretrained(path)
    ids = torch.tensor([[tokenizer.eos_token_id, *tokenizer.encode(text, add_special_tokens=False)]])
    logits = model(input_ids=ids).logits[0, :-1].float()
    nats = torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="sum").item()
    return nats / np.log(2) / len(text.encode())


@pytest.fixture
def other(model: Path, tmp_path: Path) -> Path:
    """The same architecture with other weights."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    AutoTokenizer.from_pretrained(model).save_pretrained(tmp_path / "other")
    changed = AutoModelForCausalLM.from_pretrained(model)
    torch.manual_seed(5)
    with torch.no_grad():
        changed.get_input_embeddings().weight.mul_(1.5)
    changed.save_pretrained(tmp_path / "other")
    return tmp_path / "other"


def test_losses_are_the_models_own_and_their_difference_is_the_excess(
    tmp_path: Path, model: Path, other: Path
) -> None:
    scores = {
        "fit": {"kind": "loss", "characters": 60},
        "excess": {"kind": "excess_loss", "model": "big", "characters": 60},
    }
    work = work_of(tmp_path, {"": model, "big": other}, scores, seq_len=400, quality="excess")
    counts = step.run(work)
    assert counts["scored.fit"] == counts["scored.excess"] == len(TEXTS)
    found = rows_of(tmp_path)
    for row in (0, 1, 11):
        base, big = own_bits(model, TEXTS[row][:60]), own_bits(other, TEXTS[row][:60])
        assert np.isclose(found["score_fit"][row], base, atol=1e-4)
        assert np.isclose(found["score_excess"][row], base - big, atol=1e-4)
    assert np.array_equal(found["judged_quality"], found["score_excess_percentile"])
    # Ranked within each source: the lowest loss of each is best, the highest excess is.
    for start in (0, 1):
        assert np.argmin(found["score_fit"][start::2]) == np.argmax(found["score_fit_percentile"][start::2])
        assert np.argmax(found["score_excess"][start::2]) == np.argmax(
            found["score_excess_percentile"][start::2]
        )
    assert len(list((tmp_path / "out").glob("_measured-*"))) == 2, "the base is read once for both"


def test_windows_leave_no_token_out(tmp_path: Path, model: Path) -> None:
    """A model that says the same of every token has the same loss in one window or in many."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    flat = AutoModelForCausalLM.from_pretrained(model)
    with torch.no_grad():
        flat.get_input_embeddings().weight.zero_()
    flat.save_pretrained(tmp_path / "flat")
    AutoTokenizer.from_pretrained(model).save_pretrained(tmp_path / "flat")
    found = []
    for length in (9, 400):
        folder = tmp_path / str(length)
        folder.mkdir()
        step.run(work_of(folder, {"": tmp_path / "flat"}, {"fit": {"kind": "loss"}}, seq_len=length))
        found.append(rows_of(folder)["score_fit"])
    assert np.allclose(found[0], found[1], atol=1e-6)


def test_a_rating_is_the_expected_choice(tmp_path: Path, model: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    prompt = "Rate {text} from A to C:"
    score = {"kind": "rating", "model": "judge", "prompt": prompt, "choices": ["A", "B", "C"]}
    step.run(work_of(tmp_path, {"judge": model}, {"rating": {**score, "characters": 40}}, seq_len=400))
    tokenizer, judge = AutoTokenizer.from_pretrained(model), AutoModelForCausalLM.from_pretrained(model)
    found = rows_of(tmp_path)["score_rating"]
    for row in (0, 3, 10):
        written = prompt.replace("{text}", TEXTS[row][:40])
        ids = tokenizer.encode(written, add_special_tokens=False)
        ends = [tokenizer.encode(f"{written}{choice}", add_special_tokens=False)[-1] for choice in "ABC"]
        logits = judge(input_ids=torch.tensor([ids])).logits[0, -1, ends]
        wanted = torch.softmax(logits.double(), -1).detach().numpy() @ np.array([0.0, 0.5, 1.0])
        assert np.isclose(found[row], wanted, atol=1e-4)
    bad = {**score, "choices": ["good", "bad"]}
    with pytest.raises(RewarmError, match="no single token for each of the choices good, bad"):
        (tmp_path / "bad").mkdir()
        step.run(work_of(tmp_path / "bad", {"judge": model}, {"rating": bad}))


def test_a_killed_step_measures_no_shard_twice(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rewarm.data.score import losses

    seen: list[int] = []
    plain = losses.Losses.__call__

    def counted(self: losses.Losses, texts: list[str]) -> np.ndarray:
        if len(seen) == 1:
            raise KeyboardInterrupt
        seen.append(len(texts))
        return plain(self, texts)

    monkeypatch.setattr(losses.Losses, "__call__", counted)
    work = work_of(tmp_path, {"": model}, {"fit": {"kind": "loss", "characters": 30}})
    with pytest.raises(KeyboardInterrupt):
        step.run(work)
    seen.append(0)
    step.run(work)
    assert seen == [7, 0, 5]


def test_a_label_of_a_classifier_is_a_score_of_the_sources_that_ask(tmp_path: Path) -> None:
    texts = [document(kind, 900 + n) for n in range(30) for kind in ("law", "api")]
    labels = ["law", "api"] * 30
    classifier = train(pa.array(texts), labels, [identity(n) for n in range(60)], Reading(buckets=2**12), 0)
    classifier.save(tmp_path / "kind.safetensors")
    path = str(tmp_path / "kind.safetensors")
    score = {"kind": "label", "classifier": path, "label": "law", "sources": ["law"]}
    step.run(work_of(tmp_path, {path: Path(path)}, {"lawlike": score}))
    found = rows_of(tmp_path)
    assert (found["score_lawlike"][0::2] > 0.5).all() and np.isnan(found["score_lawlike"][1::2]).all()


def test_without_scores_nothing_is_read(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert step.run(Work("score", tmp_path / "out", {"scores": {}})) == {}
    assert list((tmp_path / "out/attributes").iterdir()) == []
