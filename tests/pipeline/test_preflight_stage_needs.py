"""What preflight says about the memory, time and positions of each stage, for a base of known shapes."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from rewarm.model import precision
from rewarm.pipeline.preflight import stage_needs
from rewarm.pipeline.preflight.finding import Finding
from rewarm.pipeline.preflight.subject import Subject
from rewarm.pipeline.preflight.survey import Survey
from rewarm.plan import memory
from rewarm.plan import stage_needs as estimate
from rewarm.recipe import reading

STAGE = {"name": "adapt", "tokens": 100_000, "mix": {"law": 1.0}, "schedule": {"peak": 1e-3}}


@pytest.fixture(autouse=True)
def _speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage_needs, "_speed", lambda: 1e9)
    monkeypatch.setattr(precision, "native_bf16", lambda: True)


def subject(
    folder: Path, model: Path, *stages: dict[str, Any], train: dict[str, Any] | None = None, **more: Any
) -> Subject:
    """Of a recipe whose source is not on this machine, so that its tokens are not known."""
    recipe = {
        "name": "law",
        "model": str(model),
        "sources": [
            {"name": "law", "path": "https://example.invalid/law.jsonl", "labels": {"task": "domain"}}
        ],
        "stages": [{**STAGE, **stage} for stage in stages or ({},)],
        "pack": {"seq_len": 512},
        "train": {"device": "cpu", "batch_tokens": 2048, **(train or {})},
        **more,
    }
    path = folder / "recipe.yaml"
    path.write_text(json.dumps(recipe))
    return Subject(reading.load(path), path, folder / "runs/law", "", None, reading.lines(path), Survey(1))


def found(of: Subject, check: str) -> list[Finding]:
    return [one for one in stage_needs.check(of) if one.check == check]


def needs(of: Subject, **train: Any) -> list[estimate.StageNeed]:
    recipe = of.recipe.model_copy(update={"train": of.recipe.train.model_copy(update=train)})
    return estimate.of_recipe(recipe, memory.shapes(Path(of.recipe.model)))


def test_memory_of_the_process_and_time_on_a_cpu(tmp_path: Path, model: Path) -> None:
    of = subject(tmp_path, model)
    (need,) = needs(of)
    (told,) = found(of, "stages.need")
    assert (
        f"an estimated {need.process / 1e9:.2f} GB of memory, {need.operations:.2g} operations" in told.what
    )
    assert f"about {round(need.operations / 1e9 / 60)} min on this CPU for all 100,000 tokens." in told.what


def test_memory_of_the_device_and_no_time_on_a_gpu(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Free memory of the host says nothing there."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=0))
    of = subject(tmp_path, model, train={"device": "cuda"})
    (told,) = found(of, "stages.need")
    assert f"an estimated {needs(of)[0].device / 1e9:.2f} GB" in told.what and "CPU" not in told.what
    assert found(of, "stages.memory") == []


@pytest.mark.parametrize(("native", "precision_used"), [(True, "bf16"), (False, "fp32")])
def test_a_cpu_without_bf16_trains_in_fp32(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch, native: bool, precision_used: str
) -> None:
    monkeypatch.setattr(precision, "native_bf16", lambda: native)
    of = subject(tmp_path, model, {"seq_len": 2048}, train={"precision": "bf16", "micro_batch": 64})
    need = {name: needs(of, precision=name)[0].process for name in ("bf16", "fp32")}
    assert need["fp32"] > 1.1 * need["bf16"]
    assert f"{need[precision_used] / 1e9:.2f} GB" in found(of, "stages.need")[0].what


def test_tokens_of_a_larger_vocabulary_count(tmp_path: Path, model: Path) -> None:
    of = subject(tmp_path, model, vocabulary={"tokens": 1_000, "documents": ["law"]})
    shapes = estimate.extended(memory.shapes(model), 1_000)
    (need,) = estimate.of_recipe(of.recipe, shapes)
    assert f"{need.operations:.2g} operations" in found(of, "stages.need")[0].what
    assert f"{need.operations:.2g}" != f"{needs(of)[0].operations:.2g}"


@pytest.mark.parametrize(("share", "warned"), [(0.9, True), (1.1, False)])
def test_less_free_memory_than_a_stage_needs(
    tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch, share: float, warned: bool
) -> None:
    of = subject(tmp_path, model)
    free = share * needs(of)[0].process
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=free))
    told = found(of, "stages.memory")
    assert [one.severity for one in told] == ["warning"] * warned
    assert not warned or f"and {free / 1e9:.1f} GB are free" in told[0].what


def test_sequences_beyond_the_positions_of_the_base(tmp_path: Path, model: Path) -> None:
    """It has 512."""
    first, second, third = {"name": "a"}, {"name": "b", "seq_len": 513}, {"name": "c", "seq_len": 1024}
    told = found(subject(tmp_path, model, first, second, third), "stages.rope")
    assert [one.what.split(" has sequences")[0] for one in told] == ["stage 'b'", "stage 'c'"]
    assert "of 513 tokens, and the base was trained for 512 positions" in told[0].what
    # It holds for the stages after it too.
    rope = {**second, "rope": {"type": "default", "theta": 1e6}}
    assert found(subject(tmp_path, model, first, rope, third), "stages.rope") == []
    (early,) = found(subject(tmp_path, model, third, rope), "stages.rope")
    assert early.what.startswith("stage 'c'")


@pytest.mark.parametrize("what", ["missing", "damaged", "until"])
def test_without_a_base_or_a_training_nothing_is_said(tmp_path: Path, model: Path, what: str) -> None:
    if what == "until":
        of = subject(tmp_path, model)
        of = Subject(of.recipe, of.path, of.root, "", "clean", of.lines, of.survey)
    elif what == "missing":
        of = subject(tmp_path, tmp_path / "none")
    else:
        (tmp_path / "base").mkdir()
        (tmp_path / "base/config.json").write_text("{")
        of = subject(tmp_path, tmp_path / "base")
    assert list(stage_needs.check(of)) == []


def test_the_speed_of_this_cpu_is_believable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert 1e8 < stage_needs._speed() < 1e13
