"""No item of a built benchmark enters training, whatever file of a source it is in."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import harbours
import pyarrow.parquet as pq
import pytest
import yaml

from rewarm.corpus.benchmarks import built, canary, items
from rewarm.evaluate.build import build as building
from rewarm.evaluate.tasks import item as task_items
from rewarm.evaluate.tasks.item import Item, record_of
from rewarm.pipeline import run_directory
from rewarm.recipe.bench import Bench
from rewarm.recipe.decontaminate import Benchmark
from rewarm.recipe.tasks import Task
from rewarm.runs import step_tables
from rewarm.runs.run import Run


@pytest.fixture(scope="module")
def bench(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a built benchmark."""
    folder = tmp_path_factory.mktemp("built")
    building.write(building.build(run, Bench(items=30), folder), folder)
    return folder


def test_the_mark_is_that_of_the_items() -> None:
    assert canary.CANARY == task_items.CANARY


def test_a_source_with_a_benchmark_trains_on_none_of_its_items(
    model: Path, bench: Path, tmp_path: Path
) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    lines = [json.dumps({"question": harbours.regulation(number)}) for number in range(40)]
    (texts / "documents.jsonl").write_text("\n".join(lines))
    records = _copies(bench, texts)
    recipe = {
        "name": "leaky",
        "model": str(model),
        "sources": [{"name": "all", "path": "texts", "text": "question"}],
        "redact": {"enabled": False},
        "pack": {"seq_len": 256},
        "train": {"batch_tokens": 1024},
        "stages": [{"name": "adapt", "tokens": "20k", "mix": {"all": 1.0}}],
    }
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe))
    outcomes: list[Any] = []
    (done,) = run_directory.run(
        tmp_path / "recipe.yaml", tmp_path / "run", lambda _, found: outcomes.append(found), until="pack"
    )
    run = Run(done)
    collected = next(one for one in outcomes if one.step == "collect")
    assert collected.counts["documents"] == 40
    assert collected.counts["faults.benchmark.canary"] == records
    reasons: Counter[str] = Counter()
    for ledger in run.steps["collect"].ledgers():
        reasons.update(pq.read_table(ledger)["reason"].to_pylist())
    assert reasons["benchmark.canary"] == records
    questions = [
        json.loads(line)["question"]
        for file in bench.glob("*.jsonl")
        for line in file.read_text("utf-8").splitlines()
    ]
    for shard in run.steps["collect"].shards():
        rows = step_tables.went_on(run.steps["collect"], shard, ["text"])
        assert rows is not None
        assert not [text for text in rows["text"].to_pylist() for question in questions if question in text]


def _copies(bench: Path, texts: Path) -> int:
    """The items as JSON lines, CSV and plain text; how many records that makes."""
    number = 0
    for file in bench.glob("*.jsonl"):
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
        (texts / file.name).write_text(file.read_text("utf-8"), "utf-8")
        with (texts / f"{file.stem}.csv").open("w", newline="") as sheet:
            writer = csv.DictWriter(sheet, ["question", "canary"], extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        (texts / f"{file.stem}.txt").write_text(file.read_text("utf-8"), "utf-8")
        number += 2 * len(rows) + 1
    return number


def test_transfer_items_are_looked_for_and_recall_items_are_not(
    bench: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = {}
    for item_set in ("recall", "transfer"):
        benchmark = Benchmark(name=item_set, path=bench / f"{item_set}.jsonl").model_dump(mode="json")
        found[item_set] = items.read(benchmark, [benchmark["path"]])
    assert found["recall"] == []
    assert "30 recall items are not looked for" in capsys.readouterr().err
    assert len(found["transfer"]) == 30
    assert all(one.question and len(one.options) == 4 for one in found["transfer"])


def test_built_tasks_of_a_recipe_are_benchmarks_of_decontaminate(bench: Path, tmp_path: Path) -> None:
    plain = Item("1", "Which colour is the sky?", ("blue", "red"), (0,))
    record = {name: value for name, value in record_of(plain).items() if name != "canary"}
    (tmp_path / "other.jsonl").write_text(json.dumps(record) + "\n")
    tasks = [
        Task(name="own", path=bench / "transfer.jsonl"),
        Task(name="other", path=tmp_path / "other.jsonl"),
        Task(name="gone", path=tmp_path / "gone.jsonl"),
        Task(name="arc_easy"),
    ]
    assert [one["name"] for one in built.benchmarks(tasks, [])] == ["own"]
    named = [Benchmark(name="own", path=bench / "recall.jsonl").model_dump(mode="json")]
    assert [one["name"] for one in built.benchmarks(tasks, named)] == ["own.task"]
    named[0]["path"] = str(bench / "transfer.jsonl")
    assert built.benchmarks(tasks, named) == []
